#include "proxy/pinger.h"

#include <stdio.h>

#include "base/mem.h"
#include "proxy/worker.h"

/* How often the background looks round: for results of other workers, which end a back-off. */
enum { LOOK_MS = 1000 };

/* One backend in the background. */
struct watched {
	struct pinger *pinger;
	const struct config_backend *backend;
	struct pinger_wait wait;
	int64_t asked_ns; /* the end of its last ping; 0: none yet */
	int64_t delay_ns; /* from then to the next */
	enum health_status logged;
};

struct pinger {
	struct worker *worker;
	struct list questions;
	struct config *config; /* of the background; a reference; NULL: none */
	struct watched *watched;
	struct loop_timer look_timer;
};

struct question {
	struct list node;
	struct pinger *pinger;
	struct config *config; /* a reference */
	const struct config_backend *backend;
	struct upstream_call *call; /* NULL: it is over */
	struct loop_timer timer;    /* of all, from connecting to the last byte */
	struct loop_task free_task;
	struct list waits;
	int status;
	char body[5]; /* of the answer, as much as tells whether it is `pong` */
	size_t body_n;
};

static struct loop *loop_of(const struct pinger *pinger)
{
	return pinger->worker->loop;
}

/* -- a question ------------------------------------------------------------------------------ */

static void question_free(void *ctx)
{
	struct question *question = ctx;

	list_unlink(&question->node);
	config_unref(question->config);
	mem_free(question);
}

/* Whoever is told may leave other waits, or ask anew. */
static void finish(struct question *question)
{
	question->call = NULL;
	loop_timer_clear(loop_of(question->pinger), &question->timer);
	list_unlink(&question->node);
	while (!list_is_empty(&question->waits)) {
		struct pinger_wait *wait = LIST_OBJECT(question->waits.next, struct pinger_wait, node);

		pinger_leave(wait);
		wait->over(wait->ctx);
	}
	loop_defer(loop_of(question->pinger), &question->free_task);
}

static void finish_with(struct question *question, const char *why)
{
	(void)backend_note_ping(question->backend->state, why, loop_now_ns(loop_of(question->pinger)));
	finish(question);
}

/* It has answered, but not as it should. */
static void finish_wrong(struct question *question)
{
	char why[48];

	(void)snprintf(why, sizeof why, "answered %d without `pong`", question->status);
	finish_with(question, why);
}

/* So it has, and what else it says is of no interest. */
static void reject(struct question *question)
{
	upstream_cancel(question->call);
	finish_wrong(question);
}

static void on_head(void *ctx, const struct http1_head *head)
{
	struct question *question = ctx;

	question->status = head->status;
	if (question->status != 200)
		reject(question);
}

static void on_bytes(void *ctx, struct slice bytes)
{
	struct question *question = ctx;
	struct span part = span_first(bytes.bytes, sizeof question->body - question->body_n);

	memcpy(question->body + question->body_n, part.p, part.n);
	question->body_n += part.n;
	if (question->body_n == sizeof question->body)
		reject(question);
}

static void on_end(void *ctx)
{
	struct question *question = ctx;

	if (span_is((struct span){question->body, question->body_n}, "pong"))
		finish_with(question, NULL);
	else
		finish_wrong(question);
}

/* That there is no descriptor left here says nothing about the backend. */
static void on_failed(void *ctx, const struct err *err)
{
	struct question *question = ctx;

	if (err->kind == ERR_BUSY)
		finish(question);
	else
		finish_with(question, err->text);
}

static void on_time(void *ctx)
{
	struct question *question = ctx;
	char why[48];

	upstream_cancel(question->call);
	(void)snprintf(why, sizeof why, "no whole answer within %lld ms",
		(long long)(question->config->health.timeout_ns / CLOCK_MS(1)));
	finish_with(question, why);
}

static struct upstream_call *start_call(struct question *question)
{
	static const struct upstream_events events = {on_head, on_bytes, on_end, on_failed};
	const struct config_backend *backend = question->backend;
	int64_t timeout_ns = question->config->health.timeout_ns;
	struct upstream_limits limits = {timeout_ns, timeout_ns, timeout_ns, {16384, 64}};
	BUF_AUTO struct buf target = {0};

	buf_add(&target, backend->url.base);
	buf_add_text(&target, "/ping");
	return upstream_start(question->pinger->worker->upstream,
		&(struct upstream_request){.method = SPAN_LITERAL("GET"),
			.url = &backend->url,
			.target = buf_span(&target),
			.fields = backend->fields},
		&limits, &events, question);
}

static struct question *question_new(struct pinger *pinger, struct config *config, size_t index)
{
	struct question *question = mem_new(1, sizeof *question);

	question->pinger = pinger;
	question->config = config_ref(config);
	question->backend = &config->backends[index];
	list_init(&question->waits);
	list_append(&pinger->questions, &question->node);
	loop_task_init(&question->free_task, question_free, question);
	loop_timer_init(&question->timer, on_time, question);
	question->call = start_call(question);
	loop_timer_set(loop_of(pinger), &question->timer,
		loop_now_ns(loop_of(pinger)) + config->health.timeout_ns);
	return question;
}

static struct question *find_question(const struct pinger *pinger, const struct backend *backend)
{
	LIST_EACH(node, &pinger->questions) {
		struct question *question = LIST_OBJECT(node, struct question, node);

		if (question->backend->state == backend)
			return question;
	}
	return NULL;
}

static void ask(
	struct pinger *pinger, struct config *config, size_t index, struct pinger_wait *wait)
{
	struct question *question = find_question(pinger, config->backends[index].state);

	if (!question)
		question = question_new(pinger, config, index);
	list_append(&question->waits, &wait->node);
}

