#include "mlreplay/worst.h"
#include "rig/suite.h"

static struct worst worst;

static void begin(void)
{
	worst = (struct worst){.max = 3};
}

static void end(void)
{
	worst_deinit(&worst);
}

static void add(enum verdict_outcome outcome, enum findings_level level, size_t count, char name)
{
	struct findings findings = {.level = level, .count = count};
	struct outcome told = {.outcome = outcome, .findings = &findings};
	struct buf *out = worst_add(&worst, &told);

	if (out)
		buf_add(out, (struct span){&name, 1});
}

static void check(const char *names, uint64_t told)
{
	ck_assert_uint_eq(worst.count, strlen(names));
	ck_assert_uint_eq(worst.told, told);
	for (size_t i = 0; i < worst.count; i++)
		ck_assert_msg(worst.items[i].text.n == 1 && *worst.items[i].text.bytes == names[i],
			"%zu: %c, wanted %c", i, *worst.items[i].text.bytes, names[i]);
}

START_TEST(worst_given_what_is_the_same_keeps_nothing)
{
	add(VERDICT_COMPARED, FINDINGS_SAME, 0, 'a');
	check("", 0);
}
END_TEST

START_TEST(worst_are_sorted_by_weight_then_by_findings_then_by_when_they_came)
{
	add(VERDICT_COMPARED, FINDINGS_WARN, 9, 'a');
	add(VERDICT_COMPARED, FINDINGS_FAIL, 1, 'b');
	add(VERDICT_COMPARED, FINDINGS_FAIL, 2, 'c');
	check("cba", 3);
	add(VERDICT_COMPARED, FINDINGS_FAIL, 2, 'd');
	check("cdb", 4);
	add(VERDICT_ERROR, FINDINGS_SAME, 0, 'e');
	check("ecd", 5);
}
END_TEST

START_TEST(worst_given_no_room_leaves_out_the_least)
{
	add(VERDICT_ERROR, FINDINGS_SAME, 0, 'a');
	add(VERDICT_ERROR, FINDINGS_SAME, 0, 'b');
	add(VERDICT_ERROR, FINDINGS_SAME, 0, 'c');
	add(VERDICT_UNSTABLE, FINDINGS_SAME, 0, 'd');
	add(VERDICT_SKIPPED, FINDINGS_SAME, 0, 'e');
	check("abc", 5);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay worst");
	TCase *tests = tcase_create("worst");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, worst_given_what_is_the_same_keeps_nothing);
	tcase_add_test(tests, worst_are_sorted_by_weight_then_by_findings_then_by_when_they_came);
	tcase_add_test(tests, worst_given_no_room_leaves_out_the_least);
	suite_add_tcase(suite, tests);
	return suite;
}
