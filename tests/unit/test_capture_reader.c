/* Folders that somebody hands over: whole ones, broken ones, put together ones, and such as are
 * made to read what is none of theirs; and files that others have written. */
#include "io/capture_reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include "io/capture_folder.h"
#include "io/digest.h"
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

static void copy_file(const char *from, const char *to)
{
	BUF_AUTO struct buf bytes = {0};

	captures_get_file(captures_in(path, from), &bytes);
	captures_put_file(captures_in(path, to), buf_span(&bytes));
}

/* -- files and their order ------------------------------------------------------------------- */

START_TEST(files_are_read_in_the_order_of_their_entries_whatever_their_names)
{
	struct capture_limits limits = {.rotate_bytes = 3000};

	captures_record_all(path, 1, 6, &limits);
	captures_expect(path, "1 2 3 4 5 6 ");
	captures_rename(path, "capture-1.har", "zzz.har");
	captures_rename(path, "capture.har", "aaa.har");
	captures_expect(path, "1 2 3 4 5 6 ");
	captures_expect(captures_in(path, "zzz.har"), "1 2 ");
}
END_TEST

START_TEST(a_file_that_is_there_twice_is_refused)
{
	captures_record_all(path, 1, 2, NULL);
	copy_file("capture.har", "copy.har");
	captures_expect_broken(path, "1 2 ", ": _seq: 1 comes behind 2");
}
END_TEST

START_TEST(what_is_no_har_file_is_not_read)
{
	captures_record_all(path, 1, 2, NULL);
	copy_file("capture.har", "capture.har.rest");
	copy_file("capture.har", ".hidden.har");
	captures_put_file(captures_in(path, "har"), SPAN_LITERAL("x"));
	captures_expect(path, "1 2 ");
}
END_TEST

START_TEST(rewound_it_is_read_again)
{
	struct capture_limits limits = {.rotate_bytes = 3000};
	struct capture_reader *reader;
	struct har_entry entry;
	struct err err;

	captures_record_all(path, 1, 5, &limits);
	ck_assert_int_eq(capture_reader_open(path, &reader, &err), 0);
	for (uint64_t n = 0; n <= 5; n++) {
		struct arena arena;

		arena_init(&arena);
		ck_assert_uint_eq(capture_reader_position(reader), 0);
		for (uint64_t i = 1; i <= n; i++) {
			ck_assert_int_eq(capture_reader_next(reader, &arena, &entry, &err), 1);
			ck_assert_uint_eq(entry.seq, i);
		}
		ck_assert(!n || capture_reader_position(reader) > 0);
		ck_assert_int_eq(capture_reader_rewind(reader, &err), 0);
		arena_deinit(&arena);
	}
	capture_reader_close(reader);
	capture_reader_close(NULL);
}
END_TEST

START_TEST(position_ends_at_the_size)
{
	struct capture_limits limits = {.rotate_bytes = 3000};
	struct capture_reader *reader;
	struct har_entry entry;
	struct arena arena;
	uint64_t before = 0;
	struct err err;

	captures_record_all(path, 1, 5, &limits);
	arena_init(&arena);
	ck_assert_int_eq(capture_reader_open(path, &reader, &err), 0);
	while (capture_reader_next(reader, &arena, &entry, &err) > 0) {
		ck_assert_uint_gt(capture_reader_position(reader), before);
		before = capture_reader_position(reader);
	}
	ck_assert_uint_eq(capture_reader_position(reader), captures_size(path));
	ck_assert_int_eq(capture_reader_next(reader, &arena, &entry, &err), 0);
	capture_reader_close(reader);
	arena_deinit(&arena);
}
END_TEST

