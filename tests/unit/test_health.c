#include "domain/health.h"

#include <stdlib.h>

#include "base/clock.h"
#include "rig/configs.h"
#include "rig/suite.h"

/* -- what is learned of what ----------------------------------------------------------------- */

enum what { SUCCESS, FAILURE, PONG, NO_PONG };

/* Events are an answer's status from request 1, 2, 3… in turn; negative: from the same request as
 * the one before; or one of the words above. 999 ends the list. */
static const struct row {
	const char *of;
	int events[8];
	bool is_strict;
	enum health_status status;
	const char *error;
} rows[] = {
	{"nothing", {999}, false, HEALTH_UNKNOWN, ""},
	{"200", {200, 999}, false, HEALTH_HEALTHY, ""},
	{"204", {204, 999}, false, HEALTH_HEALTHY, ""},
	{"success", {SUCCESS, 999}, false, HEALTH_HEALTHY, ""},
	{"failure", {FAILURE, 999}, false, HEALTH_UNHEALTHY, "reset"},
	{"failure, strict", {FAILURE, 999}, true, HEALTH_UNHEALTHY, "reset"},
	{"pong", {PONG, 999}, false, HEALTH_HEALTHY, ""},
	{"no pong", {NO_PONG, 999}, false, HEALTH_UNHEALTHY, "no pong"},
	{"failure, pong", {FAILURE, PONG, 999}, false, HEALTH_HEALTHY, ""},
	{"failure, 200", {FAILURE, 200, 999}, false, HEALTH_HEALTHY, ""},
	{"no pong, 200", {NO_PONG, 200, 999}, false, HEALTH_HEALTHY, ""},
	{"200, failure", {200, FAILURE, 999}, false, HEALTH_UNHEALTHY, "reset"},
	{"502", {200, 502, 999}, false, HEALTH_UNHEALTHY, "answered 502"},
	{"503", {200, 503, 999}, false, HEALTH_UNHEALTHY, "answered 503"},
	{"504", {200, 504, 999}, false, HEALTH_UNHEALTHY, "answered 504"},
	{"4xx of a healthy one", {200, 400, 422, 429, 999}, false, HEALTH_HEALTHY, ""},
	{"4xx of an unhealthy one", {503, 422, 999}, false, HEALTH_UNHEALTHY, "answered 503"},
	{"4xx of an unknown one", {404, 999}, false, HEALTH_UNKNOWN, ""},
	{"300", {200, 300, 999}, false, HEALTH_HEALTHY, ""},
	{"500 once", {200, 500, 999}, false, HEALTH_HEALTHY, ""},
	{"500 of an unknown one", {500, 500, 999}, false, HEALTH_UNKNOWN, ""},
	{"500 twice", {200, 500, 500, 999}, false, HEALTH_HEALTHY, ""},
	{"500 thrice", {200, 500, 500, 500, 999}, false, HEALTH_UNHEALTHY,
		"answered 500 to 3 requests in a row"},
	{"another 5xx counts alike", {200, 500, 501, 507, 999}, false, HEALTH_UNHEALTHY,
		"answered 507 to 3 requests in a row"},
	{"500 thrice of one request", {200, 500, -500, -500, 999}, false, HEALTH_HEALTHY, ""},
	{"500 of two requests", {200, 500, 500, -500, -500, 999}, false, HEALTH_HEALTHY, ""},
	{"200 ends the row", {500, 500, 200, 500, 500, 999}, false, HEALTH_HEALTHY, ""},
	{"4xx does not end the row", {200, 500, 500, 422, 500, 999}, false, HEALTH_UNHEALTHY,
		"answered 500 to 3 requests in a row"},
	{"pong does not end the row", {500, 500, PONG, 500, 999}, false, HEALTH_UNHEALTHY,
		"answered 500 to 3 requests in a row"},
	{"nor after it has counted", {500, 500, 500, PONG, 500, 999}, false, HEALTH_UNHEALTHY,
		"answered 500 to 3 requests in a row"},
	{"strict: 500", {200, 500, 999}, true, HEALTH_UNHEALTHY, "answered 500"},
	{"strict: 422", {200, 422, 999}, true, HEALTH_UNHEALTHY, "answered 422"},
	{"strict: 204", {200, 204, 999}, true, HEALTH_UNHEALTHY, "answered 204"},
	{"strict: 200", {500, 200, 999}, true, HEALTH_HEALTHY, ""},
};

static bool note(struct health *health, int event, uint64_t request, bool is_strict)
{
	switch (event) {
	case SUCCESS: return health_note_success(health, 5);
	case FAILURE: return health_note_failure(health, "reset", 5);
	case PONG: return health_note_ping(health, NULL, 5);
	case NO_PONG: return health_note_ping(health, "no pong", 5);
	default: return health_note_status(health, abs(event), request, is_strict, 5);
	}
}

