#include "proxy/api_health.h"

#include <time.h>

#include "proxy/survey.h"

/* A moment of the loop's clock as everybody's; 0 for none. */
static long long unix_seconds(struct loop *loop, int64_t at_ns)
{
	struct timespec now;

	if (!at_ns)
		return 0;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (CLOCK_S(now.tv_sec) + now.tv_nsec - (loop_now_ns(loop) - at_ns)) / CLOCK_S(1);
}

static unsigned long long count_of(const atomic_ullong *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void add_backend(struct buf *body, const struct config_backend *backend, struct loop *loop)
{
	struct backend *state = backend->state;
	struct health health = backend_health(state);

	buf_add_json(body, backend->name);
	buf_add_format(body,
		":{\"status\":\"%s\",\"lastCheck\":%lld,\"error\":", health_status_text(health.status),
		unix_seconds(loop, health.checked_ns));
	buf_add_json(body, span_of(health.error));
	buf_add_format(body, ",\"since\":%lld,\"consecutiveFailures\":%u,\"enabled\":%s,\"url\":",
		unix_seconds(loop, health.since_ns), health.failures,
		backend->is_enabled ? "true" : "false");
	buf_add_json(body, backend->url.text);
	buf_add_format(body, ",\"inFlight\":%u,\"requests\":%llu,\"failures\":%llu,\"failovers\":%llu}",
		atomic_load_explicit(&state->in_flight, memory_order_relaxed), count_of(&state->requests),
		count_of(&state->failures), count_of(&state->failovers));
}

static void look(struct survey *survey)
{
	struct exchange *exchange = survey->exchange;
	const struct config *config = exchange->config;
	BUF_AUTO struct buf body = {0};

	if (survey->running)
		return;
	for (size_t i = 0; i < config->backend_count; i++) {
		buf_add_text(&body, i ? "," : "{");
		add_backend(&body, &config->backends[i], exchange->worker->loop);
	}
	buf_add_text(&body, "}");
	exchange_answer(exchange, 200, SPAN_LITERAL("application/json"), SPAN_EMPTY, buf_span(&body));
}

static void on_begin(struct exchange *exchange)
{
	survey_begin(exchange, look);
}

const struct exchange_handler api_health_handler = {
	.begin = on_begin,
	.ended = survey_ended,
	.free = survey_free,
};
