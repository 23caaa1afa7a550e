/* Folders as they are when they were recorded to, on disks that are full, and after others have
 * been at them. That what was recorded outlives its process tests/fault/test_capture_crash.c sees
 * to. */
#include "io/capture_writer.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/digest.h"
#include "rig/captures.h"
#include "rig/disk.h"
#include "rig/suite.h"
#include "wire/har_frame.h"
#include "wire/json.h"

static char path[CAPTURES_PATH];

static void begin(void)
{
	captures_begin(path);
}

static void end(void)
{
	captures_end(path);
}

static void expect_files(const char *wanted)
{
	BUF_AUTO struct buf found = {0};
	struct capture_folder folder;
	struct arena arena;
	const char **names;
	size_t count;
	struct err err;

	arena_init(&arena);
	ck_assert_int_eq(capture_folder_open(path, &folder, &err), 0);
	ck_assert_int_eq(capture_folder_list(&folder, &arena, &names, &count, &err), 0);
	for (size_t i = 0; i < count; i++)
		buf_add_format(&found, "%s ", names[i]);
	ck_assert_msg(span_is(buf_span(&found), wanted), "%s", found.bytes);
	capture_folder_close(&folder);
	arena_deinit(&arena);
}

static void expect_blobs(size_t count)
{
	size_t other;

	ck_assert_uint_eq(captures_count_blobs(path, &other), count);
	ck_assert_uint_eq(other, 0);
}

/* Sizes of all that there is. */
static uint64_t bytes_of(const char *name)
{
	struct stat status;

	ck_assert_int_eq(stat(captures_in(path, name), &status), 0);
	return (uint64_t)status.st_size;
}

/* -- what is written ------------------------------------------------------------------------- */

START_TEST(flush_leaves_a_valid_file_after_each)
{
	struct capture_writer *writer = captures_open(path, NULL);
	BUF_AUTO struct buf bytes = {0};
	enum json_type type;
	struct err err;

	captures_expect(path, "");
	for (unsigned i = 1; i <= 3; i++) {
		captures_record(writer, i);
		captures_get_file(captures_in(path, "capture.har"), &bytes);
		ck_assert_int_eq(json_check_whole(buf_span(&bytes), &type, &err), 0);
	}
	captures_expect(path, "1 2 3 ");
	ck_assert_uint_eq(capture_writer_next_seq(writer), 4);
	capture_writer_close(writer);
	expect_files("capture.har ");
	expect_blobs(3);
}
END_TEST

START_TEST(all_that_is_made_is_private)
{
	static const char *const folders[] = {".", "blobs"};
	struct capture_writer *writer;
	mode_t mask = umask(0);
	struct stat status;

	writer = captures_open(path, NULL);
	captures_record(writer, 1);
	(void)umask(mask);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(stat(captures_in(path, folders[i]), &status), 0);
		ck_assert_uint_eq(status.st_mode & ALLPERMS, 0700);
	}
	ck_assert_int_eq(stat(captures_in(path, "capture.har"), &status), 0);
	ck_assert_uint_eq(status.st_mode & ALLPERMS, 0600);
	capture_writer_close(writer);
}
END_TEST

START_TEST(entries_of_one_flush_stand_in_their_order)
{
	struct capture_writer *writer = captures_open(path, NULL);
	struct err err;

	for (unsigned i = 1; i <= 200; i++) /* more than are open at a time */
		ck_assert_int_eq(captures_add(writer, i, &err), 0);
	ck_assert_uint_gt(capture_writer_waiting(writer), 60000);
	captures_expect(path, "");
	ck_assert_int_eq(capture_writer_flush(writer, 1, &err), 0);
	ck_assert_uint_eq(capture_writer_waiting(writer), 0);
	ck_assert_int_eq(capture_writer_flush(writer, 1, &err), 0);
	ck_assert_uint_eq(capture_writer_stats(writer)->entries, 200);
	capture_writer_close(writer);
	expect_blobs(200);
}
END_TEST

