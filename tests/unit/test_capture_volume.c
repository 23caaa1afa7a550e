/* What a reader makes of files that are removed while it reads, as mlproxy does it to keep a quota.
 */
#include "io/capture_volume.h"

#include <unistd.h>

#include "rig/captures.h"
#include "rig/configs.h"
#include "rig/suite.h"

static char path[CAPTURES_PATH];

static void begin(void)
{
	captures_begin(path);
}

static void end(void)
{
	captures_end(path);
}

static void remove_file(const char *name)
{
	ck_assert_int_eq(unlink(captures_in(path, name)), 0);
}

/* What is left to read, and how many entries were removed. */
static void expect_left(struct capture_reader *reader, const char *wanted, uint64_t removed)
{
	BUF_AUTO struct buf found = {0};
	struct har_entry entry;
	struct arena arena;
	struct err err;
	int result;

	arena_init(&arena);
	while ((result = capture_reader_next(reader, &arena, &entry, &err)) > 0)
		buf_add_format(&found, "%u ", (unsigned)entry.seq);
	ck_assert_msg(result == 0, "%s", err.text);
	ck_assert_msg(span_is(buf_span(&found), wanted), "%.*s", SPAN_ARG(buf_span(&found)));
	ck_assert_uint_eq(capture_reader_removed(reader), removed);
	arena_deinit(&arena);
}

static void read_one(struct capture_reader *reader, struct arena *arena, struct har_entry *entry)
{
	struct err err;

	ck_assert_msg(capture_reader_next(reader, arena, entry, &err) == 1, "%s", err.text);
}

START_TEST(files_removed_since_it_was_opened_are_passed)
{
	struct capture_limits limits = {.rotate_bytes = 3000};
	struct capture_reader *reader;
	struct err err;

	captures_record_all(path, 1, 7, &limits);
	ck_assert_int_eq(capture_reader_open(path, &reader, &err), 0);
	remove_file("capture-2.har");
	expect_left(reader, "1 2 5 6 7 ", 2);
	remove_file("capture-1.har");
	ck_assert_int_eq(capture_reader_rewind(reader, &err), 0);
	expect_left(reader, "5 6 7 ", 4);
	capture_reader_close(reader);
}
END_TEST

START_TEST(current_file_removed_since_it_was_rotated_is_read_all_the_same)
{
	struct capture_reader *reader;
	struct har_entry entry;
	struct arena arena;
	struct err err;

	captures_record_all(path, 1, 3, NULL);
	ck_assert_int_eq(capture_reader_open(path, &reader, &err), 0);
	captures_rename(path, "capture.har", "capture-1.har");
	captures_record_all(path, 4, 4, NULL);
	arena_init(&arena);
	read_one(reader, &arena, &entry);
	ck_assert(!capture_reader_has_removed(reader, &entry));
	remove_file("capture-1.har");
	ck_assert(capture_reader_has_removed(reader, &entry));
	expect_left(reader, "2 3 ", 3);
	capture_reader_close(reader);
	arena_deinit(&arena);
}
END_TEST

START_TEST(entries_are_known_by_the_file_that_they_were_in)
{
	struct capture_limits limits = {.rotate_bytes = 3000};
	struct har_entry entries[5];
	struct capture_reader *reader;
	struct arena arena;
	struct err err;

	captures_record_all(path, 1, COUNT_OF(entries), &limits);
	arena_init(&arena);
	ck_assert_int_eq(capture_reader_open(path, &reader, &err), 0);
	for (size_t i = 0; i < COUNT_OF(entries); i++)
		read_one(reader, &arena, &entries[i]);
	remove_file("capture-2.har");
	for (size_t i = 0; i < COUNT_OF(entries); i++)
		ck_assert(capture_reader_has_removed(reader, &entries[i]) == (i == 2 || i == 3));
	capture_reader_close(reader);
	arena_deinit(&arena);
}
END_TEST

START_TEST(the_only_file_may_be_removed_too)
{
	struct capture_reader *reader;
	struct err err;

	captures_record_all(path, 1, 2, NULL);
	captures_rename(path, "capture.har", "other.har");
	ck_assert_int_eq(capture_reader_open(captures_in(path, "other.har"), &reader, &err), 0);
	ck_assert_int_eq(capture_reader_rewind(reader, &err), 0);
	expect_left(reader, "1 2 ", 0);
	remove_file("other.har");
	ck_assert_int_eq(capture_reader_rewind(reader, &err), 0);
	expect_left(reader, "", 2);
	capture_reader_close(reader);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("capture_volume");
	TCase *tcase = suite_case(suite, "capture_volume", begin, end);

	tcase_add_test(tcase, files_removed_since_it_was_opened_are_passed);
	tcase_add_test(tcase, current_file_removed_since_it_was_rotated_is_read_all_the_same);
	tcase_add_test(tcase, entries_are_known_by_the_file_that_they_were_in);
	tcase_add_test(tcase, the_only_file_may_be_removed_too);
	return suite;
}
