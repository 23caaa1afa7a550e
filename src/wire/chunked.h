/* chunked: a resumable reader of the chunked transfer coding (RFC 9112, section 7.1).
 *
 * It is pulled and copies nothing: data points into the caller's bytes. Chunk extensions are
 * skipped, trailers are checked as headers are and dropped.
 */
#ifndef WIRE_CHUNKED_H
#define WIRE_CHUNKED_H

#include "wire/http1.h"

enum {
	CHUNKED_LINE_MAX = 4096,     /* bytes of a chunk-size line with its extensions */
	CHUNKED_TRAILER_MAX = 16384, /* bytes of all trailers */
	CHUNKED_TRAILER_LINES = 64,
	CHUNKED_FRAME_MAX = 20, /* bytes of a chunk-size line as chunked_write_size() makes it */
};

enum chunked_event {
	CHUNKED_MORE, /* all that was handed over is used up */
	CHUNKED_DATA, /* ret_data is set */
	CHUNKED_END,  /* the body is complete; what follows belongs to the next message */
};

struct chunked {
	/* private */
	int state;
	uint64_t left;     /* of the chunk's data */
	size_t line_bytes; /* of the chunk-size line so far */
	bool has_digits;
	struct http1 trailers;
};

void chunked_init(struct chunked *chunked);
void chunked_deinit(struct chunked *chunked);

/* Uses up the front of *in and returns the next enum chunked_event, or -1 (ERR_SYNTAX,
 * ERR_HEAD_TOO_LARGE). */
int chunked_next(struct chunked *chunked, struct span *in, struct span *ret_data, struct err *err)
	__attribute__((warn_unused_result));

/* Writes the line that goes before n bytes of data; behind the data goes CRLF. With that behind it,
 * the line for none ends the body. Returns the line's length. */
size_t chunked_write_size(char ret_line[CHUNKED_FRAME_MAX], size_t n);

#endif
