/* http1: heads of HTTP/1.1 and 1.0 messages (RFC 9112), read strictly, because what is doubtful
 * here is read differently by the next server.
 *
 *     bytes → http1 (lines) → http1_head ← http1_framing (how long is the body, is there another)
 *
 * The reader is resumable at any byte and keeps the head in one buffer of its own, so that names
 * and values are spans into it until the next reset.
 */
#ifndef WIRE_HTTP1_H
#define WIRE_HTTP1_H

#include "base/err.h"
#include "wire/http1_head.h"

enum { HTTP1_TARGET_MAX = 8192 }; /* bytes; RFC 9112, section 3 asks for at least 8,000 */

enum http1_kind {
	HTTP1_REQUEST,
	HTTP1_RESPONSE,
	HTTP1_TRAILERS, /* field lines alone, behind a chunked body */
};

struct http1_limits {
	size_t bytes; /* of the whole head, line ends included */
	size_t lines;
};

struct http1 {
	struct http1_head head; /* complete once http1_feed() has returned 1; before its end empty */
	/* private */
	enum http1_kind kind;
	struct http1_limits limits;
	struct http1_head begun; /* what was read of a head */
	struct buf bytes;
	struct http1_field *fields;
	size_t field_capacity;
	size_t line_begin; /* in bytes, of the line that has not ended yet */
	size_t line_count; /* of those before */
	bool has_skipped;  /* the one empty line that may precede a request */
	bool has_moved;    /* bytes have, since lines were read */
};

void http1_init(struct http1 *http1, enum http1_kind kind, const struct http1_limits *limits);
void http1_deinit(struct http1 *http1);

/* From the next head on; not from inside one. */
void http1_set_limits(struct http1 *http1, const struct http1_limits *limits);

/* For the next message; keeps the memory unless much of it has gathered. */
void http1_reset(struct http1 *http1);

/* Uses up the front of *in, up to and including the empty line. Returns 1 when the head is
 * complete, 0 when more is wanted, -1 when it is refused; the kind of the error says which status
 * answers it. For responses all refusals are ERR_UPSTREAM. */
int http1_feed(struct http1 *http1, struct span *in, struct err *err)
	__attribute__((warn_unused_result));

/* The path of a request of which at least the first line has been read and found right, whatever
 * became of the rest of the head; else empty. */
struct span http1_path(const struct http1 *http1);

/* True from the first byte of a head until the next reset. */
bool http1_is_inside(const struct http1 *http1);

#endif
