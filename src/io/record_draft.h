/* record_draft: a record on its way into a capture: its entry, which may yet change, while the
 * record is also others' and stays as it is. Of one thread.
 */
#ifndef IO_RECORD_DRAFT_H
#define IO_RECORD_DRAFT_H

#include "io/record.h"

struct record_draft {
	struct har_entry entry;    /* what it points to lives as long as the draft */
	const struct part **parts; /* one for each piece of the request; NULL: it is literal */
	const struct part *answer; /* the answer's body; NULL: it is in the entry */
	bool is_whole_form;        /* as the record's, */
	struct span boundary;      /* and this */
	struct arena arena;
	/* private */
	struct parts *shared;
	struct part **taken; /* references of its own */
	size_t taken_count;
	size_t taken_capacity;
};

/* Of a settled record, which outlives it, as do the parts. The answer's body is in its entry, or a
 * part where it is too long for a line. */
void record_draft_init(
	struct record_draft *draft, const struct record *record, struct parts *parts);
void record_draft_deinit(struct record_draft *draft);

/* As parts_take(); it lives as long as the draft. */
const struct part *record_draft_take(
	struct record_draft *draft, const struct chain *chain, uint64_t position, uint64_t length);

#endif
