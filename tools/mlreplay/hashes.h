/* hashes: what was seen, by its hash, to say in the end how much of it is different. */
#ifndef MLREPLAY_HASHES_H
#define MLREPLAY_HASHES_H

#include "base/span.h"

enum { HASHES_BYTES = 16, HASHES_FIRST = 256 /* that there is room for at first */ };

/* The front of a SHA-256, which is enough to tell thousands of millions apart. */
struct hashes_hash {
	unsigned char bytes[HASHES_BYTES];
};

struct hashes_item {
	struct hashes_hash hash;
	uint64_t bytes; /* of what has it */
};

struct hashes {
	struct hashes_item *all; /* owned */
	size_t count;
	size_t capacity;
};

/* Of 64 digits. */
struct hashes_hash hashes_read(struct span sha256);
int hashes_compare(const struct hashes_hash *a, const struct hashes_hash *b); /* as memcmp() */

/* Takes room for those that differ, and no more than four times as many. */
void hashes_add(struct hashes *hashes, struct hashes_hash hash, uint64_t bytes);

/* Keeps one of those that are equal; what they have together is the sum. */
uint64_t hashes_keep_different(struct hashes *hashes);
void hashes_deinit(struct hashes *hashes); /* takes a zeroed one */

#endif
