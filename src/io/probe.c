#include "io/probe.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

enum { ANSWER_BYTES = 12, MS_PER_S = 1000, US_PER_MS = 1000 };

/* A connected socket whose waits end; or -1 with errno. SO_SNDTIMEO is connect()'s, too. */
static int open_socket(const struct addrinfo *address, unsigned timeout_ms)
{
	struct timeval time = {timeout_ms / MS_PER_S, (long)(timeout_ms % MS_PER_S) * US_PER_MS};
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	error = errno == EINPROGRESS ? ETIMEDOUT : errno;
	(void)close(fd);
	errno = error;
	return -1;
}

/* Without a host, this machine by IPv6 and by IPv4. */
static int connect_to(const struct host_port *where, unsigned timeout_ms)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	MEM_AUTO char *host = span_dup(where->host);
	struct addrinfo *found;
	char port[8];
	int fd = -1;

	(void)snprintf(port, sizeof port, "%u", where->port);
	if (getaddrinfo(*host ? host : NULL, port, &hints, &found)) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	for (const struct addrinfo *address = found; address && fd < 0; address = address->ai_next)
		fd = open_socket(address, timeout_ms);
	freeaddrinfo(found);
	return fd;
}

static bool send_request(int fd, const char *path)
{
	BUF_AUTO struct buf text = {0};

	buf_add_format(&text, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
	return send(fd, text.bytes, text.n, MSG_NOSIGNAL) == (ssize_t)text.n;
}

int probe_ask(const struct host_port *where, const char *path, unsigned timeout_ms, struct err *err)
{
	struct span wanted = SPAN_LITERAL("HTTP/1.1 200");
	int fd = connect_to(where, timeout_ms);
	char status[ANSWER_BYTES];
	ssize_t n = -1;

	if (fd < 0)
		return err_set(err, ERR_UPSTREAM, "cannot connect: %s", strerrordesc_np(errno));
	if (send_request(fd, path))
		n = recv(fd, status, wanted.n, MSG_WAITALL);
	if (n < 0)
		(void)err_set(err, ERR_UPSTREAM, "no answer: %s",
			strerrordesc_np(errno == EAGAIN ? ETIMEDOUT : errno));
	(void)close(fd);
	if (n < 0)
		return -1;
	if (!span_equal((struct span){status, (size_t)n}, wanted))
		return err_set(err, ERR_UPSTREAM, "answered \"%.*s\", wanted \"%.*s\"", (int)n, status,
			SPAN_ARG(wanted));
	return 0;
}
