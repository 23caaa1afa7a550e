/* merge: one answer out of the answers of a split, each value as the bytes the backend sent. */
#ifndef DOMAIN_MERGE_H
#define DOMAIN_MERGE_H

#include "base/buf.h"
#include "base/err.h"
#include "domain/entries.h"

/* Of one answer, doubled ones included: as many tasks as a request may have, and as many again. */
enum { MERGE_MEMBERS_MAX = 2 * ENTRIES_TASKS_MAX };

struct merge_answer {
	struct span text;   /* a JSON object that has passed merge_check() */
	const bool *wanted; /* one for each task of the entries: those this backend was asked for */
};

/* Judges one answer, a JSON object that has passed json_check: -1 (ERR_UPSTREAM) when it lacks a
 * task it was asked for or has too many members. A task without types may be lacking, since the
 * service does not answer it. */
int merge_check(const struct entries *entries, const struct merge_answer *answer, struct err *err)
	__attribute__((warn_unused_result));

/* Writes one object: the tasks in the order asked for, each from the answer it was asked of, then
 * imageHeight and imageWidth (of the first answer that has them), then any other key, the first
 * answer's winning. Of doubled keys in one answer the last counts. A key that names a task which
 * another backend was asked for is left out. */
void merge_answers(const struct entries *entries, const struct merge_answer *answers, size_t count,
	struct buf *out);

#endif
