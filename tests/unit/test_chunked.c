#include "wire/chunked.h"

#include "base/mem.h"
#include "rig/suite.h"
#include "wire/status.h"

#define ROWS(row) (sizeof(row) / sizeof *(row))

/* Reads pieces of at most n bytes, each a heap block of its own, until the end, a refusal, or all
 * is used up. Returns the last event and in *ret_left the bytes that were not used up. */
static int read_all(struct span in, size_t n, struct buf *data, size_t *ret_left, struct err *err)
{
	struct chunked chunked;
	int event = CHUNKED_MORE;

	chunked_init(&chunked);
	while (in.n && event == CHUNKED_MORE) {
		struct span piece = span_first(in, n);
		MEM_AUTO char *copy = mem_new(piece.n, 1);
		struct span rest = {copy, piece.n};
		struct span part = SPAN_EMPTY;

		memcpy(copy, piece.p, piece.n);
		while ((event = chunked_next(&chunked, &rest, &part, err)) == CHUNKED_DATA) {
			ck_assert_uint_gt(part.n, 0);
			buf_add(data, part);
		}
		ck_assert(event != CHUNKED_MORE || !rest.n);
		in = span_skip(in, piece.n - rest.n);
	}
	chunked_deinit(&chunked);
	*ret_left = in.n;
	return event;
}

/* -- good ------------------------------------------------------------------------------------ */

#define LAST "0\r\n\r\n"

static const struct {
	const char *bytes; /* "rest" goes behind them */
	const char *data;
} good[] = {
	{LAST, ""},
	{"5\r\nhello\r\n" LAST, "hello"},
	{"5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n" LAST, "hello, world"},
	{"a\r\n0123456789\r\n" LAST, "0123456789"},
	{"A\r\n0123456789\r\n" LAST, "0123456789"},
	{"1F\r\n0123456789012345678901234567890\r\n" LAST, "0123456789012345678901234567890"},
	{"1f\r\n0123456789012345678901234567890\r\n" LAST, "0123456789012345678901234567890"},
	{"7\r\n\r\n0\r\n\r\n\r\n" LAST, "\r\n0\r\n\r\n"},
	{"2\r\n\r\n\r\n" LAST, "\r\n"},
	/* zeros are digits, also more than a number of 64 bits has */
	{"005\r\nhello\r\n000\r\n\r\n", "hello"},
	{"00000000000000000000000000000005\r\nhello\r\n00000000000000000000\r\n\r\n", "hello"},
	/* extensions */
	{"5;a\r\nhello\r\n0;b=c\r\n\r\n", "hello"},
	{"5;\r\nhello\r\n" LAST, "hello"},
	{"5;a=\"b;c 0\";d\r\nhello\r\n" LAST, "hello"},
	{"5 ;\ta = \xc3\xa4\r\nhello\r\n" LAST, "hello"},
	{"5 \t ;a\r\nhello\r\n" LAST, "hello"},
	{"5;a \r\nhello\r\n" LAST, "hello"},
	/* trailers */
	{"0\r\nX: y\r\n\r\n", ""},
	{"1\r\na\r\n0;x\r\nX: y\r\nX-Z:\xff\r\n\r\n", "a"},
};

START_TEST(next_given_good_body_gives_its_data_and_leaves_what_follows)
{
	for (size_t n = 1; n < 80; n++) {
		BUF_AUTO struct buf bytes = {0};
		BUF_AUTO struct buf data = {0};
		struct err err = {0};
		size_t left;

		buf_add_format(&bytes, "%srest", good[_i].bytes);
		ck_assert_msg(read_all(buf_span(&bytes), n, &data, &left, &err) == CHUNKED_END,
			"row %d in pieces of %zu: %s", _i, n, err.text);
		ck_assert_msg(span_is(buf_span(&data), good[_i].data), "row %d", _i);
		ck_assert_uint_eq(left, 4);
	}
}
END_TEST

START_TEST(next_given_any_prefix_wants_more)
{
	struct span whole = span_of(good[_i].bytes);

	for (size_t n = 0; n < whole.n; n++) {
		BUF_AUTO struct buf data = {0};
		struct err err = {0};
		size_t left;

		ck_assert_int_eq(
			read_all(span_first(whole, n), SIZE_MAX, &data, &left, &err), CHUNKED_MORE);
		ck_assert_uint_eq(left, 0);
	}
}
END_TEST

/* -- bad ------------------------------------------------------------------------------------- */

