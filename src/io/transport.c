#include "io/transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/* Unsent bytes that the kernel takes from us for one socket, so that a slow peer costs us no more
 * memory there than here. */
enum { UNSENT_MAX = 131072 };

enum { JOINED_MAX = 8192 }; /* bytes that are sent in one piece */

void transport_init(struct transport *transport, struct loop *loop, int fd,
	void (*ready)(void *ctx, unsigned what), void *ctx)
{
	int on = 1;
	int unsent = UNSENT_MAX;

	transport->loop = loop;
	transport->fd = fd;
	transport->error = 0;
	transport->tls = NULL;
	transport->full_read = CHUNK_BYTES / 2;
	/* fail on UNIX sockets, which need neither */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
	watch_init(&transport->watch, loop, fd, ready, ctx);
}

void transport_secure(struct transport *transport, struct tls *tls, const struct tls_peer *peer,
	void (*done)(void *ctx, const struct err *err), void *ctx)
{
	watch_set(&transport->watch, 0); /* the session's, for now */
	transport->full_read = 1;        /* one record, however small, says nothing of the next */
	transport->tls = tls_open(tls, transport->fd, peer, done, ctx);
}

void transport_close(struct transport *transport)
{
	if (transport->fd < 0)
		return;
	watch_deinit(&transport->watch);
	if (transport->tls)
		tls_close(TAKE(transport->tls));
	else
		(void)close(transport->fd);
	transport->fd = -1;
}

void transport_reset(struct transport *transport)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	if (transport->fd >= 0)
		(void)setsockopt(transport->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	transport_close(transport);
}

static enum transport_result failure(struct transport *transport)
{
	if (errno == EAGAIN || errno == EINTR)
		return TRANSPORT_AGAIN;
	transport->error = errno;
	return TRANSPORT_BROKEN;
}

static enum transport_result of_tls(enum tls_result result)
{
	static const enum transport_result results[] = {
		[TLS_OK] = TRANSPORT_OK,
		[TLS_AGAIN] = TRANSPORT_AGAIN,
		[TLS_END] = TRANSPORT_END,
		[TLS_BROKEN] = TRANSPORT_BROKEN,
	};

	return results[result];
}

static enum transport_result read_plain(
	struct transport *transport, char *to, size_t room, size_t *ret_n)
{
	ssize_t n = recv(transport->fd, to, room, 0);

	if (n < 0)
		return failure(transport);
	*ret_n = (size_t)n;
	if (n)
		return TRANSPORT_OK;
	/* who was told of a reset by writing is told by reading of an end */
	return transport->error == ECONNRESET ? TRANSPORT_BROKEN : TRANSPORT_END;
}

enum transport_result transport_read(struct transport *transport, struct slice *ret_slice)
{
	struct chunk *chunk = loop_chunk(transport->loop);
	char *to = chunk->bytes + chunk->used;
	size_t room = chunk->capacity - chunk->used;
	size_t n = 0;
	enum transport_result result = transport->tls ? of_tls(tls_read(transport->tls, to, room, &n))
												  : read_plain(transport, to, room, &n);

	if (result != TRANSPORT_OK)
		return result;
	chunk->used += n;
	*ret_slice = (struct slice){chunk, {to, n}};
	return TRANSPORT_OK;
}

/* Little pieces are put together: copying them takes less time than the kernel takes for each piece
 * more. */
static ssize_t write_plain(int fd, const struct iovec *iov, size_t count)
{
	struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = count};
	char joined[JOINED_MAX];
	size_t n = 0;

	if (count == 1)
		return send(fd, iov->iov_base, iov->iov_len, MSG_NOSIGNAL);
	for (size_t i = 0; i < count; i++) {
		if (iov[i].iov_len > sizeof joined - n)
			return sendmsg(fd, &message, MSG_NOSIGNAL);
		memcpy(joined + n, iov[i].iov_base, iov[i].iov_len);
		n += iov[i].iov_len;
	}
	return send(fd, joined, n, MSG_NOSIGNAL);
}

enum transport_result transport_write(
	struct transport *transport, const struct iovec *iov, size_t count, size_t *ret_sent)
{
	ssize_t n;

	if (transport->tls)
		return of_tls(tls_write(transport->tls, iov, count, ret_sent));
	n = write_plain(transport->fd, iov, count);
	if (n < 0)
		return failure(transport);
	*ret_sent = (size_t)n;
	return TRANSPORT_OK;
}

enum transport_result transport_splice_in(
	struct transport *transport, struct pipe *pipe, uint64_t max, size_t *ret_n)
{
	ssize_t n = pipe_fill(pipe, transport->fd, max);

	if (n < 0)
		return failure(transport);
	*ret_n = (size_t)n;
	return n ? TRANSPORT_OK : TRANSPORT_END;
}

enum transport_result transport_splice_out(
	struct transport *transport, struct pipe *pipe, size_t *ret_n)
{
	ssize_t n = pipe_drain(pipe, transport->fd);

	if (n < 0)
		return failure(transport);
	*ret_n = (size_t)n;
	return TRANSPORT_OK;
}

const char *transport_error(const struct transport *transport)
{
	return transport->tls ? tls_error(transport->tls) : strerrordesc_np(transport->error);
}

void transport_half_close(struct transport *transport)
{
	(void)shutdown(transport->fd, SHUT_WR);
}
