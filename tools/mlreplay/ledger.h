/* ledger: what a run has come to so far: each exchange that is settled is judged, counted, and
 * written down in the state, if there is one. */
#ifndef MLREPLAY_LEDGER_H
#define MLREPLAY_LEDGER_H

#include "mlreplay/job.h"
#include "mlreplay/latency.h"
#include "mlreplay/resume.h"

enum ledger_latency { LEDGER_TARGET, LEDGER_BASELINE, LEDGER_LATENCIES };

struct ledger {
	struct judge *judge;
	struct resume *resume; /* NULL: nothing is written down */
	bool has_baseline;     /* which is a place: the capture does not have its answers */
	uint64_t done;
	uint64_t before;                            /* of those: by an earlier run */
	int64_t before_ns;                          /* how long that took; its times go on */
	struct latency latencies[LEDGER_LATENCIES]; /* of all that were answered */
};

/* -1 (ERR_INTERNAL) when it cannot be written down. */
int ledger_add(struct ledger *ledger, const struct job *job, struct err *err)
	__attribute__((warn_unused_result));

/* Takes what an earlier run has settled, judged once more; it is written down already. */
void ledger_restore(struct ledger *ledger, const struct resume_item *item);

#endif
