#include "proxy/ping.h"

#include <stdio.h>

#include "base/mem.h"

struct ping_result {
	int64_t at_ns;              /* 0: none yet */
	char failure[ERR_TEXT_MAX]; /* "": it answered */
};

/* The last result of each backend of one configuration; another one starts anew. */
struct ping_results {
	struct config *config;
	struct ping_result *list;
};

struct ping_results *ping_results_new(void)
{
	return mem_new(1, sizeof(struct ping_results));
}

void ping_results_free(struct ping_results *results)
{
	if (!results)
		return;
	config_unref(results->config);
	mem_free(results->list);
	mem_free(results);
}

static void use_config(struct ping_results *results, struct config *config)
{
	if (results->config == config)
		return;
	config_unref(results->config);
	mem_free(results->list);
	results->config = config_ref(config);
	results->list = mem_new(config->backend_count, sizeof *results->list);
}

/* -- one backend ----------------------------------------------------------------------------- */

struct ping_ask {
	struct ping *ping;
	size_t backend; /* index in the configuration */
	struct upstream_call *call;
	int status;
	char body[5]; /* of the answer, as much as tells whether it is `pong` */
	size_t body_n;
};

struct ping {
	struct exchange *exchange;
	struct ping_ask *asks;
	size_t ask_count;
	size_t running;
	struct loop_timer timer; /* of all, from connecting to the last byte */
};

static struct ping_result *result_of(const struct ping *ping, size_t backend)
{
	return &ping->exchange->worker->pings->list[backend];
}

static void answer_pong(struct exchange *exchange)
{
	exchange_answer(
		exchange, 200, SPAN_LITERAL("text/plain; charset=utf-8"), SPAN_EMPTY, SPAN_LITERAL("pong"));
}

static void answer_failure(struct exchange *exchange, size_t backend, const char *failure)
{
	struct err err;

	(void)err_set(&err, ERR_BUSY, "backend '%.*s' does not answer its ping: %s",
		SPAN_ARG(span_first(exchange->config->backends[backend].name, 64)), failure);
	exchange_fail(exchange, &err, NULL);
}

/* One backend's result is there: the first failure is the answer, or the last `pong`. */
static void note_result(struct ping_ask *ask, const char *failure)
{
	struct ping *ping = ask->ping;
	struct exchange *exchange = ping->exchange;
	struct ping_result *result = result_of(ping, ask->backend);

	ask->call = NULL;
	ping->running--;
	result->at_ns = loop_now_ns(exchange->worker->loop);
	(void)snprintf(result->failure, sizeof result->failure, "%s", failure);
	if (*failure)
		answer_failure(exchange, ask->backend, failure);
	else if (!ping->running)
		answer_pong(exchange);
}

static void on_head(void *ctx, const struct http1_head *head)
{
	struct ping_ask *ask = ctx;

	ask->status = head->status;
}

static void on_bytes(void *ctx, struct slice bytes)
{
	struct ping_ask *ask = ctx;
	struct span part = span_first(bytes.bytes, sizeof ask->body - ask->body_n);

	memcpy(ask->body + ask->body_n, part.p, part.n);
	ask->body_n += part.n;
}

static void on_end(void *ctx)
{
	struct ping_ask *ask = ctx;
	bool is_pong = ask->status == 200 && span_is((struct span){ask->body, ask->body_n}, "pong");
	char failure[48] = "";

	if (!is_pong)
		(void)snprintf(failure, sizeof failure, "answered %d without `pong`", ask->status);
	note_result(ask, failure);
}

static void on_failed(void *ctx, const struct err *err)
{
	note_result(ctx, err->text);
}

