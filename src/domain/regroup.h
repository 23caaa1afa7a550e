/* regroup: boxes of text that one detector sees as one and another as several: "EXIT 42", or "EXIT"
 * and "42".
 */
#ifndef DOMAIN_REGROUP_H
#define DOMAIN_REGROUP_H

#include "base/arena.h"
#include "domain/texts.h"

enum {
	REGROUP_PIECES_MAX = 16, /* of one whole; more are not recognised */
	REGROUP_NONE = -1,       /* as partner: there is none */
	REGROUP_TAKEN = -2,      /* it is in a group */
};

/* Wholes are looked for among the texts of one answer, their pieces in the other. */
struct regroup {
	const struct texts *wholes;
	const struct texts *pieces;
	int *of_wholes; /* of each the one it was paired with, or one of the above */
	int *of_pieces;
};

struct regroup_group {
	size_t whole;
	size_t pieces[REGROUP_PIECES_MAX]; /* as one reads them */
	size_t count;
	struct span text; /* of the pieces, with a space between them */
};

/* Finds the pieces of a whole: two or more that nothing else is paired with, most of each inside it
 * and none over another. If the whole has a partner, that must be one of them, and all together
 * must say more of what it says. They are taken then. False when it is no whole. */
bool regroup_take(struct regroup *regroup, size_t whole, struct arena *arena,
	struct regroup_group *ret_group) __attribute__((warn_unused_result));

#endif
