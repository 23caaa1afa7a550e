/* assign: which of some things are which of some others, one to one, so that the weights of all
 * pairs come to the most: neither by index nor each to what is best for itself, which may be the
 * only one for another.
 */
#ifndef DOMAIN_ASSIGN_H
#define DOMAIN_ASSIGN_H

#include <stddef.h>

enum {
	ASSIGN_NONE = -1,
	ASSIGN_STEPS_MAX = 1 << 27, /* a fifth of a second; see assign_best() */
};

struct assign_weights {
	size_t rows; /* these and the columns: less than 2^31 */
	size_t columns;
	const double *all; /* row by row, finite; what is not above 0 is no pair */
};

/* Gives each row its column, or ASSIGN_NONE. Things that hang together by pairs are solved by
 * themselves, so that many things of which each is like a few others cost little. Only of a heap
 * of them that would take more than ASSIGN_STEPS_MAX (256 a side take an eighth of it) the pairs
 * are taken heaviest first, which is not always the most. */
void assign_best(const struct assign_weights *weights, int *ret_columns);

#endif