START_TEST(a_photo_is_there_once)
{
	struct capture_writer *writer = captures_open(path, NULL);
	const struct capture_stats *stats = capture_writer_stats(writer);
	struct err err;

	ck_assert_int_eq(captures_add(writer, 7, &err), 0);
	ck_assert_int_eq(captures_add(writer, 7, &err), 0);
	ck_assert_int_eq(capture_writer_flush(writer, 1, &err), 0);
	captures_record(writer, 7);
	ck_assert_uint_eq(stats->blobs, 1);
	ck_assert_uint_eq(stats->shared, 2);
	ck_assert_uint_eq(stats->bytes, bytes_of("capture.har") + CAPTURES_PHOTO_BYTES);
	expect_blobs(1);
	capture_writer_close(writer);
	captures_expect(path, "7 7 7 ");
}
END_TEST

START_TEST(what_was_not_flushed_is_not_there)
{
	struct capture_writer *writer = captures_open(path, NULL);
	struct err err;

	captures_record(writer, 1);
	for (unsigned i = 2; i < 100; i++)
		ck_assert_int_eq(captures_add(writer, i, &err), 0);
	capture_writer_close(writer);
	captures_expect(path, "1 ");
	expect_blobs(1);
}
END_TEST

START_TEST(open_goes_on_behind_what_is_there)
{
	for (unsigned i = 1; i <= 3; i++) {
		struct capture_writer *writer = captures_open(path, NULL);

		ck_assert_uint_eq(capture_writer_next_seq(writer), i);
		ck_assert_uint_eq(capture_writer_stats(writer)->recovered, 0);
		ck_assert_uint_eq(capture_writer_stats(writer)->bytes,
			bytes_of("capture.har") + (uint64_t)(i - 1) * CAPTURES_PHOTO_BYTES);
		captures_record(writer, i);
		capture_writer_close(writer);
	}
	captures_expect(path, "1 2 3 ");
}
END_TEST

START_TEST(open_given_a_folder_in_use_says_so)
{
	static const struct capture_limits none = {0};
	struct capture_writer *writer = captures_open(path, NULL);
	struct capture_writer *other;
	struct err err;

	ck_assert_int_eq(capture_writer_open(path, &none, &other, &err), -1);
	ck_assert_msg(strstr(err.text, "/c: another process records to it"), "%s", err.text);
	capture_writer_close(writer);
	capture_writer_close(captures_open(path, NULL));
}
END_TEST

START_TEST(open_given_what_cannot_be_says_why)
{
	static const struct capture_limits none = {0};
	struct capture_writer *writer;
	struct err err;

	ck_assert_int_eq(capture_writer_open("/proc/nowhere/at/all", &none, &writer, &err), -1);
	ck_assert_str_eq(err.text, "/proc/nowhere/at/all: cannot be made: No such file or directory");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	captures_put_file(captures_in(path, "blobs"), SPAN_EMPTY);
	ck_assert_int_eq(capture_writer_open(path, &none, &writer, &err), -1);
	ck_assert_msg(strstr(err.text, "/c/blobs: cannot be made: File exists"), "%s", err.text);
	ck_assert_int_eq(capture_writer_open(captures_in(path, "blobs"), &none, &writer, &err), -1);
	ck_assert_msg(strstr(err.text, "/c/blobs: Not a directory"), "%s", err.text);
}
END_TEST

/* Somebody's own file is not to be written over. */
START_TEST(open_given_another_har_leaves_it_as_it_is)
{
	static const char har[] = "{\n\"log\": {\n\"entries\": [\n]\n}\n}\n";
	static const struct capture_limits none = {0};
	BUF_AUTO struct buf bytes = {0};
	struct capture_writer *writer;
	struct err err;

	ck_assert_int_eq(mkdir(path, 0700), 0);
	captures_put_file(captures_in(path, "capture.har"), span_of(har));
	ck_assert_int_eq(capture_writer_open(path, &none, &writer, &err), -1);
	ck_assert_msg(strstr(err.text, "/c/capture.har: not a capture; move it away"), "%s", err.text);
	captures_get_file(captures_in(path, "capture.har"), &bytes);
	ck_assert(span_is(buf_span(&bytes), har));
}
END_TEST