START_TEST(note_gives_the_status_of_the_table)
{
	const struct row *row = &rows[_i];
	struct health health = {0};
	uint64_t request = 0;

	for (const int *event = row->events; *event != 999; event++) {
		enum health_status before = health.status;
		bool is_change;

		request += *event >= 0;
		is_change = note(&health, *event, request, row->is_strict);
		ck_assert_msg(is_change == (health.status != before), "%s", row->of);
	}
	ck_assert_msg(health.status == row->status, "%s: %s", row->of, health_status_text(row->status));
	ck_assert_str_eq(health.error, row->error);
}
END_TEST

START_TEST(note_counts_failures_and_keeps_times)
{
	struct health health = {0};

	(void)health_note_success(&health, 10);
	(void)health_note_success(&health, 20);
	ck_assert_int_eq(health.since_ns, 10);
	ck_assert_int_eq(health.checked_ns, 20);
	(void)health_note_failure(&health, "a", 30);
	(void)health_note_ping(&health, "b", 40);
	(void)health_note_status(&health, 500, 1, false, 50);
	(void)health_note_status(&health, 404, 1, false, 60);
	ck_assert_int_eq(health.since_ns, 30);
	ck_assert_int_eq(health.checked_ns, 40);
	ck_assert_uint_eq(health.failures, 3);
	(void)health_note_ping(&health, NULL, 70);
	ck_assert_int_eq(health.since_ns, 70);
	ck_assert_uint_eq(health.failures, 0);
}
END_TEST

/* Its text is bounded, whatever a backend makes us say. */
START_TEST(note_given_a_long_reason_cuts_it)
{
	struct health health = {0};
	char why[2 * ERR_TEXT_MAX];

	memset(why, 'x', sizeof why);
	why[sizeof why - 1] = '\0';
	(void)health_note_failure(&health, why, 1);
	ck_assert_uint_eq(strlen(health.error), ERR_TEXT_MAX - 1);
}
END_TEST

/* -- when to ping again ---------------------------------------------------------------------- */

static const struct delay {
	unsigned pings_failed;
	int interval_s;
	int most_s; /* and at least three quarters of it; equal to it when none has failed */
} delays[] = {
	{0, 10, 10},
	{1, 10, 10},
	{2, 10, 20},
	{3, 10, 40},
	{4, 10, 60},
	{5, 10, 60},
	{1000000, 10, 60},
	{4000000000, 1, 60},
	{7, 1, 60},
	{6, 1, 32},
	{1, 60, 60},
	{2, 60, 60},
	{1, 300, 300},
	{9, 300, 300},
};

START_TEST(next_ping_backs_off_within_bounds)
{
	const struct delay *row = &delays[_i];
	struct health health = {.pings_failed = row->pings_failed};
	int64_t most = CLOCK_S(row->most_s);
	int64_t least = row->pings_failed ? most - most / 4 : most;
	int64_t interval = CLOCK_S(row->interval_s);

	ck_assert_int_eq(health_next_ping_ns(&health, interval, 0), most);
	ck_assert_int_eq(health_next_ping_ns(&health, interval, (uint64_t)most / 4), least);
	ck_assert_int_eq(health_next_ping_ns(&health, interval, (uint64_t)most / 4 + 1), most);
	ck_assert_int_ge(health_next_ping_ns(&health, interval, UINT64_MAX), least);
}
END_TEST

START_TEST(next_ping_given_success_is_the_interval_again)
{
	struct health health = {0};

	for (int i = 0; i < 6; i++)
		(void)health_note_ping(&health, "no", 1);
	ck_assert_int_eq(health_next_ping_ns(&health, CLOCK_S(10), 0), CLOCK_S(60));
	(void)health_note_success(&health, 2);
	ck_assert_int_eq(health_next_ping_ns(&health, CLOCK_S(10), 12345), CLOCK_S(10));
}
END_TEST

/* Many requests may fail in the moment of a restart, after which one should not look away. */
START_TEST(next_ping_given_failed_requests_does_not_back_off)
{
	struct health health = {0};

	for (int i = 0; i < 64; i++)
		(void)health_note_failure(&health, "refused", 1);
	ck_assert_int_eq(health_next_ping_ns(&health, CLOCK_S(10), 7), CLOCK_S(10));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("health");
	TCase *tcase = tcase_create("health");

	tcase_add_loop_test(tcase, note_gives_the_status_of_the_table, 0, COUNT_OF(rows));
	tcase_add_test(tcase, note_counts_failures_and_keeps_times);
	tcase_add_test(tcase, note_given_a_long_reason_cuts_it);
	tcase_add_loop_test(tcase, next_ping_backs_off_within_bounds, 0, COUNT_OF(delays));
	tcase_add_test(tcase, next_ping_given_success_is_the_interval_again);
	tcase_add_test(tcase, next_ping_given_failed_requests_does_not_back_off);
	suite_add_tcase(suite, tcase);
	return suite;
}
