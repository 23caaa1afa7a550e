/* framer: puts a head and then a source on the wire, by length or chunked, as far as the peer takes
 * it. It remembers how far it is, so that it goes on wherever a write has stopped. */
#ifndef IO_FRAMER_H
#define IO_FRAMER_H

#include "base/buf.h"
#include "io/source.h"
#include "io/transport.h"
#include "wire/chunked.h"

enum framer_result {
	FRAMER_SENT,    /* all of it, to its end */
	FRAMER_STARVED, /* the source has no more for now */
	FRAMER_BLOCKED, /* the peer takes no more for now */
	FRAMER_BROKEN,
};

struct framer {
	struct span head;      /* not owned */
	struct source *source; /* NULL: no body */
	uint64_t position;     /* of the body: what was taken by the kernel */
	uint64_t sent;         /* bytes on the wire, head and framing included */
	/* private */
	size_t head_sent;
	char line[CHUNKED_FRAME_MAX + 8]; /* framing to be sent before the next data */
	size_t line_n;
	size_t line_sent;
	size_t chunk_left; /* data of the chunk whose line was sent */
	bool has_chunk;    /* a chunk was begun, so that its CRLF is due */
	bool has_ended;    /* the last line was made */
};

void framer_init(struct framer *framer, struct span head, struct source *source);

/* Sends until one of the results holds, or for a while (then FRAMER_BLOCKED, as if the peer were
 * slow, so that others have their turn). */
enum framer_result framer_send(struct framer *framer, struct transport *transport)
	__attribute__((warn_unused_result));

#endif
