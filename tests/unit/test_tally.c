#include "domain/tally.h"

#include "base/mem.h"
#include "rig/suite.h"

static struct tally tally;

static void set_up(void)
{
	tally_init(&tally, 1000);
}

static void tear_down(void)
{
	tally_deinit(&tally);
}

static uint64_t count_of(uint64_t key)
{
	size_t count;
	MEM_AUTO struct tally_row *rows = tally_sorted(&tally, &count);
	uint64_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += rows[i].key == key ? rows[i].count : 0;
	return found;
}

START_TEST(tally_given_nothing_is_empty)
{
	size_t count;
	struct tally_row *rows = tally_sorted(&tally, &count);

	ck_assert_uint_eq(count, 0);
	mem_free(rows);
}
END_TEST

START_TEST(count_adds_up_by_key)
{
	tally_count(&tally, 7, 1);
	tally_count(&tally, 0, 2);
	tally_count(&tally, 7, 3);
	tally_count(&tally, UINT64_MAX - 1, 4);
	ck_assert_uint_eq(count_of(7), 4);
	ck_assert_uint_eq(count_of(0), 2);
	ck_assert_uint_eq(count_of(UINT64_MAX - 1), 4);
	ck_assert_uint_eq(count_of(1), 0);
}
END_TEST

/* Keys that differ in their upper bits alone, and more of them than there are rows at first. */
START_TEST(count_given_many_keys_loses_none)
{
	for (uint64_t round = 1; round <= 3; round++)
		for (uint64_t i = 0; i < 1000; i++)
			tally_count(&tally, i << 40, i + 1);
	for (uint64_t i = 0; i < 1000; i++)
		ck_assert_uint_eq(count_of(i << 40), 3 * (i + 1));
	ck_assert_uint_eq(count_of(TALLY_OTHER), 0);
}
END_TEST

START_TEST(count_given_no_room_counts_as_other_what_is_new)
{
	tally_deinit(&tally);
	tally_init(&tally, 2);
	for (uint64_t key = 1; key <= 5; key++)
		tally_count(&tally, key, key);
	tally_count(&tally, 2, 10);
	ck_assert_uint_eq(count_of(1), 1);
	ck_assert_uint_eq(count_of(2), 12);
	ck_assert_uint_eq(count_of(3), 0);
	ck_assert_uint_eq(count_of(TALLY_OTHER), 3 + 4 + 5);
	ck_assert_uint_eq(tally.used, 3);
}
END_TEST

START_TEST(add_gives_what_one_would_have_counted)
{
	struct tally other;

	tally_init(&other, 1000);
	for (uint64_t i = 0; i < 200; i++) {
		tally_count(&tally, i, 1);
		tally_count(&other, i + 100, 10);
	}
	tally_add(&tally, &other);
	for (uint64_t i = 0; i < 300; i++)
		ck_assert_uint_eq(count_of(i), (i < 200 ? 1 : 0) + (i >= 100 ? 10 : 0));
	tally_deinit(&other);
}
END_TEST

START_TEST(sorted_goes_by_key)
{
	size_t count;
	MEM_AUTO struct tally_row *rows = NULL;

	for (uint64_t i = 0; i < 100; i++)
		tally_count(&tally, i * 37 % 100, 1);
	rows = tally_sorted(&tally, &count);
	ck_assert_uint_eq(count, 100);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(rows[i].key, i);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("tally");
	TCase *tcase = suite_case(suite, "tally", set_up, tear_down);

	tcase_add_test(tcase, tally_given_nothing_is_empty);
	tcase_add_test(tcase, count_adds_up_by_key);
	tcase_add_test(tcase, count_given_many_keys_loses_none);
	tcase_add_test(tcase, count_given_no_room_counts_as_other_what_is_new);
	tcase_add_test(tcase, add_gives_what_one_would_have_counted);
	tcase_add_test(tcase, sorted_goes_by_key);
	return suite;
}