START_TEST(open_given_what_is_no_capture_says_so)
{
	static const struct {
		const char *name;
		const char *why;
	} cases[] = {
		{"nothing", "/nothing: No such file or directory"},
		{"empty", "/empty: there is no file of a capture in it"},
		{"pipe", "/pipe: neither a folder nor a regular file"},
	};

	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(mkdir(captures_in(path, "empty"), 0700), 0);
	ck_assert_int_eq(mkfifo(captures_in(path, "pipe"), 0600), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		captures_expect_broken(captures_in(path, cases[i].name), "", cases[i].why);
}
END_TEST

/* -- what is broken -------------------------------------------------------------------------- */

START_TEST(broken_file_is_named_with_line_and_byte)
{
	BUF_AUTO struct buf bytes = {0};
	BUF_AUTO struct buf broken = {0};
	BUF_AUTO struct buf why = {0};
	size_t second;
	size_t n;

	captures_record_all(path, 1, 3, NULL);
	captures_get_file(captures_in(path, "capture.har"), &bytes);
	n = bytes.n;
	second = (size_t)((const char *)memmem(bytes.bytes, n, "\n,{", 3) - bytes.bytes) + 1;

	buf_add(&broken, buf_span(&bytes));
	ck_assert_ptr_nonnull(broken.bytes);
	broken.bytes[second + 200] ^= 1;
	captures_put_file(captures_in(path, "capture.har"), buf_span(&broken));
	buf_add_format(
		&why, "/capture.har:3: byte %zu: _crc32c: the entry is not what was written", second + 1);
	captures_expect_broken(path, "1 ", why.bytes);

	broken.bytes[second + 200] = '\1';
	captures_put_file(captures_in(path, "capture.har"), buf_span(&broken));
	buf_reset(&why);
	buf_add_format(&why, "/capture.har:3: byte %zu: JSON at byte", second + 200);
	captures_expect_broken(path, "1 ", why.bytes);

	captures_put_file(captures_in(path, "x.har"), span_first(buf_span(&bytes), n - 2));
	buf_reset(&why);
	buf_add_format(&why, "/x.har:5: byte %zu: JSON ends at byte %zu", n - 2, n - 2);
	captures_expect_broken(captures_in(path, "x.har"), "1 2 3 ", why.bytes);
}
END_TEST

START_TEST(broken_capture_gives_no_more_entries)
{
	struct capture_reader *reader;
	struct har_entry entry;
	struct arena arena;
	struct err err;

	ck_assert_int_eq(mkdir(path, 0700), 0);
	captures_put_file(captures_in(path, "a.har"), SPAN_LITERAL("{\"log\":{\"entries\":[1]}}"));
	captures_put_file(captures_in(path, "b.har"), SPAN_LITERAL("{\"log\":{\"entries\":[]}}"));
	arena_init(&arena);
	ck_assert_int_eq(capture_reader_open(path, &reader, &err), 0);
	ck_assert_int_eq(capture_reader_next(reader, &arena, &entry, &err), -1);
	ck_assert_msg(
		strstr(err.text, "/a.har:1: byte 19: an entry that is no object"), "%s", err.text);
	ck_assert_uint_eq(capture_reader_place(reader)->byte, 19);
	ck_assert_int_eq(capture_reader_next(reader, &arena, &entry, &err), 0);
	capture_reader_close(reader);
	arena_deinit(&arena);
}
END_TEST

/* -- blobs ----------------------------------------------------------------------------------- */

/* The path of the only blob. */
static void find_blob(struct buf *ret_name)
{
	BUF_AUTO struct buf bytes = {0};
	const char *hash;

	captures_get_file(captures_in(path, "capture.har"), &bytes);
	hash = memmem(bytes.bytes, bytes.n, "{\"sha256\":\"", 11);
	ck_assert_ptr_nonnull(hash);
	buf_add_format(ret_name, "blobs/%.2s/%.64s", hash + 11, hash + 11);
}

START_TEST(blob_that_is_not_as_it_was_is_refused)
{
	BUF_AUTO struct buf name = {0};
	BUF_AUTO struct buf bytes = {0};

	captures_record_all(path, 1, 1, NULL);
	find_blob(&name);
	captures_get_file(captures_in(path, name.bytes), &bytes);
	bytes.bytes[500] ^= 16;
	captures_put_file(captures_in(path, name.bytes), buf_span(&bytes));
	captures_expect_broken(path, "1 ", "a request's body has another hash than ");
	bytes.n--;
	captures_put_file(captures_in(path, name.bytes), buf_span(&bytes));
	captures_expect_broken(path, "1 ", " has another length than the entry says");
	ck_assert_int_eq(unlink(captures_in(path, name.bytes)), 0);
	captures_expect_broken(path, "1 ", ": missing");
}
END_TEST

/* Of the three names on the way to a blob each in turn is a link to what would be the right thing.
 */
START_TEST(links_to_blobs_are_not_followed)
{
	BUF_AUTO struct buf name = {0};
	static const size_t lengths[] = {5, 8, 73};
	static const char *const away[] = {"away", "blobs/away", "blobs/away"};
	static const char *const targets[] = {"away", "away", "../away"};
	static const char *const whys[] = {": missing", ": Not a directory", ": not a regular file"};

	for (size_t i = 0; i < 3; i++) {
		BUF_AUTO struct buf link = {0};

		captures_record_all(path, 1, 1, NULL);
		buf_reset(&name);
		find_blob(&name);
		buf_add_format(&link, "%.*s", (int)lengths[i], name.bytes);
		captures_rename(path, link.bytes, away[i]);
		ck_assert_int_eq(symlink(targets[i], captures_in(path, link.bytes)), 0);
		ck_assert_int_eq(access(captures_in(path, name.bytes), R_OK), 0);
		captures_expect_broken(path, "1 ", whys[i]);
		captures_end(path);
		captures_begin(path);
	}
}
END_TEST

START_TEST(links_and_fifos_in_a_folder_are_not_read)
{
	captures_record_all(path, 1, 1, NULL);
	captures_rename(path, "capture.har", "away");
	ck_assert_int_eq(symlink("away", captures_in(path, "capture.har")), 0);
	captures_expect_broken(path, "", "/capture.har: not a regular file");
	captures_expect(captures_in(path, "capture.har"), "1 "); /* somebody has named it */
	ck_assert_int_eq(unlink(captures_in(path, "capture.har")), 0);
	ck_assert_int_eq(mkfifo(captures_in(path, "capture.har"), 0600), 0);
	captures_expect_broken(path, "", "/capture.har: not a regular file");
	ck_assert_int_eq(unlink(captures_in(path, "capture.har")), 0);
	ck_assert_int_eq(mkdir(captures_in(path, "capture.har"), 0700), 0);
	captures_expect_broken(path, "", "/capture.har: not a regular file");
}
END_TEST

START_TEST(names_of_blobs_lead_nowhere_else)
{
	static const char *const names[] = {"", "..", "../../../../etc/passwd", "ab/cd",
		"ZZ0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd",
		"AB0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd",
		"../../../../../../../../../../../../../../../../../../etc/passwd"};
	const struct capture_folder *folder;
	struct capture_reader *reader;
	uint64_t length;
	struct err err;

	captures_record_all(path, 1, 1, NULL);
	ck_assert_int_eq(capture_reader_open(path, &reader, &err), 0);
	folder = capture_reader_folder(reader);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		ck_assert_int_eq(capture_folder_blob(folder, span_of(names[i]), &length, &err), -1);
		ck_assert_msg(strstr(err.text, "is no SHA-256"), "%s", err.text);
	}
	capture_reader_close(reader);
}
END_TEST

