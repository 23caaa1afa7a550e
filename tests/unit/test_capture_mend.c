/* Files that were torn, damaged or put together by hand, and what becomes of them when they are
 * gone on with. */
#include "io/capture_mend.h"

#include <stdio.h>
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

static const char *current(void)
{
	return captures_in(path, CAPTURE_CURRENT);
}

/* A folder with n entries, and its file's bytes. The fifth has the first one's photo. */
static void record(unsigned n, struct buf *ret_bytes)
{
	struct capture_writer *writer = captures_open(path, NULL);

	for (unsigned i = 1; i <= n; i++)
		captures_record(writer, i == 5 ? 1 : i);
	capture_writer_close(writer);
	captures_get_file(current(), ret_bytes);
}

/* Where line i begins, from 0 on. */
static size_t line_at(const struct buf *bytes, unsigned i)
{
	struct span rest = buf_span(bytes);

	while (i--)
		(void)span_cut(&rest, '\n');
	return bytes->n - rest.n;
}

/* Opens it as it is, expects these, and goes on. */
static void expect_mended(struct span bytes, const char *photos, uint64_t lost)
{
	BUF_AUTO struct buf more = {0};
	struct capture_writer *writer;

	captures_put_file(current(), bytes);
	writer = captures_open(path, NULL);
	ck_assert_uint_eq(capture_writer_stats(writer)->lost, lost);
	captures_expect(path, photos);
	captures_record(writer, 9);
	capture_writer_close(writer);
	buf_add_format(&more, "%s9 ", photos);
	captures_expect(path, more.bytes);
}

static void expect_rest(const char *wanted)
{
	BUF_AUTO struct buf rest = {0};

	if (wanted)
		captures_get_file(captures_in(path, "capture.har.rest"), &rest);
	else
		ck_assert_int_eq(access(captures_in(path, "capture.har.rest"), F_OK), -1);
	ck_assert_msg(
		span_is(buf_span(&rest), wanted ? wanted : ""), "%.*s", SPAN_ARG(buf_span(&rest)));
}

/* -- torn ------------------------------------------------------------------------------------ */

START_TEST(open_given_a_file_cut_in_its_last_append_loses_no_earlier_entry)
{
	BUF_AUTO struct buf bytes = {0};
	size_t last;

	record(5, &bytes);
	last = line_at(&bytes, 5);
	for (size_t n = last; n <= bytes.n; n++) {
		bool has_last = n >= bytes.n - har_frame_end.n;
		bool is_whole = n == bytes.n;

		expect_mended(span_first(buf_span(&bytes), n), has_last ? "1 2 3 4 1 " : "1 2 3 4 ",
			is_whole ? 0 : n - (has_last ? bytes.n - har_frame_end.n : last));
	}
	expect_rest(NULL);
}
END_TEST

/* As an append goes over the last line before it goes beyond it. */
START_TEST(open_given_the_front_of_an_append_over_the_old_end_loses_no_earlier_entry)
{
	BUF_AUTO struct buf before = {0};
	BUF_AUTO struct buf after = {0};

	record(3, &after);
	buf_add(&before, span_first(buf_span(&after), line_at(&after, 3)));
	buf_add(&before, har_frame_end);
	for (size_t n = 1; n < har_frame_end.n; n++) {
		size_t at = before.n - har_frame_end.n;

		memcpy(before.bytes + at, after.bytes + at, n);
		expect_mended(buf_span(&before), "1 2 ", har_frame_end.n);
	}
}
END_TEST

/* What a file system may leave of what was not synced. */
START_TEST(open_given_zeros_behind_what_was_synced_cuts_them_off)
{
	static const char zeros[5000] = "";
	BUF_AUTO struct buf bytes = {0};
	size_t last;

	record(3, &bytes);
	last = line_at(&bytes, 3);
	memset(bytes.bytes + last, 0, 10);
	expect_mended(buf_span(&bytes), "1 2 ", bytes.n - last - har_frame_end.n);
	bytes.n = last;
	buf_add(&bytes, (struct span){zeros, sizeof zeros});
	expect_mended(buf_span(&bytes), "1 2 ", sizeof zeros);
}
END_TEST

START_TEST(open_given_a_file_without_entries_goes_on_with_it)
{
	BUF_AUTO struct buf bytes = {0};

	record(0, &bytes);
	expect_mended(buf_span(&bytes), "", 0);
	expect_mended(span_first(buf_span(&bytes), bytes.n - 1), "", har_frame_end.n - 1);
	expect_mended(span_first(buf_span(&bytes), bytes.n - har_frame_end.n), "", 0);
	expect_mended(SPAN_EMPTY, "", 0);
}
END_TEST

/* -- damaged --------------------------------------------------------------------------------- */

