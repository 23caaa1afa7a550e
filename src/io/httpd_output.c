/* The writing side: answers, framed, queued, sent at the end of the turn in as few calls as can be.
 */
#include "io/httpd_conn.h"

#include <assert.h>

#include "wire/status.h"

enum { IOV_MAX_AT_ONCE = 64 };

static void flush_later(struct httpd_exchange *conn)
{
	loop_defer(conn->httpd->loop, &conn->work);
}

/* Called before bytes are queued: unless others wait already, the wait for the client begins now,
 * however long the backend took. */
static void begin_wait(struct httpd_exchange *conn)
{
	if (!chain_length(&conn->queue))
		conn->since_ns = loop_now_ns(conn->httpd->loop);
}

static bool has_no_body(const struct httpd_exchange *conn, int status)
{
	return status < 200 || status == 204 || status == 304 ||
		   span_is(conn->http1.head.method, "HEAD");
}

static void add_number_line(struct buf *head, const char *name, uint64_t number)
{
	buf_add_text(head, name);
	buf_add_number(head, number);
	buf_add_text(head, "\r\n");
}

/* Content-Length, or chunked where the client can read it, or the end of the connection. */
static void add_framing(
	struct httpd_exchange *conn, const struct httpd_answer *answer, struct buf *head)
{
	conn->is_bodiless = has_no_body(conn, answer->status);
	conn->is_chunked = false;
	if (answer->length != SOURCE_LENGTH_UNKNOWN) {
		if (answer->status >= 200 && answer->status != 204 && answer->status != 304)
			add_number_line(head, "content-length: ", answer->length);
	} else if (conn->http1.head.version_minor == 1) {
		conn->is_chunked = !conn->is_bodiless;
		buf_add_text(head, "transfer-encoding: chunked\r\n");
	} else {
		conn->is_last = true;
	}
}

/* A request that is there already is still answered. */
static bool is_draining(const struct httpd_exchange *conn)
{
	bool has_next = conn->input == INPUT_WAITING && conn->pending.bytes.n;

	return conn->httpd->is_draining && !has_next;
}

static void write_head(
	struct httpd_exchange *conn, const struct httpd_answer *answer, struct buf *head)
{
	buf_add_text(head, "HTTP/1.1 ");
	buf_add_number(head, (uint64_t)answer->status);
	buf_add_text(head, " ");
	buf_add(head, answer->reason.n ? answer->reason : span_of(status_reason(answer->status)));
	buf_add_text(head, "\r\n");
	buf_add(head, answer->fields);
	add_framing(conn, answer, head);
	if (conn->is_last) {
		buf_add_text(head, "connection: close\r\n");
	} else if (!conn->limits.hides_idle) {
		buf_add_text(head, "connection: keep-alive\r\n");
		add_number_line(
			head, "keep-alive: timeout=", (uint64_t)(conn->limits.idle_ns / CLOCK_S(1)));
	}
	buf_add_text(head, "\r\n");
}

void httpd_begin(struct httpd_exchange *conn, const struct httpd_answer *answer)
{
	struct buf *head = &conn->httpd->head;

	assert(conn->output == OUTPUT_NONE);
	begin_wait(conn);
	conn->output = OUTPUT_BEGUN;
	if (!httpd_conn_can_skip_body(conn) || is_draining(conn))
		conn->is_last = true;
	buf_reset(head);
	write_head(conn, answer, head);
	chain_append_copy(&conn->queue, buf_span(head));
	flush_later(conn);
}

bool httpd_has_begun(const struct httpd_exchange *conn)
{
	return conn->output != OUTPUT_NONE;
}

void httpd_send(struct httpd_exchange *conn, struct slice bytes)
{
	char line[CHUNKED_FRAME_MAX];

	assert(conn->output == OUTPUT_BEGUN);
	if (conn->is_bodiless || !bytes.bytes.n)
		return;
	begin_wait(conn);
	if (conn->is_chunked)
		chain_append_copy(
			&conn->queue, (struct span){line, chunked_write_size(line, bytes.bytes.n)});
	chain_append_passing(&conn->queue, bytes);
	if (conn->is_chunked)
		chain_append_copy(&conn->queue, SPAN_LITERAL("\r\n"));
	conn->was_full |= httpd_is_full(conn);
	flush_later(conn);
}

