#include "proxy/records.h"

#include <sched.h>
#include <stdio.h>

#include "rig/configs.h"
#include "rig/suite.h"

enum { PHOTO = 100000, BYTES_MAX = 1000000 };

static struct parts *parts;
static struct records *records;

static void set_up(void)
{
	struct err err;

	parts = parts_new();
	records = records_new(parts, BYTES_MAX);
	ck_assert_msg(records_enable(records, true, &err) == 0, "%s", err.text);
}

static void tear_down(void)
{
	records_free(records);
	parts_free(parts); /* asserts that all were given back */
}

/* A record with a body of n bytes that begins with the mark. */
static struct record *make(size_t n, const char *mark)
{
	struct record *record = record_new();
	struct chunk *chunk = chunk_new(n);

	memset(chunk->bytes, 'x', n);
	memcpy(chunk->bytes, mark, strlen(mark));
	chunk->used = n;
	chain_append(&record->request, (struct slice){chunk, {chunk->bytes, n}});
	chunk_unref(chunk);
	return record;
}

static void add(size_t count, size_t n, const char *mark)
{
	struct record *list[8];

	for (size_t i = 0; i < count; i++)
		list[i] = make(n, mark);
	records_add(records, list, count);
	for (size_t i = 0; i < count; i++)
		record_unref(list[i]);
}

static struct records_state state(void)
{
	struct records_state now;

	records_state(records, &now);
	return now;
}

/* The record behind that id is this one; 0: there is none. */
static void expect_next(uint64_t after, uint64_t id, uint64_t exchange)
{
	struct records_item item = {0};
	bool has_found = records_next(records, after, &item);

	ck_assert_int_eq(has_found, id > 0);
	ck_assert_uint_eq(item.id, id);
	ck_assert_uint_eq(item.exchange, exchange);
	record_unref(item.record);
}

START_TEST(new_ones_are_off_and_empty)
{
	struct records *others = records_new(parts, BYTES_MAX);
	struct records_state now;
	struct records_item item;

	records_state(others, &now);
	ck_assert(!now.is_enabled && !records_is_enabled(others));
	ck_assert_uint_eq(now.max, RECORDS_DEFAULT);
	ck_assert_uint_eq(now.count + now.last + now.bytes, 0);
	ck_assert_uint_eq(now.bytes_max, BYTES_MAX);
	ck_assert(!records_next(others, 0, &item));
	records_clear(others);
	records_free(others);
	records_free(NULL);
}
END_TEST

START_TEST(added_ones_get_rising_ids_and_their_clients)
{
	add(2, 10, "a");
	add(3, 10, "b");
	ck_assert_uint_eq(state().count, 5);
	ck_assert_uint_eq(state().last, 5);
	expect_next(0, 1, 1);
	expect_next(1, 2, 1);
	expect_next(2, 3, 3);
	expect_next(4, 5, 3);
	expect_next(5, 0, 0);
	expect_next(UINT64_MAX - 1, 0, 0);
}
END_TEST

START_TEST(too_many_push_out_the_oldest)
{
	records_set_max(records, 3);
	for (int i = 0; i < 4; i++)
		add(2, 10, "a");
	ck_assert_uint_eq(state().count, 3);
	expect_next(0, 6, 5);
	expect_next(6, 7, 7);
	records_set_max(records, 1);
	ck_assert_uint_eq(state().count, 1);
	expect_next(0, 8, 7);
}
END_TEST

START_TEST(no_more_than_the_most_are_held_at_any_setting)
{
	records_set_max(records, RECORDS_MAX);
	for (size_t i = 0; i < RECORDS_MAX + 7; i++)
		add(1, 1, "a");
	ck_assert_uint_le(state().count, RECORDS_MAX);
	ck_assert_uint_le(state().bytes, BYTES_MAX);
	ck_assert_uint_eq(state().last, RECORDS_MAX + 7);
}
END_TEST

START_TEST(too_many_bytes_push_out_the_oldest)
{
	char mark[16];

	for (int i = 0; i < 20; i++) {
		(void)snprintf(mark, sizeof mark, "%d", i);
		add(1, PHOTO, mark);
		ck_assert_uint_le(state().bytes, BYTES_MAX);
	}
	ck_assert_uint_ge(state().count, 7);
	ck_assert_uint_le(state().count, 10);
	ck_assert_uint_eq(state().last, 20);
	add(1, BYTES_MAX + 1, "all");
	ck_assert_uint_eq(state().count, 0);
	ck_assert_uint_eq(state().bytes, 0);
}
END_TEST

/* The thread that settles them is as far in the end. */
static void await_bytes(uint64_t max)
{
	while (state().bytes > max)
		(void)sched_yield();
}

START_TEST(shared_bytes_count_once)
{
	for (int i = 0; i < 30; i++) {
		add(1, PHOTO, "same");
		await_bytes(PHOTO + PHOTO);
	}
	ck_assert_uint_eq(state().count, 30);
	ck_assert_uint_eq(parts_bytes(parts), PHOTO);
}
END_TEST

START_TEST(cleared_ones_are_gone_and_their_ids_too)
{
	add(3, 10, "a");
	records_clear(records);
	ck_assert_uint_eq(state().count, 0);
	ck_assert_uint_eq(state().bytes, 0);
	expect_next(0, 0, 0);
	add(1, 10, "b");
	expect_next(0, 4, 4);
}
END_TEST

START_TEST(switched_off_ones_stay)
{
	struct err err;

	add(1, 10, "a");
	ck_assert_int_eq(records_enable(records, false, &err), 0);
	ck_assert(!records_is_enabled(records));
	expect_next(0, 1, 1);
	ck_assert_int_eq(records_enable(records, true, &err), 0);
	ck_assert(records_is_enabled(records));
	expect_next(0, 1, 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("records");
	TCase *tcase = tcase_create("records");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, new_ones_are_off_and_empty);
	tcase_add_test(tcase, added_ones_get_rising_ids_and_their_clients);
	tcase_add_test(tcase, too_many_push_out_the_oldest);
	tcase_add_test(tcase, no_more_than_the_most_are_held_at_any_setting);
	tcase_add_test(tcase, too_many_bytes_push_out_the_oldest);
	tcase_add_test(tcase, shared_bytes_count_once);
	tcase_add_test(tcase, cleared_ones_are_gone_and_their_ids_too);
	tcase_add_test(tcase, switched_off_ones_stay);
	suite_add_tcase(suite, tcase);
	return suite;
}
