#include "domain/findings.h"

#include <math.h>

#include "base/buf.h"
#include "rig/suite.h"

static struct arena arena;
static struct findings findings;

static void begin(void)
{
	arena_init(&arena);
	findings_init(&findings, &arena);
}

static void end(void)
{
	arena_deinit(&arena);
}

static void add(enum findings_level level, enum findings_kind kind, const char *task)
{
	struct findings_item item = {.level = level, .kind = kind, .task = span_of(task)};

	findings_add(&findings, &item);
}

START_TEST(words_name_each_kind)
{
	for (size_t i = 0; i < FINDINGS_KINDS; i++) {
		ck_assert_ptr_nonnull(findings_words[i]);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(findings_words[i], findings_words[j]);
	}
}
END_TEST

START_TEST(add_raises_the_levels)
{
	ck_assert_int_eq(findings.level, FINDINGS_SAME);
	add(FINDINGS_WARN, FINDINGS_BOX, "ocr");
	add(FINDINGS_FAIL, FINDINGS_VECTOR_DISTANCE, "clip");
	add(FINDINGS_WARN, FINDINGS_VECTOR_NORM, "clip");
	ck_assert_int_eq(findings.level, FINDINGS_FAIL);
	ck_assert_uint_eq(findings.task_count, 2);
	ck_assert_int_eq(findings_task(&findings, SPAN_LITERAL("ocr"))->level, FINDINGS_WARN);
	ck_assert_int_eq(findings_task(&findings, SPAN_LITERAL("clip"))->level, FINDINGS_FAIL);
	ck_assert_uint_eq(findings.count, 3);
}
END_TEST

START_TEST(add_given_no_task_is_about_all)
{
	add(FINDINGS_FAIL, FINDINGS_JSON, "");
	ck_assert_int_eq(findings.level, FINDINGS_FAIL);
	ck_assert_uint_eq(findings.task_count, 0);
}
END_TEST

START_TEST(add_counts_what_advice_depends_on)
{
	const struct findings_task *task;

	add(FINDINGS_FAIL, FINDINGS_STATUS, "clip");
	add(FINDINGS_FAIL, FINDINGS_JSON, "clip");
	add(FINDINGS_FAIL, FINDINGS_BODY, "clip");
	add(FINDINGS_WARN, FINDINGS_JSON, "clip");
	add(FINDINGS_FAIL, FINDINGS_VECTOR_DIMENSION, "clip");
	add(FINDINGS_FAIL, FINDINGS_VECTOR_BROKEN, "clip");
	add(FINDINGS_FAIL, FINDINGS_VECTOR_DISTANCE, "clip");
	task = findings_task(&findings, SPAN_LITERAL("clip"));
	ck_assert_uint_eq(task->failures, 6);
	ck_assert_uint_eq(task->unexplained, 4);
	ck_assert_uint_eq(task->dimensions, 1);
}
END_TEST

START_TEST(task_is_made_once_for_each_name)
{
	findings_task(&findings, SPAN_LITERAL("a"))->vectors = 1;
	for (size_t i = 0; i < 10; i++)
		(void)findings_task(&findings, (struct span){&"0123456789"[i], 1});
	findings_task(&findings, SPAN_LITERAL("a"))->vectors++;
	ck_assert_uint_eq(findings.task_count, 11);
	ck_assert_uint_eq(findings.tasks[0].vectors, 2);
	ck_assert_double_eq(findings.tasks[7].iou_min, 1);
}
END_TEST

/* A character is not cut in two; what is no UTF-8 is cut where the room ends. */
START_TEST(add_cuts_long_texts)
{
	struct findings_item item = {.level = FINDINGS_WARN};
	char text[FINDINGS_TEXT_BYTES + 8];

	memset(text, 'x', sizeof text);
	item.path = (struct span){text, FINDINGS_TEXT_BYTES};
	memcpy(text + FINDINGS_TEXT_BYTES - 1, "\xf0\x9f\x98\x80", 4);
	item.before = (struct span){text, sizeof text};
	findings_add(&findings, &item);
	ck_assert_uint_eq(findings.items[0].path.n, FINDINGS_TEXT_BYTES);
	ck_assert_uint_eq(findings.items[0].before.n, FINDINGS_TEXT_BYTES - 1);
	ck_assert_uint_eq(findings.items[0].after.n, 0);
	memset(text, 0x80, sizeof text);
	findings_add(&findings, &item);
	ck_assert_uint_eq(findings.items[1].before.n, FINDINGS_TEXT_BYTES - 4);
}
END_TEST