START_TEST(open_given_links_follows_none)
{
	static const struct capture_limits none = {0};
	BUF_AUTO struct buf bytes = {0};
	struct capture_writer *writer = captures_open(path, NULL);
	struct err err;

	captures_record(writer, 1);
	capture_writer_close(writer);
	captures_get_file(captures_in(path, "capture.har"), &bytes);
	captures_put_file(captures_in(path, "elsewhere"), buf_span(&bytes));
	ck_assert_int_eq(unlink(captures_in(path, "capture.har")), 0);
	ck_assert_int_eq(symlink("elsewhere", captures_in(path, "capture.har")), 0);
	ck_assert_int_eq(capture_writer_open(path, &none, &writer, &err), -1);
	ck_assert_msg(strstr(err.text, "capture.har: not a regular file"), "%s", err.text);
}
END_TEST

/* -- rotation -------------------------------------------------------------------------------- */

START_TEST(rotation_by_size_keeps_files_below_it)
{
	struct capture_limits limits = {.rotate_bytes = 4500};
	struct capture_writer *writer = captures_open(path, &limits);

	for (unsigned i = 1; i <= 9; i++)
		captures_record(writer, i);
	ck_assert_uint_eq(capture_writer_stats(writer)->rotations, 2);
	ck_assert_uint_eq(capture_writer_stats(writer)->bytes,
		bytes_of("capture.har") + bytes_of("capture-1.har") + bytes_of("capture-2.har") +
			UINT64_C(9) * CAPTURES_PHOTO_BYTES);
	capture_writer_close(writer);
	expect_files("capture-1.har capture-2.har capture.har ");
	ck_assert_uint_le(bytes_of("capture-1.har"), limits.rotate_bytes);
	ck_assert_uint_le(bytes_of("capture-2.har"), limits.rotate_bytes);
	captures_expect(path, "1 2 3 4 5 6 7 8 9 ");
}
END_TEST

START_TEST(rotation_by_age_begins_with_the_first_entry)
{
	struct capture_limits limits = {.rotate_ns = 5000000};
	struct capture_writer *writer = captures_open(path, &limits);
	static const struct {
		int64_t now_us;
		uint64_t rotations; /* after it */
	} flushes[] = {{100000, 0}, {104999, 0}, {105000, 1}, {109999, 1}, {110000, 2}};
	struct err err;

	ck_assert_int_eq(capture_writer_flush(writer, 50000, &err), 0);
	for (unsigned i = 0; i < sizeof flushes / sizeof *flushes; i++) {
		ck_assert_int_eq(captures_add(writer, i, &err), 0);
		ck_assert_int_eq(capture_writer_flush(writer, flushes[i].now_us, &err), 0);
		ck_assert_uint_eq(capture_writer_stats(writer)->rotations, flushes[i].rotations);
	}
	capture_writer_close(writer);
	captures_expect(path, "0 1 2 3 4 ");
}
END_TEST

START_TEST(open_after_rotation_goes_on_with_its_numbers)
{
	struct capture_limits limits = {.rotate_bytes = 2500};
	struct capture_writer *writer = captures_open(path, &limits);

	for (unsigned i = 1; i <= 4; i++)
		captures_record(writer, i);
	capture_writer_close(writer);
	ck_assert_int_eq(unlink(captures_in(path, "capture.har")), 0);
	writer = captures_open(path, &limits);
	ck_assert_uint_eq(capture_writer_next_seq(writer), 4);
	expect_blobs(3);
	for (unsigned i = 5; i <= 15; i++)
		captures_record(writer, i);
	capture_writer_close(writer);
	captures_expect(path, "1 2 3 5 6 7 8 9 10 11 12 13 14 15 ");
	ck_assert_int_eq(access(captures_in(path, "capture-13.har"), F_OK), 0);
}
END_TEST

/* -- the quota ------------------------------------------------------------------------------- */

