/* crew: all workers of the process: their threads, and who of them gets which connection.
 *
 *     worker 0 (the thread that calls): accepted sockets ── by mail ─→ workers 1…, a thread each
 *
 * A connection goes to the worker that has the fewest, so that they are even at any number and
 * whoever has left, which SO_REUSEPORT does not see to.
 */
#ifndef PROXY_CREW_H
#define PROXY_CREW_H

#include "proxy/worker.h"

struct crew_member;

/* Its functions are called in worker 0's thread. */
struct crew {
	struct shared *shared;
	struct crew_member *members;
	size_t next;    /* whose turn it is among those that have the fewest connections */
	size_t started; /* threads, worker 0's included */
	size_t drained_count;
	void (*drained)(void *ctx);
	void *ctx;
};

/* Makes a worker on each of the loops, without a configuration. The loops are the caller's and
 * outlive the crew. */
void crew_init(struct crew *crew, struct shared *shared, struct loop *const *loops, size_t count);

/* Gives every worker this configuration; before crew_start(). */
void crew_set_config(struct crew *crew, struct config *config);

/* Runs the loops of all workers but worker 0. When it fails, some may run; crew_stop() ends those.
 */
int crew_start(struct crew *crew, struct err *err) __attribute__((warn_unused_result));

/* Hands a non-blocking socket, accepted at that door (see doors), to a worker. */
void crew_take(struct crew *crew, int fd, unsigned door);

/* Drains all workers, of what was handed to them before, too; `drained` is told once, from worker
 * 0's loop, when all have. */
void crew_drain(struct crew *crew, void (*drained)(void *ctx), void *ctx);

/* Ends the threads, which are then no longer. */
void crew_stop(struct crew *crew);

/* Ends what is under way, when no loop is running: first the rounds, whole, then the workers. */
void crew_deinit(struct crew *crew);

#endif
