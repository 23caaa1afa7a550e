#include "proxy/survey.h"

#include "base/mem.h"
#include "proxy/worker.h"

struct survey_wait {
	struct survey *survey;
	struct pinger_wait wait;
};

static void on_over(void *ctx)
{
	struct survey_wait *wait = ctx;

	wait->survey->running--;
	wait->survey->changed(wait->survey);
}

void survey_stop(struct survey *survey)
{
	for (size_t i = 0; i < survey->config->backend_count; i++)
		pinger_leave(&survey->waits[i].wait);
	survey->running = 0;
	loop_timer_clear(survey->worker->loop, &survey->timer);
}

static void on_time(void *ctx)
{
	struct survey *survey = ctx;

	survey_stop(survey);
	survey->changed(survey);
}

void survey_init(struct survey *survey, struct worker *worker, struct config *config,
	void (*changed)(struct survey *survey))
{
	*survey = (struct survey){.worker = worker, .config = config, .changed = changed};
	loop_timer_init(&survey->timer, on_time, survey);
	survey->waits = mem_new(config->backend_count, sizeof *survey->waits);
	for (size_t i = 0; i < config->backend_count; i++) {
		struct survey_wait *wait = &survey->waits[i];

		wait->survey = survey;
		pinger_wait_init(&wait->wait, on_over, wait);
		if (config->backends[i].is_enabled)
			survey->running += pinger_ask(worker->pinger, config, i, &wait->wait);
	}
	if (survey->running)
		loop_timer_set(
			worker->loop, &survey->timer, loop_now_ns(worker->loop) + CLOCK_MS(SURVEY_WAIT_MS));
}

void survey_deinit(struct survey *survey)
{
	survey_stop(survey);
	mem_free(survey->waits);
}

bool survey_waits_for(const struct survey *survey, size_t index)
{
	return !list_is_empty(&survey->waits[index].wait.node);
}
