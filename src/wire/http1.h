/* http1: heads of HTTP/1.1 and 1.0 messages (RFC 9112), read strictly, because what is doubtful
 * here is read differently by the next server.
 *
 *     bytes → http1 (lines) → http1_framing (how long is the body, does the connection live on)
 *
 * The reader is resumable at any byte and keeps the head in one buffer of its own, so that names
 * and values are spans into it until the next reset.
 */
#ifndef WIRE_HTTP1_H
#define WIRE_HTTP1_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
	HTTP1_TARGET_MAX = 8192,     /* bytes; RFC 9112, section 3 asks for at least 8,000 */
	HTTP1_CONNECTION_MAX = 1024, /* bytes of all Connection fields; usual are 10 to 40 */
};

enum http1_kind {
	HTTP1_REQUEST,
	HTTP1_RESPONSE,
	HTTP1_TRAILERS, /* field lines alone, behind a chunked body */
};

struct http1_limits {
	size_t bytes; /* of the whole head, line ends included */
	size_t lines;
};

struct http1_field {
	struct span name;
	struct span value; /* without blanks around it; may hold bytes 80–FF */
};

enum http1_body {
	HTTP1_BODY_NONE,
	HTTP1_BODY_LENGTH, /* content_length bytes, at least 1 */
	HTTP1_BODY_CHUNKED,
	HTTP1_BODY_UNTIL_CLOSE, /* responses only */
};

struct http1_head {
	int version_minor;  /* 0 or 1 */
	struct span method; /* requests; any token */
	struct span target; /* requests; as sent, never empty */
	struct span path;   /* of the target, without its query; "*" for that; never empty */
	struct span query;  /* of the target, with its '?'; or empty */
	int status;         /* responses; 100–599 */
	struct span reason;
	const struct http1_field *fields;
	size_t field_count;

	enum http1_body body;
	uint64_t content_length;
	bool is_last;          /* the connection ends with this message */
	bool expects_continue; /* Expect: 100-continue */
};

struct http1 {
	struct http1_head head; /* complete once http1_feed() has returned 1 */
	/* private */
	enum http1_kind kind;
	struct http1_limits limits;
	struct buf bytes;
	struct http1_field *fields;
	size_t field_capacity;
	size_t *ends; /* end of each line in bytes */
	size_t line_count;
	size_t line_capacity;
	bool has_skipped; /* the one empty line that may precede a request */
};

void http1_init(struct http1 *http1, enum http1_kind kind, const struct http1_limits *limits);
void http1_deinit(struct http1 *http1);

/* For the next message; keeps the memory unless much of it has gathered. */
void http1_reset(struct http1 *http1);

/* Uses up the front of *in, up to and including the empty line. Returns 1 when the head is
 * complete, 0 when more is wanted, -1 when it is refused; the kind of the error says which status
 * answers it. For responses all refusals are ERR_UPSTREAM. */
int http1_feed(struct http1 *http1, struct span *in, struct err *err)
	__attribute__((warn_unused_result));

/* True from the first byte of a head until the next reset. */
bool http1_is_inside(const struct http1 *http1);

/* The value of the first field of that name (in any case); false when there is none. */
bool http1_find(const struct http1_head *head, const char *name, struct span *ret_value);

/* True when the field may be passed on: not hop-by-hop (RFC 9110, section 7.6.1), not named in
 * Connection, and not like Transfer-Encoding or Content-Length, in that only bytes that are no
 * letters differ: some servers read Transfer_Encoding so. Content-Length, Transfer-Encoding,
 * Trailer and Expect are the sender's own and so never pass; Host passes. */
bool http1_may_pass(const struct http1_head *head, struct span name);

/* Writes the field's line. */
void http1_write_field(struct buf *out, const struct http1_field *field);

/* RFC 9110's token: a method or a field's name. */
bool http1_is_token(struct span s);

/* RFC 9110's Host, a name or an address and perhaps a port; not empty. */
bool http1_is_host(struct span s);

/* Used by http1_feed(): fills in body, content_length, is_last and expects_continue from the
 * fields, refusing every framing that could be read in two ways (RFC 9112, section 6). */
int http1_frame_request(struct http1_head *head, struct err *err)
	__attribute__((warn_unused_result));
int http1_frame_response(struct http1_head *head, struct err *err)
	__attribute__((warn_unused_result));

/* Likewise refuses trailers that, as headers, would decide how the message is read. */
int http1_check_trailers(const struct http1_head *head, struct err *err)
	__attribute__((warn_unused_result));

#endif
