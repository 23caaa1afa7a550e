/* capture_question: what a captured request asks: the text of its `entries`, and what tells its
 * question from others, for who looks for the same one elsewhere. */
#ifndef IO_CAPTURE_QUESTION_H
#define IO_CAPTURE_QUESTION_H

#include "io/capture_reader.h"
#include "io/digest.h"

enum {
	CAPTURE_QUESTION_ENTRIES_MAX = 1048576
}; /* bytes; one with more asks for nothing that can be read */

/* Lies in the entry or in the arena; empty where there is none. -1 (ERR_INVALID) when a blob of the
 * capture cannot be read. `reader` may be NULL for a body that is one literal. */
int capture_question_entries(const struct capture_reader *reader, const struct har_entry *entry,
	struct arena *arena, struct span *ret_entries, struct err *err)
	__attribute__((warn_unused_result));

/* Gives the body and its parts the hashes that they lack: others write a body as one literal, and
 * no hashes. They live in the arena. */
void capture_question_hash(struct har_request *request, struct arena *arena);

/* The hash of domain/replay_key's text, the hashes being there. After digest_load(). */
void capture_question_key(
	const struct har_request *request, struct span entries, char ret_hex[DIGEST_HEX]);

#endif
