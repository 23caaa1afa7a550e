#include "proxy/exchange.h"

#include <assert.h>

#include "proxy/access_log.h"
#include "proxy/metrics_report.h"
#include "proxy/tap.h"
#include "wire/status.h"

/* For all answers under /api: they are nobody's to keep, and nothing but what they say they are. */
#define API_FIELDS "cache-control: no-store\r\nx-content-type-options: nosniff\r\n"

/* -- its id ---------------------------------------------------------------------------------- */

static bool is_sane_id(struct span id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!http1_is_token((struct span){id.p + i, 1}) && !strchr("/=:@", id.p[i]))
			return false;
	return id.n > 0 && id.n <= EXCHANGE_ID_MAX;
}

static void set_id(struct exchange *exchange, const struct http1_head *head)
{
	static const char digits[] = "0123456789abcdef";
	struct span given;

	if (http1_find(head, HTTP1_X_REQUEST_ID, &given) && is_sane_id(given)) {
		memcpy(exchange->id, given.p, given.n);
		return;
	}
	for (size_t i = 0; i < 32; i += 16) {
		uint64_t number = rng_next(&exchange->worker->rng);

		for (size_t k = 0; k < 16; k++)
			exchange->id[i + k] = digits[number >> (4 * k) & 15];
	}
}

/* -- its life -------------------------------------------------------------------------------- */

static void exchange_free(void *ctx)
{
	struct exchange *exchange = ctx;
	struct arena arena;

	if (exchange->handler->free)
		exchange->handler->free(exchange);
	tap_close(exchange->tap);
	list_unlink(&exchange->node);
	config_unref(exchange->config);
	buf_deinit(&exchange->error);
	buf_deinit(&exchange->fields);
	arena = exchange->arena;
	arena_deinit(&arena);
}

static struct exchange *exchange_new(struct worker *worker)
{
	struct arena arena;
	struct exchange *exchange;

	arena_init_pooled(&arena, &worker->arenas);
	exchange = arena_new(&arena, 1, sizeof *exchange);
	exchange->arena = arena;
	return exchange;
}

static void on_request(void *ctx, struct httpd_exchange *http)
{
	struct worker *worker = ctx;
	struct exchange *exchange = exchange_new(worker);

	exchange->worker = worker;
	exchange->http = http;
	exchange->config = worker->config ? config_ref(worker->config) : NULL;
	worker->serial += worker->shared->worker_count;
	exchange->serial = worker->serial;
	exchange->began_ns = loop_now_ns(worker->loop);
	exchange->area = area_of(httpd_head(http)->path);
	set_id(exchange, httpd_head(http));
	list_append(&worker->exchanges, &exchange->node);
	atomic_fetch_add(&worker->shared->exchanges, 1);
	loop_task_init(&exchange->free_task, exchange_free, exchange);
	httpd_set_user(http, exchange);
	exchange->handler = worker->service->handler_of(exchange);
	exchange->handler->begin(exchange);
}

static void on_body(struct httpd_exchange *http, struct slice bytes)
{
	struct exchange *exchange = httpd_user(http);

	exchange->bytes_in += bytes.bytes.n;
	if (exchange->tap)
		tap_request(exchange->tap, bytes);
	if (exchange->handler->body)
		exchange->handler->body(exchange, bytes);
}

static void on_piped(struct httpd_exchange *http, size_t n)
{
	struct exchange *exchange = httpd_user(http);

	exchange->bytes_in += n;
	exchange->worker->metrics.spliced += n;
	exchange->handler->piped(exchange);
}

static void on_body_end(struct httpd_exchange *http)
{
	struct exchange *exchange = httpd_user(http);

	exchange->received_ns = loop_now_ns(exchange->worker->loop);
	if (exchange->handler->body_end)
		exchange->handler->body_end(exchange);
}

static void on_drained(struct httpd_exchange *http)
{
	struct exchange *exchange = httpd_user(http);

	if (exchange->handler->drained)
		exchange->handler->drained(exchange);
}

/* Those who look at it do so when the handler has ended, too, so that nothing changes any more. */
static void on_ended(struct httpd_exchange *http, bool is_complete)
{
	struct exchange *exchange = httpd_user(http);
	struct report report = {
		.exchange = exchange,
		.head = httpd_head(http),
		.client = httpd_peer(http),
		.is_complete = is_complete,
		.now_ns = loop_clock_ns(exchange->worker->loop),
	};

	atomic_fetch_sub(&exchange->worker->shared->exchanges, 1);
	exchange->http = NULL;
	if (exchange->handler->ended)
		exchange->handler->ended(exchange);
	if (exchange->tap)
		tap_end(exchange->tap, TAP_LEFT);
	if (exchange->handler->report)
		exchange->handler->report(exchange, &report);
	access_log_write(&report);
	metrics_note_report(&exchange->worker->metrics, &report);
	loop_defer(exchange->worker->loop, &exchange->free_task);
}

static void on_refused(void *ctx, const char *peer, int status, const char *why)
{
	const struct worker *worker = ctx;
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin_limited(&line, worker->shared->log, LOG_INFO, "refused"))
		return;
	log_text(&line, "client", span_of(peer));
	log_number(&line, "status", (uint64_t)status);
	log_text(&line, "why", span_of(why));
	log_end(&line);
}

static void on_word(
	struct span path, const struct err *err, struct httpd_answer *answer, struct buf *body)
{
	if (area_of(path) != AREA_API)
		return;
	answer->fields = SPAN_LITERAL(API_FIELDS "content-type: application/json\r\n");
	buf_reset(body);
	status_write_error(body, span_of(err->text), SPAN_EMPTY);
}