static void ask_backend(struct ping *ping, size_t backend)
{
	static const struct upstream_events events = {on_head, on_bytes, on_end, on_failed};
	static const struct upstream_limits limits = {
		CLOCK_MS(PING_WAIT_MS), CLOCK_MS(PING_WAIT_MS), CLOCK_MS(PING_WAIT_MS), {16384, 64}};
	struct ping_ask *ask = &ping->asks[ping->ask_count++];
	const struct url *url = &ping->exchange->config->backends[backend].url;
	BUF_AUTO struct buf target = {0};

	buf_add(&target, url->base);
	buf_add_text(&target, "/ping");
	ask->ping = ping;
	ask->backend = backend;
	ping->running++;
	ask->call = upstream_start(ping->exchange->worker->upstream,
		&(struct upstream_request){
			.method = SPAN_LITERAL("GET"), .url = url, .target = buf_span(&target)},
		&limits, &events, ask);
}

/* -- all of them ----------------------------------------------------------------------------- */

/* The first of those that still run has failed; what it fails ends the others. */
static void on_time(void *ctx)
{
	struct ping *ping = ctx;
	size_t i = 0;
	char failure[48];

	while (!ping->asks[i].call)
		i++;
	upstream_cancel(ping->asks[i].call);
	(void)snprintf(failure, sizeof failure, "no whole answer within %d ms", PING_WAIT_MS);
	note_result(&ping->asks[i], failure);
}

static bool is_routed(const struct config *config, size_t backend)
{
	for (size_t i = 0; i < config->pool_count; i++)
		for (size_t k = 0; k < config->pools[i].count; k++)
			if (config->pools[i].backends[k] == backend)
				return true;
	return false;
}

/* Asks those whose result is too old. False when one that is not says that it fails: then that is
 * the answer. */
static bool ask_all(struct ping *ping)
{
	struct exchange *exchange = ping->exchange;
	int64_t now_ns = loop_now_ns(exchange->worker->loop);

	for (size_t i = 0; i < exchange->config->backend_count; i++) {
		const struct ping_result *result = result_of(ping, i);

		if (!is_routed(exchange->config, i))
			continue;
		if (!result->at_ns || now_ns - result->at_ns > CLOCK_S(PING_FRESH_S)) {
			ask_backend(ping, i);
		} else if (*result->failure) {
			answer_failure(exchange, i, result->failure);
			return false;
		}
	}
	return true;
}

/* Whoever asks had better go elsewhere from now on. */
static void answer_stopping(struct exchange *exchange)
{
	struct err err;

	(void)err_set(&err, ERR_BUSY, "stopping");
	exchange_fail(exchange, &err, NULL);
}

static void on_begin(struct exchange *exchange)
{
	struct ping *ping = mem_new(1, sizeof *ping);

	exchange->state = ping;
	ping->exchange = exchange;
	loop_timer_init(&ping->timer, on_time, ping);
	if (atomic_load(&exchange->worker->shared->is_draining)) {
		answer_stopping(exchange);
		return;
	}
	if (!exchange->config) {
		exchange_fail_unconfigured(exchange);
		return;
	}
	use_config(exchange->worker->pings, exchange->config);
	ping->asks = mem_new(exchange->config->backend_count, sizeof *ping->asks);
	if (!ask_all(ping))
		return;
	if (ping->running)
		loop_timer_set(exchange->worker->loop, &ping->timer,
			loop_now_ns(exchange->worker->loop) + CLOCK_MS(PING_WAIT_MS));
	else
		answer_pong(exchange);
}

static void on_ended(struct exchange *exchange)
{
	struct ping *ping = exchange->state;

	loop_timer_clear(exchange->worker->loop, &ping->timer);
	for (size_t i = 0; i < ping->ask_count; i++)
		if (ping->asks[i].call)
			upstream_cancel(TAKE(ping->asks[i].call));
}

static void on_free(struct exchange *exchange)
{
	struct ping *ping = exchange->state;

	mem_free(ping->asks);
	mem_free(ping);
}

const struct exchange_handler ping_handler = {
	.begin = on_begin,
	.ended = on_ended,
	.free = on_free,
};
