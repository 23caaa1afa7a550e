/* httpd: the server side of HTTP/1.1 and 1.0 over sockets that were accepted elsewhere.
 *
 *     socket → http1, content → events to the handler: request, body…, body_end
 *     socket ← answer, framed ←  calls by the handler: begin, send…, end
 *
 * One exchange at a time on a connection: pipelined requests wait in the socket, and so are
 * answered in order. The handler may answer at any time after `request`, also before the body is
 * complete; what is left of the body is then read and thrown away if it is short, else the
 * connection ends after the answer: half-closed, drained for a while, so that the answer arrives.
 *
 * Back-pressure: httpd_pause() stops reading the body; httpd_is_full() says that the client is
 * slower than the answer, and `drained` when that is over.
 */
#ifndef IO_HTTPD_H
#define IO_HTTPD_H

#include "base/buf.h"
#include "base/err.h"
#include "io/loop.h"
#include "io/source.h"
#include "wire/http1.h"

enum { HTTPD_LINGER_MS = 500 };

struct httpd;
struct httpd_exchange;
struct pipe; /* io/pipe.h */

struct httpd_limits {
	struct http1_limits head;
	uint64_t body_bytes;
	int64_t head_ns;  /* for a whole head, from its first byte */
	int64_t stall_ns; /* without progress, while we wait for the client */
	int64_t idle_ns;  /* between requests */
	bool hides_idle;  /* the client is not told of it in Keep-Alive */
};

struct httpd_answer {
	int status;
	struct span reason; /* empty: the usual one */
	struct span fields; /* whole lines, none of them about framing or the connection */
	uint64_t length;    /* of the body; SOURCE_LENGTH_UNKNOWN: framed as the client can read it */
};

/* All are called from the loop. */
struct httpd_events {
	/* A request has begun. httpd_head() is valid until `ended`. */
	void (*request)(void *ctx, struct httpd_exchange *exchange);
	/* Bytes of its body, decoded, in order. Not after httpd_end() or while paused. */
	void (*body)(struct httpd_exchange *exchange, struct slice bytes);
	/* n more of its bytes are in the pipe; 0: that takes no more for now. Only after
	 * httpd_splice(). */
	void (*piped)(struct httpd_exchange *exchange, size_t n);
	void (*body_end)(struct httpd_exchange *exchange);
	/* What was queued has gone; only after httpd_is_full() was true. */
	void (*drained)(struct httpd_exchange *exchange);
	/* The last event of every exchange, after which it must not be used: the answer is on its way
	 * as a whole (is_complete), or the client has left or was refused. */
	void (*ended)(struct httpd_exchange *exchange, bool is_complete);
	/* A connection was refused before or within a request, for logs; of whom as httpd_peer() says
	 * it. May be NULL. */
	void (*refused)(void *ctx, const char *peer, int status, const char *why);
	/* May change what answers a refusal, which is JSON with the error's text as "detail": status,
	 * fields and body. The path is the request's, empty when that is not known. May be NULL. */
	void (*word)(
		struct span path, const struct err *err, struct httpd_answer *answer, struct buf *body);
	/* How long the body may be of the request that begins; NULL: limits.body_bytes for all. */
	uint64_t (*body_max)(const struct http1_head *head, const struct httpd_limits *limits);
	/* A connection that was taken over at that door, by httpd_adopt_refused() or not, is gone. May
	 * be NULL. */
	void (*closed)(void *ctx, unsigned door, bool was_refused);
};

/* The limits are copied. */
struct httpd *httpd_new(struct loop *loop, const struct httpd_limits *limits,
	const struct httpd_events *events, void *ctx) __attribute__((warn_unused_result));

/* Closes every connection; exchanges get `ended`. Takes NULL. */
void httpd_free(struct httpd *httpd);

/* For what begins later, also on connections that are there: those of a head count from its first
 * byte on, all others from `request` on. */
void httpd_set_limits(struct httpd *httpd, const struct httpd_limits *limits);

/* Takes over an accepted, non-blocking socket. `door` says where it was accepted: a number of the
 * owner's, for httpd_door(). */
void httpd_adopt(struct httpd *httpd, int fd, unsigned door);

/* Answers with that error as soon as the connection is taken over, and ends it. */
void httpd_adopt_refused(struct httpd *httpd, int fd, const struct err *err);

/* From now on each answer is the last one of its connection, and a connection without a request
 * ends, after one more look whether one has come. Those that have been without one for less than
 * HTTPD_LINGER_MS, because they are new or were just answered, get the rest of that time. */
void httpd_drain(struct httpd *httpd);

/* True when there is no connection; `closed` says when that may have changed. */
bool httpd_is_empty(const struct httpd *httpd);

/* -- an exchange ----------------------------------------------------------------------------- */

const struct http1_head *httpd_head(const struct httpd_exchange *exchange);

/* What the handler likes to keep with it. */
void httpd_set_user(struct httpd_exchange *exchange, void *user);
void *httpd_user(const struct httpd_exchange *exchange);

/* The client's address in numbers, with its port; valid as long as the exchange. */
const char *httpd_peer(const struct httpd_exchange *exchange);

/* By which door its connection came. */
unsigned httpd_door(const struct httpd_exchange *exchange);

void httpd_pause(struct httpd_exchange *exchange);
void httpd_resume(struct httpd_exchange *exchange);

/* From now on what is still to come of the body, which is by Content-Length, goes into that pipe,
 * until `ended`; NULL: no longer. */
void httpd_splice(struct httpd_exchange *exchange, struct pipe *pipe);

/* Queues the head; once. */
void httpd_begin(struct httpd_exchange *exchange, const struct httpd_answer *answer);
bool httpd_has_begun(const struct httpd_exchange *exchange);

/* Queues bytes of the body, without copying larger ones. */
void httpd_send(struct httpd_exchange *exchange, struct slice bytes);

/* The answer is complete; `ended` follows at once. */
void httpd_end(struct httpd_exchange *exchange);

/* Begin, send, end in one; the body is copied. */
void httpd_answer(
	struct httpd_exchange *exchange, const struct httpd_answer *answer, struct span body);

/* The answer cannot be completed: the connection is reset, so that nobody takes what was sent for
 * the whole. `ended` follows at once. */
void httpd_abort(struct httpd_exchange *exchange);

/* True when more is queued than should be: stop until `drained`. */
bool httpd_is_full(const struct httpd_exchange *exchange);

#endif
