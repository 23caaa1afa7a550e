#include "proxy/worker.h"

#include "base/mem.h"
#include "proxy/exchange.h"
#include "proxy/ping.h"

struct worker *worker_new(struct shared *shared, struct loop *loop,
	const struct exchange_handler *(*handler_of)(const struct http1_head *head))
{
	struct worker *worker = mem_new(1, sizeof *worker);

	worker->shared = shared;
	worker->loop = loop;
	worker->handler_of = handler_of;
	worker->httpd = httpd_new(loop, &exchange_httpd_events, worker);
	worker->upstream = upstream_new(loop);
	worker->pings = ping_results_new();
	rng_init_random(&worker->rng);
	list_init(&worker->exchanges);
	return worker;
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	httpd_free(worker->httpd);
	exchange_free_all(worker);
	upstream_free(worker->upstream);
	ping_results_free(worker->pings);
	mem_free(worker);
}

const struct config_limits *worker_limits(const struct worker *worker)
{
	return worker->shared->config ? &worker->shared->config->limits : &config_default_limits;
}

const struct config_timeouts *worker_timeouts(const struct worker *worker)
{
	return worker->shared->config ? &worker->shared->config->timeouts : &config_default_timeouts;
}

void worker_adopt(struct worker *worker, int fd)
{
	const struct config_limits *limits = worker_limits(worker);
	const struct config_timeouts *timeouts = worker_timeouts(worker);

	struct httpd_limits httpd_limits = {
		.head = {limits->head_bytes, limits->head_lines},
		.body_bytes = limits->body_bytes,
		.head_ns = timeouts->head_ns,
		.stall_ns = timeouts->stall_ns,
		.idle_ns = timeouts->idle_ns,
	};
	struct err err;

	if (atomic_fetch_add(&worker->shared->connections, 1) < limits->connections) {
		httpd_adopt(worker->httpd, fd, &httpd_limits);
		return;
	}
	(void)err_set(&err, ERR_BUSY, "limits.connections (%llu) is reached",
		(unsigned long long)limits->connections);
	httpd_adopt_refused(worker->httpd, fd, &httpd_limits, &err);
}