static uint64_t on_body_max(const struct http1_head *head, const struct httpd_limits *limits)
{
	return area_of(head->path) == AREA_API ? EXCHANGE_API_BODY_MAX : limits->body_bytes;
}

static void on_closed(void *ctx, unsigned door, bool was_refused)
{
	worker_note_closed(ctx, door, was_refused);
}

const struct httpd_events exchange_httpd_events = {
	.request = on_request,
	.body = on_body,
	.piped = on_piped,
	.body_end = on_body_end,
	.drained = on_drained,
	.ended = on_ended,
	.refused = on_refused,
	.word = on_word,
	.body_max = on_body_max,
	.closed = on_closed,
};

void exchange_free_all(struct worker *worker)
{
	LIST_EACH_SAFE(node, &worker->exchanges) {
		struct exchange *exchange = LIST_OBJECT(node, struct exchange, node);

		assert(!exchange->http);
		loop_task_cancel(&exchange->free_task);
		exchange_free(exchange);
	}
}

/* -- its answer ------------------------------------------------------------------------------ */

void exchange_note_error(struct exchange *exchange, struct span text)
{
	buf_reset(&exchange->error);
	buf_add(&exchange->error, text);
}

static void add_timing(const struct exchange *exchange, struct buf *out)
{
	struct report report = {
		.exchange = exchange,
		.head = httpd_head(exchange->http),
		.client = httpd_peer(exchange->http),
		.now_ns = exchange->answered_ns,
	};

	if (exchange->handler->report)
		exchange->handler->report(exchange, &report);
	report_write_timing(&report, out);
}

static void add_line(struct buf *out, const char *name, struct span value)
{
	buf_add_text(out, name);
	buf_add(out, value);
	buf_add_text(out, "\r\n");
}

/* The answer's lines and the exchange's own. */
static void add_fields(
	struct exchange *exchange, const struct httpd_answer *answer, struct buf *out)
{
	buf_add(out, answer->fields);
	buf_add(out, buf_span(&exchange->fields));
	if (exchange->area == AREA_API)
		buf_add_text(out, API_FIELDS);
	add_line(out, "x-request-id: ", span_of(exchange->id));
	exchange->status = answer->status;
	exchange->answered_ns = loop_now_ns(exchange->worker->loop);
	if (exchange->config && exchange->config->has_debug_headers)
		add_timing(exchange, out);
}

void exchange_begin(struct exchange *exchange, const struct httpd_answer *answer)
{
	struct buf *lines = &exchange->worker->lines;
	struct httpd_answer with_id = *answer;

	buf_reset(lines);
	add_fields(exchange, answer, lines);
	with_id.fields = buf_span(lines);
	if (exchange->tap)
		tap_answer(exchange->tap, &with_id);
	httpd_begin(exchange->http, &with_id);
}

void exchange_send(struct exchange *exchange, struct slice bytes)
{
	exchange->bytes_out += bytes.bytes.n;
	if (exchange->tap)
		tap_answer_bytes(exchange->tap, bytes);
	httpd_send(exchange->http, bytes);
}

void exchange_end(struct exchange *exchange)
{
	if (exchange->tap)
		tap_end(exchange->tap, TAP_WHOLE);
	httpd_end(exchange->http);
}

void exchange_abort(struct exchange *exchange, const struct err *err)
{
	exchange_note_error(exchange, span_of(err->text));
	if (exchange->tap)
		tap_end(exchange->tap, TAP_ABORTED);
	httpd_abort(exchange->http);
}

void exchange_answer(struct exchange *exchange, int status, struct span content_type,
	struct span fields, struct span body)
{
	struct buf *lines = &exchange->worker->lines;
	struct httpd_answer answer = {.status = status, .fields = fields, .length = body.n};

	buf_reset(lines);
	if (content_type.n)
		add_line(lines, "content-type: ", content_type);
	add_fields(exchange, &answer, lines);
	answer.fields = buf_span(lines);
	exchange->bytes_out = body.n;
	if (exchange->tap)
		tap_answer_whole(exchange->tap, &answer, body);
	httpd_answer(exchange->http, &answer, body);
}

void exchange_refuse(struct exchange *exchange, int status, struct span fields, struct span why)
{
	BUF_AUTO struct buf body = {0};

	if (exchange->area == AREA_API)
		status_write_error(&body, why, SPAN_EMPTY);
	else
		status_write_detail(&body, why);
	exchange_answer(exchange, status, SPAN_LITERAL("application/json"), fields, buf_span(&body));
}

void exchange_fail(struct exchange *exchange, const struct err *err, const char *detail_json)
{
	BUF_AUTO struct buf body = {0};
	int status = status_of_err(err->kind);

	exchange_note_error(exchange, span_of(err->text));
	if (!detail_json) {
		exchange_refuse(exchange, status, SPAN_EMPTY, span_of(err->text));
		return;
	}
	buf_add_format(&body, "{\"detail\":%s}", detail_json);
	exchange_answer(
		exchange, status, SPAN_LITERAL("application/json"), SPAN_EMPTY, buf_span(&body));
}

void exchange_fail_unconfigured(struct exchange *exchange)
{
	struct err err;

	(void)err_set(&err, ERR_BUSY,
		"no configuration yet: write one to %.150s and send SIGHUP, or POST it to /api/config",
		exchange->worker->shared->config_path);
	exchange_fail(exchange, &err, NULL);
}
