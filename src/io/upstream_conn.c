/* One connection: opening it, sending a request, reading the answer. Reading is always on while it
 * is open, because what comes unasked (a FIN, bytes nobody waits for) ends it.
 *
 *     RESOLVING → CONNECTING → (SECURING →) BUSY ⇄ IDLE        any → CLOSED
 */
#include "io/upstream_conn.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "base/mem.h"

enum { REST_S = 60, READS_A_TURN = 16, INTERIMS_MAX = 1000 };

static void set_state(struct upstream_conn *conn, enum conn_state state)
{
	static const unsigned from[] = {
		[CONN_RESOLVING] = 0,
		[CONN_CONNECTING] = 1U << CONN_RESOLVING | 1U << CONN_CONNECTING,
		[CONN_SECURING] = 1U << CONN_CONNECTING,
		[CONN_BUSY] = 1U << CONN_CONNECTING | 1U << CONN_SECURING | 1U << CONN_IDLE,
		[CONN_IDLE] = 1U << CONN_BUSY,
		[CONN_CLOSED] = ~0U,
	};

	assert(from[state] & 1U << conn->state);
	conn->state = state;
}

void upstream_conn_close(struct upstream_conn *conn)
{
	if (conn->state == CONN_CLOSED)
		return;
	if (conn->state == CONN_IDLE)
		conn->host->upstream->idle_count--;
	set_state(conn, CONN_CLOSED);
	list_unlink(&conn->node);
	loop_timer_clear(conn->host->upstream->loop, &conn->timer);
	transport_close(&conn->transport);
	conn->call = NULL;
	loop_defer(conn->host->upstream->loop, &conn->work);
}

static bool is_out_of_descriptors(int error)
{
	return error == EMFILE || error == ENFILE;
}

/* Closes it and tells the call. */
static void give_up(struct upstream_conn *conn, enum upstream_fault fault, const struct err *err)
{
	struct upstream_call *call = conn->call;

	upstream_conn_close(conn);
	if (call)
		upstream_call_broke(call, fault, err);
}

static void give_up_connecting(struct upstream_conn *conn, int error)
{
	enum err_kind kind = error == ETIMEDOUT ? ERR_TIMEOUT : ERR_UPSTREAM;
	struct err err;

	if (is_out_of_descriptors(error)) /* no fault of the backend */
		(void)err_set(&err, ERR_BUSY, "out of descriptors: %s", strerrordesc_np(error));
	else
		(void)err_set(&err, kind, "cannot connect: %s", strerrordesc_np(error));
	give_up(conn, UPSTREAM_REFUSED, &err);
}

/* -- reading --------------------------------------------------------------------------------- */

static void rest(struct upstream_conn *conn)
{
	struct loop *loop = conn->host->upstream->loop;

	http1_reset(&conn->http1);
	content_deinit(&conn->content);
	set_state(conn, CONN_IDLE);
	conn->call = NULL;
	conn->is_reused = true;
	conn->is_paused = false; /* the answer's last bytes may have paused it */
	upstream_host_rest(conn->host, conn);
	if (conn->state == CONN_IDLE && !conn->timer.index)
		loop_timer_set(loop, &conn->timer, loop_now_ns(loop) + CLOCK_S(REST_S));
}

/* The answer is complete; `extra` is what came behind it. */
static void end_answer(struct upstream_conn *conn, struct span extra)
{
	struct upstream_call *call = conn->call;

	if (conn->http1.head.is_last || !conn->is_sent || extra.n)
		upstream_conn_close(conn);
	else
		rest(conn);
	upstream_call_end(call);
}

/* 1 when the final head is there. */
static int take_head(struct upstream_conn *conn, struct span *in, struct err *err)
{
	const struct http1_head *head = &conn->http1.head;
	int result = http1_feed(&conn->http1, in, err);

	if (result <= 0)
		return result;
	if (head->status == 101)
		return err_set(err, ERR_UPSTREAM, "the backend switched protocols unasked");
	if (head->status < 200) {
		if (++conn->interims > INTERIMS_MAX)
			return err_set(err, ERR_UPSTREAM, "over %d informational answers", INTERIMS_MAX);
		http1_reset(&conn->http1);
		return 0;
	}
	conn->has_head = true;
	conn->is_mute = true; /* an answer before the request's end: no more is sent */
	conn->is_blocked = false;
	content_init(&conn->content, head);
	return 1;
}

/* One step through what has arrived: a head or a piece. 0 when more is wanted. */
static int take(struct upstream_conn *conn, struct slice *in, struct err *err)
{
	struct slice piece = {.chunk = in->chunk};
	int result;

	if (!conn->has_head) {
		result = take_head(conn, &in->bytes, err);
		if (result > 0)
			upstream_call_head(conn->call, &conn->http1.head);
		return result < 0 ? -1 : conn->has_head || in->bytes.n;
	}
	if (content_next(&conn->content, &in->bytes, &piece.bytes, err) < 0) {
		err->kind = ERR_UPSTREAM;
		return -1;
	}
	upstream_call_bytes(conn->call, piece);
	if (conn->content.is_end && conn->state == CONN_BUSY)
		end_answer(conn, in->bytes);
	return in->bytes.n > 0;
}

