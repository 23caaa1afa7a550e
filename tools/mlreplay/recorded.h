/* recorded: an entry's answer as it is compared, and how long it took. */
#ifndef MLREPLAY_RECORDED_H
#define MLREPLAY_RECORDED_H

#include "domain/compare.h"
#include "io/capture_reader.h"

/* Reads the answer, content codings undone, into the body, which has it then. 0; 1 (any kind) when
 * there is none to compare, or none that can be: why, and no more of it than its status; -1
 * (ERR_INVALID) when the capture is broken. */
int recorded_answer(const struct capture_reader *reader, const struct har_entry *entry,
	struct buf *body, struct compare_answer *ret_answer, struct err *err)
	__attribute__((warn_unused_result));

/* All that is known of it together; -1 when nothing is. */
int64_t recorded_ns(const struct har_times *times);

#endif