START_TEST(quota_takes_the_oldest_and_the_blobs_that_none_names)
{
	struct capture_limits limits = {.max_bytes = 40000};
	struct capture_writer *writer = captures_open(path, &limits);
	const struct capture_stats *stats = capture_writer_stats(writer);
	BUF_AUTO struct buf photos = {0};
	size_t blobs;
	size_t other;
	struct err err;

	for (unsigned i = 1; i <= 100; i++) {
		captures_record(writer, i % 10 ? i : 0); /* photo 0 comes again and again */
		ck_assert_uint_le(stats->bytes, limits.max_bytes);
	}
	ck_assert_uint_gt(stats->removed, 3);
	ck_assert_uint_gt(stats->bytes, limits.max_bytes / 2);
	ck_assert_int_eq(captures_read(path, &photos, &err), 0);
	ck_assert(
		span_equal(span_skip(buf_span(&photos), photos.n - 14), SPAN_LITERAL("96 97 98 99 0 ")));
	blobs = captures_count_blobs(path, &other);
	capture_writer_close(writer);
	writer = captures_open(path, &limits); /* which removes what none names */
	expect_blobs(blobs);
	ck_assert_uint_le(capture_writer_stats(writer)->bytes, limits.max_bytes);
	capture_writer_close(writer);
}
END_TEST

/* What was removed must not be taken for less that has come since. */
START_TEST(quota_that_is_full_rotates_as_often_as_before)
{
	static const struct capture_limits limits = {.max_bytes = 11200};
	struct capture_writer *writer = captures_open(path, &limits);

	for (unsigned i = 0; i < 20; i++) {
		captures_record(writer, i);
		ck_assert_uint_eq(capture_writer_stats(writer)->rotations, i);
		ck_assert_uint_le(capture_writer_stats(writer)->bytes, limits.max_bytes);
	}
	capture_writer_close(writer);
}
END_TEST

START_TEST(quota_that_is_lowered_holds_at_once)
{
	struct capture_limits limits = {.rotate_bytes = 2500};
	struct capture_writer *writer = captures_open(path, &limits);

	for (unsigned i = 1; i <= 10; i++)
		captures_record(writer, i);
	limits.max_bytes = 10000;
	capture_writer_set_limits(writer, &limits);
	ck_assert_uint_le(capture_writer_stats(writer)->bytes, limits.max_bytes);
	ck_assert_uint_gt(capture_writer_stats(writer)->removed, 0);
	limits.max_bytes = 1;
	capture_writer_set_limits(writer, &limits);
	expect_files("capture.har ");
	captures_expect(path, "10 ");
	expect_blobs(1);
	capture_writer_close(writer);
}
END_TEST

/* What is not made by rotation is somebody's own, and so is what it names. */
START_TEST(quota_leaves_others_files_and_their_blobs)
{
	static const char *const others[] = {"mine.har", "capture-01.har"};
	struct capture_limits limits = {.max_bytes = 1};
	struct capture_writer *writer;

	for (unsigned i = 0; i < 2; i++) {
		BUF_AUTO struct buf bytes = {0};

		writer = captures_open(path, NULL);
		captures_record(writer, i + 1);
		capture_writer_close(writer);
		captures_get_file(captures_in(path, "capture.har"), &bytes);
		captures_put_file(captures_in(path, others[i]), buf_span(&bytes));
		ck_assert_int_eq(unlink(captures_in(path, "capture.har")), 0);
	}
	writer = captures_open(path, &limits);
	captures_record(writer, 3);
	captures_record(writer, 4);
	capture_writer_close(writer);
	expect_files("capture-01.har capture.har mine.har ");
	captures_expect(captures_in(path, "mine.har"), "1 ");
	captures_expect(captures_in(path, "capture-01.har"), "2 ");
	expect_blobs(3);
}
END_TEST

START_TEST(quota_leaves_blobs_that_lines_name_which_wait)
{
	struct capture_limits limits = {.rotate_bytes = 1};
	struct capture_writer *writer = captures_open(path, &limits);
	struct err err;

	captures_record(writer, 1);
	captures_record(writer, 2);
	ck_assert_int_eq(captures_add(writer, 1, &err), 0);
	limits.max_bytes = 1;
	capture_writer_set_limits(writer, &limits);
	ck_assert_int_eq(capture_writer_flush(writer, 1, &err), 0);
	captures_expect(path, "1 ");
	expect_blobs(1);
	capture_writer_close(writer);
}
END_TEST

/* -- what others have done to it ------------------------------------------------------------- */

