#include "proxy/crew.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "proxy/site.h"

struct crew_member {
	struct crew *crew;
	struct worker *worker;
	pthread_t thread; /* not of worker 0 */
	struct loop_mail stop;
	struct loop_mail drain;   /* not to worker 0 */
	struct loop_mail drained; /* to worker 0 */
};

/* -- connections ----------------------------------------------------------------------------- */

struct handed_over {
	struct loop_mail mail;
	struct worker *worker;
	int fd;
	unsigned door;
};

static void take_over(struct loop_mail *mail)
{
	struct handed_over *letter = LIST_OBJECT(mail, struct handed_over, mail);

	worker_adopt(letter->worker, letter->fd, letter->door);
	mem_free(letter);
}

/* Who has the fewest; of several the next in turn. */
static struct worker *pick(struct crew *crew)
{
	const struct shared *shared = crew->shared;
	struct worker *best = shared->workers[crew->next % shared->worker_count];
	unsigned fewest = atomic_load(&best->connections);

	for (size_t i = 1; i < shared->worker_count; i++) {
		struct worker *worker = shared->workers[(crew->next + i) % shared->worker_count];
		unsigned connections = atomic_load(&worker->connections);

		if (connections >= fewest)
			continue;
		best = worker;
		fewest = connections;
	}
	crew->next = best->index + 1;
	return best;
}

void crew_take(struct crew *crew, int fd, unsigned door)
{
	struct worker *worker = pick(crew);
	struct handed_over *letter;

	atomic_fetch_add(&worker->connections, 1);
	if (worker->index == 0) {
		worker_adopt(worker, fd, door);
		return;
	}
	letter = mem_new(1, sizeof *letter);
	list_init(&letter->mail.node);
	letter->mail.deliver = take_over;
	letter->worker = worker;
	letter->fd = fd;
	letter->door = door;
	loop_post(worker->loop, &letter->mail);
}

/* -- draining -------------------------------------------------------------------------------- */

/* In worker 0's thread. */
static void count_drained(struct loop_mail *mail)
{
	struct crew *crew = LIST_OBJECT(mail, struct crew_member, drained)->crew;

	if (++crew->drained_count == crew->shared->worker_count)
		crew->drained(crew->ctx);
}

static void on_drained(void *ctx)
{
	struct crew_member *member = ctx;

	loop_post(member->crew->shared->workers[0]->loop, &member->drained);
}

static void drain_worker(struct loop_mail *mail)
{
	struct crew_member *member = LIST_OBJECT(mail, struct crew_member, drain);

	worker_drain(member->worker, on_drained, member);
}

/* What was handed over before is taken over before they drain: mail keeps its order. */
void crew_drain(struct crew *crew, void (*drained)(void *ctx), void *ctx)
{
	crew->drained = drained;
	crew->ctx = ctx;
	for (size_t i = 1; i < crew->shared->worker_count; i++)
		loop_post(crew->members[i].worker->loop, &crew->members[i].drain);
	worker_drain(crew->members[0].worker, on_drained, &crew->members[0]);
}

/* -- threads --------------------------------------------------------------------------------- */

static void *run_thread(void *ctx)
{
	const struct crew_member *member = ctx;

	loop_run(member->worker->loop);
	return NULL;
}

static void stop_thread(struct loop_mail *mail)
{
	loop_stop(LIST_OBJECT(mail, struct crew_member, stop)->worker->loop);
}

int crew_start(struct crew *crew, struct err *err)
{
	for (; crew->started < crew->shared->worker_count; crew->started++) {
		struct crew_member *member = &crew->members[crew->started];
		int error = pthread_create(&member->thread, NULL, run_thread, member);

		if (error)
			return err_set(err, ERR_INTERNAL, "cannot start a worker: %s", strerrordesc_np(error));
	}
	return 0;
}

void crew_stop(struct crew *crew)
{
	for (size_t i = 1; i < crew->started; i++)
		loop_post(crew->members[i].worker->loop, &crew->members[i].stop);
	for (; crew->started > 1; crew->started--)
		(void)pthread_join(crew->members[crew->started - 1].thread, NULL);
}

/* -- its life -------------------------------------------------------------------------------- */

static void member_init(struct crew_member *member, struct crew *crew, struct worker *worker)
{
	member->crew = crew;
	member->worker = worker;
	list_init(&member->stop.node);
	list_init(&member->drain.node);
	list_init(&member->drained.node);
	member->stop.deliver = stop_thread;
	member->drain.deliver = drain_worker;
	member->drained.deliver = count_drained;
}

void crew_init(struct crew *crew, struct shared *shared, struct loop *const *loops, size_t count)
{
	*crew = (struct crew){.shared = shared, .started = 1};
	crew->members = mem_new(count, sizeof *crew->members);
	shared->workers = mem_new(count, sizeof(struct worker *));
	shared->worker_count = count;
	for (size_t i = 0; i < count; i++) {
		shared->workers[i] = worker_new(shared, i, loops[i], &site_service);
		member_init(&crew->members[i], crew, shared->workers[i]);
	}
}

void crew_set_config(struct crew *crew, struct config *config)
{
	for (size_t i = 0; i < crew->shared->worker_count; i++)
		worker_set_config(crew->shared->workers[i], config);
}

static void deliver_all(const struct shared *shared)
{
	for (size_t i = 0; i < shared->worker_count; i++)
		loop_deliver(shared->workers[i]->loop);
}

/* All letters are delivered: none is lost with what it carries, and none finds a worker gone. What
 * is still missing waits for a disk, which may take its time. */
static void finish_rounds(const struct shared *shared)
{
	deliver_all(shared);
	while (atomic_load(&shared->rounds)) {
		(void)poll(NULL, 0, 1);
		deliver_all(shared);
	}
}

void crew_deinit(struct crew *crew)
{
	struct shared *shared = crew->shared;

	finish_rounds(shared);
	for (size_t i = 0; i < shared->worker_count; i++)
		worker_free(shared->workers[i]);
	mem_free(TAKE(shared->workers));
	mem_free(TAKE(crew->members));
}
