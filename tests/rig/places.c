#include "rig/places.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
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

int places_bind(uint16_t *ret_port)
{
	struct sockaddr_in address = loopback(0);
	socklen_t n = sizeof address;
	int fd = open_socket();

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, n), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &n), 0);
	*ret_port = ntohs(address.sin_port);
	return fd;
}

void hole_open(struct hole *hole)
{
	struct sockaddr_in address;

	hole->fds[0] = places_bind(&hole->port);
	ck_assert_int_eq(listen(hole->fds[0], 0), 0);
	address = loopback(hole->port);
	for (size_t i = 1; i < sizeof hole->fds / sizeof *hole->fds; i++) {
		hole->fds[i] = open_socket();
		if (connect(hole->fds[i], (struct sockaddr *)&address, sizeof address))
			ck_assert_int_eq(errno, EINPROGRESS);
	}
}

void hole_close(struct hole *hole)
{
	for (size_t i = 0; i < sizeof hole->fds / sizeof *hole->fds; i++)
		(void)close(hole->fds[i]);
}

static struct upstream_host *host_of(
	const struct rig *rig, const struct worker *worker, size_t backend)
{
	const struct config_backend *config = &rig->config->backends[backend];

	return upstream_host_get(worker->upstream, &config->url,
		&(struct upstream_tls){config->ca_file, config->is_insecure});
}

struct upstream_host *places_host(struct rig *rig, size_t backend)
{
	return host_of(rig, rig->worker, backend);
}

static void resolve(struct upstream_host *host, int64_t now_ns, const uint16_t *ports, size_t count)
{
	host->resolved_ns = now_ns;
	host->addresses.count = count;
	for (size_t i = 0; i < count; i++) {
		struct sockaddr_in address = loopback(ports[i]);

		memcpy(&host->addresses.list[i].bytes, &address, sizeof address);
		host->addresses.list[i].n = sizeof address;
	}
}

void places_resolve(struct rig *rig, size_t backend, const uint16_t *ports, size_t count)
{
	ck_assert_uint_le(count, RESOLVER_ADDRESSES_MAX);
	for (size_t i = 0; i < rig->shared.worker_count; i++)
		resolve(host_of(rig, rig->shared.workers[i], backend), rig->clock.now, ports, count);
}

/* -- UNIX sockets ---------------------------------------------------------------------------- */

void unix_place_init(struct unix_place *place)
{
	*place = (struct unix_place){.fd = -1, .folder = "/tmp/mlproxy-test-XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(place->folder));
	(void)snprintf(place->path, sizeof place->path, "%s/ml", place->folder);
}

static void on_unix_ready(void *ctx, unsigned what)
{
	struct unix_place *place = ctx;
	int fd = accept4(place->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (fd >= 0)
		rig_accepted(place->backend, fd);
}

void unix_place_listen(struct unix_place *place, struct rig_backend *backend)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, place->path, strlen(place->path));
	place->backend = backend;
	place->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(place->fd, 0);
	ck_assert_int_eq(bind(place->fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(place->fd, 16), 0);
	watch_init(&place->watch, backend->rig->loop, place->fd, on_unix_ready, place);
	watch_set(&place->watch, WATCH_READ);
}

void unix_place_deinit(struct unix_place *place)
{
	if (place->fd >= 0) {
		watch_deinit(&place->watch);
		(void)close(place->fd);
		(void)unlink(place->path);
	}
	(void)rmdir(place->folder);
}
