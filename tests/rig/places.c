#include "rig/places.h"

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "io/upstream_conn.h"

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int open_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

void hole_open(struct hole *hole)
{
	struct sockaddr_in address = loopback(0);
	socklen_t n = sizeof address;

	hole->fds[0] = open_socket();
	ck_assert_int_eq(bind(hole->fds[0], (struct sockaddr *)&address, n), 0);
	ck_assert_int_eq(listen(hole->fds[0], 0), 0);
	ck_assert_int_eq(getsockname(hole->fds[0], (struct sockaddr *)&address, &n), 0);
	hole->port = ntohs(address.sin_port);
	for (size_t i = 1; i < sizeof hole->fds / sizeof *hole->fds; i++) {
		hole->fds[i] = open_socket();
		if (connect(hole->fds[i], (struct sockaddr *)&address, n))
			ck_assert_int_eq(errno, EINPROGRESS);
	}
}

void hole_close(struct hole *hole)
{
	for (size_t i = 0; i < sizeof hole->fds / sizeof *hole->fds; i++)
		(void)close(hole->fds[i]);
}

void places_resolve(struct rig *rig, size_t backend, const uint16_t *ports, size_t count)
{
	const struct url *url = &rig->shared.config->backends[backend].url;
	struct upstream_host *host = upstream_host_get(rig->worker->upstream, url);

	ck_assert_uint_le(count, RESOLVER_ADDRESSES_MAX);
	host->resolved_ns = rig->clock.now;
	host->addresses.count = count;
	for (size_t i = 0; i < count; i++) {
		struct sockaddr_in address = loopback(ports[i]);

		memcpy(&host->addresses.list[i].bytes, &address, sizeof address);
		host->addresses.list[i].n = sizeof address;
	}
}
