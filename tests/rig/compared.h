/* compared: what a comparator finds, as text for tables. */
#ifndef RIG_COMPARED_H
#define RIG_COMPARED_H

#include "base/buf.h"
#include "domain/compare.h"

typedef void compared_fn(
	struct compare *compare, struct span path, struct span before, struct span after);

struct compared {
	compared_fn *compare;
	const char *task; /* the path, too */
	const char *before;
	const char *after;
	double min_score;
	double min_box_score;
	const char *profile; /* NULL: the default one */
};

/* Runs it and adds `LEVEL KIND PATH; ` for each finding, with ` borderline` behind the path where
 * it is. The JSON must be some. The arena gets all of ret_findings. */
void compared_run(const struct compared *compared, struct arena *arena,
	struct findings *ret_findings, struct buf *log);

/* The same for a table: fails the running test unless the log is that. */
void compared_expect(const struct compared *compared, const char *wanted);

/* Adds findings so. */
void compared_log(const struct findings *findings, struct buf *log);

#endif