START_TEST(open_removes_what_no_file_names)
{
	struct capture_writer *writer = captures_open(path, NULL);
	BUF_AUTO struct buf bytes = {0};

	captures_get_file(captures_in(path, "capture.har"), &bytes);
	captures_record(writer, 1);
	capture_writer_close(writer);
	captures_put_file(captures_in(path, "capture.har"), buf_span(&bytes));
	captures_put_file(captures_in(path, "blobs/tmp-7"), SPAN_LITERAL("unfinished"));
	captures_put_file(captures_in(path, "capture.har.new"), SPAN_LITERAL("unfinished"));
	writer = captures_open(path, NULL);
	expect_blobs(0);
	ck_assert_int_eq(access(captures_in(path, "capture.har.new"), F_OK), -1);
	capture_writer_close(writer);
}
END_TEST

START_TEST(a_blob_that_was_cut_is_written_again)
{
	struct capture_writer *writer = captures_open(path, NULL);
	char bytes[CAPTURES_PHOTO_BYTES] = "";
	char hex[DIGEST_HEX];
	BUF_AUTO struct buf name = {0};
	struct digest *digest = digest_new();
	struct err err;

	(void)snprintf(bytes, sizeof bytes, "photo %u", 0);
	digest_add(digest, (struct span){bytes, sizeof bytes});
	digest_hex(digest, hex);
	digest_free(digest);
	captures_record(writer, 0);
	capture_writer_close(writer);
	buf_add_format(&name, "blobs/%.2s/%.64s", hex, hex);
	captures_put_file(captures_in(path, name.bytes), SPAN_LITERAL("photo"));
	ck_assert_int_eq(captures_read(path, &name, &err), -1);
	ck_assert_msg(strstr(err.text, "has another length than the entry says"), "%s", err.text);
	writer = captures_open(path, NULL);
	captures_record(writer, 0);
	capture_writer_close(writer);
	captures_expect(path, "0 0 ");
}
END_TEST

/* Whatever is in the folder of that, and it. */
static const char *const removals[] = {"capture.har", "blobs/"};

START_TEST(flush_given_a_folder_that_is_gone_says_so)
{
	struct capture_writer *writer = captures_open(path, NULL);
	struct err err;

	captures_record(writer, 1);
	captures_end(captures_in(path, removals[_i]));
	ck_assert_int_eq(captures_add(writer, 1, &err), 0);
	ck_assert_int_eq(capture_writer_flush(writer, 1, &err), -1);
	ck_assert_msg(strstr(err.text, "somebody has removed it, or files in it"), "%s", err.text);
	capture_writer_close(writer);
	if (_i == 1)
		captures_end(captures_in(path, "capture.har"));
	captures_record(writer = captures_open(path, NULL), 2);
	capture_writer_close(writer);
	captures_expect(path, "2 ");
}
END_TEST

START_TEST(a_blob_that_cannot_be_put_gets_no_line)
{
	struct capture_writer *writer = captures_open(path, NULL);
	struct err err;
	size_t other;

	for (unsigned i = 0; i < 256; i++) {
		char name[16];

		(void)snprintf(name, sizeof name, "blobs/%02x", i);
		captures_put_file(captures_in(path, name), SPAN_EMPTY);
	}
	ck_assert_int_eq(captures_add(writer, 1, &err), 0);
	ck_assert_int_eq(capture_writer_flush(writer, 1, &err), -1);
	ck_assert_msg(strstr(err.text, "cannot rename a file in it: Not a directory"), "%s", err.text);
	captures_expect(path, "");
	ck_assert_uint_eq(captures_count_blobs(path, &other), 0);
	ck_assert_uint_eq(other, 256);
	capture_writer_close(writer);
}
END_TEST

/* -- a full disk ----------------------------------------------------------------------------- */

