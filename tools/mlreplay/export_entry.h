/* export_entry: an entry with its bodies in memory, as it goes to who has no blobs beside it. What
 * is too long for that is left out, and said to be. */
#ifndef MLREPLAY_EXPORT_ENTRY_H
#define MLREPLAY_EXPORT_ENTRY_H

#include "mlreplay/export_file.h"

struct export_entry {
	struct har_entry entry; /* points into the walk, and to the bodies here */
	struct buf request;     /* its body; empty also when it lacks one */
	struct buf answer;
	struct har_piece nothing; /* what a request is made of that lacks its body */
};

/* Reads what the walk is at: bodies of at most so many bytes of the request, and HAR_ANSWER_MAX of
 * the answer. -1 (ERR_INVALID) when the capture is broken: `FILE:LINE: byte N: why`. One that was
 * read stays where it is. */
int export_entry_read(const struct walk *walk, uint64_t request_max, struct export_entry *ret_entry,
	struct err *err) __attribute__((warn_unused_result));

/* Counts it among what was exported, as it is now. */
void export_entry_count(const struct export_entry *entry, struct export_sums *sums);

/* Leaves the request's body out after all. */
void export_entry_drop_request(struct export_entry *entry);

void export_entry_deinit(struct export_entry *entry); /* takes a zeroed one */

#endif
