/* Life and time of connections. A connection that has closed is freed at the end of the turn, in
 * its own deferred task. */
#include "io/httpd_conn.h"

#include <assert.h>

#include "base/mem.h"

enum { DRAIN_S = 5 };

static void on_ready(void *ctx, unsigned what)
{
	struct httpd_exchange *conn = ctx;

	if (what == WATCH_READ)
		httpd_read(conn);
	else if (what == WATCH_WRITE)
		httpd_flush(conn);
	else if (!conn->http1.head.is_last) /* FIN behind bytes that we do not read now: it left */
		httpd_close(conn);
}

static void conn_free(struct httpd_exchange *conn)
{
	if (conn->httpd->events->closed)
		conn->httpd->events->closed(conn->httpd->ctx);
	loop_task_cancel(&conn->work); /* it may have been deferred again by itself */
	list_unlink(&conn->node);
	http1_deinit(&conn->http1);
	content_deinit(&conn->content);
	chain_deinit(&conn->queue);
	slice_unref(conn->pending);
	mem_free(conn);
}

static void on_work(void *ctx)
{
	struct httpd_exchange *conn = ctx;

	if (conn->input != INPUT_CLOSED && conn->pending.bytes.n)
		httpd_read_pending(conn);
	if (conn->input != INPUT_CLOSED)
		httpd_flush(conn);
	if (conn->input == INPUT_CLOSED)
		conn_free(conn);
}

/* When the state's time is up; INT64_MAX for never. */
static int64_t deadline(const struct httpd_exchange *conn)
{
	bool is_sending = chain_length(&conn->queue) > 0;

	switch (conn->input) {
	case INPUT_IDLE: return conn->since_ns + conn->limits.idle_ns;
	case INPUT_HEAD: return conn->since_ns + conn->limits.head_ns;
	case INPUT_BODY:
		return conn->is_paused && !is_sending ? INT64_MAX : conn->since_ns + conn->limits.stall_ns;
	case INPUT_WAITING: return is_sending ? conn->since_ns + conn->limits.stall_ns : INT64_MAX;
	case INPUT_DRAIN:
		return conn->since_ns + (is_sending ? conn->limits.stall_ns : CLOCK_S(DRAIN_S));
	case INPUT_CLOSED: break;
	}
	return INT64_MAX;
}

static void on_time(void *ctx)
{
	struct httpd_exchange *conn = ctx;
	int64_t at_ns = deadline(conn);
	bool is_late = at_ns <= loop_now_ns(conn->httpd->loop);
	struct err err;

	if (!is_late) {
		httpd_update(conn);
		return;
	}
	if (conn->output != OUTPUT_NONE || (conn->input != INPUT_HEAD && conn->input != INPUT_BODY)) {
		httpd_close(conn);
		return;
	}
	(void)err_set(&err, ERR_SLOW_CLIENT,
		conn->input == INPUT_HEAD ? "the head took longer than timeouts.head"
								  : "the body stalled for longer than timeouts.stall");
	httpd_refuse(conn, &err);
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

void httpd_update(struct httpd_exchange *conn)
{
	int64_t at_ns = deadline(conn);

	if (conn->input == INPUT_CLOSED)
		return;
	watch_set(&conn->transport.watch, wanted_events(conn));
	/* a timer that is too early looks again: cheaper than moving it with every byte */
	if (at_ns != INT64_MAX && (!conn->timer.index || conn->timer.at_ns > at_ns))
		loop_timer_set(conn->httpd->loop, &conn->timer, at_ns);
}

void httpd_set_input(struct httpd_exchange *conn, enum httpd_input input)
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
	conn->since_ns = loop_now_ns(conn->httpd->loop);
}

void httpd_finish(struct httpd_exchange *conn, bool is_complete)
{
	if (!conn->is_active)
		return;
	conn->is_active = false;
	conn->httpd->events->ended(conn, is_complete);
}

void httpd_close(struct httpd_exchange *conn)
{
	bool is_cut_off = conn->output == OUTPUT_BEGUN || chain_length(&conn->queue) > 0;

	if (conn->input == INPUT_CLOSED)
		return;
	httpd_set_input(conn, INPUT_CLOSED);
	loop_timer_clear(conn->httpd->loop, &conn->timer);
	if (is_cut_off) /* a FIN would say to an HTTP/1.0 client that the answer is whole */
		transport_reset(&conn->transport);
	else
		transport_close(&conn->transport);
	httpd_finish(conn, false);
	loop_defer(conn->httpd->loop, &conn->work);
}

void httpd_abort(struct httpd_exchange *conn)
{
	transport_reset(&conn->transport);
	httpd_close(conn);
}

/* -- taking over ----------------------------------------------------------------------------- */

static void name_peer(struct httpd_exchange *conn, int fd)
{
	struct address address = {.n = sizeof address.bytes};

	if (getpeername(fd, (struct sockaddr *)&address.bytes, &address.n) == 0)
		address_write(&address, conn->peer);
}

static struct httpd_exchange *conn_new(
	struct httpd *httpd, int fd, const struct httpd_limits *limits)
{
	struct httpd_exchange *conn = mem_new(1, sizeof *conn);

	conn->httpd = httpd;
	conn->limits = *limits;
	transport_init(&conn->transport, httpd->loop, fd, on_ready, conn);
	name_peer(conn, fd);
	http1_init(&conn->http1, HTTP1_REQUEST, &limits->head);
	chain_init(&conn->queue);
	loop_timer_init(&conn->timer, on_time, conn);
	loop_task_init(&conn->work, on_work, conn);
	conn->since_ns = loop_now_ns(httpd->loop);
	list_append(&httpd->connections, &conn->node);
	return conn;
}

void httpd_adopt(struct httpd *httpd, int fd, const struct httpd_limits *limits)
{
	httpd_update(conn_new(httpd, fd, limits));
}

void httpd_adopt_refused(
	struct httpd *httpd, int fd, const struct httpd_limits *limits, const struct err *err)
{
	httpd_refuse(conn_new(httpd, fd, limits), err);
}

struct httpd *httpd_new(struct loop *loop, const struct httpd_events *events, void *ctx)
{
	struct httpd *httpd = mem_new(1, sizeof *httpd);

	httpd->loop = loop;
	httpd->events = events;
	httpd->ctx = ctx;
	list_init(&httpd->connections);
	return httpd;
}

void httpd_free(struct httpd *httpd)
{
	if (!httpd)
		return;
	LIST_EACH_SAFE(node, &httpd->connections) {
		struct httpd_exchange *conn = LIST_OBJECT(node, struct httpd_exchange, node);

		httpd_close(conn);
		conn_free(conn);
	}
	assert(list_is_empty(&httpd->connections));
	mem_free(httpd);
}

const struct http1_head *httpd_head(const struct httpd_exchange *conn)
{
	return &conn->http1.head;
}

void httpd_set_user(struct httpd_exchange *conn, void *user)
{
	conn->user = user;
}

void *httpd_user(const struct httpd_exchange *conn)
{
	return conn->user;
}

const char *httpd_peer(const struct httpd_exchange *conn)
{
	return conn->peer;
}