static void take_answer(struct upstream_conn *conn, struct slice in)
{
	struct err err;
	int result = 1;

	if (conn->state != CONN_BUSY) { /* bytes that nobody has asked for */
		upstream_conn_close(conn);
		return;
	}
	if (conn->has_head) /* until then the time of the whole head runs */
		upstream_call_progress(conn->call);
	conn->call->has_bytes = true;
	conn->call->use.arrived += in.bytes.n;
	while (result > 0 && conn->state == CONN_BUSY)
		result = take(conn, &in, &err);
	if (result < 0 && conn->state == CONN_BUSY)
		give_up(conn, UPSTREAM_INVALID, &err);
}

static void take_fin(struct upstream_conn *conn)
{
	struct err err;

	if (conn->state == CONN_BUSY && conn->has_head &&
		conn->http1.head.body == HTTP1_BODY_UNTIL_CLOSE) {
		end_answer(conn, SPAN_EMPTY);
		return;
	}
	(void)err_set(&err, ERR_UPSTREAM, "the backend closed the connection %s",
		conn->has_head                  ? "within its answer"
		: http1_is_inside(&conn->http1) ? "within the head of its answer"
										: "before it answered");
	give_up(conn, conn->has_head ? UPSTREAM_TRUNCATED : UPSTREAM_RESET, &err);
}

static void take_break(struct upstream_conn *conn)
{
	struct err err;

	(void)err_set(&err, conn->transport.error == ETIMEDOUT ? ERR_TIMEOUT : ERR_UPSTREAM,
		"the connection broke: %s", transport_error(&conn->transport));
	give_up(conn, UPSTREAM_RESET, &err);
}

static void read_some(struct upstream_conn *conn)
{
	for (int i = 0; i < READS_A_TURN && !conn->is_paused; i++) {
		struct slice in = {0};
		enum transport_result result = transport_read(&conn->transport, &in);

		if (result == TRANSPORT_AGAIN)
			break;
		if (result == TRANSPORT_OK)
			take_answer(conn, in);
		else if (result == TRANSPORT_END)
			take_fin(conn);
		else
			take_break(conn);
		if (conn->state == CONN_CLOSED || in.bytes.n < conn->transport.full_read)
			break;
	}
}

/* -- sending --------------------------------------------------------------------------------- */

static void send_some(struct upstream_conn *conn)
{
	uint64_t before = conn->framer.sent;
	bool was_blocked = conn->is_blocked;

	if (conn->state != CONN_BUSY || conn->is_mute)
		return;
	upstream_call_sends(conn->call);
	switch (framer_send(&conn->framer, &conn->transport)) {
	case FRAMER_SENT: conn->is_sent = conn->is_mute = true; break;
	case FRAMER_STARVED: conn->is_blocked = false; break;
	case FRAMER_BLOCKED: conn->is_blocked = true; break;
	case FRAMER_BROKEN: /* reading says why, and there may be an answer */
		conn->is_mute = true;
		break;
	}
	if (conn->is_mute)
		conn->is_blocked = false;
	/* the wait for room begins now, also when nothing of what there was to send found any */
	if (conn->framer.sent != before || conn->is_mute || conn->is_blocked != was_blocked)
		upstream_call_progress(conn->call);
}

void upstream_conn_update(struct upstream_conn *conn)
{
	unsigned wanted = conn->is_paused ? 0 : WATCH_READ;

	if (conn->state != CONN_BUSY && conn->state != CONN_IDLE)
		return;
	watch_set(&conn->transport.watch, wanted | (conn->is_blocked ? WATCH_WRITE : 0));
}

void upstream_conn_send_more(struct upstream_conn *conn)
{
	if (!conn->is_blocked)
		loop_defer(conn->host->upstream->loop, &conn->work);
}

void upstream_conn_use(struct upstream_conn *conn, struct upstream_call *call)
{
	set_state(conn, CONN_BUSY);
	conn->call = call;
	conn->is_sent = conn->is_blocked = conn->is_mute = conn->has_head = conn->is_paused = false;
	conn->interims = 0;
	framer_init(&conn->framer, buf_span(&call->head), call->body);
	loop_defer(conn->host->upstream->loop, &conn->work);
}

/* -- connecting ------------------------------------------------------------------------------ */

static void try_next(struct upstream_conn *conn, int error);

static void begin_request(struct upstream_conn *conn)
{
	upstream_conn_use(conn, conn->call);
	upstream_call_connected(conn->call);
}

static void on_secured(void *ctx, const struct err *err)
{
	struct upstream_conn *conn = ctx;

	if (err)
		give_up(conn, UPSTREAM_REFUSED, err);
	else
		begin_request(conn);
}

