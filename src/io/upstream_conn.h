/* upstream_conn: connections to backends, and the backends as places to connect to; shared by
 * upstream's own sources and nobody else:
 * upstream.c (calls), upstream_host.c (names, resting connections), upstream_conn.c (the wire). */
#ifndef IO_UPSTREAM_CONN_H
#define IO_UPSTREAM_CONN_H

#include "base/buf.h"
#include "io/framer.h"
#include "io/resolver.h"
#include "io/transport.h"
#include "io/upstream.h"
#include "wire/content.h"

struct upstream {
	struct loop *loop;
	struct list hosts;
	struct list calls;
	struct list spare_calls; /* with the memory of their heads */
	size_t spare_count;
	size_t idle_count;
	struct tls *tls;     /* NULL until it is needed */
	bool has_plain_curl; /* http, too, goes by way of io/tls: how tests part it from TLS itself */
};

/* One URL's scheme and authority, and whom to trust there. Lives as long as the upstream: there are
 * as many as backends were ever configured. */
struct upstream_host {
	struct list node;
	struct upstream *upstream;
	enum url_scheme scheme;
	char *name; /* the URL's host or the socket's path, owned */
	uint16_t port;
	char *authority; /* as in the URL it was made for; owned */
	char *ca_file;   /* "": the system's; owned */
	bool is_insecure;
	struct list idle;    /* connections, the one that rested least first */
	struct list waiting; /* connections that wait for the addresses */
	struct resolver_addresses addresses;
	int64_t resolved_ns; /* 0: never */
	struct resolver_query *query;
};

enum conn_state {
	CONN_RESOLVING,
	CONN_CONNECTING,
	CONN_SECURING,
	CONN_BUSY, /* has a call */
	CONN_IDLE,
	CONN_CLOSED,
};

struct upstream_conn {
	struct list node; /* in the host's idle or waiting */
	struct upstream_host *host;
	struct upstream_call *call; /* NULL when idle or closed */
	enum conn_state state;
	struct transport transport;
	struct loop_timer timer; /* of one connection attempt; of rest */
	struct loop_task work;   /* sends; frees */
	struct resolver_addresses addresses;
	size_t next_address;
	int64_t rests_since_ns;
	bool is_reused;

	struct framer framer;
	bool is_sent;    /* the whole request */
	bool is_blocked; /* the backend takes no more for now */
	bool is_mute;    /* sending is over, whether all was sent or not */
	struct http1 http1;
	struct content content;
	bool has_head;
	bool is_paused;
	unsigned interims;
};

/* -- upstream_host.c ------------------------------------------------------------------------- */

struct upstream_host *upstream_host_get(
	struct upstream *upstream, const struct url *url, const struct upstream_tls *tls);
void upstream_host_free(struct upstream_host *host);

/* Connections to it go by way of io/tls. */
bool upstream_host_is_secure(const struct upstream_host *host);

/* A connection that has rested for at most that long; NULL when there is none. */
struct upstream_conn *upstream_host_take(struct upstream_host *host, int64_t rested_ns);
void upstream_host_rest(struct upstream_host *host, struct upstream_conn *conn);

/* Closes all that rest, so that their descriptors can be had. */
void upstream_close_resting(struct upstream *upstream);

/* Calls upstream_conn_resolved() for the connection, later or from inside. */
void upstream_host_resolve(struct upstream_host *host, struct upstream_conn *conn);

/* Asks again the next time: none of the addresses could be connected to. */
void upstream_host_forget(struct upstream_host *host);

/* -- upstream_conn.c ------------------------------------------------------------------------- */

/* A new one, which begins to connect at the end of the turn. */
struct upstream_conn *upstream_conn_open(struct upstream_host *host, struct upstream_call *call);
void upstream_conn_resolved(
	struct upstream_conn *conn, const struct resolver_addresses *addresses, const struct err *err);

/* Puts a request on it; what can be sent is sent at the end of the turn. */
void upstream_conn_use(struct upstream_conn *conn, struct upstream_call *call);
void upstream_conn_send_more(struct upstream_conn *conn);
void upstream_conn_update(struct upstream_conn *conn); /* the watch, after a change */
void upstream_conn_close(struct upstream_conn *conn);

/* -- upstream.c, called by connections ------------------------------------------------------- */

struct upstream_call {
	struct list node;
	struct upstream *upstream;
	struct upstream_host *host;
	struct upstream_conn *conn; /* NULL before the first and when ended */
	struct upstream_limits limits;
	const struct upstream_events *events;
	void *ctx;
	struct buf head;
	struct source *body;
	struct loop_timer timer;
	struct loop_task work; /* frees */
	int64_t began_ns;
	int64_t progress_ns;
	int64_t mute_ns; /* when sending was over; 0: it is not */
	struct upstream_use use;
	bool has_bytes; /* of an answer */
	bool is_relaxed;
	bool is_ended;
};

void upstream_call_connected(struct upstream_call *call);
void upstream_call_sends(struct upstream_call *call); /* or will try to */
void upstream_call_progress(struct upstream_call *call);
void upstream_call_head(struct upstream_call *call, const struct http1_head *head);
void upstream_call_bytes(struct upstream_call *call, struct slice bytes);
void upstream_call_end(struct upstream_call *call);
void upstream_call_broke(
	struct upstream_call *call, enum upstream_fault fault, const struct err *err);

#endif
