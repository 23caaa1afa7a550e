/* Text is answered as soon as it is certain, whatever is still waited for: `pong` when every pool
 * has a healthy backend, 503 when one has none left that could be. JSON waits for all. */
#include "proxy/ping.h"

#include "domain/route.h"
#include "proxy/survey.h"

/* -- what is known --------------------------------------------------------------------------- */

enum verdict { VERDICT_OPEN, VERDICT_GOOD, VERDICT_BAD };

static enum verdict pool_verdict(const struct survey *survey, const struct config_pool *pool)
{
	const struct config *config = survey->exchange->config;
	enum verdict verdict = VERDICT_BAD;

	for (size_t i = 0; i < pool->count; i++) {
		const struct config_backend *backend = &config->backends[pool->backends[i]];

		if (!backend->is_enabled)
			continue;
		if (survey_waits_for(survey, pool->backends[i]))
			verdict = VERDICT_OPEN;
		else if (backend_status(backend->state) == HEALTH_HEALTHY)
			return VERDICT_GOOD;
	}
	return verdict;
}

/* Of all routes; *ret_bad is the first that leads nowhere. */
static enum verdict verdict_of(const struct survey *survey, const struct config_pool **ret_bad)
{
	const struct config *config = survey->exchange->config;
	enum verdict verdict = VERDICT_GOOD;

	for (size_t i = 0; i < config->pool_count; i++) {
		switch (pool_verdict(survey, &config->pools[i])) {
		case VERDICT_GOOD: break;
		case VERDICT_OPEN: verdict = VERDICT_OPEN; break;
		case VERDICT_BAD: *ret_bad = &config->pools[i]; return VERDICT_BAD;
		}
	}
	return verdict;
}

/* -- text ------------------------------------------------------------------------------------ */

static void add_reason(struct buf *text, const struct config_backend *backend)
{
	struct health health = backend_health(backend->state);

	buf_add_text(text, " ");
	backend_describe(
		backend->name, *health.error ? health.error : "nothing is known of it yet", text);
}

/* The route, and what is with each of its backends. */
static void answer_bad(struct exchange *exchange, const struct config_pool *pool)
{
	const struct config *config = exchange->config;
	BUF_AUTO struct buf text = {0};
	size_t enabled = 0;
	struct err err;

	route_write_name(config, pool, &text);
	buf_add_text(&text, ":");
	for (size_t i = 0; i < pool->count; i++) {
		const struct config_backend *backend = &config->backends[pool->backends[i]];

		if (!backend->is_enabled)
			continue;
		if (enabled++)
			buf_add_text(&text, ";");
		add_reason(&text, backend);
	}
	if (!enabled)
		buf_add_text(&text, " none of its backends is enabled");
	(void)err_set(&err, ERR_BUSY, "%.*s", SPAN_ARG(buf_span(&text)));
	exchange_fail(exchange, &err, NULL);
}

static void answer_pong(struct exchange *exchange)
{
	exchange_answer(
		exchange, 200, SPAN_LITERAL("text/plain; charset=utf-8"), SPAN_EMPTY, SPAN_LITERAL("pong"));
}

/* -- JSON ------------------------------------------------------------------------------------ */

static void answer_json(struct exchange *exchange, int status)
{
	const struct config *config = exchange->config;
	BUF_AUTO struct buf body = {0};
	const char *separator = "{\"backends\":[";
	bool are_all_healthy = true;

	for (size_t i = 0; i < config->backend_count; i++) {
		const struct config_backend *backend = &config->backends[i];
		enum health_status health = backend_status(backend->state);

		if (!backend->is_enabled)
			continue;
		buf_add_text(&body, separator);
		separator = ",";
		buf_add_text(&body, "{\"url\":");
		buf_add_json(&body, backend->url.text);
		buf_add_format(&body, ",\"status\":\"%s\"}", health_status_text(health));
		are_all_healthy &= health == HEALTH_HEALTHY;
	}
	buf_add_format(&body, "%s],\"allHealthy\":%s}", body.n ? "" : separator,
		are_all_healthy ? "true" : "false");
	exchange_answer(
		exchange, status, SPAN_LITERAL("application/json"), SPAN_EMPTY, buf_span(&body));
}

static bool wants_json(const struct exchange *exchange)
{
	struct span accept;

	return http1_find(httpd_head(exchange->http), HTTP1_ACCEPT, &accept) && accept.n &&
		   memmem(accept.p, accept.n, "application/json", 16);
}

static void answer_stopping(struct exchange *exchange)
{
	struct err err;

	(void)err_set(&err, ERR_BUSY, "stopping");
	exchange_fail(exchange, &err, NULL);
}

/* -- its life -------------------------------------------------------------------------------- */

static void look(struct survey *survey)
{
	struct exchange *exchange = survey->exchange;
	bool is_json = wants_json(exchange);
	const struct config_pool *bad = NULL;
	enum verdict verdict = verdict_of(survey, &bad);

	if (verdict == VERDICT_OPEN || (is_json && survey->running))
		return;
	if (is_json)
		answer_json(exchange, verdict == VERDICT_GOOD ? 200 : 503);
	else if (verdict == VERDICT_GOOD)
		answer_pong(exchange);
	else
		answer_bad(exchange, bad);
}

static void on_begin(struct exchange *exchange)
{
	if (atomic_load(&exchange->worker->shared->is_draining))
		answer_stopping(exchange);
	else
		survey_begin(exchange, look);
}

const struct exchange_handler ping_handler = {
	.begin = on_begin,
	.ended = survey_ended,
	.free = survey_free,
};
