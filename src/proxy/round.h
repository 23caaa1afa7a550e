/* round: a letter that goes to every worker, one after the other, is looked at in each one's
 * thread, and comes back to the thread that sent it.
 *
 *     from ── mail ─→ worker 0: visit ── mail ─→ worker 1: visit … ── mail ─→ from: done
 *
 * What only rounds touch needs neither locks nor atomics: mail orders the visits. Nobody waits for
 * a round; a worker that is busy delays it, and nothing else.
 */
#ifndef PROXY_ROUND_H
#define PROXY_ROUND_H

#include "proxy/worker.h"

/* Embedded in what it carries, which stays where it is until `done`. */
struct round {
	struct loop_mail mail;
	struct worker *from;
	size_t next; /* whom it visits next */
	void (*visit)(struct round *round, struct worker *worker);
	/* The round is the callee's again. */
	void (*done)(struct round *round);
};

/* In from's thread. `visit` is called once for each worker, from the first to the last, in that
 * one's thread, and then `done` in from's; neither from inside this call. So it is at the end of
 * the process, too: crew_deinit() completes what rounds there are. */
void round_start(struct round *round, struct worker *from,
	void (*visit)(struct round *round, struct worker *worker), void (*done)(struct round *round));

#endif
