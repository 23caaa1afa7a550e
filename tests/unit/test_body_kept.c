/* Bodies that are kept, in memory and on a real disk. */
#include "rig/kept.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "rig/suite.h"

/* What one may hold that waits for the disk. */
enum { MOST_HELD = BODY_WINDOW_BYTES / 2 + CHUNK_BYTES };

/* -- in memory ------------------------------------------------------------------------------- */

START_TEST(keep_given_all_sent_can_be_sent_again)
{
	struct kept kept;
	struct reader reader;

	kept_open(&kept, KEPT_PLENTY);
	kept_add(&kept, KEPT_MIB);
	reader_open(&reader, &kept);
	kept_add(&kept, KEPT_MIB);
	reader_pull(&reader, SIZE_MAX);
	reader_restart(&reader);
	reader_pull(&reader, SIZE_MAX);
	reader_close(&reader);
	kept_expect_whole(&kept);
	ck_assert_uint_eq(kept.budget.used, 2 * KEPT_MIB - CHUNK_BYTES); /* each has that for free */
	ck_assert_uint_eq(spool_used(kept.spool), 0);
	body_let_go(&kept.body);
	ck_assert(!body_is_whole(&kept.body));
	ck_assert_uint_eq(kept.budget.used, 0);
	kept_close(&kept);
}
END_TEST

/* Between one backend and the next nobody pulls. */
START_TEST(keep_given_no_view_holds_what_comes)
{
	struct kept kept;
	struct reader reader;

	kept_open(&kept, KEPT_PLENTY);
	reader_open(&reader, &kept);
	kept_add(&kept, KEPT_PIECE);
	(void)reader_take(&reader, KEPT_PIECE / 2);
	reader_close(&reader);
	kept_add(&kept, KEPT_MIB);
	body_end(&kept.body);
	kept_expect_whole(&kept);
	kept_close(&kept);
}
END_TEST

START_TEST(keep_given_little_slices_costs_what_is_charged)
{
	struct kept kept;
	struct chunk *chunk = chunk_new(CHUNK_BYTES);
	struct err err;

	kept_open(&kept, KEPT_PLENTY);
	for (size_t n = (size_t)CHUNK_BYTES / 4 * 3; n > 1; n /= 3)
		ck_assert_int_eq(body_add(&kept.body, (struct slice){chunk, {chunk->bytes, n}}, &err), 0);
	ck_assert(chunk_is_mine(chunk));
	chunk_unref(chunk);
	kept_close(&kept);
}
END_TEST

/* A quarter of the budget is for those that must fail when there is none. */
START_TEST(keep_given_much_kept_leaves_room_for_those_that_wait)
{
	struct kept kept;
	struct reader reader;
	struct body other;
	struct slice slice = {chunk_new(KEPT_MIB / 4), SPAN_EMPTY};
	struct err err;

	slice.bytes = (struct span){slice.chunk->bytes, KEPT_MIB / 4};
	memset(slice.chunk->bytes, 'x', KEPT_MIB / 4);
	kept_open(&kept, KEPT_MIB);
	reader_open(&reader, &kept);
	kept_stream(&kept, &reader, 4 * KEPT_MIB);
	ck_assert_uint_le(kept.budget.used, KEPT_MIB / 4 * 3);
	body_init(&other, SOURCE_LENGTH_UNKNOWN, NULL, &kept.budget, &kept_events, &kept);
	ck_assert_int_eq(body_add(&other, slice, &err), 0);
	ck_assert_int_eq(body_add(&other, slice, &err), -1);
	ck_assert_int_eq(err.kind, ERR_BUSY);
	body_deinit(&other);
	slice_unref(slice);
	reader_close(&reader);
	kept_close(&kept);
}
END_TEST

/* -- on disk --------------------------------------------------------------------------------- */

static const size_t steps[] = {SIZE_MAX, 100000, 65536, 10007};

