/* compare_pairs: what comparing faces and comparing lines of text have in common: which is which,
 * where it is, how sure it is, and what to think of those that are on one side only.
 */
#ifndef DOMAIN_COMPARE_PAIRS_H
#define DOMAIN_COMPARE_PAIRS_H

#include <math.h>

#include "base/err.h"
#include "domain/box.h"
#include "domain/compare.h"

/* The things of one answer. Of two that lie as well, what has the same mark is taken for the same:
 * a face's vector, a line's text. */
struct compare_pairs_side {
	const struct box *boxes;
	const struct span *marks;
	size_t count;
};

/* Gives each thing of before the one of after that it is, or ASSIGN_NONE. */
void compare_pairs_find(const struct compare *compare, const struct compare_pairs_side *before,
	const struct compare_pairs_side *after, int *ret_partners);

/* With nothing in it but what and where. */
struct findings_item compare_pairs_item(
	const struct compare *compare, enum findings_kind kind, struct span path);

struct span compare_pairs_path(const struct compare *compare, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct span compare_pairs_show_box(const struct compare *compare, const struct box *box);

/* Whether it is above the limit, beyond what decimal fractions lose when they are read. */
bool compare_pairs_over(double value, double limit);

/* Whether a score is within the margin of the least that was asked for; not when that is unknown.
 */
bool compare_pairs_about(double score, double min_score, double margin);

/* The rest adds the item, with what they find, when there is something to be said. */
void compare_pairs_box(struct compare *compare, struct findings_item *item,
	const struct box *before, const struct box *after);
void compare_pairs_score(
	struct compare *compare, struct findings_item *item, double before, double after);

/* Of what is on one side only. */
void compare_pairs_lone(
	struct compare *compare, struct findings_item *item, double score, bool is_borderline);

/* Of two values of which one cannot be read, or neither: `why_before` and `why_after` are NULL, or
 * say why not. */
struct compare_pairs_unread {
	struct span path;
	struct span before;
	struct span after;
	const struct err *why_before;
	const struct err *why_after;
};

void compare_pairs_refuse(struct compare *compare, const struct compare_pairs_unread *unread);

/* Of what detection alone gives on one side, and the whole task on the other. */
void compare_pairs_refuse_shapes(struct compare *compare, struct span path, bool was_detection);

#endif
