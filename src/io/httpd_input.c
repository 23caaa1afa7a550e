/* The reading side: from bytes to request, body, body_end.
 *
 *     IDLE → HEAD → BODY → WAITING → IDLE …      any → DRAIN → CLOSED
 */
#include "io/httpd_conn.h"

#include <assert.h>

enum {
	DRAIN_MAX = 134217728, /* bytes thrown away behind a half-close */
	READS_A_TURN = 16,     /* then it is the turn of others */
};

static void end_body(struct httpd_exchange *conn)
{
	content_deinit(&conn->content);
	conn->pipe = NULL;
	httpd_conn_set_input(conn, INPUT_WAITING);
	if (conn->is_active)
		conn->httpd->events->body_end(conn);
	else
		loop_defer(conn->httpd->loop, &conn->work); /* the answer was there before */
}

static int too_large(const struct httpd_exchange *conn, struct err *err)
{
	bool is_own = conn->body_max != conn->limits.body_bytes;

	return err_set(err, ERR_TOO_LARGE, "body over %s (%llu bytes)",
		is_own ? "what this path takes" : "limits.body", (unsigned long long)conn->body_max);
}

static uint64_t body_max(const struct httpd_exchange *conn)
{
	const struct httpd_events *events = conn->httpd->events;

	return events->body_max ? events->body_max(&conn->http1.head, &conn->limits)
							: conn->limits.body_bytes;
}

static void begin_request(struct httpd_exchange *conn)
{
	const struct http1_head *head = &conn->http1.head;
	bool has_body = head->body != HTTP1_BODY_NONE;
	struct err err;

	conn->limits = conn->httpd->limits;
	httpd_conn_set_input(conn, has_body ? INPUT_BODY : INPUT_WAITING);
	conn->output = OUTPUT_NONE;
	content_init(&conn->content, head);
	conn->body_bytes = 0;
	conn->body_max = body_max(conn);
	conn->is_last = head->is_last;
	conn->is_paused = false;
	conn->sent_continue = false;
	if (head->body == HTTP1_BODY_LENGTH && head->content_length > conn->body_max) {
		(void)too_large(conn, &err);
		httpd_refuse(conn, &err);
		return;
	}
	conn->is_active = true;
	conn->httpd->events->request(conn->httpd->ctx, conn);
	if (conn->input == INPUT_BODY && conn->output == OUTPUT_NONE && head->expects_continue) {
		conn->sent_continue = true;
		chain_append_copy(&conn->queue, SPAN_LITERAL("HTTP/1.1 100 Continue\r\n\r\n"));
		loop_defer(conn->httpd->loop, &conn->work);
	}
	if (!has_body && conn->input == INPUT_WAITING && conn->is_active)
		conn->httpd->events->body_end(conn);
}

/* The next piece of the body that is in `in`; perhaps an empty one. */
static int next_piece(
	struct httpd_exchange *conn, struct span *in, struct span *ret_piece, struct err *err)
{
	if (content_next(&conn->content, in, ret_piece, err) < 0)
		return -1;
	conn->body_bytes += ret_piece->n;
	return conn->body_bytes > conn->body_max ? too_large(conn, err) : 0;
}

static void take_body(struct httpd_exchange *conn, struct slice *in)
{
	struct slice piece = {.chunk = in->chunk};
	struct err err;

	if (next_piece(conn, &in->bytes, &piece.bytes, &err) < 0) {
		httpd_refuse(conn, &err);
		return;
	}
	conn->since_ns = loop_now_ns(conn->httpd->loop);
	if (piece.bytes.n && conn->is_active)
		conn->httpd->events->body(conn, piece);
	if (conn->content.is_end && conn->input == INPUT_BODY)
		end_body(conn);
}

static void begin_head(struct httpd_exchange *conn)
{
	conn->limits = conn->httpd->limits;
	http1_set_limits(&conn->http1, &conn->limits.head);
	httpd_conn_set_input(conn, INPUT_HEAD);
}

static void take_head(struct httpd_exchange *conn, struct slice *in)
{
	struct err err;
	int result;

	if (conn->input == INPUT_IDLE)
		begin_head(conn);
	result = http1_feed(&conn->http1, &in->bytes, &err);
	if (result < 0)
		httpd_refuse(conn, &err);
	else if (result > 0)
		begin_request(conn);
}

static bool may_read_on(const struct httpd_exchange *conn)
{
	switch (conn->input) {
	case INPUT_IDLE:
	case INPUT_HEAD: return true;
	case INPUT_BODY: return !conn->is_paused || !conn->is_active;
	case INPUT_WAITING:
	case INPUT_DRAIN:
	case INPUT_CLOSED: return false;
	}
	return false;
}

