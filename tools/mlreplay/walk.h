/* walk: through a capture, an entry at a time, for commands that look at all of it. */
#ifndef MLREPLAY_WALK_H
#define MLREPLAY_WALK_H

#include "io/capture_question.h"
#include "mlreplay/command.h"
#include "mlreplay/hashes.h"

struct walk {
	struct capture_reader *reader;
	struct arena arena; /* has the entry at hand, until the next step */
	struct har_entry entry;
	struct span entries; /* what it asks for, as capture_question_entries() */
};

/* COMMAND_SAME, or how the command ends: COMMAND_USAGE when there is no such capture,
 * COMMAND_CORRUPT when it is a zip that is broken. */
enum command_end walk_begin(struct walk *ret_walk, const char *path, struct err *err);
void walk_end(struct walk *walk); /* takes a zeroed one; says what the next two do */

/* Says on stderr that the last line was left out, if the reader has met one that is not whole. */
void walk_tell_cut(const struct capture_reader *reader);

/* Says on stderr how many entries were removed since the capture was opened, if any. */
void walk_tell_removed(const struct capture_reader *reader);

/* 1; 0 at the end; -1 (ERR_INVALID) when the capture is broken: `FILE:LINE: byte N: why`. */
int walk_next(struct walk *walk, struct err *err) __attribute__((warn_unused_result));

/* Puts the entry's place in front of what is wrong with it, as above. -1. */
int walk_fail(const struct walk *walk, struct err *err);

/* What tells the entry's question from others, be it ours or of a HAR file that has no hashes.
 * Gives its parts those that they lack. */
struct hashes_hash walk_key(struct walk *walk);

#endif
