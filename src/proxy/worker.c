#include "proxy/worker.h"

#include <unistd.h>

#include "base/mem.h"
#include "proxy/monitor.h"
#include "proxy/pinger.h"

enum { REFUSED_MAX = 256, ARENA_BLOCKS_KEPT = 128 };

/* -- its configuration ------------------------------------------------------------------------ */

/* Or the defaults without one. */
static const struct config_limits *limits_of(const struct worker *worker)
{
	return worker->config ? &worker->config->limits : &config_default_limits;
}

static const struct config_timeouts *timeouts_of(const struct worker *worker)
{
	return worker->config ? &worker->config->timeouts : &config_default_timeouts;
}

static struct httpd_limits httpd_limits(const struct worker *worker)
{
	const struct config_limits *limits = limits_of(worker);
	const struct config_timeouts *timeouts = timeouts_of(worker);

	return (struct httpd_limits){
		.head = {limits->head_bytes, limits->head_lines},
		.body_bytes = limits->body_bytes,
		.head_ns = timeouts->head_ns,
		.stall_ns = timeouts->stall_ns,
		.idle_ns = timeouts->idle_ns,
	};
}

void worker_set_config(struct worker *worker, struct config *config)
{
	struct config *before = worker->config;
	struct httpd_limits limits;

	worker->config = config ? config_ref(config) : NULL;
	config_unref(before);
	limits = httpd_limits(worker);
	httpd_set_limits(worker->httpd, &limits);
	if (config)
		metrics_note_loaded(&worker->metrics);
	/* of all workers, which say the same one after the other */
	atomic_store(&worker->shared->budget.max, limits_of(worker)->kept_bytes);
}

/* -- draining -------------------------------------------------------------------------------- */

static void tell_drained(struct worker *worker)
{
	loop_timer_clear(worker->loop, &worker->drain_timer);
	if (worker->drained)
		TAKE(worker->drained)(worker->drained_ctx);
}

static void on_drain_time(void *ctx)
{
	tell_drained(ctx);
}

void worker_drain(struct worker *worker, void (*drained)(void *ctx), void *ctx)
{
	worker->drained = drained;
	worker->drained_ctx = ctx;
	loop_timer_set(worker->loop, &worker->drain_timer,
		loop_now_ns(worker->loop) + timeouts_of(worker)->drain_ns);
	httpd_drain(worker->httpd);
	if (httpd_is_empty(worker->httpd))
		tell_drained(worker);
}

/* -- its life -------------------------------------------------------------------------------- */

struct worker *worker_new(
	struct shared *shared, size_t index, struct loop *loop, const struct worker_service *service)
{
	struct worker *worker = mem_new(1, sizeof *worker);
	struct httpd_limits limits = httpd_limits(worker);

	worker->shared = shared;
	worker->index = index;
	worker->serial = index;
	worker->loop = loop;
	worker->service = service;
	worker->httpd = httpd_new(loop, &limits, service->events, worker);
	worker->upstream = upstream_new(loop);
	worker->pipes = pipes_new(shared->pipes_max);
	worker->pinger = pinger_new(worker);
	worker->monitor = monitor_new(worker);
	loop_timer_init(&worker->drain_timer, on_drain_time, worker);
	rng_init_random(&worker->rng);
	list_init(&worker->exchanges);
	arena_pool_init(&worker->arenas, ARENA_BLOCKS_KEPT);
	metrics_init(&worker->metrics);
	return worker;
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	worker->drained = NULL;
	loop_timer_clear(worker->loop, &worker->drain_timer);
	httpd_free(worker->httpd);
	worker->service->free_exchanges(worker);
	arena_pool_deinit(&worker->arenas);
	monitor_free(worker->monitor);
	pinger_free(worker->pinger);
	upstream_free(worker->upstream);
	pipes_free(worker->pipes);
	config_unref(worker->config);
	buf_deinit(&worker->lines);
	metrics_deinit(&worker->metrics);
	mem_free(worker);
}

/* -- connections ----------------------------------------------------------------------------- */

/* Tells the client why; when too many are being told, it must do without. */
static void refuse(struct worker *worker, int fd, const struct err *err)
{
	worker->metrics.refused++;
	if (atomic_fetch_add(&worker->shared->refused, 1) < REFUSED_MAX) {
		httpd_adopt_refused(worker->httpd, fd, err);
		return;
	}
	atomic_fetch_sub(&worker->shared->refused, 1);
	atomic_fetch_sub(&worker->connections, 1);
	(void)close(fd);
}

/* What connections at that door are counted in. Clients, however many, keep nobody out who looks
 * after the process, nor the other way round. */
static atomic_uint *count_at(struct shared *shared, unsigned door)
{
	return door ? &shared->admins : &shared->connections;
}

/* How many there may be, and by what name. */
static uint64_t limit_at(const struct worker *worker, unsigned door, const char **ret_name)
{
	uint64_t limit = limits_of(worker)->connections;

	*ret_name = "limits.connections";
	if (door) {
		*ret_name = "the number of connections at access.adminListen";
		return WORKER_ADMINS_MAX;
	}
	if (limit <= worker->shared->clients_max)
		return limit;
	*ret_name = "the number of clients that there are descriptors for";
	return worker->shared->clients_max;
}

void worker_adopt(struct worker *worker, int fd, unsigned door)
{
	atomic_uint *count = count_at(worker->shared, door);
	const char *name;
	uint64_t max = limit_at(worker, door, &name);
	struct err err;

	if (atomic_fetch_add(count, 1) < max) {
		httpd_adopt(worker->httpd, fd, door);
		return;
	}
	atomic_fetch_sub(count, 1);
	(void)err_set(&err, ERR_BUSY, "%s (%llu) is reached", name, (unsigned long long)max);
	refuse(worker, fd, &err);
}

void worker_note_closed(struct worker *worker, unsigned door, bool was_refused)
{
	struct shared *shared = worker->shared;

	atomic_fetch_sub(&worker->connections, 1);
	atomic_fetch_sub(was_refused ? &shared->refused : count_at(shared, door), 1);
	if (httpd_is_empty(worker->httpd))
		tell_drained(worker);
}
