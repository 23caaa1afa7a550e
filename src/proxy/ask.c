#include "proxy/ask.h"

#include "base/mem.h"
#include "domain/access.h"
#include "proxy/tap.h"

/* What lets its client change the configuration is nothing for backends. */
static bool is_our_token(const struct ask_request *request, const struct http1_field *field)
{
	return field->which == HTTP1_AUTHORIZATION &&
		   access_is_token(&request->exchange->config->access, field->value);
}

/* True when the client's field goes on. For a merge the answer's bytes must be readable. */
static bool may_pass(const struct ask_request *request, const struct http1_field *field)
{
	bool is_ours = field->which == HTTP1_HOST ||
				   (field->which == HTTP1_ACCEPT_ENCODING && request->check == ANSWER_PLAIN_OBJECT);

	return field->may_pass && !is_ours && !is_our_token(request, field) &&
		   !http1_lines_have(request->backend->fields, field->name);
}

static void write_fields(const struct ask_request *request, struct buf *fields)
{
	const struct http1_head *head = httpd_head(request->exchange->http);

	for (size_t i = 0; i < head->field_count; i++)
		if (may_pass(request, &head->fields[i]))
			http1_write_field(fields, &head->fields[i]);
	buf_add(fields, request->backend->fields);
	if (request->check == ANSWER_PLAIN_OBJECT)
		buf_add_text(fields, "accept-encoding: identity\r\n");
}

/* The call is over or is cancelled next. */
static struct upstream_call *take_call(struct ask *ask)
{
	ask->use = *upstream_use(ask->call);
	return TAKE(ask->call);
}

static void finish(struct ask *ask, enum ask_state state)
{
	ask->state = state;
	body_view_close(&ask->view);
	ask->changed(ask);
}

/* The answer turned out to be none. */
static void reject(struct ask *ask)
{
	upstream_cancel(take_call(ask));
	finish(ask, ASK_FAILED);
}

static void on_head(void *ctx, const struct http1_head *head)
{
	struct ask *ask = ctx;

	if (ask->tap)
		tap_call_head(ask->tap, head);
	if (answer_head(&ask->answer, head, &ask->err) < 0) {
		reject(ask);
		return;
	}
	body_view_close(&ask->view); /* no more is sent */
	ask->changed(ask);
}

static void on_bytes(void *ctx, struct slice bytes)
{
	struct ask *ask = ctx;

	if (ask->tap)
		tap_call_bytes(ask->tap, bytes);
	if (answer_bytes(&ask->answer, bytes, &ask->err) < 0)
		reject(ask);
	else
		ask->changed(ask);
}

static void on_end(void *ctx)
{
	struct ask *ask = ctx;

	(void)take_call(ask);
	if (ask->tap)
		tap_call_end(ask->tap);
	finish(ask, answer_end(&ask->answer, &ask->err) < 0 ? ASK_FAILED : ASK_ANSWERED);
}

static void on_failed(void *ctx, const struct err *err)
{
	struct ask *ask = ctx;

	(void)take_call(ask);
	ask->err = *err;
	finish(ask, ASK_FAILED);
}

static void post(struct ask *ask, const struct ask_request *request)
{
	static const struct upstream_events events = {on_head, on_bytes, on_end, on_failed};
	struct exchange *exchange = request->exchange;
	const struct config *config = exchange->config;
	const struct config_backend *backend = request->backend;
	struct upstream_limits limits = {backend->connect_ns, backend->answer_ns,
		config->timeouts.stall_ns, {config->limits.head_bytes, config->limits.head_lines}};
	struct buf target = {.arena = &exchange->arena};
	struct buf fields = {.arena = &exchange->arena};

	buf_add(&target, backend->url.base);
	buf_add_text(&target, "/predict");
	buf_add(&target, httpd_head(exchange->http)->query);
	write_fields(request, &fields);
	if (exchange->tap)
		ask->tap = tap_call(exchange->tap, request, buf_span(&target), buf_span(&fields));
	ask->call = upstream_start(exchange->worker->upstream,
		&(struct upstream_request){.method = SPAN_LITERAL("POST"),
			.url = &backend->url,
			.tls = {backend->ca_file, backend->is_insecure},
			.target = buf_span(&target),
			.fields = buf_span(&fields),
			.body = &ask->view.source},
		&limits, &events, ask);
}

void ask_start(struct ask *ask, const struct ask_request *request)
{
	*ask = (struct ask){.state = ASK_RUNNING, .changed = request->changed, .ctx = request->ctx};
	answer_init(&ask->answer, request->check, loop_small_chunks(request->exchange->worker->loop),
		&request->exchange->arena);
	body_view_open(
		&ask->view, request->body, request->cut_begin, request->cut_end, request->entries);
	post(ask, request);
}

void ask_more(struct ask *ask)
{
	if (ask->call && ask->view.is_broken) {
		ask->err = ask->view.body->why;
		reject(ask);
	} else if (ask->call) {
		upstream_more(ask->call);
	}
}

void ask_stop(struct ask *ask)
{
	if (ask->call)
		upstream_cancel(take_call(ask));
	ask->state = ASK_IDLE;
	body_view_close(&ask->view);
	answer_deinit(&ask->answer);
}
