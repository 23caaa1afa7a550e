/* Rounds over workers whose loops the test turns by hand, and over workers in threads. */
#include "proxy/round.h"

#include <pthread.h>

#include "base/mem.h"
#include "rig/suite.h"
#include "rig/team.h"

enum { WORKERS = 3, TRIPS = 2 * WORKERS, TURNS_MAX = 1000000 };

static struct team team;

static void set_up(void)
{
	team_init(&team, WORKERS);
}

static void tear_down(void)
{
	team_deinit(&team);
}

/* -- a round that notes where it was --------------------------------------------------------- */

struct trip {
	struct round round;
	struct buf visited; /* a digit each */
	pthread_t threads[WORKERS];
	pthread_t home; /* of `done` */
	unsigned done;
	unsigned again; /* so often it starts anew */
};

static void on_visit(struct round *round, struct worker *worker)
{
	struct trip *trip = LIST_OBJECT(round, struct trip, round);

	buf_add_format(&trip->visited, "%zu", worker->index);
	trip->threads[worker->index] = pthread_self();
}

static void on_done(struct round *round)
{
	struct trip *trip = LIST_OBJECT(round, struct trip, round);

	trip->done++;
	trip->home = pthread_self();
	if (trip->again) {
		trip->again--;
		round_start(round, round->from, on_visit, on_done);
	}
}

static void start(struct trip *trip, size_t from)
{
	round_start(&trip->round, team.shared.workers[from], on_visit, on_done);
}

static void expect_visited(struct trip *trip, const char *digits)
{
	ck_assert_msg(span_is(buf_span(&trip->visited), digits), "'%.*s', not '%s'",
		SPAN_ARG(buf_span(&trip->visited)), digits);
}

/* -- tests ----------------------------------------------------------------------------------- */

/* Whoever sends it; and each visit needs that one's loop. */
START_TEST(round_visits_each_worker_in_its_turn_and_comes_back)
{
	struct trip trip = {0};
	size_t from = (size_t)_i;

	start(&trip, from);
	expect_visited(&trip, "");
	ck_assert_uint_eq(atomic_load(&team.shared.rounds), 1);
	for (size_t i = 0; i < WORKERS; i++) {
		for (size_t k = 0; k < WORKERS; k++)
			if (k != i)
				loop_turn(team.loops[k], 0); /* nobody else may take it on */
		ck_assert_uint_eq(trip.visited.n, i);
		loop_turn(team.loops[i], 0);
		ck_assert_uint_ge(trip.visited.n, i + 1);
	}
	expect_visited(&trip, "012");
	loop_turn(team.loops[from], 0);
	ck_assert_uint_eq(trip.done, 1);
	ck_assert_uint_eq(atomic_load(&team.shared.rounds), 0);
	buf_deinit(&trip.visited);
}
END_TEST

START_TEST(rounds_given_several_at_once_all_come_back)
{
	struct trip trips[TRIPS] = {0};

	for (size_t i = 0; i < TRIPS; i++)
		start(&trips[i], i % WORKERS);
	for (size_t turn = 0; turn < TRIPS; turn++)
		team_turn(&team);
	for (size_t i = 0; i < TRIPS; i++) {
		expect_visited(&trips[i], "012");
		ck_assert_uint_eq(trips[i].done, 1);
		buf_deinit(&trips[i].visited);
	}
}
END_TEST

/* At the end of the process, wherever it is, and when `done` starts another. */
START_TEST(round_given_workers_that_end_is_completed)
{
	struct trip trip = {.again = 2};

	start(&trip, WORKERS - 1);
	for (size_t i = 0; i < (size_t)_i; i++)
		loop_turn(team.loops[i], 0);
	team_replace(&team);
	expect_visited(&trip, "012012012");
	ck_assert_uint_eq(trip.done, 3);
	buf_deinit(&trip.visited);
}
END_TEST

START_TEST(round_given_threads_is_in_each_ones)
{
	struct trip trip = {0};
	struct err err;

	ck_assert_int_eq(crew_start(&team.crew, &err), 0);
	start(&trip, 0);
	for (int i = 0; !trip.done && i < TURNS_MAX; i++)
		loop_turn(team.loops[0], CLOCK_S(1));
	crew_stop(&team.crew);
	expect_visited(&trip, "012");
	ck_assert(pthread_equal(trip.home, pthread_self()));
	ck_assert(pthread_equal(trip.threads[0], pthread_self()));
	for (size_t i = 1; i < WORKERS; i++)
		ck_assert(!pthread_equal(trip.threads[i], pthread_self()));
	ck_assert(!pthread_equal(trip.threads[1], trip.threads[2]));
	buf_deinit(&trip.visited);
}
END_TEST

/* Threads that are stopped while letters are under way leave none behind. */
START_TEST(round_given_threads_that_stop_is_completed)
{
	enum { MANY = 64 };
	struct trip *trips = mem_new(MANY, sizeof *trips);
	struct err err;

	ck_assert_int_eq(crew_start(&team.crew, &err), 0);
	for (size_t i = 0; i < MANY; i++)
		start(&trips[i], 0);
	loop_turn(team.loops[0], 0);
	crew_stop(&team.crew);
	team_replace(&team);
	for (size_t i = 0; i < MANY; i++) {
		expect_visited(&trips[i], "012");
		ck_assert_uint_eq(trips[i].done, 1);
		buf_deinit(&trips[i].visited);
	}
	mem_free(trips);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("round");
	TCase *rounds = tcase_create("rounds");

	suite_add_tcase(suite, rounds);
	tcase_add_checked_fixture(rounds, set_up, tear_down);
	tcase_add_loop_test(rounds, round_visits_each_worker_in_its_turn_and_comes_back, 0, WORKERS);
	tcase_add_test(rounds, rounds_given_several_at_once_all_come_back);
	tcase_add_loop_test(rounds, round_given_workers_that_end_is_completed, 0, WORKERS + 1);
	tcase_add_test(rounds, round_given_threads_is_in_each_ones);
	tcase_add_test(rounds, round_given_threads_that_stop_is_completed);
	return suite;
}
