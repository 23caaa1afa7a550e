/* parts: the parts of recorded bodies, held once however many records have them: one picture comes
 * for search, for faces and for texts in turn. Any thread may use it.
 *
 * A part that came before is known again by its bytes, compared as they are, which takes a tenth of
 * the time that hashing them does.
 */
#ifndef IO_PARTS_H
#define IO_PARTS_H

#include "base/chain.h"
#include "base/list.h"
#include "io/digest.h"

struct parts;

/* Bytes that do not change. */
struct part {
	char sha256[DIGEST_HEX + 1];
	uint64_t length;
	struct slice *slices;
	size_t slice_count;
	/* private */
	uint64_t mark; /* equal parts have equal ones */
	size_t refs;
	struct part *next; /* of those with marks alike */
	struct list rest;
};

struct parts *parts_new(void) __attribute__((warn_unused_result));
void parts_free(struct parts *parts); /* nobody has one any more; takes NULL */

/* What nobody has any more stays, up to so many bytes, until others took its place, so that who
 * comes next need not be hashed anew. At first nothing does. */
void parts_set_rest(struct parts *parts, uint64_t max_bytes);

/* The part with the bytes from position on, at least one: one that is there, or a new one that
 * shares the chain's slices. With a reference. After digest_load(). */
struct part *parts_take(struct parts *parts, const struct chain *chain, uint64_t position,
	uint64_t length) __attribute__((warn_unused_result));
void parts_give(struct parts *parts, struct part *part);

/* Bytes of all that somebody has. */
uint64_t parts_bytes(const struct parts *parts);

#endif