START_TEST(body_can_be_read_again_and_outlives_the_reader)
{
	struct capture_reader *reader;
	struct capture_body *body;
	struct har_entry entry;
	struct arena arena;
	struct err err;
	char bytes[2000];

	captures_record_all(path, 1, 1, NULL);
	arena_init(&arena);
	ck_assert_int_eq(capture_reader_open(path, &reader, &err), 0);
	ck_assert_int_eq(capture_reader_next(reader, &arena, &entry, &err), 1);
	ck_assert_int_eq(capture_body_open(reader, &entry, &body, &err), 0);
	capture_reader_close(reader);
	for (size_t n = 1; n <= sizeof bytes; n = 3 * n + 1) {
		long total = 0;
		long got;

		ck_assert_int_gt(capture_body_read(body, bytes, n, &err), 0);
		capture_body_rewind(body);
		while ((got = capture_body_read(body, bytes, n, &err)) > 0)
			total += got;
		ck_assert_msg(got == 0, "%s", err.text);
		ck_assert_int_eq(total, (long)entry.request.body_length);
		ck_assert_int_eq(capture_body_read(body, bytes, n, &err), 0);
		capture_body_rewind(body);
	}
	capture_body_close(body);
	capture_body_close(NULL);
	arena_deinit(&arena);
}
END_TEST