START_TEST(a_full_disk_leaves_the_file_as_it_was)
{
	static const char ballast[10000] = "";
	BUF_AUTO struct buf photos = {0};
	struct capture_writer *writer;
	char folder[48];
	struct disk disk;
	struct err err;
	size_t other;
	unsigned i = 0;

	if (!disk_mount(&disk))
		return;
	(void)snprintf(folder, sizeof folder, "%s/c", disk.path);
	writer = captures_open(folder, NULL);
	captures_put_file(captures_in(folder, "ballast"), (struct span){ballast, sizeof ballast});
	while (captures_add(writer, i, &err) == 0 && capture_writer_flush(writer, i, &err) == 0)
		buf_add_format(&photos, "%u ", i++);
	ck_assert_msg(strstr(err.text, "No space left on device"), "%s", err.text);
	ck_assert_uint_gt(i, 2);
	ck_assert_uint_eq(capture_writer_waiting(writer), 0);
	captures_expect(folder, photos.bytes);
	ck_assert_uint_eq(captures_count_blobs(folder, &other), i);
	ck_assert_uint_eq(other, 0);
	ck_assert_int_eq(unlink(captures_in(folder, "ballast")), 0);
	captures_record(writer, i);
	buf_add_format(&photos, "%u ", i);
	capture_writer_close(writer);
	captures_expect(folder, photos.bytes);
	disk_unmount(&disk);
}
END_TEST

/* Where there is room for the blob and not for the line, which is longer. */
START_TEST(a_full_disk_leaves_no_blob_without_a_line)
{
	struct capture_writer *writer;
	char folder[48];
	struct disk disk;
	struct err err;
	size_t other;

	if (!disk_mount(&disk))
		return;
	(void)snprintf(folder, sizeof folder, "%s/c", disk.path);
	writer = captures_open(folder, NULL);
	captures_record(writer, 1);
	for (int i = 0; i < 64; i++)
		ck_assert_int_eq(captures_add(writer, 1, &err), 0);
	ck_assert_int_eq(captures_add(writer, 2, &err), 0);
	ck_assert_int_eq(capture_writer_flush(writer, 2, &err), -1);
	ck_assert_msg(strstr(err.text, "capture.har: cannot write: No space left"), "%s", err.text);
	ck_assert_uint_eq(captures_count_blobs(folder, &other), 1);
	captures_expect(folder, "1 ");
	captures_record(writer, 2);
	captures_expect(folder, "1 2 ");
	ck_assert_uint_eq(capture_writer_stats(writer)->entries, 2);
	capture_writer_close(writer);
	disk_unmount(&disk);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("capture_writer");
	TCase *tcase = suite_case(suite, "capture_writer", begin, end);

	tcase_add_test(tcase, flush_leaves_a_valid_file_after_each);
	tcase_add_test(tcase, all_that_is_made_is_private);
	tcase_add_test(tcase, entries_of_one_flush_stand_in_their_order);
	tcase_add_test(tcase, a_photo_is_there_once);
	tcase_add_test(tcase, what_was_not_flushed_is_not_there);
	tcase_add_test(tcase, open_goes_on_behind_what_is_there);
	tcase_add_test(tcase, open_given_a_folder_in_use_says_so);
	tcase_add_test(tcase, open_given_what_cannot_be_says_why);
	tcase_add_test(tcase, open_given_another_har_leaves_it_as_it_is);
	tcase_add_test(tcase, open_given_links_follows_none);
	tcase_add_test(tcase, rotation_by_size_keeps_files_below_it);
	tcase_add_test(tcase, rotation_by_age_begins_with_the_first_entry);
	tcase_add_test(tcase, open_after_rotation_goes_on_with_its_numbers);
	tcase_add_test(tcase, quota_takes_the_oldest_and_the_blobs_that_none_names);
	tcase_add_test(tcase, quota_that_is_full_rotates_as_often_as_before);
	tcase_add_test(tcase, quota_that_is_lowered_holds_at_once);
	tcase_add_test(tcase, quota_leaves_others_files_and_their_blobs);
	tcase_add_test(tcase, quota_leaves_blobs_that_lines_name_which_wait);
	tcase_add_test(tcase, open_removes_what_no_file_names);
	tcase_add_loop_test(tcase, flush_given_a_folder_that_is_gone_says_so, 0, 2);
	tcase_add_test(tcase, a_blob_that_cannot_be_put_gets_no_line);
	tcase_add_test(tcase, a_blob_that_was_cut_is_written_again);
	tcase_add_test(tcase, a_full_disk_leaves_the_file_as_it_was);
	tcase_add_test(tcase, a_full_disk_leaves_no_blob_without_a_line);
	return suite;
}
