/* names: small numbers for names, by which what happens to their bearers is counted. A name keeps
 * its number for ever, since what was counted stays counted; so there is a limit, beyond which new
 * names share one. */
#ifndef DOMAIN_NAMES_H
#define DOMAIN_NAMES_H

#include "base/arena.h"

enum { NAMES_MAX = 1024, NAMES_BYTES_MAX = 262144 };

/* Have these names, which anybody else may bear, too. */
enum {
	NAMES_NONE,  /* "none": there is no bearer */
	NAMES_OTHER, /* "other": those beyond the limit */
};

struct names {
	struct arena arena;
	struct span list[NAMES_MAX];
	size_t count;
	size_t bytes; /* of all of them */
};

void names_init(struct names *names);
void names_deinit(struct names *names);

/* Below NAMES_MAX; the same for the same name. */
unsigned names_number(struct names *names, struct span name);

#endif