START_TEST(body_given_other_bytes_keeps_the_last_of_them)
{
	BUF_AUTO struct buf name = {0};
	BUF_AUTO struct buf photo = {0};
	struct capture_reader *reader;
	struct capture_body *body;
	struct har_entry entry;
	struct arena arena;
	struct err err;
	char bytes[2000];
	long total = 0;
	long got;

	captures_record_all(path, 1, 1, NULL);
	arena_init(&arena);
	ck_assert_int_eq(capture_reader_open(path, &reader, &err), 0);
	ck_assert_int_eq(capture_reader_next(reader, &arena, &entry, &err), 1);
	find_blob(&name);
	captures_get_file(captures_in(path, name.bytes), &photo);
	photo.bytes[0] ^= 1;
	captures_put_file(captures_in(path, name.bytes), buf_span(&photo));
	ck_assert_int_eq(capture_body_open(reader, &entry, &body, &err), 0);
	while ((got = capture_body_read(body, bytes, sizeof bytes, &err)) > 0)
		total += got;
	ck_assert_int_eq(got, -1);
	ck_assert_msg(strstr(err.text, "has another hash"), "%s", err.text);
	ck_assert_int_lt(total, (long)entry.request.body_length);
	capture_body_close(body);
	capture_reader_close(reader);
	arena_deinit(&arena);
}
END_TEST

/* -- others' files --------------------------------------------------------------------------- */

static const struct {
	const char *fixture;
	unsigned entries;
	unsigned bodies; /* of requests, that are there */
	unsigned lacking;
} others[] = {
	{"imports/mitmproxy-11.har", 12, 11, 0},
	{"imports/playwright-embed.har", 8, 1, 3},
};

START_TEST(files_of_others_are_read_and_numbered)
{
	BUF_AUTO struct buf file = {0};
	struct capture_reader *reader;
	struct har_entry entry;
	struct arena arena;
	unsigned entries = 0;
	unsigned bodies = 0;
	unsigned lacking = 0;
	struct err err;

	ck_assert_int_eq(mkdir(path, 0700), 0);
	fixture_read(others[_i].fixture, &file);
	captures_put_file(captures_in(path, "x.har"), buf_span(&file));
	arena_init(&arena);
	ck_assert_int_eq(capture_reader_open(captures_in(path, "x.har"), &reader, &err), 0);
	while (capture_reader_next(reader, &arena, &entry, &err) > 0) {
		struct capture_body *body;
		char bytes[4096];
		uint64_t total = 0;
		long n;

		ck_assert_uint_eq(entry.seq, ++entries);
		if (entry.request.lacks_body) {
			ck_assert_int_eq(capture_body_open(reader, &entry, &body, &err), -1);
			ck_assert_msg(strstr(err.text, "the request's body is not in it: "), "%s", err.text);
			lacking++;
			continue;
		}
		ck_assert_int_eq(capture_body_open(reader, &entry, &body, &err), 0);
		while ((n = capture_body_read(body, bytes, sizeof bytes, &err)) > 0)
			total += (uint64_t)n;
		ck_assert_int_eq(n, 0);
		ck_assert_uint_eq(total, entry.request.body_length);
		bodies += total > 0;
		capture_body_close(body);
	}
	ck_assert_uint_eq(capture_reader_position(reader), captures_size(captures_in(path, "x.har")));
	ck_assert_msg(entries == others[_i].entries && bodies == others[_i].bodies &&
					  lacking == others[_i].lacking,
		"%u entries, %u bodies, %u lacking", entries, bodies, lacking);
	capture_reader_close(reader);
	arena_deinit(&arena);
}
END_TEST

