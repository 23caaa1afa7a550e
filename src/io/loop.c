#include "io/loop.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	TOLD_AT_ONCE = 32,
	CHUNKS_KEPT = 16,            /* 1 MiB: what is read in a turn or two */
	SMALL_KEPT = CHUNK_POOL_MAX, /* 640 KiB: what 40 requests under way at once hold */
};

struct loop {
	const struct clock *clock;
	struct event_base *base;
	int64_t now_ns; /* 0: not read yet in this turn */
	bool is_stopped;
	struct event wait_event; /* ends a sleep */
	int64_t wait_end_ns; /* when it is due, on the clock that libevent goes by; 0: it is not set */
	size_t told;         /* how often a socket's readiness was */

	struct loop_timer **heap; /* from 1; a parent is never later than its children */
	size_t timer_count;
	size_t timer_capacity;

	struct list deferred;
	struct chunk *chunk; /* of `chunks`; NULL: nothing was read yet */
	struct chunk_pool chunks;
	struct chunk_pool small;

	pthread_mutex_t mail_lock;
	struct list mail;
	int mail_fd;
	struct event mail_event;
};

/* Moves all nodes, in their order, to an empty list. */
static void move_all(struct list *from, struct list *to)
{
	list_init(to);
	if (list_is_empty(from))
		return;
	*to = *from;
	to->next->prev = to->prev->next = to;
	list_init(from);
}

void loop_deliver(struct loop *loop)
{
	struct list letters;
	eventfd_t count;

	(void)eventfd_read(loop->mail_fd, &count);
	pthread_mutex_lock(&loop->mail_lock);
	move_all(&loop->mail, &letters);
	pthread_mutex_unlock(&loop->mail_lock);
	while (!list_is_empty(&letters)) {
		struct loop_mail *mail = LIST_OBJECT(letters.next, struct loop_mail, node);

		list_unlink(&mail->node);
		mail->deliver(mail);
	}
}

static void on_mail(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	loop_deliver(ctx);
}

void loop_post(struct loop *loop, struct loop_mail *mail)
{
	pthread_mutex_lock(&loop->mail_lock);
	list_append(&loop->mail, &mail->node);
	pthread_mutex_unlock(&loop->mail_lock);
	(void)eventfd_write(loop->mail_fd, 1);
}

static void on_wait_end(evutil_socket_t fd, short what, void *ctx)
{
	struct loop *loop = ctx;

	(void)fd;
	(void)what;
	loop->wait_end_ns = 0;
}

static void *allocate(size_t n)
{
	return mem_resize(NULL, n, 1);
}

static void *reallocate(void *p, size_t n)
{
	return mem_resize(p, n, 1);
}

/* Timers have a heap of their own, so libevent needs no precise ones; its cache of the time spares
 * a system call a turn. */
static struct event_base *base_new(void)
{
	struct event_config *config;
	struct event_base *base;

	event_set_mem_functions(allocate, reallocate, mem_free); /* the same each time */
	config = event_config_new();
	if (!config || event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK))
		abort();
	base = event_base_new_with_config(config);
	if (!base)
		abort(); /* no epoll: nothing can run here */
	event_config_free(config);
	return base;
}

struct loop *loop_new(const struct clock *clock)
{
	struct loop *loop = mem_new(1, sizeof *loop);

	loop->clock = clock;
	loop->base = base_new();
	evtimer_assign(&loop->wait_event, loop->base, on_wait_end, loop);
	list_init(&loop->deferred);
	chunk_pool_init(&loop->chunks, CHUNK_BYTES, CHUNKS_KEPT);
	chunk_pool_init(&loop->small, CHAIN_SMALL_BYTES, SMALL_KEPT);
	list_init(&loop->mail);
	pthread_mutex_init(&loop->mail_lock, NULL);
	loop->mail_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop->mail_fd < 0 ||
		event_assign(
			&loop->mail_event, loop->base, loop->mail_fd, EV_READ | EV_PERSIST, on_mail, loop) ||
		event_add(&loop->mail_event, NULL))
		abort();
	return loop;
}

