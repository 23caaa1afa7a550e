/* The table of inspect, and what it takes from an entry. */
#include "mlreplay/inspect_table.h"

#include "mlreplay/recorded.h"
#include "rig/suite.h"

static struct inspect_table table;
static struct walk walk;

static void begin(void)
{
	inspect_table_init(&table);
	walk = (struct walk){.entry = {.request = {.method = SPAN_LITERAL("POST"),
									   .url = SPAN_LITERAL("http://h/predict")},
							 .answer = {.status = 200},
							 .times = {-1, -1, -1, -1, -1, -1}}};
}

static void end(void)
{
	inspect_table_deinit(&table);
}

static void check_table(const char *wanted)
{
	BUF_AUTO struct buf out = {0};

	inspect_table_write(&table, &out);
	buf_add(&out, (struct span){"", 1});
	ck_assert_str_eq(out.bytes, wanted);
}

START_TEST(write_given_nothing_says_nothing)
{
	check_table("");
}
END_TEST

START_TEST(count_tells_bodies_by_their_size)
{
	static const uint64_t sizes[] = {
		0, 1, 16383, 16384, 65536, 262144, 1048576, 4194304, UINT64_MAX};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		walk.entry.request.body_length = sizes[i];
		inspect_table_count(&table, &walk);
	}
	check_table(
		"of      task          model  body       answer    count    p50 ms    p95 ms    max ms\n"
		"client  POST predict         none       200           1\n"
		"client  POST predict         < 16 KiB   200           2\n"
		"client  POST predict         < 64 KiB   200           1\n"
		"client  POST predict         < 256 KiB  200           1\n"
		"client  POST predict         < 1 MiB    200           1\n"
		"client  POST predict         < 4 MiB    200           1\n"
		"client  POST predict         >= 4 MiB   200           2\n\n");
}
END_TEST

START_TEST(count_tells_what_came_and_of_whom)
{
	walk.entry.side = HAR_BACKEND;
	walk.entry.backend = SPAN_LITERAL("a\033");
	inspect_table_count(&table, &walk);
	walk.entry.fault = HAR_FAULT_TRUNCATED;
	inspect_table_count(&table, &walk);
	walk.entry.answer.status = 0;
	inspect_table_count(&table, &walk);
	walk.entry.side = HAR_CLIENT;
	walk.entry.fault = HAR_FAULT_NONE;
	walk.entry.times.wait_ns = 20000000;
	inspect_table_count(&table, &walk);
	check_table(
		"of       task          model  body  answer           count    p50 ms    p95 ms    max ms\n"
		"client   POST predict         none  none                 1      20.0      20.0      20.0\n"
		"a\\u001b  POST predict         none  200                  1\n"
		"a\\u001b  POST predict         none  200 truncated        1\n"
		"a\\u001b  POST predict         none  truncated            1\n\n");
}
END_TEST

START_TEST(count_given_too_many_kinds_counts_the_rest)
{
	BUF_AUTO struct buf out = {0};

	for (int i = 0; i < INSPECT_TABLE_ROWS_MAX + 3; i++) {
		walk.entry.answer.status = 100 + i;
		inspect_table_count(&table, &walk);
	}
	ck_assert_uint_eq(table.count, INSPECT_TABLE_ROWS_MAX);
	inspect_table_write(&table, &out);
	buf_add(&out, (struct span){"", 1});
	ck_assert_ptr_nonnull(strstr(out.bytes, "\nand 3 of other kinds\n"));
}
END_TEST

/* -- recorded -------------------------------------------------------------------------------- */

START_TEST(answer_given_none_says_why)
{
	BUF_AUTO struct buf body = {0};
	struct compare_answer answer;
	struct err err;

	walk.entry.answer.lacks_body = "it was cut";
	ck_assert_int_eq(recorded_answer(NULL, &walk.entry, &body, &answer, &err), 1);
	ck_assert_str_eq(err.text, "it was cut");
	walk.entry.answer.status = 0;
	ck_assert_int_eq(recorded_answer(NULL, &walk.entry, &body, &answer, &err), 1);
	ck_assert_str_eq(err.text, "the capture has no answer to it");
}
END_TEST

START_TEST(ns_adds_what_is_known)
{
	ck_assert_int_eq(recorded_ns(&(struct har_times){-1, -1, -1, -1, -1, -1}), -1);
	ck_assert_int_eq(recorded_ns(&(struct har_times){-1, -1, -1, 0, -1, -1}), 0);
	ck_assert_int_eq(recorded_ns(&(struct har_times){1, 2, -1, 4, 8, 16}), 31);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_inspect");
	TCase *tcase = suite_case(suite, "inspect", begin, end);

	tcase_add_test(tcase, write_given_nothing_says_nothing);
	tcase_add_test(tcase, count_tells_bodies_by_their_size);
	tcase_add_test(tcase, count_tells_what_came_and_of_whom);
	tcase_add_test(tcase, count_given_too_many_kinds_counts_the_rest);
	tcase_add_test(tcase, answer_given_none_says_why);
	tcase_add_test(tcase, ns_adds_what_is_known);
	suite_add_tcase(suite, tcase);
	return suite;
}