START_TEST(answers_are_read_wherever_they_are)
{
	BUF_AUTO struct buf name = {0};
	BUF_AUTO struct buf bytes = {0};
	BUF_AUTO struct buf out = {0};
	struct capture_reader *reader;
	struct har_entry entry = {.answer = {.body = SPAN_LITERAL("abc"), .body_length = 3}};
	struct err err;

	captures_record_all(path, 1, 1, NULL);
	find_blob(&name);
	ck_assert_int_eq(capture_reader_open(path, &reader, &err), 0);
	ck_assert_int_eq(capture_read_answer(reader, &entry, 3, &out, &err), 0);
	ck_assert(span_is(buf_span(&out), "abc"));
	ck_assert_int_eq(capture_read_answer(reader, &entry, 2, &out, &err), -1);
	ck_assert_str_eq(err.text, "an answer of more than 2 bytes");
	entry.answer = (struct har_answer){
		.sha256 = span_skip(buf_span(&name), 9), .body_length = CAPTURES_PHOTO_BYTES};
	ck_assert_int_eq(capture_read_answer(reader, &entry, 5000, &out, &err), 0);
	ck_assert_uint_eq(out.n, 3 + CAPTURES_PHOTO_BYTES);
	captures_get_file(captures_in(path, name.bytes), &bytes);
	bytes.bytes[0] ^= 1;
	captures_put_file(captures_in(path, name.bytes), buf_span(&bytes));
	ck_assert_int_eq(capture_read_answer(reader, &entry, 5000, &out, &err), -1);
	ck_assert_msg(strstr(err.text, "has another hash"), "%s", err.text);
	entry.answer.body_length--;
	ck_assert_int_eq(capture_read_answer(reader, &entry, 5000, &out, &err), -1);
	ck_assert_msg(strstr(err.text, "has another length than the entry says"), "%s", err.text);
	entry.answer.lacks_body = "it was lossy";
	ck_assert_int_eq(capture_read_answer(reader, &entry, 5000, &out, &err), -1);
	ck_assert_str_eq(err.text, "the answer's body is not in it: it was lossy");
	capture_reader_close(reader);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("capture_reader");
	TCase *tcase = suite_case(suite, "capture_reader", begin, end);

	tcase_add_test(tcase, files_are_read_in_the_order_of_their_entries_whatever_their_names);
	tcase_add_test(tcase, a_file_that_is_there_twice_is_refused);
	tcase_add_test(tcase, what_is_no_har_file_is_not_read);
	tcase_add_test(tcase, rewound_it_is_read_again);
	tcase_add_test(tcase, position_ends_at_the_size);
	tcase_add_test(tcase, open_given_what_is_no_capture_says_so);
	tcase_add_test(tcase, broken_file_is_named_with_line_and_byte);
	tcase_add_test(tcase, broken_capture_gives_no_more_entries);
	tcase_add_test(tcase, blob_that_is_not_as_it_was_is_refused);
	tcase_add_test(tcase, links_to_blobs_are_not_followed);
	tcase_add_test(tcase, links_and_fifos_in_a_folder_are_not_read);
	tcase_add_test(tcase, names_of_blobs_lead_nowhere_else);
	tcase_add_test(tcase, body_can_be_read_again_and_outlives_the_reader);
	tcase_add_test(tcase, body_given_other_bytes_keeps_the_last_of_them);
	tcase_add_loop_test(
		tcase, files_of_others_are_read_and_numbered, 0, sizeof others / sizeof *others);
	tcase_add_test(tcase, answers_are_read_wherever_they_are);
	return suite;
}