static const struct {
	struct span bytes;
	const char *why; /* is part of the error's text */
} bad[] = {
	/* sizes */
	{SPAN_LITERAL("\r\n"), "chunk size"},
	{SPAN_LITERAL(" 5\r\n"), "chunk size"},
	{SPAN_LITERAL("\t5\r\n"), "chunk size"},
	{SPAN_LITERAL("5 \r\n"), "chunk size"},
	{SPAN_LITERAL("5\t\r\n"), "chunk size"},
	{SPAN_LITERAL("5 5\r\n"), "chunk size"},
	{SPAN_LITERAL(";a\r\n"), "chunk size"},
	{SPAN_LITERAL("-5\r\n"), "chunk size"},
	{SPAN_LITERAL("+5\r\n"), "chunk size"},
	{SPAN_LITERAL("0x5\r\n"), "chunk size"},
	{SPAN_LITERAL("5h\r\n"), "chunk size"},
	{SPAN_LITERAL("g\r\n"), "chunk size"},
	{SPAN_LITERAL("5,5\r\n"), "chunk size"},
	{SPAN_LITERAL("5_0\r\n"), "chunk size"},
	{SPAN_LITERAL("5\0\r\n"), "chunk size"},
	{SPAN_LITERAL("\xef\xbc\x95\r\n"), "chunk size"},
	{SPAN_LITERAL("hello"), "chunk size"},
	{SPAN_LITERAL("8000000000000000\r\n"), "too large"},
	{SPAN_LITERAL("ffffffffffffffff\r\n"), "too large"},
	{SPAN_LITERAL("10000000000000005\r\n"), "too large"},
	{SPAN_LITERAL("fffffffffffffffffffff\r\n"), "too large"},
	/* the ends of the size's line */
	{SPAN_LITERAL("5\n"), "chunk size"},
	{SPAN_LITERAL("0\n"), "chunk size"},
	{SPAN_LITERAL("5\rhello"), "without CRLF"},
	{SPAN_LITERAL("5\r\r\n"), "without CRLF"},
	{SPAN_LITERAL("5;a\n"), "extension"},
	{SPAN_LITERAL("5;a\rb\r\n"), "without CRLF"},
	{SPAN_LITERAL("5;a=\"\n\"\r\n"), "extension"},
	{SPAN_LITERAL("5;a\0\r\n"), "extension"},
	{SPAN_LITERAL("5;a\x7f\r\n"), "extension"},
	{SPAN_LITERAL("5;a\x1b\r\n"), "extension"},
	{SPAN_LITERAL("5 ;a\n"), "extension"},
	/* the ends of the data */
	{SPAN_LITERAL("5\r\nhelloX"), "at its end"},
	{SPAN_LITERAL("5\r\nhello\n"), "at its end"},
	{SPAN_LITERAL("5\r\nhello\r0"), "at its end"},
	{SPAN_LITERAL("5\r\nhello0\r\n\r\n"), "at its end"},
	{SPAN_LITERAL("4\r\nhello\r\n"), "at its end"},
	{SPAN_LITERAL("5\r\nhello\r\n\r\n"), "chunk size"},
	/* trailers */
	{SPAN_LITERAL("0\r\n\n"), "bare LF"},
	{SPAN_LITERAL("0\r\n\rX"), "bare CR"},
	{SPAN_LITERAL("0\r\nX: y\n"), "bare LF"},
	{SPAN_LITERAL("0\r\nX : y\r\n"), "header name"},
	{SPAN_LITERAL("0\r\n: y\r\n"), "header name"},
	{SPAN_LITERAL("0\r\nX\r\n"), "colon"},
	{SPAN_LITERAL("0\r\n X: y\r\n"), "folded"},
	{SPAN_LITERAL("0\r\nX: y\r\n\tz\r\n"), "folded"},
	{SPAN_LITERAL("0\r\nX: \0\r\n"), "control byte"},
	{SPAN_LITERAL("0\r\nContent-Length: 5\r\n\r\n"), "content-length among"},
	{SPAN_LITERAL("0\r\nGET / HTTP/1.1\r\n"), "colon"},
};

START_TEST(next_given_bad_body_is_refused)
{
	for (size_t n = 1; n < 40; n++) {
		BUF_AUTO struct buf data = {0};
		struct err err = {0};
		size_t left;

		ck_assert_msg(read_all(bad[_i].bytes, n, &data, &left, &err) == -1,
			"row %d in pieces of %zu: %.*s", _i, n, SPAN_ARG(bad[_i].bytes));
		ck_assert_int_eq(status_of_err(err.kind), 400);
		ck_assert_msg(strstr(err.text, bad[_i].why), "row %d: %s", _i, err.text);
	}
}
END_TEST

/* -- limits ---------------------------------------------------------------------------------- */

/* Reads `start`, n times `repeated`, and `end`: 0 at the end, else the status of the refusal. */
static int status_of(const char *start, size_t n, const char *repeated, const char *end)
{
	BUF_AUTO struct buf bytes = {0};
	BUF_AUTO struct buf data = {0};
	struct err err = {0};
	size_t left;
	int event;

	buf_add_text(&bytes, start);
	for (size_t i = 0; i < n; i++)
		buf_add_text(&bytes, repeated);
	buf_add_text(&bytes, end);
	event = read_all(buf_span(&bytes), 1000, &data, &left, &err);
	ck_assert_int_ne(event, CHUNKED_MORE);
	return event == CHUNKED_END ? 0 : status_of_err(err.kind);
}