START_TEST(spill_given_budget_used_up_holds_little_and_gives_all_again)
{
	struct kept kept;
	struct reader reader;

	kept_open(&kept, KEPT_SMALL);
	reader_open(&reader, &kept);
	while (kept.body.chain.end < 5 * KEPT_MIB) {
		kept_stream(&kept, &reader, kept.body.chain.end + 1);
		ck_assert_uint_le(kept.budget.used, KEPT_SMALL);
	}
	body_end(&kept.body);
	ck_assert(reader_is_at_end(&reader));
	ck_assert_uint_gt(spool_used(kept.spool), 4 * KEPT_MIB);
	reader_restart(&reader);
	reader_pull(&reader, steps[_i]);
	ck_assert(reader_is_at_end(&reader));
	ck_assert_uint_le(kept.budget.used, KEPT_SMALL + READBACK_BYTES);
	reader_close(&reader);
	kept_expect_whole(&kept);
	ck_assert_int_eq(kept.lost, 0);
	kept_close(&kept);
}
END_TEST

/* At every position: where the file ends, in its middle, in the window, in memory. */
START_TEST(read_back_given_restart_anywhere_begins_anew)
{
	struct kept kept;
	struct reader reader;

	kept_open(&kept, KEPT_SMALL);
	reader_open(&reader, &kept);
	kept_stream(&kept, &reader, KEPT_MIB);
	kept_await_disk(&kept);
	for (uint64_t position = 1; position < KEPT_MIB; position = position * 3 / 2 + 1) {
		reader_restart(&reader);
		while (reader.position < position)
			if (!reader_take(&reader, (size_t)(position - reader.position)))
				kept_turn(&kept);
		reader_restart(&reader);
		(void)reader_take(&reader, 1); /* may have begun to read when it is begun anew */
	}
	reader_restart(&reader);
	reader_pull(&reader, SIZE_MAX);
	reader_close(&reader);
	kept_close(&kept);
}
END_TEST

START_TEST(spill_takes_only_what_the_slowest_view_has_sent)
{
	struct kept kept;
	struct reader slow;
	struct reader fast;

	kept_open(&kept, KEPT_SMALL);
	reader_open(&slow, &kept);
	reader_open(&fast, &kept);
	kept_add(&kept, KEPT_MIB);
	reader_pull(&fast, SIZE_MAX);
	ck_assert_ptr_null(kept.body.writing);
	(void)reader_take(&slow, KEPT_PIECE / 4); /* not worth a write */
	ck_assert_ptr_null(kept.body.writing);
	while (slow.position < KEPT_MIB / 2)
		(void)reader_take(&slow, KEPT_PIECE);
	kept_await_disk(&kept);
	ck_assert_uint_gt(kept.body.chain.begin, KEPT_MIB / 4);
	ck_assert_uint_le(kept.body.chain.begin, slow.position);
	reader_close(&fast);
	reader_close(&slow);
	kept_close(&kept);
}
END_TEST

START_TEST(spill_given_much_writes_a_part_at_a_time)
{
	struct kept kept;
	struct reader reader;

	kept_open(&kept, KEPT_SMALL);
	reader_open(&reader, &kept);
	kept_add(&kept, KEPT_MIB);
	source_done(&reader.view.source, KEPT_MIB); /* all at once */
	ck_assert_ptr_nonnull(kept.body.writing);
	ck_assert_uint_le(spool_used(kept.spool), SPOOL_WRITE_MAX);
	kept_await_disk(&kept);
	ck_assert_uint_gt(spool_used(kept.spool), SPOOL_WRITE_MAX);
	reader_close(&reader);
	kept_close(&kept);
}
END_TEST

static void expect_charged(const struct kept *kept, uint64_t window_bytes)
{
	uint64_t held = chain_length(&kept->body.chain) + window_bytes;

	ck_assert_uint_eq(kept->budget.used, held > CHUNK_BYTES ? held - CHUNK_BYTES : 0);
}

START_TEST(budget_counts_a_window_while_it_is_there)
{
	struct kept kept;
	struct reader reader;

	kept_open(&kept, KEPT_SMALL);
	reader_open(&reader, &kept);
	kept_stream(&kept, &reader, KEPT_MIB);
	kept_await_disk(&kept);
	expect_charged(&kept, 0);
	reader_restart(&reader);
	ck_assert_uint_eq(reader_take(&reader, 1), 0);
	expect_charged(&kept, READBACK_BYTES);
	while (!reader_take(&reader, 1))
		kept_turn(&kept);
	expect_charged(&kept, READBACK_BYTES);
	ck_assert_uint_eq(reader_take(&reader, SIZE_MAX), READBACK_BYTES - 1);
	expect_charged(&kept, 0);
	reader_close(&reader);
	kept_close(&kept);
}
END_TEST

