#include "io/capture_check.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig/captures.h"
#include "rig/fixture.h"
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

/* A line for each problem: the file without its folder, line, and what. */
static void on_problem(void *ctx, const struct capture_place *place, const char *what)
{
	struct span file = span_of(place->file);

	if (span_starts(file, span_of(path)))
		file = span_skip(file, strlen(path) + 1);
	buf_add_format(ctx, "%.*s:%llu %s\n", SPAN_ARG(file), (unsigned long long)place->line, what);
}

static struct capture_check check(const char *what, struct buf *ret_problems)
{
	struct capture_check check = {.on_problem = on_problem, .ctx = ret_problems};
	struct err err;

	ck_assert_msg(capture_check(what, &check, &err) == 0, "%s", err.text);
	return check;
}

static void expect_problems(const char *wanted)
{
	BUF_AUTO struct buf problems = {0};
	struct capture_check found = check(path, &problems);

	ck_assert_msg(span_is(buf_span(&problems), wanted), "%.*s", SPAN_ARG(buf_span(&problems)));
	ck_assert((found.problems == 0) == !wanted[0]);
}

static const char *current(void)
{
	return captures_in(path, "capture.har");
}

/* The path of the first blob in the file. */
static void find_blob(struct buf *ret_path)
{
	BUF_AUTO struct buf bytes = {0};
	const char *hash;

	captures_get_file(current(), &bytes);
	hash = memmem(bytes.bytes, bytes.n, "{\"sha256\":\"", 11);
	ck_assert_ptr_nonnull(hash);
	buf_add_format(ret_path, "%s/blobs/%.2s/%.64s", path, hash + 11, hash + 11);
}

/* -- what is whole --------------------------------------------------------------------------- */

START_TEST(whole_capture_is_counted)
{
	struct capture_limits limits = {.rotate_bytes = 3000};
	BUF_AUTO struct buf problems = {0};
	struct capture_check found;
	struct capture_writer *writer = captures_open(path, &limits);

	for (unsigned i = 0; i < 5; i++)
		captures_record(writer, i % 3);
	found = check(path, &problems); /* while somebody records */
	ck_assert_uint_eq(problems.n, 0);
	ck_assert_uint_eq(found.problems, 0);
	ck_assert_uint_eq(found.files, 3);
	ck_assert_uint_eq(found.entries, 5);
	ck_assert_uint_eq(found.blobs, 3);
	ck_assert_uint_eq(found.orphans, 0);
	ck_assert_uint_eq(found.bytes, capture_writer_stats(writer)->bytes);
	capture_writer_close(writer);
}
END_TEST

START_TEST(files_are_checked_in_the_order_of_their_entries)
{
	struct capture_limits limits = {.rotate_bytes = 3000};
	BUF_AUTO struct buf old = {0};

	captures_record_all(path, 1, 5, &limits);
	buf_add_format(&old, "%s", captures_in(path, "capture-1.har"));
	ck_assert_int_eq(rename(old.bytes, captures_in(path, "zzz.har")), 0);
	expect_problems("");
}
END_TEST

START_TEST(file_alone_is_checked_with_the_blobs_beside_it)
{
	BUF_AUTO struct buf problems = {0};
	BUF_AUTO struct buf blob = {0};
	struct capture_check found;

	captures_record_all(path, 1, 2, NULL);
	found = check(current(), &problems);
	ck_assert_uint_eq(found.problems, 0);
	ck_assert_uint_eq(found.blobs, 2);
	find_blob(&blob);
	ck_assert_int_eq(unlink(blob.bytes), 0);
	ck_assert_uint_eq(check(current(), &problems).problems, 1);
}
END_TEST

