/* asked: what the entries of a request ask for, judged by the service's rules: its code walks over
 * the JSON and fails, at the first thing it does not expect, in one of two ways. */
#ifndef MLMOCK_ASKED_H
#define MLMOCK_ASKED_H

#include "base/arena.h"
#include "base/span.h"
#include "mlmock/models.h"

enum { ASKED_MEMBERS_MAX = 1024 }; /* of one object, doubled ones included; ours, for time's sake */

enum asked_task { ASKED_CLIP, ASKED_FACES, ASKED_OCR };

/* Detection and recognition are types of faces and OCR, the others of CLIP. */
enum asked_type { ASKED_VISUAL, ASKED_TEXTUAL, ASKED_DETECTION, ASKED_RECOGNITION };

struct asked_run {
	enum asked_task task;
	enum asked_type type;
	const struct models_model *model;
	struct span options; /* as written; empty when there are none */
};

/* In the order asked for; of doubled keys the last value at the first one's place. */
struct asked {
	struct asked_run *runs;
	size_t count;
};

enum asked_verdict {
	ASKED_GOOD,
	ASKED_INVALID, /* what the service looks for: 422 */
	ASKED_CRASH,   /* what it trips over: 500; unknown models, tasks and types too */
};

/* `entries` is UTF-8. */
enum asked_verdict asked_read(struct span entries, struct arena *arena, struct asked *ret_asked)
	__attribute__((warn_unused_result));

/* "facial-recognition" */
const char *asked_task_text(enum asked_task task);

/* A number among the options: its value, or `otherwise` when it is not there. False when it is
 * something else, over which the service trips. */
bool asked_number(struct span options, const char *name, double otherwise, double *ret_number)
	__attribute__((warn_unused_result));

#endif
