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
	uint64_t done;
	uint64_t before;                            /* of those: by an earlier run */
	struct latency latencies[LEDGER_LATENCIES]; /* of all that were answered */
};

/* -1 (ERR_INTERNAL) when it cannot be written down. */
int ledger_add(struct ledger *ledger, const struct job *job, struct err *err)
	__attribute__((warn_unused_result));

/* Counts what an earlier run has settled: as resume_open() tells it. */
void ledger_restore(void *ledger, const struct resume_item *item);

#endif