/* Goes through what has arrived; what may not be read yet becomes pending. */
static void take_input(struct httpd_exchange *conn, struct slice in)
{
	while (in.bytes.n && may_read_on(conn)) {
		if (conn->input == INPUT_BODY)
			take_body(conn, &in);
		else
			take_head(conn, &in);
	}
	if (conn->input == INPUT_DRAIN)
		conn->drained += in.bytes.n;
	else if (in.bytes.n && conn->input != INPUT_CLOSED) {
		assert(!conn->pending.bytes.n);
		conn->pending = slice_ref(in);
	}
}

void httpd_read_pending(struct httpd_exchange *conn)
{
	struct slice in = conn->pending;

	if (!may_read_on(conn))
		return;
	conn->pending = (struct slice){0};
	take_input(conn, in);
	slice_unref(in);
	httpd_conn_update(conn);
}

/* The client sends no more: it has left, unless it may half-close (Connection: close, HTTP/1.0) or
 * its answer is on the way already. */
static void take_fin(struct httpd_exchange *conn)
{
	bool is_answered = conn->output == OUTPUT_ENDED && conn->input != INPUT_BODY;
	bool may_half_close = conn->input == INPUT_WAITING && conn->http1.head.is_last;

	conn->has_fin = true;
	if (!may_half_close && !(is_answered && chain_length(&conn->queue)))
		httpd_conn_close(conn);
}

/* Reads once; false when the next read may not be wanted, or would only say "again". */
static bool read_bytes(struct httpd_exchange *conn)
{
	struct slice in = {0};
	enum transport_result result = transport_read(&conn->transport, &in);

	if (result == TRANSPORT_AGAIN)
		return false;
	if (result == TRANSPORT_END) {
		take_fin(conn);
		return false;
	}
	if (result == TRANSPORT_OK)
		take_input(conn, in);
	if (result == TRANSPORT_BROKEN || conn->drained > DRAIN_MAX)
		httpd_conn_close(conn);
	return conn->input != INPUT_CLOSED && !conn->pending.bytes.n && !conn->is_paused &&
		   in.bytes.n >= CHUNK_BYTES / 2;
}

static void take_piped(struct httpd_exchange *conn, size_t n)
{
	content_skip(&conn->content, n);
	conn->body_bytes += n;
	conn->since_ns = loop_now_ns(conn->httpd->loop);
	conn->httpd->events->piped(conn, n);
	if (conn->content.is_end && conn->input == INPUT_BODY)
		end_body(conn);
}

/* Once a turn: what has come is to leave the pipe before there is more. */
static void read_piped(struct httpd_exchange *conn)
{
	size_t n = 0;

	switch (transport_splice_in(&conn->transport, conn->pipe, conn->content.left, &n)) {
	case TRANSPORT_OK: take_piped(conn, n); break;
	case TRANSPORT_AGAIN:
		if (conn->pipe->is_full)
			conn->httpd->events->piped(conn, 0);
		break;
	case TRANSPORT_END: take_fin(conn); break;
	case TRANSPORT_BROKEN: httpd_conn_close(conn); break;
	}
}

void httpd_read(struct httpd_exchange *conn)
{
	bool goes_on = true;

	for (int i = 0; i < READS_A_TURN && goes_on && !conn->pipe; i++)
		goes_on = read_bytes(conn);
	if (goes_on && conn->pipe)
		read_piped(conn);
	httpd_conn_update(conn);
}

void httpd_splice(struct httpd_exchange *conn, struct pipe *pipe)
{
	assert(!pipe || (conn->input == INPUT_BODY && conn->is_active && !conn->pending.bytes.n &&
						conn->content.framing == HTTP1_BODY_LENGTH));
	conn->pipe = pipe;
}

void httpd_pause(struct httpd_exchange *conn)
{
	conn->is_paused = true;
	if (conn->input != INPUT_CLOSED)
		httpd_conn_update(conn);
}

void httpd_resume(struct httpd_exchange *conn)
{
	if (!conn->is_paused)
		return;
	conn->is_paused = false;
	conn->since_ns = loop_now_ns(conn->httpd->loop); /* waiting begins anew */
	if (conn->pending.bytes.n)
		loop_defer(conn->httpd->loop, &conn->work);
	if (conn->input != INPUT_CLOSED)
		httpd_conn_update(conn);
}