/* Of two backends one is replaced and begins anew, while the other goes on. */
START_TEST(read_back_given_split_serves_each_view_at_its_pace)
{
	struct kept kept;
	struct reader first;
	struct reader second;

	kept_open(&kept, KEPT_SMALL);
	reader_open_cut(&first, &kept, 100, 300, SPAN_LITERAL("first"));
	reader_open_cut(&second, &kept, 100, 300, SPAN_LITERAL("the second"));
	while (kept.body.chain.end < 2 * KEPT_MIB) {
		kept_add(&kept, KEPT_PIECE);
		reader_pull(&first, SIZE_MAX);
		reader_pull(&second, SIZE_MAX);
		while (body_is_full(&kept.body))
			kept_turn(&kept);
	}
	reader_close(&second);
	reader_open_cut(&second, &kept, 100, 300, SPAN_LITERAL("the third"));
	ck_assert(body_is_full(&kept.body)); /* it has to catch up */
	kept_add(&kept, KEPT_PIECE);
	reader_pull(&first, SIZE_MAX);
	while (second.position < KEPT_MIB)
		if (!reader_take(&second, KEPT_PIECE))
			kept_turn(&kept);
	reader_close(&first);
	reader_open_cut(&first, &kept, 100, 300, SPAN_LITERAL("fourth"));
	while (!reader_is_at_end(&first) || !reader_is_at_end(&second)) {
		bool has_moved = reader_take(&first, KEPT_PIECE / 2) | reader_take(&second, KEPT_PIECE);

		body_end(&kept.body);
		if (!has_moved && (!reader_is_at_end(&first) || !reader_is_at_end(&second)))
			kept_turn(&kept);
	}
	ck_assert(!body_is_full(&kept.body));
	reader_close(&first);
	reader_close(&second);
	kept_close(&kept);
}
END_TEST

/* Who reads back needs nothing of what is in memory. */
START_TEST(spill_given_views_that_read_back_goes_on)
{
	struct kept kept;
	struct reader reader;

	kept_open(&kept, KEPT_SMALL);
	reader_open(&reader, &kept);
	kept_stream(&kept, &reader, KEPT_MIB);
	reader_close(&reader);
	kept_add(&kept, KEPT_MIB);
	reader_open(&reader, &kept);
	kept_await_disk(&kept);
	ck_assert_uint_le(chain_length(&kept.body.chain), CHUNK_BYTES + KEPT_SMALL / 4 * 3);
	reader_pull(&reader, SIZE_MAX);
	reader_close(&reader);
	kept_close(&kept);
}
END_TEST

START_TEST(full_given_disk_that_is_behind_until_it_has_caught_up)
{
	struct kept kept;
	struct reader reader;

	kept_open(&kept, KEPT_SMALL);
	reader_open(&reader, &kept);
	while (!body_is_full(&kept.body)) {
		kept_add(&kept, KEPT_PIECE);
		reader_pull(&reader, SIZE_MAX);
	}
	ck_assert_ptr_nonnull(kept.body.writing);
	ck_assert_uint_le(kept.budget.used, KEPT_SMALL);
	while (!kept.drained)
		kept_turn(&kept);
	ck_assert_uint_le(kept.body.chain.end - kept.body.spilled, MOST_HELD);
	reader_close(&reader);
	kept_close(&kept);
}
END_TEST

/* Somebody else uses the budget up: each body still gets on with little. */
START_TEST(full_given_budget_of_others_lets_each_go_on)
{
	struct kept kept;
	struct reader reader;

	kept_open(&kept, KEPT_SMALL);
	reader_open(&reader, &kept);
	kept.budget.used += KEPT_PLENTY;
	kept_stream(&kept, &reader, 2 * KEPT_MIB);
	ck_assert_uint_le(chain_length(&kept.body.chain), MOST_HELD);
	kept_expect_whole(&kept);
	kept.budget.used -= KEPT_PLENTY;
	reader_close(&reader);
	kept_close(&kept);
}
END_TEST

/* -- leaving --------------------------------------------------------------------------------- */