/* What a task defers waits for the next turn, so that no task can hold up the sockets. */
static void run_deferred(struct loop *loop)
{
	struct list tasks;

	move_all(&loop->deferred, &tasks);
	while (!list_is_empty(&tasks)) {
		struct loop_task *task = LIST_OBJECT(tasks.next, struct loop_task, node);

		list_unlink(&task->node);
		task->run(task->ctx);
	}
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	do {
		loop_deliver(loop);
		run_deferred(loop);
	} while (!list_is_empty(&loop->deferred) || !list_is_empty(&loop->mail));
	assert(!loop->timer_count);
	event_del(&loop->mail_event);
	event_del(&loop->wait_event);
	(void)close(loop->mail_fd);
	pthread_mutex_destroy(&loop->mail_lock);
	assert(event_base_get_num_events(loop->base, EVENT_BASE_COUNT_ADDED) == 0);
	event_base_free(loop->base);
	chunk_pool_deinit(&loop->chunks);
	chunk_pool_deinit(&loop->small);
	mem_free(loop->heap);
	mem_free(loop);
}

int64_t loop_now_ns(struct loop *loop)
{
	if (!loop->now_ns)
		loop->now_ns = loop_clock_ns(loop);
	return loop->now_ns;
}

int64_t loop_clock_ns(const struct loop *loop)
{
	return loop->clock->now_ns(loop->clock);
}

struct chunk *loop_chunk(struct loop *loop)
{
	if (!loop->chunk || chunk_is_mine(loop->chunk) || loop->chunk->used > CHUNK_BYTES / 2)
		loop->chunk = chunk_pool_get(&loop->chunks);
	return loop->chunk;
}

struct chunk_pool *loop_small_chunks(struct loop *loop)
{
	return &loop->small;
}

/* -- timers ---------------------------------------------------------------------------------- */

void loop_timer_init(struct loop_timer *timer, void (*fire)(void *ctx), void *ctx)
{
	*timer = (struct loop_timer){.fire = fire, .ctx = ctx};
}

static void place(struct loop *loop, struct loop_timer *timer, size_t index)
{
	loop->heap[index] = timer;
	timer->index = index;
}

static void sift_up(struct loop *loop, struct loop_timer *timer, size_t index)
{
	while (index > 1 && loop->heap[index / 2]->at_ns > timer->at_ns) {
		place(loop, loop->heap[index / 2], index);
		index /= 2;
	}
	place(loop, timer, index);
}

static void sift_down(struct loop *loop, struct loop_timer *timer, size_t index)
{
	for (;;) {
		size_t child = index * 2;

		if (child > loop->timer_count)
			break;
		if (child < loop->timer_count && loop->heap[child + 1]->at_ns < loop->heap[child]->at_ns)
			child++;
		if (loop->heap[child]->at_ns >= timer->at_ns)
			break;
		place(loop, loop->heap[child], index);
		index = child;
	}
	place(loop, timer, index);
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
	size_t index = timer->index;
	struct loop_timer *last;

	if (!index)
		return;
	timer->index = 0;
	last = loop->heap[loop->timer_count--];
	if (last == timer)
		return;
	sift_up(loop, last, index);
	sift_down(loop, last, last->index);
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at_ns)
{
	loop_timer_clear(loop, timer);
	timer->at_ns = at_ns;
	if (loop->timer_count + 1 >= loop->timer_capacity) {
		loop->timer_capacity = loop->timer_capacity ? loop->timer_capacity * 2 : 64;
		loop->heap = mem_resize(loop->heap, loop->timer_capacity, sizeof *loop->heap);
	}
	sift_up(loop, timer, ++loop->timer_count);
}

/* At most as many as there are now: one that sets itself again for now cannot hold up the sockets.
 */
static void run_timers(struct loop *loop)
{
	for (size_t most = loop->timer_count; most && loop->timer_count; most--) {
		struct loop_timer *timer = loop->heap[1];

		if (timer->at_ns > loop_now_ns(loop))
			break;
		loop_timer_clear(loop, timer);
		timer->fire(timer->ctx);
	}
}

/* -- what is put off ------------------------------------------------------------------------- */

void loop_task_init(struct loop_task *task, void (*run)(void *ctx), void *ctx)
{
	list_init(&task->node);
	task->run = run;
	task->ctx = ctx;
}

void loop_defer(struct loop *loop, struct loop_task *task)
{
	if (list_is_empty(&task->node))
		list_append(&loop->deferred, &task->node);
}

void loop_task_cancel(struct loop_task *task)
{
	list_unlink(&task->node);
}

/* -- sockets --------------------------------------------------------------------------------- */

/* What poll() says of a socket that nobody reads: has the peer gone? */
static bool is_closed(int fd)
{
	struct pollfd look = {.fd = fd, .events = POLLRDHUP};

	return poll(&look, 1, 0) > 0;
}