START_TEST(blobs_that_no_line_names_are_no_problem)
{
	BUF_AUTO struct buf bytes = {0};
	BUF_AUTO struct buf problems = {0};
	struct capture_check found;

	captures_record_all(path, 1, 0, NULL);
	captures_get_file(current(), &bytes);
	captures_record_all(path, 1, 2, NULL);
	captures_put_file(current(), buf_span(&bytes));
	found = check(path, &problems);
	ck_assert_uint_eq(found.problems, 0);
	ck_assert_uint_eq(found.orphans, 2);
	ck_assert_uint_eq(found.orphan_bytes, UINT64_C(2) * CAPTURES_PHOTO_BYTES);
}
END_TEST

START_TEST(files_of_others_are_checked)
{
	static const char *const files[] = {"imports/mitmproxy-11.har", "imports/playwright-embed.har"};

	ck_assert_int_eq(mkdir(path, 0700), 0);
	for (size_t i = 0; i < 2; i++) {
		BUF_AUTO struct buf file = {0};
		BUF_AUTO struct buf problems = {0};

		fixture_read(files[i], &file);
		captures_put_file(captures_in(path, "x.har"), buf_span(&file));
		ck_assert_uint_eq(check(captures_in(path, "x.har"), &problems).problems, 0);
		memcpy(memmem(file.bytes, file.n, "\"cache\"", 7), "\"cachE\"", 7);
		captures_put_file(captures_in(path, "x.har"), buf_span(&file));
		ck_assert_uint_eq(check(captures_in(path, "x.har"), &problems).problems, 1);
		captures_put_file(captures_in(path, "x.har"), span_first(buf_span(&file), file.n / 2));
		ck_assert_uint_gt(check(captures_in(path, "x.har"), &problems).problems, 0);
	}
}
END_TEST

/* -- what is not ----------------------------------------------------------------------------- */

/* Of each so many bits one is flipped; 9: another one in each byte. */
static void expect_flips_found(const char *file, size_t each)
{
	BUF_AUTO struct buf bytes = {0};

	captures_get_file(file, &bytes);
	for (size_t bit = 0; bit < 8 * bytes.n; bit += each) {
		BUF_AUTO struct buf problems = {0};

		bytes.bytes[bit / 8] = (char)(bytes.bytes[bit / 8] ^ 1 << bit % 8);
		captures_put_file(file, buf_span(&bytes));
		ck_assert_msg(check(path, &problems).problems > 0, "bit %zu of byte %zu", bit % 8, bit / 8);
		bytes.bytes[bit / 8] = (char)(bytes.bytes[bit / 8] ^ 1 << bit % 8);
	}
	captures_put_file(file, buf_span(&bytes));
	expect_problems("");
}

/* That each bit of an entry is under its checksum test_har.c sees to. */
START_TEST(flipped_bits_of_a_file_are_found)
{
	BUF_AUTO struct buf file = {0};

	captures_record_all(path, 1, 1, NULL);
	buf_add_format(&file, "%s", current());
	expect_flips_found(file.bytes, 9);
}
END_TEST

START_TEST(every_flipped_bit_of_a_file_without_entries_is_found)
{
	BUF_AUTO struct buf file = {0};

	captures_record_all(path, 1, 0, NULL);
	buf_add_format(&file, "%s", current());
	expect_flips_found(file.bytes, 1);
}
END_TEST

START_TEST(flipped_bits_of_a_blob_are_found)
{
	BUF_AUTO struct buf blob = {0};

	captures_record_all(path, 1, 1, NULL);
	find_blob(&blob);
	expect_flips_found(blob.bytes, 9);
}
END_TEST

/* Lines of the file in another order, 0 being the first; the last number is followed by -1. */
static void rearrange(const int *order)
{
	BUF_AUTO struct buf bytes = {0};
	BUF_AUTO struct buf other = {0};

	captures_get_file(current(), &bytes);
	for (; *order >= 0; order++) {
		struct span rest = buf_span(&bytes);
		struct span line;

		for (int i = 0; i <= *order; i++)
			line = span_cut(&rest, '\n');
		buf_add(&other, line);
		buf_add_text(&other, "\n");
	}
	captures_put_file(current(), buf_span(&other));
}

