#include "proxy/ask.h"

/* What goes on of the client's fields, and the backend's own, which stand for the client's of the
 * same name. For a merge the answer's bytes must be readable. */
static void write_fields(struct buf *fields, const struct http1_head *head,
	const struct config_backend *backend, enum answer_check check)
{
	bool is_plain = check == ANSWER_PLAIN_OBJECT;

	for (size_t i = 0; i < head->field_count; i++) {
		struct span name = head->fields[i].name;

		if (http1_may_pass(head, name) && !span_equal_nocase(name, SPAN_LITERAL("host")) &&
			!http1_lines_have(backend->fields, name) &&
			!(is_plain && span_equal_nocase(name, SPAN_LITERAL("accept-encoding"))))
			http1_write_field(fields, &head->fields[i]);
	}
	buf_add(fields, backend->fields);
	if (is_plain)
		buf_add_text(fields, "accept-encoding: identity\r\n");
}

/* Puts the backend's name before what happened to it. */
static void set_err(struct ask *ask, const struct err *err)
{
	(void)err_set(&ask->err, err->kind, "backend '%.*s': %s",
		SPAN_ARG(span_first(ask->backend->name, 64)), err->text);
}

static void finish(struct ask *ask, enum ask_state state)
{
	ask->state = state;
	ask->call = NULL;
	body_view_close(&ask->view);
	ask->finished(ask);
}

/* The answer turned out to be none. */
static void reject(struct ask *ask, const struct err *err)
{
	upstream_cancel(ask->call);
	set_err(ask, err);
	finish(ask, ASK_FAILED);
}

static void on_head(void *ctx, const struct http1_head *head)
{
	struct ask *ask = ctx;
	struct err err;

	if (answer_head(&ask->answer, head, &err) < 0)
		reject(ask, &err);
	else
		body_view_close(&ask->view); /* no more is sent */
}

static void on_bytes(void *ctx, struct slice bytes)
{
	struct ask *ask = ctx;
	struct err err;

	if (answer_bytes(&ask->answer, bytes, &err) < 0)
		reject(ask, &err);
	else
		ask->grew(ask);
}

static void on_end(void *ctx)
{
	struct ask *ask = ctx;
	struct err err;
	bool is_whole = answer_end(&ask->answer, &err) == 0;

	if (!is_whole)
		set_err(ask, &err);
	finish(ask, is_whole ? ASK_ANSWERED : ASK_FAILED);
}

static void on_failed(void *ctx, const struct err *err)
{
	struct ask *ask = ctx;

	set_err(ask, err);
	finish(ask, ASK_FAILED);
}

void ask_start(
	struct ask *ask, const struct config_backend *backend, const struct ask_request *request)
{
	static const struct upstream_events events = {on_head, on_bytes, on_end, on_failed};
	struct exchange *exchange = request->exchange;
	const struct http1_head *head = httpd_head(exchange->http);
	struct upstream_limits limits = {backend->connect_ns, backend->answer_ns,
		exchange->config->timeouts.stall_ns,
		{exchange->config->limits.head_bytes, exchange->config->limits.head_lines}};
	BUF_AUTO struct buf target = {0};
	BUF_AUTO struct buf fields = {0};

	ask->state = ASK_RUNNING;
	ask->backend = backend;
	answer_init(&ask->answer, request->check);
	body_view_open(
		&ask->view, request->body, request->cut_begin, request->cut_end, request->entries);
	buf_add(&target, backend->url.base);
	buf_add_text(&target, "/predict");
	buf_add(&target, head->query);
	write_fields(&fields, head, backend, request->check);
	ask->call = upstream_start(exchange->worker->upstream,
		&(struct upstream_request){.method = SPAN_LITERAL("POST"),
			.url = &backend->url,
			.target = buf_span(&target),
			.fields = buf_span(&fields),
			.body = &ask->view.source},
		&limits, &events, ask);
}

void ask_stop(struct ask *ask)
{
	if (ask->call)
		upstream_cancel(ask->call);
	ask->call = NULL;
	ask->state = ASK_IDLE;
	body_view_close(&ask->view);
	answer_deinit(&ask->answer);
}
