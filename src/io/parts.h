/* parts: the parts of recorded bodies, held once however many records have them: one picture comes
 * for search, for faces and for texts in turn. Any thread may use it. */
#ifndef IO_PARTS_H
#define IO_PARTS_H

#include "base/chain.h"
#include "io/digest.h"

struct parts;

/* Bytes that do not change. */
struct part {
	char sha256[DIGEST_HEX + 1];
	uint64_t length;
	struct slice *slices;
	size_t slice_count;
};

struct parts *parts_new(void) __attribute__((warn_unused_result));
void parts_free(struct parts *parts); /* nobody has one any more */

/* The part with the bytes from position on: one that is there, or a new one that shares the chain's
 * slices. With a reference. */
struct part *parts_take(struct parts *parts, const struct chain *chain, uint64_t position,
	uint64_t length) __attribute__((warn_unused_result));
void parts_give(struct parts *parts, struct part *part);

/* Bytes of all that are held. */
uint64_t parts_bytes(const struct parts *parts);

#endif
