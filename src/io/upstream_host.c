/* Names and resting connections. An answer of the resolver serves for a few seconds, and everybody
 * who asks meanwhile waits for the same one. */
#include "io/upstream_conn.h"

#include <assert.h>
#include <sys/un.h>

#include "base/mem.h"

enum { ADDRESSES_S = 5, IDLE_MAX = 256 };

static bool is_place(
	const struct upstream_host *host, const struct url *url, const struct upstream_tls *tls)
{
	struct span name = span_of(host->name);

	if (host->scheme == URL_UNIX) /* files' names are in one case */
		return url->scheme == URL_UNIX && span_equal(name, url->host);
	return url->scheme == host->scheme && url->port == host->port &&
		   span_equal_nocase(name, url->host) && tls->is_insecure == host->is_insecure &&
		   span_is(tls->ca_file, host->ca_file);
}

struct upstream_host *upstream_host_get(
	struct upstream *upstream, const struct url *url, const struct upstream_tls *tls)
{
	struct upstream_host *host;

	LIST_EACH(node, &upstream->hosts) {
		host = LIST_OBJECT(node, struct upstream_host, node);
		if (is_place(host, url, tls))
			return host;
	}
	host = mem_new(1, sizeof *host);
	host->upstream = upstream;
	host->scheme = url->scheme;
	host->name = span_dup(url->host);
	host->port = url->port;
	host->authority = span_dup(url->authority);
	host->ca_file = span_dup(tls->ca_file);
	host->is_insecure = tls->is_insecure;
	list_init(&host->idle);
	list_init(&host->waiting);
	list_append(&upstream->hosts, &host->node);
	return host;
}

bool upstream_host_is_secure(const struct upstream_host *host)
{
	return host->scheme == URL_HTTPS ||
		   (host->scheme == URL_HTTP && host->upstream->has_plain_curl);
}

static void close_resting(struct upstream_host *host)
{
	LIST_EACH_SAFE(node, &host->idle)
		upstream_conn_close(LIST_OBJECT(node, struct upstream_conn, node));
}

void upstream_host_free(struct upstream_host *host)
{
	if (host->query)
		resolver_cancel(host->query);
	close_resting(host);
	assert(list_is_empty(&host->waiting));
	list_unlink(&host->node);
	mem_free(host->name);
	mem_free(host->authority);
	mem_free(host->ca_file);
	mem_free(host);
}

/* -- resting connections --------------------------------------------------------------------- */

struct upstream_conn *upstream_host_take(struct upstream_host *host, int64_t rested_ns)
{
	struct upstream_conn *conn;

	if (list_is_empty(&host->idle))
		return NULL;
	conn = LIST_OBJECT(host->idle.next, struct upstream_conn, node);
	if (loop_now_ns(host->upstream->loop) - conn->rests_since_ns > rested_ns)
		return NULL;
	list_unlink(&conn->node);
	host->upstream->idle_count--;
	return conn;
}

void upstream_host_rest(struct upstream_host *host, struct upstream_conn *conn)
{
	conn->rests_since_ns = loop_now_ns(host->upstream->loop);
	list_prepend(&host->idle, &conn->node);
	if (++host->upstream->idle_count > IDLE_MAX)
		upstream_conn_close(LIST_OBJECT(host->idle.prev, struct upstream_conn, node));
}

void upstream_close_resting(struct upstream *upstream)
{
	LIST_EACH(node, &upstream->hosts)
		close_resting(LIST_OBJECT(node, struct upstream_host, node));
}

/* -- names ----------------------------------------------------------------------------------- */

static void set_unix(struct span path, struct resolver_addresses *ret)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	assert(path.n < sizeof address.sun_path); /* url_parse() has seen to it */

	memcpy(address.sun_path, path.p, path.n);
	memcpy(&ret->list[0].bytes, &address, sizeof address);
	ret->list[0].n = sizeof address;
	ret->count = 1;
}

static void on_resolved(
	void *ctx, const struct resolver_addresses *addresses, const struct err *err)
{
	struct upstream_host *host = ctx;

	host->query = NULL;
	if (addresses) {
		host->addresses = *addresses;
		host->resolved_ns = loop_now_ns(host->upstream->loop);
	}
	while (!list_is_empty(&host->waiting)) {
		struct upstream_conn *conn = LIST_OBJECT(host->waiting.next, struct upstream_conn, node);

		list_unlink(&conn->node);
		upstream_conn_resolved(conn, addresses, err);
	}
}

/* What needs no question, or was asked just now. False when the resolver must be. */
static bool find_addresses(struct upstream_host *host)
{
	struct span name = span_of(host->name);

	if (host->scheme == URL_UNIX)
		set_unix(name, &host->addresses);
	else if (!resolver_literal(name, host->port, &host->addresses))
		return host->resolved_ns &&
			   loop_now_ns(host->upstream->loop) - host->resolved_ns < CLOCK_S(ADDRESSES_S);
	return true;
}

void upstream_host_resolve(struct upstream_host *host, struct upstream_conn *conn)
{
	if (find_addresses(host)) {
		upstream_conn_resolved(conn, &host->addresses, NULL);
		return;
	}
	list_append(&host->waiting, &conn->node);
	if (!host->query)
		host->query =
			resolver_ask(host->upstream->loop, span_of(host->name), host->port, on_resolved, host);
}

void upstream_host_forget(struct upstream_host *host)
{
	host->resolved_ns = 0;
}
