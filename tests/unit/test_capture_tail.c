/* Folders that somebody records to while they are read, and such as a crash has left. */
#include "io/capture_reader.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig/captures.h"
#include "rig/suite.h"
#include "wire/har_frame.h"

static char path[CAPTURES_PATH];

static void begin(void)
{
	captures_begin(path);
}

static void end(void)
{
	captures_end(path);
}

static uint64_t cut_line; /* of the last one that was read by read_seqs(); 0: it was whole */

/* The numbers of all entries, twice. */
static void read_seqs(const char *what, struct buf *ret_seqs)
{
	struct capture_reader *reader;
	struct err err;

	ck_assert_msg(capture_reader_open(what, &reader, &err) == 0, "%s", err.text);
	for (unsigned round = 0; round < 2; round++) {
		struct har_entry entry;
		struct arena arena;
		int result;

		arena_init(&arena);
		while ((result = capture_reader_next(reader, &arena, &entry, &err)) > 0)
			buf_add_format(ret_seqs, "%llu ", (unsigned long long)entry.seq);
		arena_deinit(&arena);
		ck_assert_msg(result == 0, "%s", err.text);
		ck_assert_uint_eq(capture_reader_position(reader), captures_size(what));
		ck_assert_int_eq(capture_reader_rewind(reader, &err), 0);
	}
	cut_line = capture_reader_cut(reader) ? capture_reader_cut(reader)->line : 0;
	capture_reader_close(reader);
}

/* So that nobody seems to write it. */
static void make_old(const char *file)
{
	static const struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};

	ck_assert_int_eq(utimensat(AT_FDCWD, file, long_ago, 0), 0);
}

static void expect_seqs(const char *wanted, uint64_t line, size_t at)
{
	BUF_AUTO struct buf seqs = {0};

	read_seqs(path, &seqs);
	ck_assert_msg(seqs.n && strcmp(seqs.bytes, wanted) == 0, "at %zu: %s", at, seqs.bytes);
	ck_assert_msg(cut_line >= line && cut_line <= line + (line > 0), "at %zu: line %llu", at,
		(unsigned long long)cut_line);
}

START_TEST(last_append_cut_at_any_byte_leaves_what_is_whole)
{
	BUF_AUTO struct buf before = {0};
	BUF_AUTO struct buf after = {0};
	size_t begin;

	captures_record_all(path, 1, 2, NULL);
	captures_get_file(captures_in(path, "capture.har"), &before);
	captures_record_all(path, 3, 3, NULL);
	captures_get_file(captures_in(path, "capture.har"), &after);
	begin = before.n - har_frame_end.n;
	for (size_t n = begin; n <= after.n; n++) {
		BUF_AUTO struct buf seen = {0};
		bool is_whole = n == begin || n >= after.n - 1; /* all but the line end is there */

		buf_add(&seen, span_first(buf_span(&after), n));
		if (n < before.n)
			buf_add(&seen, span_skip(buf_span(&before), n));
		captures_put_file(captures_in(path, "capture.har"), buf_span(&seen));
		make_old(captures_in(path, "capture.har"));
		/* The line of the entry, or what is missing behind it. */
		expect_seqs(
			n < after.n - har_frame_end.n - 1 ? "1 2 1 2 " : "1 2 3 1 2 3 ", is_whole ? 0 : 4, n);
	}
}
END_TEST

START_TEST(line_that_is_broken_before_the_last_is_refused)
{
	BUF_AUTO struct buf bytes = {0};
	size_t end;

	captures_record_all(path, 1, 2, NULL);
	captures_get_file(captures_in(path, "capture.har"), &bytes);
	end = bytes.n - har_frame_end.n;
	for (size_t n = end - 1; n > end - 600; n--) {
		BUF_AUTO struct buf broken = {0};

		buf_add(&broken, buf_span(&bytes));
		broken.bytes[n - 1] ^= 1;
		captures_put_file(captures_in(path, "capture.har"), buf_span(&broken));
		make_old(captures_in(path, "capture.har"));
		captures_expect_broken(path, "1 ", "/capture.har:3: byte ");
	}
}
END_TEST

START_TEST(first_entry_that_is_broken_behind_a_larger_file_is_refused)
{
	struct capture_limits limits = {.rotate_bytes = 5000};
	BUF_AUTO struct buf bytes = {0};

	captures_record_all(path, 1, 5, &limits);
	captures_get_file(captures_in(path, "capture.har"), &bytes);
	*((char *)memmem(bytes.bytes, bytes.n, "POST", 4)) = 'p';
	captures_put_file(captures_in(path, "capture.har"), buf_span(&bytes));
	make_old(captures_in(path, "capture.har"));
	captures_expect_broken(path, "1 2 3 ", "/capture.har:2: byte ");
}
END_TEST

START_TEST(last_line_of_an_older_file_or_of_others_is_not_left_out)
{
	BUF_AUTO struct buf bytes = {0};

	captures_record_all(path, 1, 2, NULL);
	captures_get_file(captures_in(path, "capture.har"), &bytes);
	ck_assert_int_eq(unlink(captures_in(path, "capture.har")), 0);
	captures_put_file(
		captures_in(path, "capture-1.har"), span_first(buf_span(&bytes), bytes.n - 9));
	captures_expect_broken(path, "1 ", "/capture-1.har:3: byte ");
	ck_assert_int_eq(unlink(captures_in(path, "capture-1.har")), 0);
	captures_put_file(captures_in(path, "capture.har"), SPAN_LITERAL("{\"log\":{\"entries\":["));
	captures_expect_broken(path, "", "/capture.har:1: byte ");
}
END_TEST

START_TEST(what_is_recorded_meanwhile_is_not_read)
{
	struct capture_limits limits = {.rotate_bytes = 5000};
	struct capture_reader *reader;
	struct har_entry entry;
	struct arena arena;
	struct err err;

	captures_record_all(path, 1, 2, NULL);
	arena_init(&arena);
	ck_assert_int_eq(capture_reader_open(path, &reader, &err), 0);
	captures_record_all(path, 3, 9, &limits); /* over the last line, and then to other files */
	for (unsigned round = 0; round < 2; round++) {
		for (uint64_t i = 1; i <= 2; i++) {
			ck_assert_int_eq(capture_reader_next(reader, &arena, &entry, &err), 1);
			ck_assert_uint_eq(entry.seq, i);
		}
		ck_assert_int_eq(capture_reader_next(reader, &arena, &entry, &err), 0);
		ck_assert_int_eq(capture_reader_rewind(reader, &err), 0);
	}
	ck_assert_ptr_null(capture_reader_cut(reader));
	capture_reader_close(reader);
	captures_expect(path, "1 2 3 4 5 6 7 8 9 ");
	arena_deinit(&arena);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("capture_tail");
	TCase *tcase = suite_case(suite, "capture_tail", begin, end);

	tcase_add_test(tcase, last_append_cut_at_any_byte_leaves_what_is_whole);
	tcase_add_test(tcase, line_that_is_broken_before_the_last_is_refused);
	tcase_add_test(tcase, first_entry_that_is_broken_behind_a_larger_file_is_refused);
	tcase_add_test(tcase, last_line_of_an_older_file_or_of_others_is_not_left_out);
	tcase_add_test(tcase, what_is_recorded_meanwhile_is_not_read);
	return suite;
}
