/* tally: counters that come into being with their first count: each for a key, a number in which
 * its owner has packed what is counted. Few of the possible keys ever come, and however many do,
 * there is a limit: then what is new is counted as TALLY_OTHER. */
#ifndef DOMAIN_TALLY_H
#define DOMAIN_TALLY_H

#include <stddef.h>
#include <stdint.h>

#define TALLY_OTHER UINT64_MAX

struct tally_row {
	uint64_t key;
	uint64_t count; /* 0: the row is free */
};

struct tally {
	struct tally_row *rows; /* hashed; a power of 2 of them, at least half free; NULL while empty */
	size_t capacity;
	size_t used;
	size_t max; /* keys; TALLY_OTHER may be one more */
};

void tally_init(struct tally *tally, size_t max);
void tally_deinit(struct tally *tally);

/* n > 0. Takes memory only for what is new. */
void tally_count(struct tally *tally, uint64_t key, uint64_t n);

/* Adds all that the other has counted. */
void tally_add(struct tally *tally, const struct tally *other);

/* The rows in the order of their keys, *ret_count of them, for mem_free(). */
struct tally_row *tally_sorted(const struct tally *tally, size_t *ret_count)
	__attribute__((warn_unused_result));

#endif
