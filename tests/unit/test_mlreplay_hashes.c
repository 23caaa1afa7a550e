#include "mlreplay/hashes.h"

#include "rig/suite.h"

enum { DIFFERENT = 100, BYTES = 7 };

static struct hashes_hash hash_of(unsigned number)
{
	struct hashes_hash hash = {{0}};

	memcpy(hash.bytes, &number, sizeof number);
	return hash;
}

START_TEST(equal_ones_take_no_more_room)
{
	struct hashes hashes = {0};

	for (unsigned i = 0; i < 100U * HASHES_FIRST; i++)
		hashes_add(&hashes, hash_of(i % DIFFERENT), BYTES);
	ck_assert_uint_eq(hashes.capacity, HASHES_FIRST);
	ck_assert_uint_eq(hashes_keep_different(&hashes), (size_t)DIFFERENT * BYTES);
	ck_assert_uint_eq(hashes.count, DIFFERENT);
	hashes_deinit(&hashes);
}
END_TEST

START_TEST(different_ones_are_all_kept)
{
	enum { COUNT = 20 * HASHES_FIRST };
	struct hashes hashes = {0};

	ck_assert_uint_eq(hashes_keep_different(&hashes), 0);
	for (unsigned i = 0; i < COUNT; i++)
		hashes_add(&hashes, hash_of(i), BYTES);
	ck_assert_uint_le(hashes.capacity, (size_t)2 * COUNT);
	ck_assert_uint_eq(hashes_keep_different(&hashes), (size_t)COUNT * BYTES);
	ck_assert_uint_eq(hashes.count, COUNT);
	hashes_deinit(&hashes);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_hashes");
	TCase *tcase = suite_case(suite, "hashes", NULL, NULL);

	tcase_add_test(tcase, equal_ones_take_no_more_room);
	tcase_add_test(tcase, different_ones_are_all_kept);
	return suite;
}