static const struct {
	int order[8];
	const char *problems;
} orders[] = {
	{{0, 1, 2, 3, 4, -1}, ""}, {{0, 1, 2, 3, -1}, "capture.har:4 the last line is missing\n"},
	{{0, 1, 2, 3, 4, 4, -1}, "capture.har:6 a line behind the end\n"},
	{{0, 1, 2, 4, 3, 4, -1}, "capture.har:5 a line behind the end\n"},
	{{1, 2, 3, 4, -1}, "capture.har:1 not the first line of a capture\n"
					   "capture.har:2 a comma before the first entry\n"},
	{{0, 0, 1, 2, 3, 4, -1},
		"capture.har:2 not a line of an entry\ncapture.har:3 no comma before the entry\n"},
	{{0, 2, 3, 4, -1}, "capture.har:2 a comma before the first entry\n"},
	{{0, 1, 3, 2, 4, -1}, "capture.har:4 _seq: 2 comes behind 3\n"},
	{{0, 1, 3, 3, 4, -1}, "capture.har:4 _seq: 3 comes behind 3\n"},
	{{0, 1, 3, 4, -1}, ""}, /* somebody has taken one out */
};

START_TEST(lines_out_of_place_are_found)
{
	captures_record_all(path, 1, 3, NULL);
	rearrange(orders[_i].order);
	expect_problems(orders[_i].problems);
}
END_TEST

START_TEST(torn_file_is_found)
{
	BUF_AUTO struct buf bytes = {0};

	captures_record_all(path, 1, 1, NULL);
	captures_get_file(current(), &bytes);
	captures_put_file(current(), span_first(buf_span(&bytes), bytes.n - 20));
	expect_problems("capture.har:2 the file ends within the line\n"
					"capture.har:2 the last line is missing\n");
}
END_TEST

START_TEST(missing_and_cut_blobs_are_found_where_they_are_named)
{
	BUF_AUTO struct buf blob = {0};
	BUF_AUTO struct buf wanted = {0};
	const char *hash;

	captures_record_all(path, 1, 2, NULL);
	find_blob(&blob);
	hash = strrchr(blob.bytes, '/') + 1;
	captures_put_file(blob.bytes, SPAN_LITERAL("photo 1"));
	buf_add_format(&wanted, "capture.har:2 blob %s is not what it was\n", hash);
	expect_problems(wanted.bytes);
	ck_assert_int_eq(unlink(blob.bytes), 0);
	buf_reset(&wanted);
	buf_add_format(&wanted, "capture.har:2 blob %s is missing\n", hash);
	expect_problems(wanted.bytes);
	ck_assert_int_eq(symlink("/etc/passwd", blob.bytes), 0);
	expect_problems(wanted.bytes);
}
END_TEST

/* Each line and each blob is as it was written. */
/* -- what is recorded to ---------------------------------------------------------------------- */

/* What happens while it is checked: at the first problem. */
struct meanwhile {
	struct capture_writer *writer; /* records another entry */
	const char *hidden;            /* is there again as `blob` */
	const char *blob;
	unsigned problems;
};

static void go_on(void *ctx, const struct capture_place *place, const char *what)
{
	struct meanwhile *meanwhile = ctx;

	(void)place;
	(void)what;
	if (meanwhile->problems++)
		return;
	if (meanwhile->hidden)
		ck_assert_int_eq(rename(meanwhile->hidden, meanwhile->blob), 0);
	if (meanwhile->writer)
		captures_record(meanwhile->writer, 3);
}

/* Makes a problem of the first entry. */
static void break_first(void)
{
	BUF_AUTO struct buf bytes = {0};
	char *method;

	captures_get_file(current(), &bytes);
	method = memmem(bytes.bytes, bytes.n, "POST", 4);
	ck_assert_ptr_nonnull(method);
	*method = 'p';
	captures_put_file(current(), buf_span(&bytes));
}

