#include "bench/stub_conn.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/head.h"
#include "bench/net.h"

enum { IN_MAX = 16384, END_BYTES = 4096, WHOLE_EVERY = 16 };

enum state {
	CONN_HEAD,    /* `in` has what there is of a head */
	CONN_FRONT,   /* of a body's front */
	CONN_REST,    /* `at` bytes of the body were here */
	CONN_WAITING, /* in service->waiting */
	CONN_WRITING,
	CONN_CLOSED,
};

struct conn {
	struct stub_watched watched;
	struct stub_service *service;
	struct stub_counts *counts;
	int fd;
	enum state state;
	enum script_task task;
	bool is_whole; /* the whole body is compared */
	size_t body_bytes;
	size_t at;
	int64_t due_ns;
	struct list link;
	struct span out; /* what is left of the answer */
	struct buf stats;
	size_t n;
	char in[IN_MAX];
};

static const struct span pong =
	SPAN_LITERAL("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\npong");
static const struct span refusal =
	SPAN_LITERAL("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");

static int64_t now_ns(void)
{
	return clock_monotonic.now_ns(&clock_monotonic);
}

static void write_some(struct conn *conn)
{
	while (conn->out.n) {
		ssize_t n = send(conn->fd, conn->out.p, conn->out.n, MSG_NOSIGNAL);

		if (n < 0) {
			conn->state = errno == EAGAIN ? CONN_WRITING : CONN_CLOSED;
			return;
		}
		conn->out = span_skip(conn->out, (size_t)n);
	}
	conn->state = CONN_HEAD;
	conn->n = 0;
}

static void answer(struct conn *conn, struct span bytes)
{
	conn->out = bytes;
	write_some(conn);
}

static void refuse(struct conn *conn)
{
	conn->counts->bad++;
	answer(conn, refusal);
	conn->state = CONN_CLOSED;
}

static void answer_stats(struct conn *conn)
{
	BUF_AUTO struct buf body = {0};

	buf_add_format(&body, "{\"requests\":%llu,\"bad\":%llu,\"bytes\":%llu}",
		(unsigned long long)conn->counts->requests, (unsigned long long)conn->counts->bad,
		(unsigned long long)conn->counts->bytes);
	buf_reset(&conn->stats);
	buf_add_format(&conn->stats, "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\n\r\n", body.n);
	buf_add(&conn->stats, buf_span(&body));
	answer(conn, buf_span(&conn->stats));
}

static void end_request(struct conn *conn)
{
	conn->counts->bytes += conn->body_bytes;
	if (!conn->service->latency_ns) {
		answer(conn, buf_span(&conn->service->answers[conn->task]));
		return;
	}
	conn->state = CONN_WAITING;
	conn->due_ns = now_ns() + conn->service->latency_ns;
	list_append(&conn->service->waiting, &conn->link);
}

/* Bytes of the body behind its front; `is_known` ones are compared. */
static void take_rest(struct conn *conn, struct span bytes)
{
	if (!script_is_rest(&conn->service->script, conn->task, conn->body_bytes, conn->at, bytes)) {
		refuse(conn);
		return;
	}
	conn->at += bytes.n;
	if (conn->at == conn->body_bytes)
		end_request(conn);
}

static void take_front(struct conn *conn)
{
	struct span in = {conn->in, conn->n};
	int found = script_match(&conn->service->script, in, &conn->task);

	if (found < 0 || conn->n > conn->body_bytes || (!found && conn->n == conn->body_bytes)) {
		refuse(conn);
	} else if (found) {
		conn->at = conn->service->script.fronts[conn->task].n;
		conn->state = CONN_REST;
		take_rest(conn, span_skip(in, conn->at));
	}
}

static void begin_request(struct conn *conn, const struct head *head)
{
	if (span_is(head->line, "GET /ping HTTP/1.1")) {
		answer(conn, pong);
	} else if (span_is(head->line, "GET /stats HTTP/1.1")) {
		answer_stats(conn);
	} else if (span_is(head->line, "POST /predict HTTP/1.1")) {
		conn->is_whole = conn->counts->requests++ % WHOLE_EVERY == 0;
		conn->body_bytes = head->body_bytes;
		conn->n -= head->n;
		memmove(conn->in, conn->in + head->n, conn->n);
		conn->state = CONN_FRONT;
		take_front(conn);
	} else {
		refuse(conn);
	}
}