/* Cuts the line's text out of the bytes. */
static void copy_line(const struct buf *bytes, unsigned i, struct buf *ret_line)
{
	size_t at = line_at(bytes, i);

	buf_reset(ret_line);
	buf_add(ret_line, (struct span){bytes->bytes + at, line_at(bytes, i + 1) - at});
}

/* Of each entry in turn a bit is flipped: the others stay, and it is kept aside. */
START_TEST(open_given_a_damaged_line_keeps_those_behind_it)
{
	static const char *const left[] = {"2 3 4 ", "1 3 4 ", "1 2 4 "};

	for (unsigned i = 0; i < 3; i++) {
		BUF_AUTO struct buf bytes = {0};
		BUF_AUTO struct buf line = {0};

		record(4, &bytes);
		bytes.bytes[line_at(&bytes, i + 1) + 100] ^= 4;
		copy_line(&bytes, i + 1, &line);
		expect_mended(buf_span(&bytes), left[i], line.n);
		buf_add(&line, SPAN_EMPTY);
		buf_reserve(&line, 1)[0] = '\0';
		expect_rest(line.bytes);
		captures_end(path);
		captures_begin(path);
	}
}
END_TEST

START_TEST(open_given_a_damaged_first_line_writes_it_again)
{
	BUF_AUTO struct buf bytes = {0};

	record(2, &bytes);
	bytes.bytes[3] ^= 1;
	expect_mended(buf_span(&bytes), "1 2 ", line_at(&bytes, 1));
}
END_TEST

START_TEST(open_given_lines_in_the_wrong_order_keeps_those_that_rise)
{
	BUF_AUTO struct buf bytes = {0};
	BUF_AUTO struct buf mixed = {0};
	BUF_AUTO struct buf line = {0};
	static const unsigned order[] = {0, 1, 3, 2, 3, 4};
	uint64_t lost = 0;

	record(3, &bytes);
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		copy_line(&bytes, order[i], &line);
		buf_add(&mixed, buf_span(&line));
		lost += i == 3 || i == 4 ? line.n : 0;
	}
	expect_mended(buf_span(&mixed), "1 3 ", lost);
}
END_TEST

/* As somebody leaves it who takes lines out with an editor, or puts two files together. */
START_TEST(open_given_wrong_commas_and_ends_puts_them_right)
{
	static const unsigned orders[][5] = {{0, 2, 3, 4, 4}, {0, 2, 4, 3, 4}};

	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		BUF_AUTO struct buf bytes = {0};
		BUF_AUTO struct buf mixed = {0};
		BUF_AUTO struct buf line = {0};

		record(3, &bytes);
		for (size_t at = 0; at < 5 && (!at || orders[i][at] != orders[i][at - 1]); at++) {
			copy_line(&bytes, orders[i][at], &line);
			buf_add(&mixed, buf_span(&line));
		}
		expect_mended(buf_span(&mixed), "2 3 ", 0);
		captures_end(path);
		captures_begin(path);
	}
}
END_TEST

START_TEST(mend_that_keeps_the_rest_keeps_a_torn_end_too)
{
	BUF_AUTO struct buf bytes = {0};
	struct capture_mend mend = {.keeps_rest = true};
	struct capture_folder folder;
	struct err err;

	record(3, &bytes);
	captures_put_file(current(), span_first(buf_span(&bytes), line_at(&bytes, 3) + 8));
	ck_assert_int_eq(capture_folder_open(path, &folder, &err), 0);
	ck_assert_int_eq(capture_mend(&folder, CAPTURE_CURRENT, &mend, &err), 0);
	ck_assert(!mend.was_whole);
	ck_assert_uint_eq(mend.entries, 2);
	expect_rest(",{\"_seq\"\n");
	captures_expect(path, "1 2 ");
	ck_assert_int_eq(capture_mend(&folder, CAPTURE_CURRENT, &mend, &err), 0);
	ck_assert(mend.was_whole);
	capture_folder_close(&folder);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("capture_mend");
	TCase *tcase = suite_case(suite, "capture_mend", begin, end);

	tcase_add_test(tcase, open_given_a_file_cut_in_its_last_append_loses_no_earlier_entry);
	tcase_add_test(
		tcase, open_given_the_front_of_an_append_over_the_old_end_loses_no_earlier_entry);
	tcase_add_test(tcase, open_given_zeros_behind_what_was_synced_cuts_them_off);
	tcase_add_test(tcase, open_given_a_file_without_entries_goes_on_with_it);
	tcase_add_test(tcase, open_given_a_damaged_line_keeps_those_behind_it);
	tcase_add_test(tcase, open_given_a_damaged_first_line_writes_it_again);
	tcase_add_test(tcase, open_given_lines_in_the_wrong_order_keeps_those_that_rise);
	tcase_add_test(tcase, open_given_wrong_commas_and_ends_puts_them_right);
	tcase_add_test(tcase, mend_that_keeps_the_rest_keeps_a_torn_end_too);
	return suite;
}
