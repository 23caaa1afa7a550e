#include "proxy/survey.h"

#include "base/mem.h"
#include "proxy/pinger.h"

struct survey_wait {
	struct survey *survey;
	struct pinger_wait wait;
};

static void on_over(void *ctx)
{
	struct survey_wait *wait = ctx;

	wait->survey->running--;
	wait->survey->look(wait->survey);
}

static void stop(struct survey *survey)
{
	for (size_t i = 0; i < survey->exchange->config->backend_count; i++)
		pinger_leave(&survey->waits[i].wait);
	survey->running = 0;
	loop_timer_clear(survey->exchange->worker->loop, &survey->timer);
}

static void on_time(void *ctx)
{
	struct survey *survey = ctx;

	stop(survey);
	survey->look(survey);
}

static bool is_fresh(const struct config_backend *backend, int64_t now_ns)
{
	int64_t checked_ns = backend_health(backend->state).checked_ns;

	return checked_ns && now_ns - checked_ns <= CLOCK_S(SURVEY_FRESH_S);
}

static void ask_all(struct survey *survey)
{
	struct worker *worker = survey->exchange->worker;
	struct config *config = survey->exchange->config;
	int64_t now_ns = loop_now_ns(worker->loop);

	survey->waits = mem_new(config->backend_count, sizeof *survey->waits);
	for (size_t i = 0; i < config->backend_count; i++) {
		struct survey_wait *wait = &survey->waits[i];

		wait->survey = survey;
		pinger_wait_init(&wait->wait, on_over, wait);
		if (!config->backends[i].is_enabled || is_fresh(&config->backends[i], now_ns))
			continue;
		pinger_ask(worker->pinger, config, i, &wait->wait);
		survey->running++;
	}
	if (survey->running)
		loop_timer_set(worker->loop, &survey->timer, now_ns + CLOCK_MS(SURVEY_WAIT_MS));
}

void survey_begin(struct exchange *exchange, void (*look)(struct survey *survey))
{
	struct survey *survey;

	if (!exchange->config) {
		exchange_fail_unconfigured(exchange);
		return;
	}
	survey = mem_new(1, sizeof *survey);
	survey->exchange = exchange;
	survey->look = look;
	loop_timer_init(&survey->timer, on_time, survey);
	exchange->state = survey;
	ask_all(survey);
	look(survey);
}

void survey_ended(struct exchange *exchange)
{
	if (exchange->state)
		stop(exchange->state);
}

void survey_free(struct exchange *exchange)
{
	struct survey *survey = exchange->state;

	if (survey)
		mem_free(survey->waits);
	mem_free(survey);
}

bool survey_waits_for(const struct survey *survey, size_t index)
{
	return !list_is_empty(&survey->waits[index].wait.node);
}
