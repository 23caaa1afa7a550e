#include "proxy/monitor.h"

#include "base/mem.h"
#include "proxy/pinger.h"
#include "proxy/worker.h"

/* How often it looks round: for results of other workers, which end a back-off. */
enum { LOOK_MS = 1000 };

/* One backend. */
struct watched {
	struct monitor *monitor;
	const struct config_backend *backend;
	struct pinger_wait wait;
	int64_t asked_ns; /* the end of its last ping; 0: none yet */
	int64_t delay_ns; /* from then to the next */
	enum health_status logged;
};

struct monitor {
	struct worker *worker;
	struct config *config; /* a reference; NULL: none */
	struct watched *watched;
	struct loop_timer timer;
};

static void log_change(const struct watched *watched, const struct health *health)
{
	const struct log *log = watched->monitor->worker->shared->log;
	bool is_bad = health->status == HEALTH_UNHEALTHY;
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, log, is_bad ? LOG_WARN : LOG_INFO, "health"))
		return;
	log_text(&line, "backend", backend_label(watched->backend->name));
	log_text(&line, "status", span_of(health_status_text(health->status)));
	log_text(&line, "was", span_of(health_status_text(watched->logged)));
	if (is_bad) {
		log_text(&line, "why", span_of(health->error));
		log_text(&line, "hint",
			SPAN_LITERAL("see that it runs and is reached at backends[].url; until then it is only "
						 "asked when there is no other"));
	}
	log_end(&line);
}

static void note_change(struct watched *watched, const struct health *health)
{
	if (health->status != watched->logged)
		log_change(watched, health);
	watched->logged = health->status;
}

/* When it is to be asked. What others have learned since may have ended a back-off. */
static int64_t due_ns(const struct watched *watched, const struct health *health)
{
	int64_t most_ns = health_next_ping_ns(health, watched->monitor->config->health.interval_ns, 0);

	if (!watched->asked_ns)
		return 0;
	return watched->asked_ns + (watched->delay_ns < most_ns ? watched->delay_ns : most_ns);
}

/* Returns when to look again. */
static int64_t look_at(struct monitor *monitor, size_t index, int64_t now_ns)
{
	struct watched *watched = &monitor->watched[index];
	struct health health = backend_health(watched->backend->state);
	int64_t at_ns = due_ns(watched, &health);

	note_change(watched, &health);
	if (!watched->backend->is_enabled || !list_is_empty(&watched->wait.node))
		return INT64_MAX;
	if (at_ns > now_ns)
		return at_ns;
	pinger_ask(monitor->worker->pinger, monitor->config, index, &watched->wait);
	return INT64_MAX;
}

static void look_round(void *ctx)
{
	struct monitor *monitor = ctx;
	int64_t now_ns = loop_now_ns(monitor->worker->loop);
	int64_t next_ns = now_ns + CLOCK_MS(LOOK_MS);

	for (size_t i = 0; i < monitor->config->backend_count; i++) {
		int64_t at_ns = look_at(monitor, i, now_ns);

		if (at_ns < next_ns)
			next_ns = at_ns;
	}
	loop_timer_set(monitor->worker->loop, &monitor->timer, next_ns);
}

static void on_asked(void *ctx)
{
	struct watched *watched = ctx;
	struct monitor *monitor = watched->monitor;
	struct health health = backend_health(watched->backend->state);

	watched->asked_ns = loop_now_ns(monitor->worker->loop);
	watched->delay_ns = health_next_ping_ns(
		&health, monitor->config->health.interval_ns, rng_next(&monitor->worker->rng));
	note_change(watched, &health);
}

static void stop_watching(struct monitor *monitor)
{
	for (size_t i = 0; monitor->config && i < monitor->config->backend_count; i++)
		pinger_leave(&monitor->watched[i].wait);
	mem_free(TAKE(monitor->watched));
	config_unref(TAKE(monitor->config));
	loop_timer_clear(monitor->worker->loop, &monitor->timer);
}

/* What is known of the same backend so far. */
static const struct watched *find_watched(
	const struct monitor *monitor, const struct backend *backend)
{
	for (size_t i = 0; monitor->config && i < monitor->config->backend_count; i++)
		if (monitor->watched[i].backend->state == backend)
			return &monitor->watched[i];
	return NULL;
}

void monitor_set_config(struct monitor *monitor, struct config *config)
{
	struct watched *all = config ? mem_new(config->backend_count, sizeof *all) : NULL;

	for (size_t i = 0; config && i < config->backend_count; i++) {
		const struct watched *known = find_watched(monitor, config->backends[i].state);

		if (known)
			all[i] = *known;
		all[i].monitor = monitor;
		all[i].backend = &config->backends[i];
		pinger_wait_init(&all[i].wait, on_asked, &all[i]);
	}
	stop_watching(monitor);
	if (!config)
		return;
	monitor->config = config_ref(config);
	monitor->watched = all;
	loop_timer_set(monitor->worker->loop, &monitor->timer, loop_now_ns(monitor->worker->loop));
}

struct monitor *monitor_new(struct worker *worker)
{
	struct monitor *monitor = mem_new(1, sizeof *monitor);

	monitor->worker = worker;
	loop_timer_init(&monitor->timer, look_round, monitor);
	return monitor;
}

void monitor_free(struct monitor *monitor)
{
	if (!monitor)
		return;
	stop_watching(monitor);
	mem_free(monitor);
}
