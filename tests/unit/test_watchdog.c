/* When the service manager hears that the process is alive, and when it does not. */
#include "proxy/watchdog.h"

#include "rig/manager.h"
#include "rig/suite.h"
#include "rig/team.h"

enum { WORKERS = 3, TURNS = 20 };

#define PERIOD CLOCK_S(15)
#define BEAT   "WATCHDOG=1"

static struct team team;
static struct manager manager;
static struct notify *notify;
static struct watchdog watchdog;

static void set_up(void)
{
	team_init(&team, WORKERS);
	manager_init(&manager);
	notify = manager_notify(&manager, &team.clock.clock);
	watchdog_start(&watchdog, notify, team.shared.workers[0], PERIOD);
}

static void tear_down(void)
{
	watchdog_stop(&watchdog);
	team_deinit(&team);
	ck_assert_str_eq(manager_heard(&manager), "");
	notify_close(notify);
	manager_deinit(&manager);
}

/* Turns all loops but that of the worker who hangs; with WORKERS nobody does. */
static void pass(int64_t ns, size_t hanging)
{
	team.clock.now += ns;
	for (size_t turn = 0; turn < TURNS; turn++)
		for (size_t i = 0; i < WORKERS; i++)
			if (i != hanging)
				loop_turn(team.loops[i], 0);
}

START_TEST(beats_once_a_period)
{
	pass(0, WORKERS);
	ck_assert_str_eq(manager_heard(&manager), "");
	pass(PERIOD - 1, WORKERS);
	ck_assert_str_eq(manager_heard(&manager), "");
	for (size_t i = 0; i < 3; i++) {
		pass(i ? PERIOD : 1, WORKERS);
		ck_assert_str_eq(manager_heard(&manager), BEAT);
		ck_assert_str_eq(manager_heard(&manager), "");
	}
}
END_TEST

START_TEST(beat_given_one_that_hangs_waits_for_it)
{
	size_t hanging = (size_t)_i;

	pass(PERIOD, hanging);
	pass(10 * PERIOD, hanging);
	ck_assert_str_eq(manager_heard(&manager), "");
	pass(0, WORKERS);
	ck_assert_str_eq(manager_heard(&manager), BEAT);
	ck_assert_str_eq(manager_heard(&manager), "");
	pass(PERIOD, WORKERS);
	ck_assert_str_eq(manager_heard(&manager), BEAT);
}
END_TEST

START_TEST(stop_given_a_round_under_way_does_not_beat_any_more)
{
	pass(PERIOD, 1);
	watchdog_stop(&watchdog);
	pass(10 * PERIOD, WORKERS);
	ck_assert_str_eq(manager_heard(&manager), "");
}
END_TEST

START_TEST(start_given_no_period_never_beats)
{
	watchdog_stop(&watchdog);
	watchdog_start(&watchdog, notify, team.shared.workers[0], 0);
	pass(10 * PERIOD, WORKERS);
	ck_assert_str_eq(manager_heard(&manager), "");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("watchdog");
	TCase *tcase = suite_case(suite, "watchdog", set_up, tear_down);

	tcase_add_test(tcase, beats_once_a_period);
	tcase_add_loop_test(tcase, beat_given_one_that_hangs_waits_for_it, 0, WORKERS);
	tcase_add_test(tcase, stop_given_a_round_under_way_does_not_beat_any_more);
	tcase_add_test(tcase, start_given_no_period_never_beats);
	return suite;
}
