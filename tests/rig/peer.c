#include "rig/peer.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "wire/content.h"

enum { IOV_COUNT = 16, READS_A_TURN = 16, PIECE_BYTES = 65536 };

size_t peer_unsent(const struct peer *peer)
{
	return (size_t)chain_length(&peer->out) + (peer->secure ? secure_wire(peer->secure).n : 0);
}

/* It reads until TLS is there, however deaf it is to what comes then. */
static bool is_deaf(const struct peer *peer)
{
	return peer->is_deaf && (!peer->secure || secure_is_open(peer->secure));
}

/* What waits for the handshake is not to be sent yet. */
static bool has_to_send(const struct peer *peer)
{
	if (!peer->secure)
		return chain_length(&peer->out) > 0;
	return secure_wire(peer->secure).n ||
		   (chain_length(&peer->out) && secure_is_open(peer->secure));
}

/* It has heard more than it was allowed to listen to. */
static bool has_unread(const struct peer *peer)
{
	return peer->secure && !is_deaf(peer) && !peer->has_fin && secure_has_unread(peer->secure);
}

static void update(struct peer *peer)
{
	bool reads = !is_deaf(peer) && !peer->has_fin;

	if (peer->transport.fd < 0)
		return;
	watch_set(&peer->transport.watch,
		(reads ? WATCH_READ : 0) | (has_to_send(peer) || has_unread(peer) ? WATCH_WRITE : 0));
}

/* Lists what goes on the wire next. */
static size_t gather(struct peer *peer, struct iovec *iov)
{
	struct span wire;

	if (!peer->secure)
		return chain_peek(&peer->out, peer->out.begin, UINT64_MAX, iov, IOV_COUNT);
	while (secure_wire(peer->secure).n < PIECE_BYTES && chain_length(&peer->out) &&
		   secure_is_open(peer->secure)) {
		char record[TLS_RECORD_BYTES];
		uint64_t left = chain_length(&peer->out);
		size_t n = left < sizeof record ? (size_t)left : sizeof record;

		chain_copy(&peer->out, peer->out.begin, n, record);
		if (!secure_write(peer->secure, (struct span){record, n})) {
			peer->is_broken = true;
			n = (size_t)left;
		}
		chain_drop(&peer->out, peer->out.begin + n);
	}
	wire = secure_wire(peer->secure);
	iov[0] = (struct iovec){(void *)(uintptr_t)wire.p, wire.n};
	return 1;
}

static void note_sent(struct peer *peer, size_t n)
{
	peer->moved += n;
	if (peer->secure)
		secure_sent(peer->secure, n);
	else
		chain_drop(&peer->out, peer->out.begin + n);
}

static void send_out(struct peer *peer)
{
	while (has_to_send(peer)) {
		struct iovec iov[IOV_COUNT];
		size_t count = gather(peer, iov);
		size_t sent = 0;
		enum transport_result result = transport_write(&peer->transport, iov, count, &sent);

		if (result == TRANSPORT_AGAIN)
			break;
		if (result != TRANSPORT_OK) {
			peer->is_broken = true;
			chain_drop(&peer->out, peer->out.end);
			if (peer->secure)
				secure_sent(peer->secure, secure_wire(peer->secure).n);
			break;
		}
		note_sent(peer, sent);
	}
}

static void flush(struct peer *peer)
{
	bool ends = peer->fins || peer->closes;

	if (peer->transport.fd < 0)
		return;
	send_out(peer);
	if (!ends || peer_unsent(peer))
		return;
	if (peer->secure) {
		secure_end(peer->secure);
		send_out(peer);
	}
	if (peer->closes)
		transport_close(&peer->transport);
	else
		transport_half_close(&peer->transport);
	peer->fins = false;
}

static void take(struct peer *peer, struct span bytes)
{
	peer->moved += bytes.n;
	if (!peer->secure)
		buf_add(&peer->in, bytes);
	else
		secure_take(peer->secure, bytes);
}

static void read_some(struct peer *peer)
{
	enum transport_result result = TRANSPORT_OK;
	struct slice in;

	for (int i = 0; i < READS_A_TURN && result == TRANSPORT_OK && !is_deaf(peer); i++) {
		result = transport_read(&peer->transport, &in);
		if (result == TRANSPORT_OK)
			take(peer, in.bytes);
	}
	peer->is_broken |= result == TRANSPORT_BROKEN;
	peer->has_fin |= result == TRANSPORT_BROKEN || result == TRANSPORT_END;
}