static void on_ready(evutil_socket_t fd, short what, void *ctx)
{
	struct watch *watch = ctx;

	watch->loop->told++;
	if (!(watch->wanted & WATCH_CLOSED)) {
		watch->ready(watch->ctx, what & EV_READ ? WATCH_READ : WATCH_WRITE);
	} else if (is_closed(fd)) {
		watch_set(watch, watch->wanted & ~(unsigned)WATCH_CLOSED);
		watch->ready(watch->ctx, WATCH_CLOSED);
	}
}

/* A socket that is only watched for its end is watched edge-triggered, for reading too: libevent
 * tells a reset as readable, and level-triggered it would be told without end. */
void watch_init(struct watch *watch, struct loop *loop, int fd,
	void (*ready)(void *ctx, unsigned what), void *ctx)
{
	static const short kinds[] = {
		EV_READ | EV_PERSIST, EV_WRITE | EV_PERSIST, EV_READ | EV_CLOSED | EV_ET | EV_PERSIST};

	watch->loop = loop;
	watch->wanted = 0;
	watch->ready = ready;
	watch->ctx = ctx;
	for (size_t i = 0; i < 3; i++)
		if (event_assign(&watch->events[i], loop->base, fd, kinds[i], on_ready, watch))
			abort();
}

void watch_set(struct watch *watch, unsigned wanted)
{
	unsigned changed = wanted ^ watch->wanted;

	assert(!(wanted & WATCH_CLOSED) || wanted == WATCH_CLOSED);
	for (unsigned i = 0; i < 3; i++)
		if (changed & watch->wanted & 1U << i)
			event_del(&watch->events[i]);
	for (unsigned i = 0; i < 3; i++)
		if ((changed & wanted & 1U << i) && event_add(&watch->events[i], NULL))
			abort(); /* epoll refuses a live socket only when the kernel is out of memory */
	watch->wanted = wanted;
}

void watch_deinit(struct watch *watch)
{
	watch_set(watch, 0);
}

/* -- turning --------------------------------------------------------------------------------- */

/* How long this turn may sleep. */
static int64_t wait_ns(const struct loop *loop, int64_t max_wait_ns)
{
	int64_t left;

	if (!loop->timer_count)
		return max_wait_ns;
	left = loop->heap[1]->at_ns - loop_clock_ns(loop);
	if (left < 0)
		left = 0;
	return left < max_wait_ns ? left : max_wait_ns;
}

static bool has_due_timer(struct loop *loop)
{
	return loop->timer_count && loop->heap[1]->at_ns <= loop_now_ns(loop);
}

/* Until all that is ready has been told: libevent takes TOLD_AT_ONCE in one go, and twice as many
 * whenever that was not enough. */
static void tell_all(struct loop *loop)
{
	size_t most = TOLD_AT_ONCE;
	size_t before;

	do {
		before = loop->told;
		event_base_loop(loop->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		most *= 2;
	} while (loop->told - before >= most / 2);
}

/* Sees to it that the sleep ends by then: a microsecond more, so that what is waited for is then
 * due. An event that is set for earlier ends it earlier, and then one looks again: cheaper than
 * moving it with every turn. */
static void set_wait(struct loop *loop, int64_t wait_ns)
{
	int64_t us = wait_ns / 1000 + 1;
	int64_t end_ns = clock_monotonic.now_ns(&clock_monotonic) + us * 1000;
	struct timeval timeout = {us / 1000000, us % 1000000};

	if (loop->wait_end_ns && loop->wait_end_ns <= end_ns)
		return;
	loop->wait_end_ns = end_ns;
	evtimer_add(&loop->wait_event, &timeout);
}

void loop_turn(struct loop *loop, int64_t max_wait_ns)
{
	int64_t wait = list_is_empty(&loop->deferred) ? wait_ns(loop, max_wait_ns) : 0;

	loop->now_ns = 0; /* whatever woke us reads the clock */
	if (wait > 0) {
		set_wait(loop, wait);
		event_base_loop(loop->base, EVLOOP_ONCE);
	} else {
		/* without ONCE libevent would go on until no socket is ready any more */
		event_base_loop(loop->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	}
	if (has_due_timer(loop))
		tell_all(loop);
	run_timers(loop);
	run_deferred(loop);
}

void loop_run(struct loop *loop)
{
	loop->is_stopped = false;
	while (!loop->is_stopped)
		loop_turn(loop, CLOCK_S(3600));
}

void loop_stop(struct loop *loop)
{
	loop->is_stopped = true;
}