static void secure(struct upstream_conn *conn)
{
	struct upstream_host *host = conn->host;
	struct upstream *upstream = host->upstream;
	struct tls_peer peer = {span_of(host->authority), span_of(host->ca_file), host->is_insecure,
		host->scheme != URL_HTTPS};
	struct err err;

	if (!upstream->tls)
		upstream->tls = tls_new(upstream->loop, &err);
	if (!upstream->tls) {
		give_up(conn, UPSTREAM_REFUSED, &err);
		return;
	}
	set_state(conn, CONN_SECURING);
	transport_secure(&conn->transport, upstream->tls, &peer, on_secured, conn);
}

static void on_connected(struct upstream_conn *conn)
{
	int error = 0;
	socklen_t n = sizeof error;

	if (getsockopt(conn->transport.fd, SOL_SOCKET, SO_ERROR, &error, &n))
		error = errno;
	loop_timer_clear(conn->host->upstream->loop, &conn->timer);
	if (error) {
		transport_close(&conn->transport);
		try_next(conn, error);
		return;
	}
	if (upstream_host_is_secure(conn->host))
		secure(conn);
	else
		begin_request(conn);
}

static void on_ready(void *ctx, unsigned what)
{
	struct upstream_conn *conn = ctx;

	if (conn->state == CONN_CONNECTING)
		on_connected(conn);
	else if (what == WATCH_WRITE)
		send_some(conn);
	else
		read_some(conn);
	upstream_conn_update(conn);
}

/* When there are no descriptors left, those of resting connections are. */
static int open_socket(struct upstream *upstream, int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 || !is_out_of_descriptors(errno))
		return fd;
	upstream_close_resting(upstream);
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* 0, or errno. */
static int begin_connect(struct upstream_conn *conn, const struct address *address)
{
	int fd = open_socket(conn->host->upstream, address->bytes.ss_family);

	if (fd < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)&address->bytes, address->n) && errno != EINPROGRESS) {
		int error = errno;

		(void)close(fd);
		return error;
	}
	transport_init(&conn->transport, conn->host->upstream->loop, fd, on_ready, conn);
	watch_set(&conn->transport.watch, WATCH_WRITE);
	return 0;
}

/* Connects to the next address; each gets its share of the time that is left. `error` is why the
 * one before failed. */
static void try_next(struct upstream_conn *conn, int error)
{
	struct loop *loop = conn->host->upstream->loop;
	int64_t now_ns = loop_now_ns(loop);
	int64_t left_ns = conn->call->began_ns + conn->call->limits.connect_ns - now_ns;

	while (conn->next_address < conn->addresses.count) {
		size_t left = conn->addresses.count - conn->next_address;

		error = begin_connect(conn, &conn->addresses.list[conn->next_address++]);
		if (error)
			continue;
		set_state(conn, CONN_CONNECTING);
		loop_timer_set(loop, &conn->timer, now_ns + left_ns / (int64_t)left);
		return;
	}
	upstream_host_forget(conn->host);
	give_up_connecting(conn, error);
}

void upstream_conn_resolved(
	struct upstream_conn *conn, const struct resolver_addresses *addresses, const struct err *err)
{
	if (!addresses) {
		give_up(conn, UPSTREAM_REFUSED, err);
		return;
	}
	conn->addresses = *addresses;
	try_next(conn, ENOENT);
}

static void on_time(void *ctx)
{
	struct upstream_conn *conn = ctx;
	struct loop *loop = conn->host->upstream->loop;
	int64_t rest_end_ns = conn->rests_since_ns + CLOCK_S(REST_S);

	if (conn->state == CONN_CONNECTING) {
		transport_close(&conn->transport);
		try_next(conn, ETIMEDOUT);
	} else if (conn->state == CONN_IDLE) {
		if (rest_end_ns > loop_now_ns(loop))
			loop_timer_set(loop, &conn->timer, rest_end_ns);
		else
			upstream_conn_close(conn);
	}
}

/* -- life ------------------------------------------------------------------------------------ */

static void conn_free(struct upstream_conn *conn)
{
	http1_deinit(&conn->http1);
	content_deinit(&conn->content);
	mem_free(conn);
}

static void on_work(void *ctx)
{
	struct upstream_conn *conn = ctx;

	switch (conn->state) {
	case CONN_RESOLVING: upstream_host_resolve(conn->host, conn); break;
	case CONN_BUSY:
		send_some(conn);
		upstream_conn_update(conn);
		break;
	case CONN_CONNECTING:
	case CONN_SECURING:
	case CONN_IDLE: break;
	case CONN_CLOSED: conn_free(conn); break;
	}
}

struct upstream_conn *upstream_conn_open(struct upstream_host *host, struct upstream_call *call)
{
	struct upstream_conn *conn = mem_new(1, sizeof *conn);

	list_init(&conn->node);
	conn->host = host;
	conn->call = call;
	conn->state = CONN_RESOLVING;
	conn->transport.fd = -1;
	loop_timer_init(&conn->timer, on_time, conn);
	loop_task_init(&conn->work, on_work, conn);
	http1_init(&conn->http1, HTTP1_RESPONSE, &call->limits.head);
	loop_defer(host->upstream->loop, &conn->work);
	return conn;
}