START_TEST(let_go_gives_the_disk_back)
{
	struct kept kept;
	struct reader reader;

	kept_open(&kept, KEPT_SMALL);
	reader_open(&reader, &kept);
	kept_stream(&kept, &reader, 2 * KEPT_MIB);
	body_let_go(&kept.body);
	body_let_go(&kept.body); /* harmless */
	ck_assert(!body_is_whole(&kept.body));
	while (spool_used(kept.spool))
		loop_turn(kept.loop, CLOCK_MS(1));
	kept_add(&kept, KEPT_PIECE);
	reader_pull(&reader, SIZE_MAX);
	ck_assert_uint_eq(kept.budget.used, 0);
	reader_close(&reader);
	kept_close(&kept);
}
END_TEST

START_TEST(let_go_given_view_that_reads_back_lets_it_end)
{
	struct kept kept;
	struct reader reader;

	kept_open(&kept, KEPT_SMALL);
	reader_open(&reader, &kept);
	kept_stream(&kept, &reader, 2 * KEPT_MIB);
	reader_restart(&reader);
	ck_assert_uint_eq(reader_take(&reader, 1), 0);
	body_let_go(&kept.body);
	reader_pull(&reader, SIZE_MAX);
	ck_assert(!body_is_whole(&kept.body));
	reader_close(&reader);
	kept_close(&kept);
}
END_TEST

START_TEST(deinit_given_write_and_read_under_way_is_silent)
{
	for (int turns = 0; turns < 4; turns++) {
		struct kept kept;
		struct reader reader;

		kept_open(&kept, KEPT_SMALL);
		reader_open(&reader, &kept);
		kept_stream(&kept, &reader, KEPT_MIB);
		while (!kept.body.writing) {
			kept_add(&kept, KEPT_PIECE);
			reader_pull(&reader, SIZE_MAX);
		}
		reader_restart(&reader);
		(void)reader_take(&reader, 1);
		for (int i = 0; i < turns; i++)
			loop_turn(kept.loop, 0);
		kept.refilled = 0;
		reader_close(&reader);
		kept_close(&kept);
		ck_assert_int_eq(kept.refilled, 0);
	}
}
END_TEST

/* -- what goes wrong ------------------------------------------------------------------------- */

static const struct {
	const char *folder;
	uint64_t spill_bytes;
	const char *says;
} lost[] = {
	{"/tmp/mlproxy/missing", KEPT_PLENTY,
		"limits.spillDir (/tmp/mlproxy/missing): cannot create a file: No such file or directory"},
	{KEPT_FOLDER, 0, "limits.spillBytes (0 bytes) is used up"},
	{KEPT_FOLDER, KEPT_MIB, "limits.spillBytes (1048576 bytes) is used up"},
};

START_TEST(lost_is_told_once_and_the_body_goes_on)
{
	struct kept kept;
	struct reader reader;

	kept_open_with(&kept, KEPT_SMALL, lost[_i].folder, lost[_i].spill_bytes);
	reader_open(&reader, &kept);
	kept_stream(&kept, &reader, 4 * KEPT_MIB);
	kept_await_disk(&kept);
	ck_assert_int_eq(kept.lost, 1);
	ck_assert_str_eq(kept.err.text, lost[_i].says);
	ck_assert_str_eq(kept.body.why.text, lost[_i].says);
	ck_assert(!body_is_whole(&kept.body));
	ck_assert_uint_eq(kept.budget.used, 0);
	kept_stream(&kept, &reader, 5 * KEPT_MIB);
	ck_assert_int_eq(kept.lost, 1);
	reader_close(&reader);
	kept_close(&kept);
}
END_TEST

/* The disk is full, but what is on it can be read: nothing was lost of what that view needs. */
START_TEST(lost_given_view_that_reads_back_lets_it_end)
{
	struct kept kept;
	struct reader reader;

	kept_open_with(&kept, KEPT_SMALL, KEPT_FOLDER, 2 * KEPT_MIB);
	reader_open(&reader, &kept);
	kept_stream(&kept, &reader, 2 * KEPT_MIB);
	reader_close(&reader);
	reader_open(&reader, &kept);
	ck_assert_uint_eq(reader_take(&reader, 1), 0);
	kept_add(&kept, KEPT_MIB);
	kept_await_disk(&kept);
	ck_assert_int_eq(kept.lost, 1);
	reader_pull(&reader, SIZE_MAX);
	ck_assert(!body_is_whole(&kept.body));
	reader_close(&reader);
	kept_close(&kept);
}
END_TEST

