#include "proxy/metrics.h"

#include <time.h>

#include "base/mem.h"
#include "rig/configs.h"
#include "rig/suite.h"

static struct metrics metrics;

static void set_up(void)
{
	metrics_init(&metrics);
}

static void tear_down(void)
{
	metrics_deinit(&metrics);
}

static const struct task {
	const char *name;
	const char *text;
} tasks[] = {
	{"clip", "clip"},
	{"facial-recognition", "facial-recognition"},
	{"ocr", "ocr"},
	{"", "other"},
	{"none", "other"},
	{"other", "other"},
	{"CLIP", "other"},
	{"clip2", "other"},
};

START_TEST(task_given_any_name_is_one_of_few)
{
	ck_assert_str_eq(metrics_task_text(metrics_task_of(span_of(tasks[_i].name))), tasks[_i].text);
}
END_TEST

static const struct metrics_way ways[] = {
	{METRICS_TASK_NONE, NAMES_NONE, 0, -1},
	{METRICS_TASK_OTHER, NAMES_MAX - 1, 999, ROUTE_DEFAULT},
	{METRICS_TASK_CLIP, 2, 200, ROUTE_TASK_TYPE_MODEL},
	{METRICS_TASK_CLIP, 3, 200, ROUTE_TASK_TYPE_MODEL},
	{METRICS_TASK_OCR, 2, 200, ROUTE_TASK_TYPE_MODEL},
	{METRICS_TASK_CLIP, 2, 201, ROUTE_TASK_TYPE_MODEL},
	{METRICS_TASK_CLIP, 2, 200, ROUTE_TASK_ANY_MODEL},
};

static uint64_t count_of(const struct metrics_way *wanted)
{
	size_t count;
	MEM_AUTO struct tally_row *rows = tally_sorted(&metrics.requests, &count);
	uint64_t found = 0;

	for (size_t i = 0; i < count; i++) {
		struct metrics_way way;

		ck_assert(metrics_read_key(rows[i].key, &way));
		if (way.task == wanted->task && way.backend == wanted->backend &&
			way.status == wanted->status && way.reason == wanted->reason)
			found += rows[i].count;
	}
	return found;
}

START_TEST(count_keeps_ways_apart_that_differ_in_anything)
{
	for (int i = 0; i < COUNT_OF(ways); i++)
		for (int k = 0; k <= i; k++)
			metrics_count(&metrics, &ways[i]);
	for (int i = 0; i < COUNT_OF(ways); i++)
		ck_assert_uint_eq(count_of(&ways[i]), i + 1);
}
END_TEST

START_TEST(read_key_given_what_had_no_room_says_so)
{
	struct metrics_way way;

	ck_assert(!metrics_read_key(TALLY_OTHER, &way));
}
END_TEST

START_TEST(add_sums_up_everything)
{
	struct metrics other;

	metrics_init(&other);
	metrics_count(&metrics, &ways[0]);
	metrics_count(&other, &ways[0]);
	histogram_note(&metrics.durations[METRICS_TASK_OCR], 1);
	histogram_note(&other.durations[METRICS_TASK_OCR], 2);
	histogram_note(&other.added, 3);
	metrics_backend(&metrics, 2)->sent = 10;
	metrics_backend(&other, 2)->sent = 20;
	*metrics_backend(&other, 3) = (struct metrics_backend){
		.durations = metrics_backend(&other, 2)->durations, .received = 30, .retries = 1};
	metrics.received = 100;
	other.received = 200;
	other.sent = 300;
	other.refused = 4;
	metrics_note_reload(&other, true);
	metrics_note_reload(&other, false);
	metrics_note_loaded(&other);
	other.began_s = 5;
	metrics_add(&metrics, &other);
	metrics_deinit(&other);
	ck_assert_uint_eq(count_of(&ways[0]), 2);
	ck_assert_uint_eq(metrics.durations[METRICS_TASK_OCR].sum_ns, 3);
	ck_assert_uint_eq(metrics.added.sum_ns, 3);
	ck_assert_uint_eq(metrics.backends[2]->sent, 30);
	ck_assert_uint_eq(metrics.backends[3]->received, 30);
	ck_assert_uint_eq(metrics.backends[3]->retries, 1);
	ck_assert_ptr_null(metrics.backends[4]);
	ck_assert_uint_eq(metrics.received, 300);
	ck_assert_uint_eq(metrics.sent, 300);
	ck_assert_uint_eq(metrics.refused, 4);
	ck_assert_uint_eq(metrics.reloads[false], 1);
	ck_assert_uint_eq(metrics.reloads[true], 1);
	ck_assert(metrics.is_stale);
	ck_assert_int_ge(metrics.loaded_s, time(NULL) - 100);
	ck_assert_int_eq(metrics.began_s, 5);
}
END_TEST

START_TEST(reload_given_success_or_failure_tells_of_the_last)
{
	metrics_note_reload(&metrics, false);
	ck_assert(metrics.is_stale);
	metrics_note_reload(&metrics, true);
	ck_assert(!metrics.is_stale);
	ck_assert_uint_eq(metrics.reloads[true], 1);
	ck_assert_uint_eq(metrics.reloads[false], 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tcase = suite_case(suite, "metrics", set_up, tear_down);

	tcase_add_loop_test(tcase, task_given_any_name_is_one_of_few, 0, COUNT_OF(tasks));
	tcase_add_test(tcase, count_keeps_ways_apart_that_differ_in_anything);
	tcase_add_test(tcase, read_key_given_what_had_no_room_says_so);
	tcase_add_test(tcase, add_sums_up_everything);
	tcase_add_test(tcase, reload_given_success_or_failure_tells_of_the_last);
	return suite;
}