bool pinger_ask(
	struct pinger *pinger, struct config *config, size_t index, struct pinger_wait *wait)
{
	int64_t now_ns = loop_now_ns(loop_of(pinger));
	int64_t checked_ns = backend_health(config->backends[index].state).checked_ns;

	if (checked_ns && now_ns - checked_ns <= CLOCK_S(PINGER_FRESH_S))
		return false;
	ask(pinger, config, index, wait);
	return true;
}

void pinger_wait_init(struct pinger_wait *wait, void (*over)(void *ctx), void *ctx)
{
	*wait = (struct pinger_wait){.over = over, .ctx = ctx};
	list_init(&wait->node);
}

void pinger_leave(struct pinger_wait *wait)
{
	list_unlink(&wait->node);
}

/* -- the background -------------------------------------------------------------------------- */

static void log_change(struct watched *watched, const struct health *health)
{
	const struct log *log = watched->pinger->worker->shared->log;
	bool is_bad = health->status == HEALTH_UNHEALTHY;
	BUF_AUTO struct buf line = {0};

	if (health->status == watched->logged)
		return;
	log_add(&line, "backend", backend_label(watched->backend->name));
	buf_add_format(&line, " status=%s was=%s", health_status_text(health->status),
		health_status_text(watched->logged));
	if (is_bad)
		log_add(&line, "why", span_of(health->error));
	watched->logged = health->status;
	log_write(log, is_bad ? LOG_WARN : LOG_INFO, "event=health%.*s", SPAN_ARG(buf_span(&line)));
}

/* When it is to be asked. What others have learned since may have ended a back-off. */
static int64_t due_ns(const struct watched *watched, const struct health *health)
{
	int64_t most_ns = health_next_ping_ns(health, watched->pinger->config->health.interval_ns, 0);

	if (!watched->asked_ns)
		return 0;
	return watched->asked_ns + (watched->delay_ns < most_ns ? watched->delay_ns : most_ns);
}

/* Returns when to look again. */
static int64_t look_at(struct pinger *pinger, size_t index, int64_t now_ns)
{
	struct watched *watched = &pinger->watched[index];
	struct health health = backend_health(watched->backend->state);
	int64_t at_ns = due_ns(watched, &health);

	log_change(watched, &health);
	if (!watched->backend->is_enabled || !list_is_empty(&watched->wait.node))
		return INT64_MAX;
	if (at_ns > now_ns)
		return at_ns;
	ask(pinger, pinger->config, index, &watched->wait);
	return INT64_MAX;
}

static void look_round(void *ctx)
{
	struct pinger *pinger = ctx;
	int64_t now_ns = loop_now_ns(loop_of(pinger));
	int64_t next_ns = now_ns + CLOCK_MS(LOOK_MS);

	for (size_t i = 0; i < pinger->config->backend_count; i++) {
		int64_t at_ns = look_at(pinger, i, now_ns);

		if (at_ns < next_ns)
			next_ns = at_ns;
	}
	loop_timer_set(loop_of(pinger), &pinger->look_timer, next_ns);
}

static void on_asked(void *ctx)
{
	struct watched *watched = ctx;
	struct pinger *pinger = watched->pinger;
	struct health health = backend_health(watched->backend->state);

	watched->asked_ns = loop_now_ns(loop_of(pinger));
	watched->delay_ns = health_next_ping_ns(
		&health, pinger->config->health.interval_ns, rng_next(&pinger->worker->rng));
	log_change(watched, &health);
}

static void stop_watching(struct pinger *pinger)
{
	for (size_t i = 0; pinger->config && i < pinger->config->backend_count; i++)
		pinger_leave(&pinger->watched[i].wait);
	mem_free(TAKE(pinger->watched));
	config_unref(TAKE(pinger->config));
	loop_timer_clear(loop_of(pinger), &pinger->look_timer);
}

/* What the background knows of the same backend. */
static const struct watched *find_watched(
	const struct pinger *pinger, const struct backend *backend)
{
	for (size_t i = 0; pinger->config && i < pinger->config->backend_count; i++)
		if (pinger->watched[i].backend->state == backend)
			return &pinger->watched[i];
	return NULL;
}

void pinger_set_config(struct pinger *pinger, struct config *config)
{
	struct watched *all = config ? mem_new(config->backend_count, sizeof *all) : NULL;

	for (size_t i = 0; config && i < config->backend_count; i++) {
		const struct watched *known = find_watched(pinger, config->backends[i].state);

		if (known)
			all[i] = *known;
		all[i].pinger = pinger;
		all[i].backend = &config->backends[i];
		pinger_wait_init(&all[i].wait, on_asked, &all[i]);
	}
	stop_watching(pinger);
	if (!config)
		return;
	pinger->config = config_ref(config);
	pinger->watched = all;
	loop_timer_set(loop_of(pinger), &pinger->look_timer, loop_now_ns(loop_of(pinger)));
}

/* -- life ------------------------------------------------------------------------------------ */

struct pinger *pinger_new(struct worker *worker)
{
	struct pinger *pinger = mem_new(1, sizeof *pinger);

	pinger->worker = worker;
	list_init(&pinger->questions);
	loop_timer_init(&pinger->look_timer, look_round, pinger);
	return pinger;
}

void pinger_free(struct pinger *pinger)
{
	if (!pinger)
		return;
	stop_watching(pinger);
	LIST_EACH_SAFE(node, &pinger->questions) {
		struct question *question = LIST_OBJECT(node, struct question, node);

		upstream_cancel(question->call);
		loop_timer_clear(loop_of(pinger), &question->timer);
		question_free(question);
	}
	mem_free(pinger);
}
