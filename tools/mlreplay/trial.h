/* trial: one request, put to the target, and to the baseline where that is a place too; to both at
 * the same time, and over when both have ended. */
#ifndef MLREPLAY_TRIAL_H
#define MLREPLAY_TRIAL_H

#include "mlreplay/sender.h"

enum trial_side { TRIAL_TARGET, TRIAL_BASELINE, TRIAL_SIDES };

/* What came of one of them. */
struct trial_answer {
	int status;     /* 0: none */
	bool has_begun; /* but there was the beginning of one */
	bool is_broken; /* because of the capture; see sender_answer */
	struct buf body;
	struct buf error; /* why there is none */
	int64_t end_ns;
};

struct trial {
	struct trial_answer answers[TRIAL_SIDES];
	/* private */
	struct trial_part {
		struct trial *trial;
		enum trial_side side;
		struct sending *sending;
	} parts[TRIAL_SIDES];
	struct loop *loop;
	size_t under_way;
	void (*done)(void *ctx);
	void *ctx;
};

/* Whom it is put to. */
struct trial_setup {
	struct loop *loop;
	struct sender *senders[TRIAL_SIDES]; /* NULL: not asked */
	const struct capture_reader *reader;
};

/* `done` is called once, from the loop. -1 (ERR_INVALID) when the request's body cannot be had;
 * then nothing was begun. `entry` outlives it. */
int trial_begin(struct trial *trial, const struct trial_setup *setup, const struct har_entry *entry,
	struct err *err) __attribute__((warn_unused_result));

/* Gives up what is under way, and the answers; takes a zeroed one. */
void trial_end(struct trial *trial);

#endif
