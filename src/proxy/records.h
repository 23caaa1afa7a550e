/* records: the last exchanges that were recorded, in memory, for the debug API. Shared by all
 * workers; any thread may use it.
 *
 *     tap ─ records_add ─→ ring: the oldest go when there are too many, or too many bytes
 *                            └─ a thread settles them, so that what two share is held once
 */
#ifndef PROXY_RECORDS_H
#define PROXY_RECORDS_H

#include "io/record.h"

enum { RECORDS_MAX = 10000, RECORDS_DEFAULT = 1000, RECORDS_BYTES_MAX = 268435456 };

struct records;

struct records_item {
	uint64_t id;       /* from 1, rising in the order of the list, never used again */
	uint64_t exchange; /* that of the client's record that belongs to it */
	struct record *record;
};

struct records_state {
	bool is_enabled;
	size_t max;
	size_t count;
	uint64_t last;  /* the newest one's id so far; 0: there was none */
	uint64_t bytes; /* of all of them, what they share counted once */
	uint64_t bytes_max;
};

/* Disabled. The parts are those of all records of the process. */
struct records *records_new(struct parts *parts, uint64_t bytes_max)
	__attribute__((warn_unused_result));
void records_free(struct records *records); /* takes NULL */

bool records_is_enabled(const struct records *records);
void records_state(struct records *records, struct records_state *ret_state);

/* From now on somebody records or not; what is there stays. Loads a library: nothing for a loop
 * either. -1 (ERR_BUSY): what is needed for it is missing. */
int records_enable(struct records *records, bool is_enabled, struct err *err)
	__attribute__((warn_unused_result));

/* 1 to RECORDS_MAX; the oldest of more go at once. */
void records_set_max(struct records *records, size_t max);
void records_clear(struct records *records);

/* All records of one exchange, the client's first. Takes references of its own. */
void records_add(struct records *records, struct record *const *list, size_t count);

/* The first record with an id above `after`, settled, with a reference; false when there is none.
 * Hashes what was not hashed yet, and so is nothing for a loop. */
bool records_next(struct records *records, uint64_t after, struct records_item *ret_item)
	__attribute__((warn_unused_result));

#endif
