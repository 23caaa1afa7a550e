#include "io/listener.h"

#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/address.h"

enum { BACKLOG = 1024, ACCEPTS_A_TURN = 64, FULL_WAIT_MS = 100 };

struct listener {
	struct loop *loop;
	int fd;
	struct watch watch;
	struct loop_timer timer; /* after running out of descriptors: accept again */
	void (*accepted)(void *ctx, int fd);
	void *ctx;
	uint16_t port;
	char text[ADDRESS_TEXT_MAX];
};

static void accept_some(struct listener *listener, int most)
{
	for (int i = 0; i < most; i++) {
		int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			listener->accepted(listener->ctx, fd);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			/* what waits stays in the queue until somebody has left */
			watch_set(&listener->watch, 0);
			loop_timer_set(listener->loop, &listener->timer,
				loop_now_ns(listener->loop) + CLOCK_MS(FULL_WAIT_MS));
			return;
		} else if (errno == EAGAIN) {
			return;
		}
	}
}

static void on_ready(void *ctx, unsigned what)
{
	(void)what;
	accept_some(ctx, ACCEPTS_A_TURN);
}

/* Drops every segment with a SYN. Where there are no filters, others may still come. */
void listener_stop(struct listener *listener)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offsetof(struct tcphdr, th_flags)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, TH_SYN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	(void)setsockopt(listener->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

/* Not more than there can be, so that it ends although others may still come. */
void listener_accept_all(struct listener *listener)
{
	accept_some(listener, BACKLOG + 1);
}

static void on_time(void *ctx)
{
	struct listener *listener = ctx;

	watch_set(&listener->watch, WATCH_READ);
}

/* A bound and listening socket; or -1 with errno. */
static int open_socket(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	int off = 0;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (address->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(fd, address->ai_addr, address->ai_addrlen) || listen(fd, BACKLOG)) {
		int error = errno;

		(void)close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static int open_host(const char *host, const char *port, int family)
{
	struct addrinfo hints = {.ai_family = family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found;
	int fd;

	if (getaddrinfo(host, port, &hints, &found)) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = open_socket(found);
	freeaddrinfo(found);
	return fd;
}

/* For all addresses the IPv6 socket takes both; where there is no IPv6, IPv4 must do. */
static int open_any(const char *port)
{
	int fd = open_host("::", port, AF_INET6);

	if (fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		fd = open_host("0.0.0.0", port, AF_INET);
	return fd;
}

static void name_it(struct listener *listener)
{
	struct address address = {.n = sizeof address.bytes};

	(void)getsockname(listener->fd, (struct sockaddr *)&address.bytes, &address.n);
	listener->port = address_port(&address);
	address_write(&address, listener->text);
}

int listener_open(struct loop *loop, const struct host_port *address,
	void (*accepted)(void *ctx, int fd), void *ctx, struct listener **ret_listener, struct err *err)
{
	MEM_AUTO char *host = span_dup(address->host);
	struct listener *listener;
	char port[8];
	int fd;

	(void)snprintf(port, sizeof port, "%u", address->port);
	fd = *host ? open_host(host, port, AF_UNSPEC) : open_any(port);
	if (fd < 0)
		return err_set(
			err, ERR_INTERNAL, "cannot listen on %.64s:%s: %s", host, port, strerrordesc_np(errno));
	listener = mem_new(1, sizeof *listener);
	listener->loop = loop;
	listener->fd = fd;
	listener->accepted = accepted;
	listener->ctx = ctx;
	name_it(listener);
	loop_timer_init(&listener->timer, on_time, listener);
	watch_init(&listener->watch, loop, fd, on_ready, listener);
	watch_set(&listener->watch, WATCH_READ);
	*ret_listener = listener;
	return 0;
}

void listener_close(struct listener *listener)
{
	if (!listener)
		return;
	watch_deinit(&listener->watch);
	loop_timer_clear(listener->loop, &listener->timer);
	(void)close(listener->fd);
	mem_free(listener);
}

uint16_t listener_port(const struct listener *listener)
{
	return listener->port;
}

const char *listener_text(const struct listener *listener)
{
	return listener->text;
}
