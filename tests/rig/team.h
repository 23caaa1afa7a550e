/* team: a crew without listeners and backends, on loops that the test turns one by one, or in the
 * crew's threads: for what workers do with one another. */
#ifndef RIG_TEAM_H
#define RIG_TEAM_H

#include "proxy/crew.h"
#include "rig/clock_fake.h"

enum { TEAM_MAX = 8 };

struct team {
	struct clock_fake clock;
	struct log log;
	struct shared shared;
	struct loop *loops[TEAM_MAX];
	struct crew crew;
};

void team_init(struct team *team, size_t count);
void team_deinit(struct team *team);

/* Each loop once, in order; what is under way is further by one worker at least. */
void team_turn(struct team *team);

/* Ends the workers and makes new ones on the same loops. */
void team_replace(struct team *team);

#endif