START_TEST(add_keeps_failures_first_when_there_are_many)
{
	add(FINDINGS_FAIL, FINDINGS_JSON, "a");
	for (size_t i = 1; i < FINDINGS_MAX; i++)
		add(FINDINGS_WARN, FINDINGS_BOX, "a");
	add(FINDINGS_WARN, FINDINGS_VECTOR_NORM, "a");
	ck_assert_int_eq(findings.items[1].kind, FINDINGS_BOX);
	add(FINDINGS_FAIL, FINDINGS_STATUS, "b");
	ck_assert_uint_eq(findings.count, FINDINGS_MAX);
	ck_assert_uint_eq(findings.dropped, 2);
	ck_assert_int_eq(findings.items[0].kind, FINDINGS_JSON);
	ck_assert_int_eq(findings.items[1].kind, FINDINGS_STATUS);
	ck_assert(span_is(findings.items[1].task, "b"));
	for (size_t i = 0; i < FINDINGS_MAX; i++)
		add(FINDINGS_FAIL, FINDINGS_TEXT_CHANGED, "c");
	ck_assert_uint_eq(findings.count, FINDINGS_MAX);
	ck_assert_uint_eq(findings.dropped, 2 + FINDINGS_MAX);
	for (size_t i = 0; i < FINDINGS_MAX; i++)
		ck_assert_int_eq(findings.items[i].level, FINDINGS_FAIL);
}
END_TEST

/* In the order in which they are found, and the numbers of the worst ones, the worst first. */
static const struct {
	size_t max;
	const char *wanted;
} worst[] = {{1, "6 "}, {4, "6 1 4 2 "}, {7, "6 1 4 2 5 3 0 "}, {20, "6 1 4 2 5 3 0 "}};

static const struct findings_item found[] = {
	{.level = FINDINGS_WARN, .kind = FINDINGS_FACE_SCORE, .value = 0.06, .limit = 0.05},
	{.level = FINDINGS_FAIL, .kind = FINDINGS_VECTOR_DISTANCE, .value = 0.9, .limit = 0.001},
	{.level = FINDINGS_FAIL, .kind = FINDINGS_VECTOR_DISTANCE, .value = 0.2, .limit = 0.001},
	{.level = FINDINGS_WARN, .kind = FINDINGS_BOX, .value = 0.6, .limit = 0.9},
	{.level = FINDINGS_FAIL, .kind = FINDINGS_VECTOR_DISTANCE, .value = 0.9, .limit = 0.001},
	{.level = FINDINGS_WARN, .kind = FINDINGS_BOX, .value = 0.5, .limit = 0.9},
	{.level = FINDINGS_FAIL, .kind = FINDINGS_VECTOR_BROKEN, .value = NAN, .limit = NAN},
};

START_TEST(worst_given_many_tells_failures_first_then_the_farthest)
{
	const struct findings_item *items[20];
	BUF_AUTO struct buf order = {0};
	size_t count;

	for (size_t i = 0; i < sizeof found / sizeof *found; i++)
		findings_add(&findings, &found[i]);
	count = findings_worst(&findings, items, worst[_i].max);
	for (size_t i = 0; i < count; i++)
		buf_add_format(&order, "%d ", (int)(items[i] - findings.items));
	ck_assert_msg(span_is(buf_span(&order), worst[_i].wanted), "%.*s", SPAN_ARG(buf_span(&order)));
}
END_TEST

START_TEST(worst_given_the_same_kind_without_a_limit_goes_by_the_value)
{
	const struct findings_item *items[1];
	struct findings_item text = {
		.level = FINDINGS_FAIL, .kind = FINDINGS_TEXT_CHANGED, .value = 0.1, .limit = 0};

	ck_assert_uint_eq(findings_worst(&findings, items, 1), 0);
	findings_add(&findings, &text);
	text.value = 0.7;
	findings_add(&findings, &text);
	ck_assert_uint_eq(findings_worst(&findings, items, 1), 1);
	ck_assert_ptr_eq(items[0], &findings.items[1]);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("findings");
	TCase *add_case = suite_case(suite, "add", begin, end);

	tcase_add_test(add_case, words_name_each_kind);
	tcase_add_test(add_case, add_raises_the_levels);
	tcase_add_test(add_case, add_given_no_task_is_about_all);
	tcase_add_test(add_case, add_counts_what_advice_depends_on);
	tcase_add_test(add_case, task_is_made_once_for_each_name);
	tcase_add_test(add_case, add_cuts_long_texts);
	tcase_add_test(add_case, add_keeps_failures_first_when_there_are_many);
	tcase_add_loop_test(add_case, worst_given_many_tells_failures_first_then_the_farthest, 0,
		sizeof worst / sizeof *worst);
	tcase_add_test(add_case, worst_given_the_same_kind_without_a_limit_goes_by_the_value);
	return suite;
}
