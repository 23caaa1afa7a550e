/* run: sends what a capture has to a target, by a schedule, and has the answers judged.
 *
 *     knock ─→ warm up ─→ run ⇄ ask again, alone ─→ end
 *
 * A difference that was seen while other requests were under way may be the service's, which mixes
 * up what is asked of it at the same time. So it is asked again with nothing else under way, and
 * only what differs then counts. That is done when RUN_SUSPECTS_MAX have gathered, and at the end;
 * meanwhile the schedule's clock stands still.
 */
#ifndef MLREPLAY_RUN_H
#define MLREPLAY_RUN_H

#include "mlreplay/ledger.h"
#include "mlreplay/pace.h"
#include "mlreplay/progress.h"

enum { RUN_SUSPECTS_MAX = 64, RUN_SUSPECT_BYTES = 33554432 };

struct run_setup {
	struct trial_setup trial; /* without a sender for the baseline it is what was recorded */
	struct feed *feed;
	struct ledger *ledger;
	struct pace_rule pace;
	uint64_t concurrency; /* requests under way at the same time, at most */
	uint64_t warmup;      /* requests that are sent before, and not judged */
	uint64_t total;       /* of the feed */
	void (*ended)(void *ctx);
	void *ctx;
};

enum run_end {
	RUN_COMPLETE,
	RUN_STOPPED,
	RUN_UNREACHED, /* nobody is there, or no baseline */
	RUN_BROKEN,    /* the capture is */
	RUN_LOST,      /* the state cannot be written */
};

struct run;

/* What the setup points to outlives it. */
struct run *run_new(const struct run_setup *setup) __attribute__((warn_unused_result));
void run_free(struct run *run); /* gives up what is under way; takes NULL */

/* From here on everything happens in the loop, until `ended` is called. */
void run_begin(struct run *run);

/* Ends it as soon as possible; what is under way is given up. */
void run_stop(struct run *run);

/* How it has ended, and why unless it is complete; valid until it is freed. */
enum run_end run_end(const struct run *run, const struct err **ret_why);

void run_tell(const struct run *run, struct progress_facts *ret_facts);

#endif
