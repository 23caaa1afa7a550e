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
 *
 * What is content and what a delimiter is the service's reading; where RFC 2046 would see a
 * delimiter and the service none, the body is refused.
 */
#ifndef WIRE_MULTIPART_H
#define WIRE_MULTIPART_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum { MULTIPART_BOUNDARY_MAX = 70 }; /* bytes; RFC 2046 */

struct multipart_limits {
	size_t parts;           /* of one body */
	size_t part_head_bytes; /* header lines of one part and the empty line, with their line ends */
};

enum multipart_event {
	MULTIPART_MORE,     /* all that was handed over is used up */
	MULTIPART_PART,     /* a part's head is complete: see part */
	MULTIPART_DATA,     /* bytes of its content: see data */
	MULTIPART_PART_END, /* its content is complete */
	MULTIPART_END,      /* the closing delimiter; what follows is epilogue and skipped */
};

/* Valid until the next call, for it may lie in the bytes that were handed over. Names are as
 * mediatype_find() gives them. */
struct multipart_part {
	bool has_name;
	bool has_file_name; /* an empty one too, and `filename*` */
	struct span name;
	struct span file_name;
	struct span content_type; /* empty when there is none */
	struct span head;         /* the raw header lines */
};

struct multipart {
	struct multipart_limits limits;
	struct multipart_part part;
	struct span data;
	uint64_t position; /* in the body: where the content begins (PART), where data begins (DATA),
						  behind the content (PART_END), behind the closing delimiter (END) */
	bool has_preamble; /* anything before the first delimiter but line ends, which the service
						  skips */
	/* private */
	int state;
	size_t parts; /* begun so far */
	uint64_t consumed;
	size_t matched; /* bytes of the delimiter at the end of what was consumed */
	size_t delimiter_n;
	char delimiter[4 + MULTIPART_BOUNDARY_MAX];
	struct span head; /* of the part that begins, as far as it has come */
	struct buf torn;  /* where the head is when it did not come in one piece */
};

/* What the service says of all that is no multipart. */
static inline int multipart_broken(struct err *err)
{
	return err_set(err, ERR_SYNTAX, "There was an error parsing the body");
}

/* The boundary is taken over. -1 (ERR_SYNTAX, with the service's detail) when it is empty, too
 * long, or holds anything but ASCII characters and blanks, or a '"' or '\', which its header would
 * have to escape. */
int multipart_init(struct multipart *multipart, struct span boundary,
	const struct multipart_limits *limits, struct err *err) __attribute__((warn_unused_result));
void multipart_deinit(struct multipart *multipart);

/* Uses up the front of *in and returns the next enum multipart_event, or -1: ERR_SYNTAX, with the
 * service's detail, for broken multipart, ERR_TOO_LARGE for a limit. After a failure the reader is
 * of no more use. Refused besides what the service refuses: two Content-Disposition lines in a
 * part, a `name` that mediatype_find() finds doubtful, a bare LF where a line ends, and anything,
 * blanks too, between a delimiter and its line end: RFC 2046 sees a delimiter there, the service
 * content. */
int multipart_next(struct multipart *multipart, struct span *in, struct err *err)
	__attribute__((warn_unused_result));

#endif
