/* record_body: the bytes of a settled record's request or answer, one after the other, wherever
 * they lie. */
#ifndef PROXY_RECORD_BODY_H
#define PROXY_RECORD_BODY_H

#include "base/buf.h"
#include "io/record.h"

struct record_body {
	const struct record *record;
	bool is_answer;
	uint64_t length; /* of all of it */
	/* private */
	size_t piece; /* of a request: the one that is next, */
	size_t slice; /* the slice in it, */
	uint64_t at;  /* and so many bytes of that are behind; of an answer the position */
};

/* The record outlives it. */
struct record_body record_body_of(const struct record *record, bool is_answer);

/* Passes over as many bytes. */
void record_body_skip(struct record_body *body, uint64_t n);

/* Copies the next ones, n or as many as there are. Returns their number. */
size_t record_body_read(struct record_body *body, char *into, size_t n);

/* Adds all that are left. */
void record_body_rest(struct record_body *body, struct buf *out);

#endif
