#include "bench/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static struct sockaddr_in address_of(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* A socket is closed when what was to be done with it went wrong. */
static int fail_with(int fd, struct err *err, const char *what)
{
	(void)net_fail(err, what);
	(void)close(fd);
	return -1;
}

static void hurry(int fd)
{
	int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int open_socket(struct err *err)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd < 0 ? net_fail(err, "cannot open a socket") : fd;
}

int net_connect(uint16_t port, struct err *err)
{
	struct sockaddr_in address = address_of(port);
	int fd = open_socket(err);

	if (fd < 0)
		return -1;
	hurry(fd);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
		return fail_with(fd, err, "cannot connect");
	return fd;
}

int net_accept(int listen_fd)
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0)
		hurry(fd);
	return fd;
}

int net_listen(uint16_t *port, struct err *err)
{
	struct sockaddr_in address = address_of(*port);
	socklen_t size = sizeof address;
	int fd = open_socket(err);
	int on = 1;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, BACKLOG) < 0 ||
		getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return fail_with(fd, err, "cannot listen");
	*port = ntohs(address.sin_port);
	return fd;
}

int net_epoll(struct err *err)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	return fd < 0 ? net_fail(err, "cannot make an epoll") : fd;
}

int net_watch(int epoll_fd, int fd, void *object, struct err *err)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = object};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? net_fail(err, "cannot watch") : 0;
}

int net_fail(struct err *err, const char *what)
{
	char text[128];

	return err_set(err, ERR_INTERNAL, "%s: %s", what, strerror_r(errno, text, sizeof text));
}
