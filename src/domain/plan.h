/* plan: which tasks of a request go where together. Decided by its entries, the name of its payload
 * and the configuration; nobody is picked yet. */
#ifndef DOMAIN_PLAN_H
#define DOMAIN_PLAN_H

#include "base/arena.h"
#include "domain/config.h"
#include "domain/entries.h"
#include "domain/route.h"

/* The tasks that go to one pool in one request. */
struct plan_group {
	struct route route; /* of its first task; its pool is everybody's */
	bool *wanted;       /* one for each task of the entries */
};

struct plan {
	struct plan_group *groups;  /* in the order of their first tasks; none while it is not made */
	size_t group_count;         /* 1: the body passes byte for byte */
	enum route_payload payload; /* by which it was made */
};

/* Each task by its route; without tasks, all of it to the default pool. */
void plan_make(struct plan *plan, const struct config *config, const struct entries *entries,
	enum route_payload payload, struct arena *arena);

/* One group that goes where the route leads, whatever is asked for. */
void plan_make_whole(struct plan *plan, struct route route, struct arena *arena);

/* True when knowing the payload could change the plan. */
bool plan_needs_payload(const struct config *config, const struct entries *entries);

#endif