START_TEST(next_given_size_line_at_and_over_its_limit)
{
	static const char end[] = "\r\nx\r\n" LAST;

	ck_assert_int_eq(status_of("1;", CHUNKED_LINE_MAX - 4, "a", end), 0);
	ck_assert_int_eq(status_of("1;", CHUNKED_LINE_MAX - 3, "a", end), 400);
	ck_assert_int_eq(status_of("", CHUNKED_LINE_MAX - 3, "0", "1\r\nx\r\n" LAST), 0);
	ck_assert_int_eq(status_of("", CHUNKED_LINE_MAX - 2, "0", "1\r\nx\r\n" LAST), 400);
	ck_assert_int_eq(status_of("1", CHUNKED_LINE_MAX, " ", ";\r\nx\r\n" LAST), 400);
	ck_assert_int_eq(status_of("1\r\nx\r\n0;", 1000000, "a", ""), 400);
	/* the limit is each line's */
	ck_assert_int_eq(status_of("", 1000, "1;aaaaaaaaaaaa\r\nx\r\n", LAST), 0);
}
END_TEST

START_TEST(next_given_trailers_at_and_over_their_limits)
{
	ck_assert_int_eq(status_of("0\r\n", CHUNKED_TRAILER_LINES, "X: y\r\n", "\r\n"), 0);
	ck_assert_int_eq(status_of("0\r\n", CHUNKED_TRAILER_LINES + 1, "X: y\r\n", "\r\n"), 431);
	ck_assert_int_eq(status_of("0\r\nX:", CHUNKED_TRAILER_MAX - 6, "y", "\r\n\r\n"), 0);
	ck_assert_int_eq(status_of("0\r\nX:", CHUNKED_TRAILER_MAX - 5, "y", "\r\n\r\n"), 431);
}
END_TEST

START_TEST(next_given_largest_size_takes_it)
{
	struct span in = SPAN_LITERAL("7fffffffffffffff\r\nhello");
	struct span data = SPAN_EMPTY;
	struct chunked chunked;
	struct err err;

	chunked_init(&chunked);
	ck_assert_int_eq(chunked_next(&chunked, &in, &data, &err), CHUNKED_DATA);
	ck_assert(span_is(data, "hello"));
	ck_assert_int_eq(chunked_next(&chunked, &in, &data, &err), CHUNKED_MORE);
	chunked_deinit(&chunked);
}
END_TEST

/* -- events ---------------------------------------------------------------------------------- */

START_TEST(next_given_end_tells_it_again_and_takes_nothing)
{
	struct span in = SPAN_LITERAL(LAST "5\r\nhello");
	struct span data = SPAN_EMPTY;
	struct chunked chunked;
	struct err err;

	chunked_init(&chunked);
	ck_assert_int_eq(chunked_next(&chunked, &in, &data, &err), CHUNKED_END);
	ck_assert_int_eq(chunked_next(&chunked, &in, &data, &err), CHUNKED_END);
	ck_assert(span_is(in, "5\r\nhello"));
	chunked_deinit(&chunked);
}
END_TEST

START_TEST(next_given_data_points_into_the_callers_bytes)
{
	struct span whole = SPAN_LITERAL("5\r\nhello\r\n");
	struct span in = whole;
	struct span data = SPAN_EMPTY;
	struct chunked chunked;
	struct err err;

	chunked_init(&chunked);
	ck_assert_int_eq(chunked_next(&chunked, &in, &data, &err), CHUNKED_DATA);
	ck_assert_ptr_eq(data.p, whole.p + 3);
	ck_assert_uint_eq(data.n, 5);
	ck_assert_ptr_eq(in.p, whole.p + 8);
	chunked_deinit(&chunked);
}
END_TEST

/* -- writing --------------------------------------------------------------------------------- */

START_TEST(write_size_writes_what_next_reads)
{
	static const struct {
		size_t n;
		const char *line;
	} rows[] = {{0, "0\r\n"}, {1, "1\r\n"}, {10, "a\r\n"}, {15, "f\r\n"}, {16, "10\r\n"},
		{65536, "10000\r\n"}, {SIZE_MAX, "ffffffffffffffff\r\n"}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char line[CHUNKED_FRAME_MAX];
		size_t n = chunked_write_size(line, rows[i].n);

		ck_assert(span_is((struct span){line, n}, rows[i].line));
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("chunked");
	TCase *reading = tcase_create("reading");
	TCase *limits = tcase_create("limits, events, writing");

	tcase_add_loop_test(
		reading, next_given_good_body_gives_its_data_and_leaves_what_follows, 0, ROWS(good));
	tcase_add_loop_test(reading, next_given_any_prefix_wants_more, 0, ROWS(good));
	tcase_add_loop_test(reading, next_given_bad_body_is_refused, 0, ROWS(bad));
	suite_add_tcase(suite, reading);
	tcase_add_test(limits, next_given_size_line_at_and_over_its_limit);
	tcase_add_test(limits, next_given_trailers_at_and_over_their_limits);
	tcase_add_test(limits, next_given_largest_size_takes_it);
	tcase_add_test(limits, next_given_end_tells_it_again_and_takes_nothing);
	tcase_add_test(limits, next_given_data_points_into_the_callers_bytes);
	tcase_add_test(limits, write_size_writes_what_next_reads);
	suite_add_tcase(suite, limits);
	return suite;
}
