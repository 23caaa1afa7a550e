/* multipart: a resumable reader of multipart/form-data (RFC 7578, RFC 2046 section 5.1).
 *
 * It is pulled: the caller hands over what has arrived and asks for events until the reader wants
 * more. It never copies a payload: data events point into the caller's bytes (or, for the few bytes
 * that looked like a delimiter at the end of one feed and turned out not to be one, into the
 * reader's own delimiter). The events are the same at any split, except that data may come in other
 * pieces.
 *
 *     feed:  preamble --B CRLF head CRLF CRLF data CRLF --B … CRLF --B-- epilogue
 *     event:                              PART DATA… PART_END       END
 */
#ifndef WIRE_MULTIPART_H
#define WIRE_MULTIPART_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum { MULTIPART_BOUNDARY_MAX = 70 }; /* bytes; RFC 2046 */

struct multipart_limits {
	size_t parts;           /* of one body */
	size_t part_head_bytes; /* header lines of one part, with their line ends */
};

enum multipart_event {
	MULTIPART_MORE,     /* all that was handed over is used up */
	MULTIPART_PART,     /* a part's head is complete: see part */
	MULTIPART_DATA,     /* bytes of its content: see data */
	MULTIPART_PART_END, /* its content is complete */
	MULTIPART_END,      /* the closing delimiter; what follows is epilogue and skipped */
};

/* Valid until the next MULTIPART_PART. */
struct multipart_part {
	bool has_name;
	bool has_file_name;       /* an empty one too */
	struct span name;         /* still escaped: compare with mediatype_value_is() */
	struct span file_name;    /* still escaped */
	struct span content_type; /* empty when there is none */
	struct span head;         /* the raw header lines */
};

struct multipart {
	struct multipart_limits limits;
	struct multipart_part part;
	struct span data;
	uint64_t position; /* in the body: of the event's first byte; for PART_END, behind the last
	                      byte of the content */
	bool has_preamble; /* anything before the first delimiter */
	bool is_complete;  /* END has been seen */
	size_t parts;      /* begun so far */
	/* private */
	int state;
	uint64_t consumed;
	size_t matched;
	size_t delimiter_n;
	char delimiter[4 + MULTIPART_BOUNDARY_MAX];
	struct buf head;
};

/* The boundary is taken over. -1 (ERR_SYNTAX) when it is empty, too long, or holds bytes that no
 * boundary may hold; the texts are the service's own details where it has one. */
int multipart_init(struct multipart *multipart, struct span boundary,
    const struct multipart_limits *limits, struct err *err) __attribute__((warn_unused_result));
void multipart_deinit(struct multipart *multipart);

/* Uses up the front of *in and returns the next enum multipart_event, or -1: ERR_SYNTAX for broken
 * multipart, ERR_TOO_LARGE for a limit. Refused besides: two Content-Disposition lines in a part,
 * two `name` parameters, `name*` (RFC 7578 forbids it, the service would decode it), a bare LF
 * where a line ends, and anything but blanks between a delimiter and its line end. */
int multipart_next(struct multipart *multipart, struct span *in, struct err *err)
    __attribute__((warn_unused_result));

#endif
