/* Calls: which connection they are on, when their time is up, and whether a broken connection was
 * only a stale one. */
#include "io/upstream_conn.h"

#include <assert.h>

#include "base/mem.h"

enum {
	JUST_USED_MS = 250,    /* far less than a backend keeps a connection, even by a late clock */
	SPARE_MAX = 64,        /* calls that have ended and are used again */
	SPARE_HEAD_MAX = 4096, /* bytes of a head's memory that one keeps */
};

/* When the answer must be whole. */
static int64_t answer_end_ns(const struct upstream_call *call)
{
	return call->is_relaxed ? INT64_MAX : call->mute_ns + call->limits.answer_ns;
}

/* When the call's time is up in the state it is in; INT64_MAX: it waits for somebody else. */
static int64_t deadline(const struct upstream_call *call)
{
	const struct upstream_conn *conn = call->conn;
	int64_t stall_end_ns = call->progress_ns + call->limits.stall_ns;

	if (!conn || conn->state != CONN_BUSY)
		return call->began_ns + call->limits.connect_ns;
	if (conn->is_paused)
		return INT64_MAX;
	if (conn->has_head)
		return stall_end_ns < answer_end_ns(call) ? stall_end_ns : answer_end_ns(call);
	if (conn->is_mute)
		return answer_end_ns(call);
	return conn->is_blocked ? stall_end_ns : INT64_MAX;
}

/* A timer that is too early looks again: cheaper than moving it with every byte. */
static void update_timer(struct upstream_call *call)
{
	int64_t at_ns = deadline(call);

	if (at_ns != INT64_MAX && (!call->timer.index || call->timer.at_ns > at_ns))
		loop_timer_set(call->upstream->loop, &call->timer, at_ns);
}

/* No event follows; the memory goes at the end of the turn. */
static void finish(struct upstream_call *call)
{
	call->is_ended = true;
	call->conn = NULL;
	loop_timer_clear(call->upstream->loop, &call->timer);
	loop_defer(call->upstream->loop, &call->work);
}

static void fail(struct upstream_call *call, enum upstream_fault fault, const struct err *err)
{
	call->use.fault = fault;
	finish(call);
	call->events->failed(call->ctx, err);
}

/* Which time was up. */
static void describe_timeout(const struct upstream_call *call, int64_t at_ns, struct err *err)
{
	const struct upstream_conn *conn = call->conn;

	if (!conn || conn->state != CONN_BUSY)
		(void)err_set(err, ERR_TIMEOUT, "no %sconnection within %lld ms",
			conn && conn->state == CONN_SECURING ? "TLS " : "",
			(long long)(call->limits.connect_ns / CLOCK_MS(1)));
	else if (conn->is_mute && at_ns == answer_end_ns(call))
		(void)err_set(err, ERR_TIMEOUT, "no %sanswer within %lld ms",
			conn->has_head ? "whole " : "", (long long)(call->limits.answer_ns / CLOCK_MS(1)));
	else
		(void)err_set(err, ERR_TIMEOUT, "%s stalled for %lld ms",
			conn->has_head ? "the answer" : "taking the request",
			(long long)(call->limits.stall_ns / CLOCK_MS(1)));
}

static void on_time(void *ctx)
{
	struct upstream_call *call = ctx;
	int64_t at_ns = deadline(call);
	bool is_connected = call->conn && call->conn->state == CONN_BUSY;
	struct err err;

	if (at_ns > loop_now_ns(call->upstream->loop)) {
		update_timer(call);
		return;
	}
	describe_timeout(call, at_ns, &err);
	if (call->conn && call->conn->state == CONN_CONNECTING)
		upstream_host_forget(call->host); /* it may have moved */
	if (call->conn)
		upstream_conn_close(call->conn);
	fail(call, is_connected ? UPSTREAM_STALLED : UPSTREAM_REFUSED, &err);
}

static void open_fresh(struct upstream_call *call)
{
	call->conn = upstream_conn_open(call->host, call);
}

/* A body that could not be sent again is put on a connection that rested for long only when there
 * is no other way: the backend may be closing it just now. */
static bool is_short(const struct source *body)
{
	return !body || body->length <= UPSTREAM_KEEP_BYTES;
}

static void begin(struct upstream_call *call)
{
	call->conn =
		upstream_host_take(call->host, is_short(call->body) ? INT64_MAX : CLOCK_MS(JUST_USED_MS));
	if (call->conn) {
		call->use.connection = UPSTREAM_KEPT;
		upstream_conn_use(call->conn, call);
	} else {
		open_fresh(call);
	}
	update_timer(call);
}

static void call_free(struct upstream_call *call)
{
	list_unlink(&call->node);
	buf_deinit(&call->head);
	mem_free(call);
}

static void call_retire(struct upstream_call *call)
{
	struct upstream *upstream = call->upstream;

	if (!mem_reuses() || upstream->spare_count == SPARE_MAX ||
		call->head.capacity > SPARE_HEAD_MAX) {
		call_free(call);
		return;
	}
	list_unlink(&call->node);
	list_prepend(&upstream->spare_calls, &call->node);
	upstream->spare_count++;
}

/* An empty one, with an empty head. */
static struct upstream_call *call_new(struct upstream *upstream)
{
	struct upstream_call *call;
	struct buf head;

	if (!upstream->spare_count)
		return mem_new(1, sizeof *call);
	call = LIST_OBJECT(upstream->spare_calls.next, struct upstream_call, node);
	list_unlink(&call->node);
	upstream->spare_count--;
	head = call->head;
	buf_reset(&head);
	*call = (struct upstream_call){.head = head};
	return call;
}

static void on_work(void *ctx)
{
	call_retire(ctx);
}