/* Cuts the process's file in that folder, one that is open and has no name, to nothing. */
static void cut_file(void)
{
	DIR *all = opendir("/proc/self/fd");
	const struct dirent *entry;

	ck_assert_ptr_nonnull(all);
	while ((entry = readdir(all))) {
		char path[64];
		char target[128] = "";

		(void)snprintf(path, sizeof path, "/proc/self/fd/%.16s", entry->d_name);
		if (readlink(path, target, sizeof target - 1) > 0 &&
			strstr(target, KEPT_FOLDER "/#") == target && strstr(target, " (deleted)"))
			ck_assert_int_eq(ftruncate((int)strtol(entry->d_name, NULL, 10), 0), 0);
	}
	(void)closedir(all);
}

START_TEST(read_back_given_disk_that_fails_breaks_the_view)
{
	struct kept kept;
	struct reader reader;
	struct reader other;

	kept_open(&kept, KEPT_SMALL);
	reader_open(&reader, &kept);
	reader_open(&other, &kept);
	while (kept.body.chain.end < 2 * KEPT_MIB) {
		kept_add(&kept, KEPT_PIECE);
		reader_pull(&reader, SIZE_MAX);
		reader_pull(&other, SIZE_MAX);
		kept_await_disk(&kept);
	}
	reader_restart(&reader);
	cut_file();
	ck_assert_uint_eq(reader_take(&reader, 1), 0);
	while (!kept.refilled)
		kept_turn(&kept);
	ck_assert(reader.view.is_broken && !other.view.is_broken);
	ck_assert_uint_eq(reader.view.readback.held, 0);
	ck_assert_uint_eq(reader_take(&reader, 1), 0);
	ck_assert(!body_is_whole(&kept.body));
	ck_assert_int_eq(kept.lost, 1);
	ck_assert_str_eq(
		kept.body.why.text, "limits.spillDir (/tmp): cannot read back: Input/output error");
	reader_close(&reader);
	kept_add(&kept, KEPT_PIECE);
	reader_pull(&other, SIZE_MAX);
	reader_close(&other);
	kept_close(&kept);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("body_kept");
	TCase *kept = tcase_create("in memory, on disk");
	TCase *ends = tcase_create("leaving, what goes wrong");

	tcase_add_test(kept, keep_given_all_sent_can_be_sent_again);
	tcase_add_test(kept, keep_given_no_view_holds_what_comes);
	tcase_add_test(kept, keep_given_little_slices_costs_what_is_charged);
	tcase_add_test(kept, keep_given_much_kept_leaves_room_for_those_that_wait);
	tcase_add_loop_test(kept, spill_given_budget_used_up_holds_little_and_gives_all_again, 0,
		sizeof steps / sizeof *steps);
	tcase_add_test(kept, read_back_given_restart_anywhere_begins_anew);
	tcase_add_test(kept, spill_takes_only_what_the_slowest_view_has_sent);
	tcase_add_test(kept, spill_given_much_writes_a_part_at_a_time);
	tcase_add_test(kept, budget_counts_a_window_while_it_is_there);
	tcase_add_test(kept, read_back_given_split_serves_each_view_at_its_pace);
	tcase_add_test(kept, spill_given_views_that_read_back_goes_on);
	tcase_add_test(kept, full_given_disk_that_is_behind_until_it_has_caught_up);
	tcase_add_test(kept, full_given_budget_of_others_lets_each_go_on);
	suite_add_tcase(suite, kept);
	tcase_add_test(ends, let_go_gives_the_disk_back);
	tcase_add_test(ends, let_go_given_view_that_reads_back_lets_it_end);
	tcase_add_test(ends, deinit_given_write_and_read_under_way_is_silent);
	tcase_add_loop_test(
		ends, lost_is_told_once_and_the_body_goes_on, 0, sizeof lost / sizeof *lost);
	tcase_add_test(ends, lost_given_view_that_reads_back_lets_it_end);
	tcase_add_test(ends, read_back_given_disk_that_fails_breaks_the_view);
	suite_add_tcase(suite, ends);
	return suite;
}
