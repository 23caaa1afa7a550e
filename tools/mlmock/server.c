/*
 *     httpd: request, body… → exchange.body
 *            body_end       → service or records → exchange.reply → at once, or when it is time
 *            ended          → freed
 */
#include "mlmock/server.h"

#include <time.h>

#include "base/mem.h"
#include "mlmock/records.h"
#include "mlmock/service.h"

struct server {
	struct loop *loop;
	const struct server_setup *setup;
	struct httpd *httpd;
	struct records records;
};

struct exchange {
	struct server *server;
	struct httpd_exchange *http;
	struct buf body;
	struct reply reply;
	struct loop_timer timer;
};

static const struct httpd_limits limits = {
	.head = {.bytes = 131072, .lines = 256},
	.body_bytes = SERVER_BODY_BYTES_MAX,
	.head_ns = CLOCK_S(30),
	.stall_ns = CLOCK_S(300),
	.idle_ns = CLOCK_S(SERVER_IDLE_S),
	.hides_idle = true,
};

/* -- answering ------------------------------------------------------------------------------- */

static void add_date(struct buf *fields)
{
	time_t now = time(NULL);
	char date[64];
	struct tm parts;

	if (gmtime_r(&now, &parts) && strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts))
		buf_add_format(fields, "date: %s\r\n", date);
}

static void send_answer(struct exchange *exchange)
{
	const struct reply *reply = &exchange->reply;
	BUF_AUTO struct buf fields = {0};

	add_date(&fields);
	buf_add_text(&fields, "server: uvicorn\r\n");
	buf_add(&fields, buf_span(&reply->fields));
	if (reply->content_type)
		buf_add_format(&fields, "content-type: %s\r\n", reply->content_type);
	httpd_answer(exchange->http,
		&(struct httpd_answer){
			.status = reply->status, .fields = buf_span(&fields), .length = reply->body.n},
		buf_span(&reply->body));
}

/* The exchange may be gone then. */
static void send_reply(void *ctx)
{
	struct exchange *exchange = ctx;

	switch (exchange->reply.end) {
	case REPLY_SENT: send_answer(exchange); return;
	case REPLY_CUT: httpd_abort(exchange->http); return;
	case REPLY_NEVER: return;
	}
}

static struct span field_of(const struct http1_head *head, enum http1_name name)
{
	struct span value = SPAN_EMPTY;

	(void)http1_find(head, name, &value);
	return value;
}

/* Under /__mock/. */
static void tell(struct server *server, const struct http1_head *head, struct reply *reply)
{
	if (!span_is(head->path, "/__mock/requests")) {
		reply_detail(reply, 404, "Not Found");
	} else if (!span_is(head->method, "GET")) {
		reply_detail(reply, 405, "Method Not Allowed");
		buf_add_text(&reply->fields, "allow: GET\r\n");
	} else {
		reply_text(reply, 200, REPLY_JSON, "");
		records_write(&server->records, server->setup->name, &reply->body);
	}
}

static void serve(struct exchange *exchange, const struct http1_head *head)
{
	struct server *server = exchange->server;
	struct predict_seen seen;
	struct arena arena;

	arena_init(&arena);
	service_answer(&server->setup->predict,
		&(struct service_request){
			.method = head->method,
			.path = head->path,
			.query = head->query,
			.host = field_of(head, HTTP1_HOST),
			.content_type = field_of(head, HTTP1_CONTENT_TYPE),
			.body = buf_span(&exchange->body),
		},
		&arena, &seen, &exchange->reply);
	records_add(&server->records, head->method, head->target, &seen, exchange->reply.status);
	arena_deinit(&arena);
	buf_deinit(&exchange->body);
}

/* -- httpd's events -------------------------------------------------------------------------- */

static void on_request(void *ctx, struct httpd_exchange *http)
{
	struct exchange *exchange = mem_new(1, sizeof *exchange);

	exchange->server = ctx;
	exchange->http = http;
	reply_init(&exchange->reply);
	loop_timer_init(&exchange->timer, send_reply, exchange);
	httpd_set_user(http, exchange);
}

static void on_body(struct httpd_exchange *http, struct slice bytes)
{
	struct exchange *exchange = httpd_user(http);

	buf_add(&exchange->body, bytes.bytes);
}

static void on_body_end(struct httpd_exchange *http)
{
	struct exchange *exchange = httpd_user(http);
	struct server *server = exchange->server;
	const struct http1_head *head = httpd_head(http);

	if (span_starts(head->path, SPAN_LITERAL("/__mock/")))
		tell(server, head, &exchange->reply);
	else
		serve(exchange, head);
	if (server->setup->latency_ns && span_is(head->path, "/predict"))
		loop_timer_set(
			server->loop, &exchange->timer, loop_now_ns(server->loop) + server->setup->latency_ns);
	else
		send_reply(exchange);
}

/* Answers are whole before they are begun, and httpd queues them whole. */
static void on_drained(struct httpd_exchange *http)
{
	(void)http;
}

static void on_ended(struct httpd_exchange *http, bool is_complete)
{
	struct exchange *exchange = httpd_user(http);

	(void)is_complete;
	loop_timer_clear(exchange->server->loop, &exchange->timer);
	buf_deinit(&exchange->body);
	reply_deinit(&exchange->reply);
	mem_free(exchange);
}

/* The service's HTTP library has one answer to all it cannot read. What it would have read, but is
 * too large or too slow here, gets ours. */
static void on_word(
	struct span path, const struct err *err, struct httpd_answer *answer, struct buf *body)
{
	(void)path;
	if (err->kind == ERR_TOO_LARGE || err->kind == ERR_SLOW_CLIENT)
		return;
	answer->status = 400;
	answer->fields = SPAN_LITERAL("content-type: " REPLY_TEXT "\r\n");
	buf_reset(body);
	buf_add_text(body, "Invalid HTTP request received.");
}

static const struct httpd_events events = {
	.request = on_request,
	.body = on_body,
	.body_end = on_body_end,
	.drained = on_drained,
	.ended = on_ended,
	.word = on_word,
};

/* -- life ------------------------------------------------------------------------------------ */

struct server *server_new(struct loop *loop, const struct server_setup *setup)
{
	struct server *server = mem_new(1, sizeof *server);

	server->loop = loop;
	server->setup = setup;
	server->httpd = httpd_new(loop, &limits, &events, server);
	records_init(&server->records);
	return server;
}

void server_free(struct server *server)
{
	if (!server)
		return;
	httpd_free(server->httpd);
	records_deinit(&server->records);
	mem_free(server);
}

void server_adopt(struct server *server, int fd)
{
	httpd_adopt(server->httpd, fd, 0);
}
