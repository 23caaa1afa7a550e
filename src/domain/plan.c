#include "domain/plan.h"

static struct plan_group *find_group(
	struct plan *plan, struct route route, size_t task_count, struct arena *arena)
{
	struct plan_group *group;

	for (size_t i = 0; i < plan->group_count; i++)
		if (plan->groups[i].route.pool == route.pool)
			return &plan->groups[i];
	group = &plan->groups[plan->group_count++];
	group->route = route;
	group->wanted = arena_new(arena, task_count, sizeof *group->wanted);
	return group;
}

void plan_make_whole(struct plan *plan, struct route route, struct arena *arena)
{
	plan->groups = arena_new(arena, 1, sizeof *plan->groups);
	plan->group_count = 0;
	(void)find_group(plan, route, 0, arena);
}

void plan_make(struct plan *plan, const struct config *config, const struct entries *entries,
	enum route_payload payload, struct arena *arena)
{
	if (!entries->task_count) {
		plan_make_whole(plan, route_default(config), arena);
		return;
	}
	plan->groups = arena_new(arena, entries->task_count, sizeof *plan->groups);
	plan->group_count = 0;
	plan->payload = payload;
	for (size_t i = 0; i < entries->task_count; i++) {
		struct route route = route_task(config, &entries->tasks[i], payload);

		find_group(plan, route, entries->task_count, arena)->wanted[i] = true;
	}
}

bool plan_needs_payload(const struct config *config, const struct entries *entries)
{
	for (size_t i = 0; i < entries->task_count; i++)
		if (route_needs_payload(config, &entries->tasks[i]))
			return true;
	return false;
}
