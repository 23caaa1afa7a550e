/* script: what the bench's clients ask and its backends answer, known to both ends in every byte,
 * so that each compares what arrives with what must.
 *
 * A body is what Node's fetch makes of Immich's form: a front (the entries, then the payload's part
 * header), the payload, and a tail. An image is noise, the same at every size as far as it goes.
 */
#ifndef BENCH_SCRIPT_H
#define BENCH_SCRIPT_H

#include "base/buf.h"
#include "base/err.h"

enum { SCRIPT_IMAGE_MAX = 8 << 20 };

enum script_task {
	SCRIPT_TEXT,  /* a search text */
	SCRIPT_IMAGE, /* a photo, one task */
	SCRIPT_FACES, /* the other half of SCRIPT_BOTH */
	SCRIPT_BOTH,  /* a photo, two tasks: what can be split */
	SCRIPT_TASKS, /* how many there are */
};

struct script {
	struct buf fronts[SCRIPT_TASKS];
	struct buf answers[SCRIPT_TASKS]; /* bodies; of SCRIPT_BOTH as a merge writes it */
	struct buf image;                 /* SCRIPT_IMAGE_MAX bytes */
};

void script_init(struct script *script);
void script_deinit(struct script *script);

/* The task of that name ("text", "image", "both"). Fails when it is none. */
int script_find_task(struct span name, enum script_task *ret_task, struct err *err)
	__attribute__((warn_unused_result));

/* Appends a whole request, with an image of that size, which is nothing to SCRIPT_TEXT. */
void script_write_request(
	const struct script *script, enum script_task task, size_t image_bytes, struct buf *request);

/* The task whose front these bytes begin with: 1. 0 when that takes more bytes, -1 when it is none.
 */
int script_match(const struct script *script, struct span bytes, enum script_task *ret_task)
	__attribute__((warn_unused_result));

/* Whether a body of body_bytes in all has these bytes from `at` on, where its front has ended. */
bool script_is_rest(const struct script *script, enum script_task task, size_t body_bytes,
	size_t at, struct span bytes);

#endif
