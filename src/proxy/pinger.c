#include "proxy/pinger.h"

#include <stdio.h>

#include "base/mem.h"
#include "proxy/worker.h"

struct pinger {
	struct worker *worker;
	struct list questions;
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
	(void)snprintf(why, sizeof why, "no %sanswer within %lld ms", question->status ? "whole " : "",
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
			.tls = {backend->ca_file, backend->is_insecure},
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

void pinger_ask(
	struct pinger *pinger, struct config *config, size_t index, struct pinger_wait *wait)
{
	struct question *question = find_question(pinger, config->backends[index].state);

	if (!question)
		question = question_new(pinger, config, index);
	list_append(&question->waits, &wait->node);
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

/* -- life ------------------------------------------------------------------------------------ */

struct pinger *pinger_new(struct worker *worker)
{
	struct pinger *pinger = mem_new(1, sizeof *pinger);

	pinger->worker = worker;
	list_init(&pinger->questions);
	return pinger;
}

void pinger_free(struct pinger *pinger)
{
	if (!pinger)
		return;
	LIST_EACH_SAFE(node, &pinger->questions) {
		struct question *question = LIST_OBJECT(node, struct question, node);

		upstream_cancel(question->call);
		loop_timer_clear(loop_of(pinger), &question->timer);
		question_free(question);
	}
	mem_free(pinger);
}
