#include "io/httpd_conn.h"

#include <assert.h>

enum {
	SKIP_MAX = 262144, /* bytes of a body that are read although the answer is complete */
	DRAIN_S = 5,
	DRAIN_STEP = 4194304, /* bytes; who sends as many until then gets as long again */
};

void httpd_conn_set_input(struct httpd_exchange *conn, enum httpd_input input)
{
	static const unsigned from[] = {
		[INPUT_IDLE] = 1U << INPUT_WAITING,
		[INPUT_HEAD] = 1U << INPUT_IDLE,
		[INPUT_BODY] = 1U << INPUT_HEAD,
		[INPUT_WAITING] = 1U << INPUT_HEAD | 1U << INPUT_BODY,
		[INPUT_DRAIN] =
			1U << INPUT_IDLE | 1U << INPUT_HEAD | 1U << INPUT_BODY | 1U << INPUT_WAITING,
		[INPUT_CLOSED] = ~0U,
	};

	assert(from[input] & 1U << conn->input);
	conn->input = input;
	/* who rests does not know how long we were busy in this turn before we answered */
	conn->since_ns =
		input == INPUT_IDLE ? loop_clock_ns(conn->httpd->loop) : loop_now_ns(conn->httpd->loop);
}

static int64_t idle_ns(const struct httpd_exchange *conn)
{
	bool is_shorter = conn->httpd->is_draining && conn->limits.idle_ns > CLOCK_MS(HTTPD_LINGER_MS);

	return is_shorter ? CLOCK_MS(HTTPD_LINGER_MS) : conn->limits.idle_ns;
}

/* Many read the answer only when they have sent all of their request. */
static int64_t drain_ns(const struct httpd_exchange *conn)
{
	return CLOCK_S(DRAIN_S) * (int64_t)(1 + conn->drained / DRAIN_STEP);
}

int64_t httpd_conn_deadline_ns(const struct httpd_exchange *conn)
{
	bool is_sending = chain_length(&conn->queue) > 0;

	switch (conn->input) {
	case INPUT_IDLE: return conn->since_ns + idle_ns(conn);
	case INPUT_HEAD: return conn->since_ns + conn->limits.head_ns;
	case INPUT_BODY:
		return conn->is_paused && !is_sending ? INT64_MAX : conn->since_ns + conn->limits.stall_ns;
	case INPUT_WAITING: return is_sending ? conn->since_ns + conn->limits.stall_ns : INT64_MAX;
	case INPUT_DRAIN: return conn->since_ns + (is_sending ? conn->limits.stall_ns : drain_ns(conn));
	case INPUT_CLOSED: break;
	}
	return INT64_MAX;
}

static unsigned wanted_events(const struct httpd_exchange *conn)
{
	unsigned sending = chain_length(&conn->queue) ? WATCH_WRITE : 0;
	bool may_read = !conn->pending.bytes.n && !(conn->is_paused && conn->input == INPUT_BODY);

	if (conn->has_fin)
		return sending;
	if (may_read)
		return sending | WATCH_READ;
	return sending ? sending : WATCH_CLOSED; /* a sender learns of the end by sending */
}

void httpd_conn_update(struct httpd_exchange *conn)
{
	int64_t at_ns = httpd_conn_deadline_ns(conn);

	if (conn->input == INPUT_CLOSED)
		return;
	watch_set(&conn->transport.watch, wanted_events(conn));
	/* a timer that is too early looks again: cheaper than moving it with every byte */
	if (at_ns != INT64_MAX && (!conn->timer.index || conn->timer.at_ns > at_ns))
		loop_timer_set(conn->httpd->loop, &conn->timer, at_ns);
}

bool httpd_conn_can_skip_body(const struct httpd_exchange *conn)
{
	const struct http1_head *head = &conn->http1.head;

	if (conn->input != INPUT_BODY)
		return conn->input == INPUT_WAITING;
	/* the client may not send the body when it was not asked to go on */
	if (head->expects_continue && !conn->sent_continue)
		return false;
	return head->body == HTTP1_BODY_LENGTH && conn->content.left <= SKIP_MAX;
}

void httpd_conn_finish(struct httpd_exchange *conn, bool is_complete)
{
	if (!conn->is_active)
		return;
	conn->is_active = false;
	conn->pipe = NULL;
	conn->httpd->events->ended(conn, is_complete);
}

void httpd_conn_close(struct httpd_exchange *conn)
{
	bool is_cut_off = conn->output == OUTPUT_BEGUN || chain_length(&conn->queue) > 0;

	if (conn->input == INPUT_CLOSED)
		return;
	httpd_conn_set_input(conn, INPUT_CLOSED);
	loop_timer_clear(conn->httpd->loop, &conn->timer);
	if (is_cut_off) /* a FIN would say to an HTTP/1.0 client that the answer is whole */
		transport_reset(&conn->transport);
	else
		transport_close(&conn->transport);
	httpd_conn_finish(conn, false);
	loop_defer(conn->httpd->loop, &conn->work);
}
