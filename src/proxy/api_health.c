#include "proxy/api_health.h"

#include <time.h>

#include "base/mem.h"
#include "proxy/survey.h"

struct api_health {
	struct survey survey;
	struct exchange *exchange;
};

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

static void on_changed(struct survey *survey)
{
	struct api_health *page = LIST_OBJECT(survey, struct api_health, survey);
	const struct config *config = survey->config;
	BUF_AUTO struct buf body = {0};

	if (survey->running)
		return;
	for (size_t i = 0; i < config->backend_count; i++) {
		buf_add_text(&body, i ? "," : "{");
		add_backend(&body, &config->backends[i], survey->worker->loop);
	}
	buf_add_text(&body, "}");
	survey_stop(survey);
	exchange_answer(
		page->exchange, 200, SPAN_LITERAL("application/json"), SPAN_EMPTY, buf_span(&body));
}

static void on_begin(struct exchange *exchange)
{
	struct api_health *page;

	if (!exchange->config) {
		exchange_fail_unconfigured(exchange);
		return;
	}
	page = mem_new(1, sizeof *page);
	exchange->state = page;
	page->exchange = exchange;
	survey_init(&page->survey, exchange->worker, exchange->config, on_changed);
	on_changed(&page->survey);
}

static void on_ended(struct exchange *exchange)
{
	struct api_health *page = exchange->state;

	if (page)
		survey_stop(&page->survey);
}

static void on_free(struct exchange *exchange)
{
	struct api_health *page = exchange->state;

	if (page)
		survey_deinit(&page->survey);
	mem_free(page);
}

const struct exchange_handler api_health_handler = {
	.begin = on_begin,
	.ended = on_ended,
	.free = on_free,
};
