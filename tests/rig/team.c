#include "rig/team.h"

#include <check.h>

void team_init(struct team *team, size_t count)
{
	ck_assert_uint_le(count, TEAM_MAX);
	*team = (struct team){.log = {.level = LOG_ERROR, .fd = -1}};
	clock_fake_init(&team->clock);
	team->shared.log = &team->log;
	team->shared.clients_max = UINT64_MAX;
	for (size_t i = 0; i < count; i++)
		team->loops[i] = loop_new(&team->clock.clock);
	crew_init(&team->crew, &team->shared, team->loops, count);
}

void team_deinit(struct team *team)
{
	crew_deinit(&team->crew);
	ck_assert_uint_eq(atomic_load(&team->shared.rounds), 0);
	ck_assert_uint_eq(atomic_load(&team->shared.connections), 0);
	ck_assert_uint_eq(atomic_load(&team->shared.refused), 0);
	for (size_t i = 0; i < team->shared.worker_count; i++)
		loop_free(team->loops[i]);
}

void team_turn(struct team *team)
{
	for (size_t i = 0; i < team->shared.worker_count; i++)
		loop_turn(team->loops[i], 0);
}

void team_replace(struct team *team)
{
	crew_deinit(&team->crew);
	crew_init(&team->crew, &team->shared, team->loops, team->shared.worker_count);
}
