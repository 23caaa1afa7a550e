/* http1_head: what the head of a message says, once it has been read, and what may be said of its
 * fields (RFC 9110, sections 5 and 7). Spans point into the reader's buffer. */
#ifndef WIRE_HTTP1_HEAD_H
#define WIRE_HTTP1_HEAD_H

#include "base/buf.h"
#include "wire/http1_name.h"

enum { HTTP1_CONNECTION_MAX = 1024 }; /* bytes of all Connection fields; usual are 10 to 40 */

#define HTTP1_NAME_BIT(name) (UINT32_C(1) << (name))
_Static_assert(HTTP1_NAME_COUNT <= 32, "each name has its bit");

struct http1_field {
	struct span name;
	struct span value; /* without blanks around it; may hold bytes 80–FF */
	enum http1_name which;
	bool may_pass; /* by its name, and Connection does not name it */
	bool is_plain; /* the bytes from `name` on are what http1_write_field() would make of it */
};

enum http1_body {
	HTTP1_BODY_NONE,
	HTTP1_BODY_LENGTH, /* content_length bytes, at least 1 */
	HTTP1_BODY_CHUNKED,
	HTTP1_BODY_UNTIL_CLOSE, /* responses only */
};

struct http1_head {
	int version_minor;     /* 0 or 1 */
	struct span method;    /* requests; any token */
	struct span target;    /* requests; as sent, never empty */
	struct span authority; /* of the target, host and perhaps port; empty in the usual form */
	struct span path;      /* of the target, without its query; "*" for that; never empty */
	struct span query;     /* of the target, with its '?'; or empty */
	int status;            /* responses; 100–599 */
	struct span reason;
	struct http1_field *fields;
	size_t field_count;
	uint32_t names;   /* of which there is a field, a bit each */
	uint32_t doubled; /* of which there are several */

	enum http1_body body;
	uint64_t content_length;
	bool is_last;          /* the connection ends with this message */
	bool expects_continue; /* Expect: 100-continue */
};

/* The value of the first field of that name; false when there is none. */
bool http1_find(const struct http1_head *head, enum http1_name name, struct span *ret_value);

/* Writes the field's line. */
void http1_write_field(struct buf *out, const struct http1_field *field);

/* True when one of the lines, all of them whole, is of a field of that name (in any case). */
bool http1_lines_have(struct span lines, struct span name);

/* RFC 9110's token: a method or a field's name. */
bool http1_is_token(struct span s);

/* RFC 9110's Host, a name or an address and perhaps a port; not empty. */
bool http1_is_host(struct span s);

#endif
