/* Life and time of connections. A connection that has closed is freed at the end of the turn, in
 * its own deferred task. */
#include "io/httpd_conn.h"

#include <assert.h>

#include "base/mem.h"

static void on_ready(void *ctx, unsigned what)
{
	struct httpd_exchange *conn = ctx;

	if (what == WATCH_READ)
		httpd_read(conn);
	else if (what == WATCH_WRITE)
		httpd_flush(conn);
	else if (!conn->http1.head.is_last) /* FIN behind bytes that we do not read now: it left */
		httpd_conn_close(conn);
}

static void conn_free(struct httpd_exchange *conn)
{
	struct httpd *httpd = conn->httpd;
	bool was_refused = conn->was_refused;
	unsigned door = conn->door;

	loop_task_cancel(&conn->work); /* it may have been deferred again by itself */
	list_unlink(&conn->node);
	http1_deinit(&conn->http1);
	content_deinit(&conn->content);
	chain_deinit(&conn->queue);
	slice_unref(conn->pending);
	mem_free(conn);
	if (httpd->events->closed)
		httpd->events->closed(httpd->ctx, door, was_refused);
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

static void on_time(void *ctx)
{
	struct httpd_exchange *conn = ctx;
	struct err err;

	if (httpd_conn_deadline_ns(conn) > loop_now_ns(conn->httpd->loop)) {
		httpd_conn_update(conn);
		return;
	}
	if (conn->output != OUTPUT_NONE || (conn->input != INPUT_HEAD && conn->input != INPUT_BODY)) {
		httpd_conn_close(conn);
		return;
	}
	(void)err_set(&err, ERR_SLOW_CLIENT,
		conn->input == INPUT_HEAD ? "the head took longer than timeouts.head"
								  : "the body stalled for longer than timeouts.stall");
	httpd_refuse(conn, &err);
}

/* -- taking over ----------------------------------------------------------------------------- */

static void name_peer(struct httpd_exchange *conn, int fd)
{
	struct address address = {.n = sizeof address.bytes};

	if (getpeername(fd, (struct sockaddr *)&address.bytes, &address.n))
		return;
	address_unmap(&address);
	address_write(&address, conn->peer);
}

static struct httpd_exchange *conn_new(struct httpd *httpd, int fd)
{
	struct httpd_exchange *conn = mem_new(1, sizeof *conn);

	conn->httpd = httpd;
	conn->limits = httpd->limits;
	transport_init(&conn->transport, httpd->loop, fd, on_ready, conn);
	name_peer(conn, fd);
	http1_init(&conn->http1, HTTP1_REQUEST, &conn->limits.head);
	chain_init(&conn->queue, loop_small_chunks(httpd->loop));
	loop_timer_init(&conn->timer, on_time, conn);
	loop_task_init(&conn->work, on_work, conn);
	conn->since_ns = loop_now_ns(httpd->loop);
	list_append(&httpd->connections, &conn->node);
	return conn;
}

void httpd_adopt(struct httpd *httpd, int fd, unsigned door)
{
	struct httpd_exchange *conn = conn_new(httpd, fd);

	conn->door = door;
	httpd_conn_update(conn);
}

void httpd_adopt_refused(struct httpd *httpd, int fd, const struct err *err)
{
	struct httpd_exchange *conn = conn_new(httpd, fd);

	conn->was_refused = true;
	httpd_refuse(conn, err);
}

struct httpd *httpd_new(struct loop *loop, const struct httpd_limits *limits,
	const struct httpd_events *events, void *ctx)
{
	struct httpd *httpd = mem_new(1, sizeof *httpd);

	httpd->loop = loop;
	httpd->limits = *limits;
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

		httpd_conn_close(conn);
		conn_free(conn);
	}
	assert(list_is_empty(&httpd->connections));
	buf_deinit(&httpd->head);
	mem_free(httpd);
}

void httpd_set_limits(struct httpd *httpd, const struct httpd_limits *limits)
{
	httpd->limits = *limits;
}

void httpd_drain(struct httpd *httpd)
{
	httpd->is_draining = true;
	LIST_EACH(node, &httpd->connections)
		httpd_conn_update(LIST_OBJECT(node, struct httpd_exchange, node));
}

bool httpd_is_empty(const struct httpd *httpd)
{
	return list_is_empty(&httpd->connections);
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

unsigned httpd_door(const struct httpd_exchange *conn)
{
	return conn->door;
}
