/* asked: what a captured request asks for: the text of its `entries`. */
#ifndef MLREPLAY_ASKED_H
#define MLREPLAY_ASKED_H

#include "io/capture_reader.h"

enum { ASKED_ENTRIES_MAX = 1048576 }; /* bytes; one with more asks for nothing that can be read */

/* Lies in the entry or in the arena; empty where there is none. -1 (ERR_INVALID) when a blob of the
 * capture cannot be read. */
int asked_entries(const struct capture_reader *reader, const struct har_entry *entry,
	struct arena *arena, struct span *ret_entries, struct err *err)
	__attribute__((warn_unused_result));

#endif
