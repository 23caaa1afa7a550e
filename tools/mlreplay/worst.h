/* worst: the worst exchanges of a run, of any length, as they will be shown. */
#ifndef MLREPLAY_WORST_H
#define MLREPLAY_WORST_H

#include "mlreplay/outcome.h"

enum { WORST_MAX = 20 };

/* The later the worse; of the same the one with more findings, then the earlier one. */
enum worst_weight {
	WORST_SAME, /* never among them */
	WORST_SKIPPED,
	WORST_WARN,
	WORST_UNSTABLE,
	WORST_FAIL,
	WORST_ERROR,
};

struct worst_item {
	enum worst_weight weight;
	size_t findings;
	struct buf text;
};

struct worst {
	size_t max;                         /* of them are kept, WORST_MAX at the most */
	struct worst_item items[WORST_MAX]; /* the worst first */
	size_t count;
	uint64_t told; /* that were not the same, kept or not */
};

void worst_deinit(struct worst *worst);

enum worst_weight worst_weigh(const struct outcome *outcome);

/* "fail", "unstable", …: what is said of it in a word. */
const char *worst_word(const struct outcome *outcome);

/* Where its text goes, which is empty; valid until the next one. NULL: it is not among the worst.
 */
struct buf *worst_add(struct worst *worst, const struct outcome *outcome);

#endif