static void read_unread(struct peer *peer)
{
	if (peer->secure && !is_deaf(peer))
		peer->has_fin |= secure_read(peer->secure, &peer->in);
}

static void on_ready(void *ctx, unsigned what)
{
	struct peer *peer = ctx;

	if (what == WATCH_READ)
		read_some(peer);
	read_unread(peer);
	if (peer->changed && (what == WATCH_READ || peer->secure))
		peer->changed(peer);
	if (what == WATCH_WRITE || peer->secure)
		flush(peer);
	update(peer);
}

struct peer *peer_new(struct loop *loop, int fd, void (*changed)(struct peer *peer), void *ctx)
{
	struct peer *peer = mem_new(1, sizeof *peer);

	list_init(&peer->node);
	chain_init(&peer->out, NULL);
	transport_init(&peer->transport, loop, fd, on_ready, peer);
	peer->changed = changed;
	peer->ctx = ctx;
	update(peer);
	return peer;
}

struct peer *peer_connect(struct loop *loop, uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof address))
		ck_assert_int_eq(errno, EINPROGRESS);
	return peer_new(loop, fd, NULL, NULL);
}

void peer_free(struct peer *peer)
{
	if (!peer)
		return;
	transport_close(&peer->transport);
	list_unlink(&peer->node);
	buf_deinit(&peer->in);
	chain_deinit(&peer->out);
	secure_free(peer->secure);
	mem_free(peer);
}

void peer_secure(struct peer *peer, SSL_CTX *context)
{
	peer->secure = secure_new(context);
	update(peer);
}

void peer_send(struct peer *peer, struct span bytes)
{
	chain_append_copy(&peer->out, bytes);
	update(peer); /* sent from the loop, so that it is sent also before it is connected */
}

void peer_send_now(struct peer *peer, struct span bytes)
{
	peer_send(peer, bytes);
	send_out(peer);
	ck_assert_uint_eq(peer_unsent(peer), 0);
	update(peer);
}

void peer_send_text(struct peer *peer, const char *text)
{
	peer_send(peer, span_of(text));
}

void peer_fin(struct peer *peer)
{
	ck_assert_uint_eq(peer_unsent(peer), 0);
	peer->fins = true;
	flush(peer);
	update(peer);
}

void peer_reset(struct peer *peer)
{
	transport_reset(&peer->transport);
}

void peer_set_deaf(struct peer *peer, bool is_deaf)
{
	peer->is_deaf = is_deaf;
	update(peer);
}

size_t peer_count(const struct peer *peer, const char *text)
{
	struct span rest = buf_span(&peer->in);
	size_t count = 0;
	const char *at;

	while (rest.n && (at = memmem(rest.p, rest.n, text, strlen(text)))) {
		count++;
		rest = span_between(at + 1, rest.p + rest.n);
	}
	return count;
}

bool peer_has(const struct peer *peer, const char *text)
{
	return peer_count(peer, text) > 0;
}

bool peer_is_over(const struct peer *peer)
{
	return peer->has_fin || peer->is_broken || peer->transport.fd < 0;
}

/* -- messages -------------------------------------------------------------------------------- */

static bool read_body(
	const struct http1_head *head, struct span *rest, bool is_end, struct message *message)
{
	struct content content;
	struct span data;
	struct err err;

	content_init(&content, head);
	do {
		ck_assert_msg(content_next(&content, rest, &data, &err) == 0, "%s", err.text);
		buf_add(&message->body, data);
	} while (data.n);
	content_deinit(&content);
	return content.is_end || (head->body == HTTP1_BODY_UNTIL_CLOSE && is_end);
}

bool message_read(struct span bytes, bool is_response, bool is_end, struct message *ret_message)
{
	static const struct http1_limits limits = {1048576, 4096};
	struct http1 http1;
	struct span rest = bytes;
	struct err err;
	bool is_whole = false;
	int result;

	*ret_message = (struct message){0};
	http1_init(&http1, is_response ? HTTP1_RESPONSE : HTTP1_REQUEST, &limits);
	result = http1_feed(&http1, &rest, &err);
	ck_assert_msg(result >= 0, "%s: %.*s", err.text, SPAN_ARG(bytes));
	if (result > 0) {
		ret_message->head_n = bytes.n - rest.n;
		is_whole = read_body(&http1.head, &rest, is_end, ret_message);
		ret_message->n = bytes.n - rest.n;
	}
	http1_deinit(&http1);
	return is_whole;
}

void message_deinit(struct message *message)
{
	buf_deinit(&message->body);
}
