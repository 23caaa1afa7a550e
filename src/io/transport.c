#include "io/transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* Unsent bytes that the kernel takes from us for one socket, so that a slow peer costs us no more
 * memory there than here. */
enum { UNSENT_MAX = 131072 };

void transport_init(struct transport *transport, struct loop *loop, int fd,
	void (*ready)(void *ctx, unsigned what), void *ctx)
{
	int on = 1;
	int unsent = UNSENT_MAX;

	transport->loop = loop;
	transport->fd = fd;
	transport->error = 0;
	/* fail on UNIX sockets, which need neither */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
	watch_init(&transport->watch, loop, fd, ready, ctx);
}

void transport_close(struct transport *transport)
{
	if (transport->fd < 0)
		return;
	watch_deinit(&transport->watch);
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

enum transport_result transport_read(struct transport *transport, struct slice *ret_slice)
{
	struct chunk *chunk = loop_chunk(transport->loop);
	char *to = chunk->bytes + chunk->used;
	ssize_t n = recv(transport->fd, to, chunk->capacity - chunk->used, 0);

	if (n < 0)
		return failure(transport);
	if (n == 0)
		return TRANSPORT_END;
	chunk->used += (size_t)n;
	*ret_slice = (struct slice){chunk, {to, (size_t)n}};
	return TRANSPORT_OK;
}

enum transport_result transport_write(
	struct transport *transport, const struct iovec *iov, size_t count, size_t *ret_sent)
{
	struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = count};
	ssize_t n = sendmsg(transport->fd, &message, MSG_NOSIGNAL);

	if (n < 0)
		return failure(transport);
	*ret_sent = (size_t)n;
	return TRANSPORT_OK;
}

void transport_half_close(struct transport *transport)
{
	(void)shutdown(transport->fd, SHUT_WR);
}