static void take_head(struct conn *conn)
{
	struct head head;
	int found = head_read((struct span){conn->in, conn->n}, &head);

	if (found < 0 || (!found && conn->n == sizeof conn->in))
		refuse(conn);
	else if (found)
		begin_request(conn, &head);
}

/* Of recv(): false when nothing came, after closing what is closed. */
static bool has_come(struct conn *conn, ssize_t n)
{
	if (n == 0 || (n < 0 && errno != EAGAIN))
		conn->state = CONN_CLOSED;
	return n > 0;
}

static bool read_in(struct conn *conn)
{
	ssize_t n = recv(conn->fd, conn->in + conn->n, sizeof conn->in - conn->n, 0);

	if (!has_come(conn, n))
		return false;
	conn->n += (size_t)n;
	if (conn->state == CONN_HEAD)
		take_head(conn);
	else
		take_front(conn);
	return true;
}

static bool read_rest(struct conn *conn)
{
	size_t left = conn->body_bytes - conn->at;
	bool is_compared = conn->is_whole || left <= END_BYTES;
	size_t want = is_compared ? left : left - END_BYTES;
	ssize_t n;

	if (!is_compared) {
		n = recv(conn->fd, conn->service->scratch, want, MSG_TRUNC);
		conn->at += n > 0 ? (size_t)n : 0;
		return has_come(conn, n);
	}
	n = recv(conn->fd, conn->service->scratch, want < STUB_SCRATCH ? want : STUB_SCRATCH, 0);
	if (!has_come(conn, n))
		return false;
	take_rest(conn, (struct span){conn->service->scratch, (size_t)n});
	return true;
}

/* Whoever waits for an answer has nothing to say. */
static bool read_while_waiting(struct conn *conn)
{
	char byte;

	if (has_come(conn, recv(conn->fd, &byte, 1, 0)))
		conn->state = CONN_CLOSED;
	return false;
}

/* Reads once; whether there may be more, which no event will tell. Behind a request there is not.
 */
static bool step(struct conn *conn)
{
	switch (conn->state) {
	case CONN_HEAD:
	case CONN_FRONT: return read_in(conn) && conn->state != CONN_HEAD;
	case CONN_REST: return read_rest(conn) && conn->state == CONN_REST;
	case CONN_WAITING: return read_while_waiting(conn);
	case CONN_WRITING: write_some(conn); return false;
	case CONN_CLOSED: return false;
	}
	__builtin_unreachable();
}

static void free_closed(struct conn *conn)
{
	if (conn->state != CONN_CLOSED)
		return;
	list_unlink(&conn->link);
	(void)close(conn->fd);
	buf_deinit(&conn->stats);
	mem_free(conn);
}

static void turn(struct stub_watched *watched)
{
	struct conn *conn = (struct conn *)(void *)watched;

	while (step(conn))
		;
	free_closed(conn);
}

void stub_conn_open(struct stub_service *service, struct stub_counts *counts, int fd)
{
	struct conn *conn = mem_new(1, sizeof *conn);
	struct err err;

	conn->watched.turn = turn;
	conn->service = service;
	conn->counts = counts;
	conn->fd = fd;
	list_init(&conn->link);
	if (net_watch(service->epoll_fd, fd, conn, &err) < 0)
		conn->state = CONN_CLOSED;
	free_closed(conn);
}

int stub_conn_answer_waiting(struct stub_service *service)
{
	while (!list_is_empty(&service->waiting)) {
		struct conn *conn = LIST_OBJECT(service->waiting.next, struct conn, link);
		int64_t left_ns = conn->due_ns - now_ns();

		if (left_ns > 0)
			return (int)(left_ns / CLOCK_MS(1)) + 1;
		list_unlink(&conn->link);
		answer(conn, buf_span(&service->answers[conn->task]));
		free_closed(conn);
	}
	return -1;
}
