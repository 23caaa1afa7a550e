/* upstream: the client side: one request to one backend, and its answer.
 *
 *     start ─→ (resolve, connect | a kept-alive connection) ─→ head, body pulled from a source
 *     head, bytes…, end | failed ←─ http1, content ←─ answer
 *
 * All events come from the loop, never from inside a call into this seam. `end` and `failed` are
 * the last ones; after them, or after upstream_cancel(), the call must not be used.
 *
 * An idle connection that turns out to have been closed is replaced by a fresh one, unseen, as long
 * as no byte of an answer has come and the source still holds its beginning. That is why a source
 * should hold UPSTREAM_KEEP_BYTES from its start; a longer body is only put on connections that
 * were used a moment ago or are new, since a backend closes after a time of idleness.
 */
#ifndef IO_UPSTREAM_H
#define IO_UPSTREAM_H

#include "base/err.h"
#include "io/loop.h"
#include "io/source.h"
#include "wire/http1.h"
#include "wire/url.h"

enum { UPSTREAM_KEEP_BYTES = 262144 };

struct upstream; /* one a loop: the connections to all backends */
struct upstream_call;

struct upstream_limits {
	int64_t connect_ns; /* from the start to a connection */
	int64_t answer_ns;  /* from the request's last byte to the answer's; see upstream_relax() */
	int64_t stall_ns;   /* without progress while sending, or within the answer's body */
	struct http1_limits head;
};

/* How to know that it is the right one, where the URL says https. */
struct upstream_tls {
	struct span ca_file; /* path of the certificates to trust; empty: those the system trusts */
	bool is_insecure;    /* anybody is */
};

struct upstream_request {
	struct span method;
	const struct url *url;
	struct upstream_tls tls;
	struct span target;  /* path and query */
	struct span fields;  /* whole lines; none about framing, the connection or Host */
	struct source *body; /* NULL: none; outlives the call */
};

struct upstream_events {
	/* The final answer's head; informational ones are skipped. Valid during the call. */
	void (*head)(void *ctx, const struct http1_head *head);
	void (*bytes)(void *ctx, struct slice bytes);
	void (*end)(void *ctx);
	/* ERR_UPSTREAM, ERR_TIMEOUT, or, without any fault of the backend, ERR_BUSY: there are no
	 * descriptors left, or there is no libcurl. The text says what happened, not to whom. */
	void (*failed)(void *ctx, const struct err *err);
};

struct upstream *upstream_new(struct loop *loop) __attribute__((warn_unused_result));

/* All calls must have ended. Takes NULL. */
void upstream_free(struct upstream *upstream);

/* Request and limits are copied, except for the source. */
struct upstream_call *upstream_start(struct upstream *upstream,
	const struct upstream_request *request, const struct upstream_limits *limits,
	const struct upstream_events *events, void *ctx) __attribute__((warn_unused_result));

/* The source has more, or has ended. */
void upstream_more(struct upstream_call *call);

/* True when what the body's source has later may come by a pipe: the connection is plain, and so
 * sure to be open, since it is new or was used just now, that it is enough for a short front of the
 * body to be held. */
bool upstream_may_splice(const struct upstream_call *call);

/* Stops and goes on reading the answer; what was already read still comes. */
void upstream_pause(struct upstream_call *call);
void upstream_resume(struct upstream_call *call);

/* After the head: from now on the answer may take as long as it keeps coming. */
void upstream_relax(struct upstream_call *call);

/* What a call has used so far; also within its last event. */
enum upstream_connection {
	UPSTREAM_NOT_CONNECTED,
	UPSTREAM_NEW,
	UPSTREAM_KEPT,     /* used before */
	UPSTREAM_REPLACED, /* a new one, since one that was kept turned out to be closed */
};

/* Why there is no whole answer, as it looked from here. */
enum upstream_fault {
	UPSTREAM_NO_FAULT,
	UPSTREAM_REFUSED,   /* there was no connection */
	UPSTREAM_RESET,     /* it ended without an answer, or within one */
	UPSTREAM_TRUNCATED, /* it ended well, but before all had come that the answer's head promised */
	UPSTREAM_STALLED,   /* the time was up */
	UPSTREAM_INVALID,   /* what came is no answer */
};

struct upstream_use {
	enum upstream_connection connection;
	enum upstream_fault fault; /* when it has failed */
	uint64_t sent;             /* bytes, the head's too */
	int64_t sent_ns;           /* just before the first of them went; 0: none was to go yet */
	uint64_t arrived;          /* bytes of the answer as they came, heads and framing, too */
	uint64_t received;         /* bytes of its body */
};

const struct upstream_use *upstream_use(const struct upstream_call *call);

/* Ends the call at once: its connection is closed. */
void upstream_cancel(struct upstream_call *call);

#endif