static void expect_one_problem(struct meanwhile *meanwhile, uint64_t entries)
{
	struct capture_check check = {.on_problem = go_on, .ctx = meanwhile};
	struct err err;

	ck_assert_msg(capture_check(path, &check, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(meanwhile->problems, 1);
	ck_assert_uint_eq(check.entries, entries);
}

START_TEST(blob_that_is_recorded_meanwhile_is_not_missing)
{
	BUF_AUTO struct buf blob = {0};
	char hidden[CAPTURES_PATH + 8];
	struct meanwhile meanwhile = {.hidden = hidden};

	captures_record_all(path, 1, 1, NULL);
	find_blob(&blob);
	captures_record_all(path, 1, 2, NULL);
	(void)snprintf(hidden, sizeof hidden, "%s/hidden", path);
	ck_assert_int_eq(rename(blob.bytes, hidden), 0);
	meanwhile.blob = blob.bytes;
	break_first();
	expect_one_problem(&meanwhile, 2); /* which name that blob, and another */
}
END_TEST

START_TEST(entry_that_is_recorded_meanwhile_is_no_problem)
{
	struct meanwhile meanwhile = {0};

	captures_record_all(path, 1, 2, NULL);
	meanwhile.writer = captures_open(path, NULL);
	break_first();
	expect_one_problem(&meanwhile, 1);
	capture_writer_close(meanwhile.writer);
}
END_TEST

START_TEST(body_that_is_not_what_its_hash_is_of_is_found)
{
	static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
	struct har_piece piece = {.literal = SPAN_LITERAL("abc"), .length = 3};
	struct har_entry entry = {
		.request = {.method = SPAN_LITERAL("POST"),
			.url = SPAN_LITERAL("http://ml:3003/predict"),
			.body_length = 3,
			.sha256 = {zeros, sizeof zeros - 1},
			.pieces = &piece,
			.piece_count = 1},
	};
	struct capture_writer *writer = captures_open(path, NULL);
	BUF_AUTO struct buf wanted = {0};
	struct err err;

	capture_writer_entry(writer, &entry);
	ck_assert_int_eq(capture_writer_flush(writer, 1, &err), 0);
	capture_writer_close(writer);
	buf_add_format(
		&wanted, "capture.har:2 %s: a request's body has another hash than %s\n", path, zeros);
	expect_problems(wanted.bytes);
}
END_TEST

START_TEST(what_is_no_file_is_found)
{
	BUF_AUTO struct buf wanted = {0};

	captures_record_all(path, 1, 1, NULL);
	ck_assert_int_eq(symlink("capture.har", captures_in(path, "x.har")), 0);
	ck_assert_int_eq(mkdir(captures_in(path, "y.har"), 0700), 0);
	buf_add_format(&wanted, "x.har:0 %s/x.har: not a regular file\n", path);
	buf_add_format(&wanted, "y.har:0 %s/y.har: not a regular file\n", path);
	expect_problems(wanted.bytes);
}
END_TEST

START_TEST(check_given_no_capture_says_so)
{
	struct capture_check unused = {0};
	struct err err;

	ck_assert_int_eq(capture_check("/nowhere/at/all", &unused, &err), -1);
	ck_assert_msg(strstr(err.text, "/nowhere/at"), "%s", err.text);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(capture_check(path, &unused, &err), -1);
	ck_assert_msg(strstr(err.text, "there is no file of a capture in it"), "%s", err.text);
}
END_TEST

/* -- repair ---------------------------------------------------------------------------------- */

static void on_file(void *ctx, const char *name, uint64_t entries, uint64_t lost)
{
	buf_add_format(
		ctx, "%s %llu %llu\n", name, (unsigned long long)entries, (unsigned long long)lost);
}

START_TEST(repair_keeps_complete_lines_and_puts_the_rest_aside)
{
	struct capture_limits limits = {.rotate_bytes = 4000};
	BUF_AUTO struct buf bytes = {0};
	BUF_AUTO struct buf told = {0};
	BUF_AUTO struct buf rest = {0};
	struct capture_repair repair = {.on_file = on_file, .ctx = &told};
	struct err err;

	captures_record_all(path, 1, 5, &limits); /* three in the first file */
	captures_get_file(captures_in(path, "capture-1.har"), &bytes);
	bytes.bytes[700] ^= 1;
	captures_put_file(captures_in(path, "capture-1.har"), buf_span(&bytes));
	captures_get_file(current(), &bytes);
	captures_put_file(current(), span_first(buf_span(&bytes), bytes.n - 10));
	captures_put_file(captures_in(path, "other.har"), SPAN_LITERAL("{\"log\":{\"entries\":[]}}"));
	ck_assert_int_eq(capture_repair(path, &repair, &err), 0);
	ck_assert_uint_eq(repair.files, 2);
	ck_assert_uint_eq(repair.entries, 3);
	expect_problems("");
	captures_expect(path, "2 3 4 ");
	captures_get_file(captures_in(path, "capture-1.har.rest"), &rest);
	ck_assert(span_starts(buf_span(&rest), SPAN_LITERAL("{\"_seq\":1,")));
	captures_get_file(captures_in(path, "capture.har.rest"), &rest);
	ck_assert(span_starts(buf_span(&rest), SPAN_LITERAL(",{\"_seq\":5,")));
	ck_assert(span_starts(buf_span(&told), SPAN_LITERAL("capture-1.har 2 ")));
	ck_assert_int_eq(capture_repair(path, &repair, &err), 0);
	ck_assert_uint_eq(repair.files, 0);
	ck_assert_uint_eq(repair.entries, 3);
}
END_TEST

START_TEST(repair_of_what_is_recorded_to_is_refused)
{
	struct capture_writer *writer = captures_open(path, NULL);
	struct capture_repair repair = {0};
	struct err err;

	ck_assert_int_eq(capture_repair(path, &repair, &err), -1);
	ck_assert_msg(strstr(err.text, "/c: another process records to it"), "%s", err.text);
	capture_writer_close(writer);
	ck_assert_int_eq(capture_repair(path, &repair, &err), 0);
	ck_assert_int_eq(capture_repair(current(), &repair, &err), -1);
	ck_assert_msg(strstr(err.text, "/c/capture.har: Not a directory"), "%s", err.text);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("capture_check");
	TCase *tcase = suite_case(suite, "capture_check", begin, end);

	tcase_add_test(tcase, whole_capture_is_counted);
	tcase_add_test(tcase, files_are_checked_in_the_order_of_their_entries);
	tcase_add_test(tcase, blob_that_is_recorded_meanwhile_is_not_missing);
	tcase_add_test(tcase, entry_that_is_recorded_meanwhile_is_no_problem);
	tcase_add_test(tcase, body_that_is_not_what_its_hash_is_of_is_found);
	tcase_add_test(tcase, file_alone_is_checked_with_the_blobs_beside_it);
	tcase_add_test(tcase, blobs_that_no_line_names_are_no_problem);
	tcase_add_test(tcase, files_of_others_are_checked);
	tcase_add_test(tcase, flipped_bits_of_a_file_are_found);
	tcase_add_test(tcase, every_flipped_bit_of_a_file_without_entries_is_found);
	tcase_add_test(tcase, flipped_bits_of_a_blob_are_found);
	tcase_add_loop_test(tcase, lines_out_of_place_are_found, 0, ROWS(orders));
	tcase_add_test(tcase, torn_file_is_found);
	tcase_add_test(tcase, missing_and_cut_blobs_are_found_where_they_are_named);
	tcase_add_test(tcase, what_is_no_file_is_found);
	tcase_add_test(tcase, check_given_no_capture_says_so);
	tcase_add_test(tcase, repair_keeps_complete_lines_and_puts_the_rest_aside);
	tcase_add_test(tcase, repair_of_what_is_recorded_to_is_refused);
	return suite;
}
