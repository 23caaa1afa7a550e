/* edits: how far one text is from another: the characters (code points) that must be changed, left
 * out or put in to make it the other, at the least (Levenshtein).
 */
#ifndef DOMAIN_EDITS_H
#define DOMAIN_EDITS_H

#include "base/span.h"

/* What two texts differ in is looked at closely up to this product of its lengths: longer than
 * lines of text are, and a millisecond at the most. */
enum { EDITS_STEPS_MAX = 1 << 18 };

struct edits {
	size_t characters; /* of the first text */
	size_t count;      /* where the texts are too long to tell: as if nothing were alike */
};

/* What is no UTF-8 counts as some characters or other. */
struct edits edits_between(struct span before, struct span after);

#endif
