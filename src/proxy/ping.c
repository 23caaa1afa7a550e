#include "proxy/ping.h"

#include "base/mem.h"

/* The last result of each backend of one configuration; another one starts anew. */
struct ping_results {
	struct config *config;
	int64_t *asked_ns; /* of the last `pong`; 0: none */
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
	mem_free(results->asked_ns);
	mem_free(results);
}

static void use_config(struct ping_results *results, struct config *config)
{
	if (results->config == config)
		return;
	config_unref(results->config);
	mem_free(results->asked_ns);
	results->config = config_ref(config);
	results->asked_ns = mem_new(config->backend_count, sizeof *results->asked_ns);
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
};

static void end_ping(struct ping *ping, const struct ping_ask *failed, const char *why)
{
	struct exchange *exchange = ping->exchange;
	struct err err;

	if (!failed) {
		exchange_answer(exchange, 200, SPAN_LITERAL("text/plain; charset=utf-8"), SPAN_EMPTY,
			SPAN_LITERAL("pong"));
		return;
	}
	(void)err_set(&err, ERR_BUSY, "backend '%.*s' does not answer its ping: %s",
		SPAN_ARG(span_first(exchange->config->backends[failed->backend].name, 64)), why);
	exchange_fail(exchange, &err, NULL);
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
	struct ping *ping = ask->ping;
	struct worker *worker = ping->exchange->worker;
	bool is_pong = ask->status == 200 && span_is((struct span){ask->body, ask->body_n}, "pong");
	char why[48];

	ask->call = NULL;
	ping->running--;
	if (!ping->exchange->http)
		return;
	(void)snprintf(why, sizeof why, "answered %d without `pong`", ask->status);
	if (is_pong)
		worker->pings->asked_ns[ask->backend] = loop_now_ns(worker->loop);
	if (!is_pong)
		end_ping(ping, ask, why);
	else if (!ping->running)
		end_ping(ping, NULL, NULL);
}

static void on_failed(void *ctx, const struct err *err)
{
	struct ping_ask *ask = ctx;

	ask->call = NULL;
	ask->ping->running--;
	if (ask->ping->exchange->http)
		end_ping(ask->ping, ask, err->text);
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

static bool is_routed(const struct config *config, size_t backend)
{
	for (size_t i = 0; i < config->pool_count; i++)
		for (size_t k = 0; k < config->pools[i].count; k++)
			if (config->pools[i].backends[k] == backend)
				return true;
	return false;
}

static void on_begin(struct exchange *exchange)
{
	struct config *config = exchange->config;
	struct worker *worker = exchange->worker;
	struct ping *ping = mem_new(1, sizeof *ping);
	int64_t now_ns = loop_now_ns(worker->loop);
	struct err err;

	exchange->state = ping;
	ping->exchange = exchange;
	if (!config) {
		(void)err_set(&err, ERR_BUSY, "no configuration yet: write one to %.150s and start again",
			worker->shared->config_path);
		exchange_fail(exchange, &err, NULL);
		return;
	}
	use_config(worker->pings, config);
	ping->asks = mem_new(config->backend_count, sizeof *ping->asks);
	for (size_t i = 0; i < config->backend_count; i++) {
		int64_t asked_ns = worker->pings->asked_ns[i];
		bool is_fresh = asked_ns && now_ns - asked_ns <= CLOCK_S(PING_FRESH_S);

		if (is_routed(config, i) && !is_fresh)
			ask_backend(ping, i);
	}
	if (!ping->running)
		end_ping(ping, NULL, NULL);
}

static void on_ended(struct exchange *exchange)
{
	struct ping *ping = exchange->state;

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
