/* knock: is anybody there? Connects to the target, and to the baseline where that is a place, and
 * sends nothing: so that thousands of requests need not find out. */
#ifndef MLREPLAY_KNOCK_H
#define MLREPLAY_KNOCK_H

#include "mlreplay/trial.h"

struct knock {
	void (*done)(void *ctx, const struct err *why); /* NULL: everybody is there */
	void *ctx;
	/* private */
	struct knock_part {
		struct knock *knock;
		enum trial_side side;
		struct sending *sending;
	} parts[TRIAL_SIDES];
};

/* `done` is called once, from the loop. */
void knock_begin(struct knock *knock, const struct trial_setup *setup);

/* Gives up what is under way; takes a zeroed one. */
void knock_end(struct knock *knock);

#endif