/* -- told by the connection ------------------------------------------------------------------ */

void upstream_call_connected(struct upstream_call *call)
{
	call->use.connection = call->use.connection == UPSTREAM_KEPT ? UPSTREAM_REPLACED : UPSTREAM_NEW;
	call->progress_ns = loop_now_ns(call->upstream->loop);
}

void upstream_call_sends(struct upstream_call *call)
{
	if (!call->use.sent_ns)
		call->use.sent_ns = loop_clock_ns(call->upstream->loop);
}

void upstream_call_progress(struct upstream_call *call)
{
	call->use.sent = call->conn->framer.sent;
	call->progress_ns = loop_now_ns(call->upstream->loop);
	if (call->conn->is_mute && !call->mute_ns)
		call->mute_ns = call->progress_ns;
	update_timer(call);
}

void upstream_call_head(struct upstream_call *call, const struct http1_head *head)
{
	upstream_call_progress(call);
	call->events->head(call->ctx, head);
}

void upstream_call_bytes(struct upstream_call *call, struct slice bytes)
{
	call->use.received += bytes.bytes.n;
	if (bytes.bytes.n)
		call->events->bytes(call->ctx, bytes);
}

void upstream_call_end(struct upstream_call *call)
{
	finish(call);
	call->events->end(call->ctx);
}

void upstream_call_broke(
	struct upstream_call *call, enum upstream_fault fault, const struct err *err)
{
	bool was_stale = call->conn && call->conn->is_reused && !call->has_bytes &&
					 (!call->body || source_is_held(call->body, 0));

	if (was_stale) {
		if (call->body)
			source_done(call->body, 0); /* nothing, so that it stays held for the next one */
		call->began_ns = loop_now_ns(call->upstream->loop);
		call->mute_ns = 0;
		open_fresh(call);
		update_timer(call);
	} else {
		fail(call, fault, err);
	}
}

/* -- told by the user ------------------------------------------------------------------------ */

static void add_length(struct buf *head, uint64_t length)
{
	buf_add_text(head, "content-length: ");
	buf_add_number(head, length);
	buf_add_text(head, "\r\n");
}

static void write_head(struct upstream_call *call, const struct upstream_request *request)
{
	struct buf *head = &call->head;

	buf_add(head, request->method);
	buf_add_text(head, " ");
	buf_add(head, request->target);
	buf_add_text(head, " HTTP/1.1\r\nhost: ");
	buf_add(head, request->url->authority);
	buf_add_text(head, "\r\n");
	buf_add(head, request->fields);
	if (request->body && request->body->length == SOURCE_LENGTH_UNKNOWN)
		buf_add_text(head, "transfer-encoding: chunked\r\n");
	else if (request->body)
		add_length(head, request->body->length);
	buf_add_text(head, "\r\n");
}

struct upstream_call *upstream_start(struct upstream *upstream,
	const struct upstream_request *request, const struct upstream_limits *limits,
	const struct upstream_events *events, void *ctx)
{
	struct upstream_call *call = call_new(upstream);

	call->upstream = upstream;
	call->host = upstream_host_get(upstream, request->url, &request->tls);
	call->limits = *limits;
	call->events = events;
	call->ctx = ctx;
	call->body = request->body;
	write_head(call, request);
	loop_timer_init(&call->timer, on_time, call);
	loop_task_init(&call->work, on_work, call);
	call->began_ns = call->progress_ns = loop_now_ns(upstream->loop);
	list_append(&upstream->calls, &call->node);
	begin(call);
	return call;
}

void upstream_more(struct upstream_call *call)
{
	if (call->conn && call->conn->state == CONN_BUSY)
		upstream_conn_send_more(call->conn);
}

bool upstream_may_splice(const struct upstream_call *call)
{
	const struct upstream_conn *conn = call->conn;

	if (!conn || upstream_host_is_secure(call->host))
		return false;
	return !conn->is_reused || call->began_ns - conn->rests_since_ns <= CLOCK_MS(JUST_USED_MS);
}

void upstream_pause(struct upstream_call *call)
{
	call->conn->is_paused = true;
	upstream_conn_update(call->conn);
}

void upstream_resume(struct upstream_call *call)
{
	call->conn->is_paused = false;
	upstream_call_progress(call);
	upstream_conn_update(call->conn);
}

void upstream_relax(struct upstream_call *call)
{
	call->is_relaxed = true;
}

const struct upstream_use *upstream_use(const struct upstream_call *call)
{
	return &call->use;
}

void upstream_cancel(struct upstream_call *call)
{
	assert(!call->is_ended);
	if (call->conn)
		upstream_conn_close(call->conn);
	finish(call);
}

/* -- all of them ----------------------------------------------------------------------------- */

struct upstream *upstream_new(struct loop *loop)
{
	struct upstream *upstream = mem_new(1, sizeof *upstream);

	upstream->loop = loop;
	list_init(&upstream->hosts);
	list_init(&upstream->calls);
	list_init(&upstream->spare_calls);
	return upstream;
}

void upstream_free(struct upstream *upstream)
{
	if (!upstream)
		return;
	LIST_EACH_SAFE(node, &upstream->calls) {
		struct upstream_call *call = LIST_OBJECT(node, struct upstream_call, node);

		assert(call->is_ended);
		loop_task_cancel(&call->work);
		call_free(call);
	}
	LIST_EACH_SAFE(node, &upstream->spare_calls)
		call_free(LIST_OBJECT(node, struct upstream_call, node));
	LIST_EACH_SAFE(node, &upstream->hosts)
		upstream_host_free(LIST_OBJECT(node, struct upstream_host, node));
	tls_free(upstream->tls);
	mem_free(upstream);
}