/* The answer is sent: on to the next request, or to the end of the connection. */
static void end_exchange(struct httpd_exchange *conn)
{
	if (conn->has_fin) {
		httpd_conn_close(conn);
		return;
	}
	if (conn->input == INPUT_DRAIN) {
		if (!conn->is_half_closed)
			transport_half_close(&conn->transport);
		conn->is_half_closed = true;
		return;
	}
	if (conn->input != INPUT_WAITING)
		return; /* the rest of a short body is still to be thrown away */
	http1_reset(&conn->http1);
	conn->output = OUTPUT_NONE;
	httpd_conn_set_input(conn, INPUT_IDLE);
	if (conn->pending.bytes.n)
		flush_later(conn);
}

/* Nothing more is read from this client. */
static void drain(struct httpd_exchange *conn)
{
	httpd_conn_set_input(conn, INPUT_DRAIN);
	slice_unref(conn->pending);
	conn->pending = (struct slice){0};
}

void httpd_end(struct httpd_exchange *conn)
{
	assert(conn->output == OUTPUT_BEGUN);
	if (conn->is_chunked)
		chain_append_copy(&conn->queue, SPAN_LITERAL("0\r\n\r\n"));
	conn->output = OUTPUT_ENDED;
	conn->is_paused = false; /* what is left of the body is thrown away */
	if (conn->is_last)
		drain(conn);
	flush_later(conn);
	httpd_conn_finish(conn, true);
}

void httpd_abort(struct httpd_exchange *conn)
{
	transport_reset(&conn->transport);
	httpd_conn_close(conn);
}

void httpd_answer(struct httpd_exchange *conn, const struct httpd_answer *answer, struct span body)
{
	httpd_begin(conn, answer);
	if (!conn->is_bodiless)
		chain_append_copy(&conn->queue, body);
	httpd_end(conn);
}

bool httpd_is_full(const struct httpd_exchange *conn)
{
	return chain_length(&conn->queue) > HTTPD_QUEUE_HIGH;
}

static void tell_drained(struct httpd_exchange *conn)
{
	if (!conn->was_full || chain_length(&conn->queue) > HTTPD_QUEUE_LOW)
		return;
	conn->was_full = false;
	if (conn->is_active)
		conn->httpd->events->drained(conn);
}

void httpd_flush(struct httpd_exchange *conn)
{
	while (chain_length(&conn->queue)) {
		struct iovec iov[IOV_MAX_AT_ONCE];
		size_t count =
			chain_peek(&conn->queue, conn->queue.begin, UINT64_MAX, iov, IOV_MAX_AT_ONCE);
		size_t sent = 0;
		enum transport_result result = transport_write(&conn->transport, iov, count, &sent);

		if (result == TRANSPORT_AGAIN) {
			chain_compact(&conn->queue); /* it may stay for long */
			break;
		}
		if (result != TRANSPORT_OK) {
			httpd_conn_close(conn);
			return;
		}
		chain_drop(&conn->queue, conn->queue.begin + sent);
		conn->since_ns = loop_now_ns(conn->httpd->loop);
	}
	tell_drained(conn);
	if (!chain_length(&conn->queue) && conn->output == OUTPUT_ENDED && conn->input != INPUT_CLOSED)
		end_exchange(conn);
	httpd_conn_update(conn);
}

static void word_refusal(const struct httpd_exchange *conn, const struct err *err,
	struct httpd_answer *answer, struct buf *body)
{
	*answer = (struct httpd_answer){.status = status_of_err(err->kind),
		.fields = SPAN_LITERAL("content-type: application/json\r\n")};
	status_write_detail(body, span_of(err->text));
	if (conn->httpd->events->word)
		conn->httpd->events->word(http1_path(&conn->http1), err, answer, body);
	answer->length = body->n;
}

void httpd_refuse(struct httpd_exchange *conn, const struct err *err)
{
	BUF_AUTO struct buf body = {0};
	struct httpd_answer answer;

	word_refusal(conn, err, &answer, &body);
	if (conn->httpd->events->refused)
		conn->httpd->events->refused(conn->httpd->ctx, conn->peer, answer.status, err->text);
	httpd_conn_finish(conn, false);
	if (conn->input == INPUT_CLOSED)
		return;
	if (conn->output != OUTPUT_NONE) {
		httpd_abort(conn);
		return;
	}
	conn->is_last = true;
	httpd_answer(conn, &answer, buf_span(&body));
	httpd_conn_update(conn);
}
