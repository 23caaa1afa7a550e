/* loop: one thread's turn of events: sockets that are ready, timers that are due, mail from other
 * threads, and what was put off to the end of the turn.
 *
 *     wait for readiness → callbacks → timers → deferred tasks → again
 *
 * libevent tells readiness and nothing else. Timers live in a heap on the clock that was handed in,
 * so that a test can turn it. What has arrived counts before the time does: no timer fires before
 * all sockets that are ready have been told, however far the clock has jumped. libevent has its
 * memory from base/mem. Objects are never freed in a callback but in a deferred task, when no
 * caller is using them any more.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/chain.h"
#include "base/clock.h"
#include "base/list.h"

struct loop;

struct loop *loop_new(const struct clock *clock) __attribute__((warn_unused_result));

/* Delivers the mail and runs what is still deferred; then there must be no timer and no watch left,
 * and nobody who posts. Takes NULL. */
void loop_free(struct loop *loop);

/* Turns until loop_stop(), which any callback may call. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* One turn; sleeps until something happens, but at most max_wait_ns: 0 not at all. */
void loop_turn(struct loop *loop, int64_t max_wait_ns);

/* The clock's time as of this turn. */
int64_t loop_now_ns(struct loop *loop);

/* The clock's time at this very moment: for measuring what is done within a turn. */
int64_t loop_clock_ns(const struct loop *loop);

/* The chunk that this loop's sockets are read into: at least half of it is unused, or nobody else
 * has a reference and it starts anew. Who keeps some of it takes a reference. */
struct chunk *loop_chunk(struct loop *loop);

/* The small chunks of this loop's chains. */
struct chunk_pool *loop_small_chunks(struct loop *loop);

/* -- timers ---------------------------------------------------------------------------------- */

struct loop_timer {
	void (*fire)(void *ctx);
	void *ctx;
	int64_t at_ns;
	size_t index; /* in the heap, from 1; 0 when not set */
};

void loop_timer_init(struct loop_timer *timer, void (*fire)(void *ctx), void *ctx);

/* Fires once, at or after that time, in the order of the times. Setting a timer again moves it. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at_ns);
void loop_timer_clear(struct loop *loop, struct loop_timer *timer);

/* -- what is put off ------------------------------------------------------------------------- */

struct loop_task {
	struct list node;
	void (*run)(void *ctx);
	void *ctx;
};

void loop_task_init(struct loop_task *task, void (*run)(void *ctx), void *ctx);

/* Runs at the end of this turn; once, however often it is deferred until then. */
void loop_defer(struct loop *loop, struct loop_task *task);
void loop_task_cancel(struct loop_task *task);

/* -- sockets --------------------------------------------------------------------------------- */

enum {
	WATCH_READ = 1,
	WATCH_WRITE = 2,
	WATCH_CLOSED = 4, /* alone: the peer has sent FIN or RST; told once, then no longer wanted */
};

struct watch {
	struct loop *loop;
	struct event events[3];
	unsigned wanted;
	void (*ready)(void *ctx, unsigned what);
	void *ctx;
};

void watch_init(struct watch *watch, struct loop *loop, int fd,
	void (*ready)(void *ctx, unsigned what), void *ctx);

/* From now on wants exactly these. */
void watch_set(struct watch *watch, unsigned wanted);
void watch_deinit(struct watch *watch); /* before the descriptor is closed */

/* -- mail from other threads ----------------------------------------------------------------- */

struct loop_mail {
	struct list node;
	void (*deliver)(struct loop_mail *mail); /* in the loop's thread; the mail is the callee's */
};

/* May be called by any thread while the loop exists. */
void loop_post(struct loop *loop, struct loop_mail *mail);

/* Delivers what has come, and does nothing else; between turns. */
void loop_deliver(struct loop *loop);

#endif
