/* har_entries: cuts the entries out of a HAR file that comes in pieces, whoever wrote it and
 * however it is laid out, so that one entry at a time is in memory. Resumable at any byte. */
#ifndef WIRE_HAR_ENTRIES_H
#define WIRE_HAR_ENTRIES_H

#include "base/buf.h"
#include "wire/json.h"

enum { HAR_ENTRIES_KEY_MAX = 8 };

/* A place in the file. */
struct har_place {
	uint64_t line; /* from 1 */
	uint64_t byte; /* of the file, from 0 */
};

struct har_entries {
	struct har_place begin; /* of the last entry */
	struct har_place next;  /* of the next byte; after a failure, of what is wrong */
	/* private */
	struct json_check check;
	struct buf entry; /* what there is of one */
	bool is_in_entry;
	bool is_in_string;
	bool is_escaped;
	bool is_found;  /* log.entries is */
	unsigned depth; /* levels that are open */
	unsigned path;  /* how many of them lead to the entries: the file, its log, its entries */
	char key[HAR_ENTRIES_KEY_MAX]; /* the last string on the path; what is longer is cut */
	size_t key_length;
};

void har_entries_init(struct har_entries *entries);
void har_entries_deinit(struct har_entries *entries);

/* Uses up the front of *in. 1: *ret_entry is the next one, which has passed json_check as an object
 * and is there until the next call; 0: all was used up. -1: ERR_INVALID or ERR_TOO_LARGE; after
 * that it is of no more use. */
int har_entries_next(struct har_entries *entries, struct span *in, struct span *ret_entry,
	struct err *err) __attribute__((warn_unused_result));

/* The file ends here. -1 (ERR_INVALID) when it is not whole, or no HAR. */
int har_entries_end(struct har_entries *entries, struct err *err)
	__attribute__((warn_unused_result));

#endif
