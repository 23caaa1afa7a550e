#include "base/buf.h"

#include "base/arena.h"
#include "rig/suite.h"

#define ROWS(row) (sizeof(row) / sizeof *(row))

START_TEST(add_given_pieces_puts_them_together)
{
	BUF_AUTO struct buf buf = {0};

	ck_assert_uint_eq(buf_span(&buf).n, 0);
	buf_add(&buf, SPAN_EMPTY);
	ck_assert_ptr_null(buf.bytes);
	buf_add(&buf, SPAN_LITERAL("a\0b"));
	buf_add_text(&buf, "-");
	buf_add_text(&buf, "");
	buf_add_format(&buf, "%d %s%c", 42, "x", 0);
	ck_assert(span_equal(buf_span(&buf), SPAN_LITERAL("a\0b-42 x\0")));
	buf_reset(&buf);
	ck_assert_uint_eq(buf.n, 0);
	ck_assert_ptr_nonnull(buf.bytes);
	buf_deinit(&buf);
	ck_assert_ptr_null(buf.bytes);
}
END_TEST

START_TEST(reserve_makes_room_and_keeps_the_bytes)
{
	BUF_AUTO struct buf buf = {0};

	for (size_t i = 0; i < 3000; i++) {
		char *to = buf_reserve(&buf, 3);

		ck_assert_ptr_eq(to, buf.bytes + buf.n);
		ck_assert_uint_ge(buf.capacity - buf.n, 3);
		memset(to, (int)(i % 251), 3);
		buf.n += 3;
	}
	for (size_t i = 0; i < 9000; i++)
		ck_assert_uint_eq((unsigned char)buf.bytes[i], i / 3 % 251);
	(void)buf_reserve(&buf, 100000);
	ck_assert_uint_ge(buf.capacity, 109000);
	ck_assert_uint_lt(buf.capacity, 218000);
}
END_TEST

START_TEST(add_format_given_long_text_grows)
{
	BUF_AUTO struct buf buf = {0};

	buf_add_format(&buf, "%5000d|", 7);
	ck_assert_uint_eq(buf.n, 5001);
	ck_assert(span_is(span_skip(buf_span(&buf), 4998), " 7|"));
}
END_TEST

static const struct {
	struct span text;
	const char *json;
} texts[] = {
	{SPAN_LITERAL(""), "\"\""},
	{SPAN_LITERAL("a b/c"), "\"a b/c\""},
	{SPAN_LITERAL("\"\\"), "\"\\\"\\\\\""},
	{SPAN_LITERAL("\0\x01\n\r\t\x1f\x7f"), "\"\\u0000\\u0001\\u000a\\u000d\\u0009\\u001f\\u007f\""},
	{SPAN_LITERAL("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
		"\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
	{SPAN_LITERAL("a\xff"
				  "b\xc3"),
		"\"a\xef\xbf\xbd"
		"b\xef\xbf\xbd\""},
	{SPAN_LITERAL("\xc2\x80\xc2\x9f\xc2\xa0\xc2"), "\"\\u0080\\u009f\xc2\xa0\xef\xbf\xbd\""},
	{SPAN_LITERAL(
		 "\xe2\x80\x8d\xe2\x80\x8f\xe2\x80\xae\xe2\x80\xac\xe2\x81\xa7\xe2\x81\xa9\xe2\x81\xaa"),
		"\"\xe2\x80\x8d\\u200f\\u202e\\u202c\\u2067\\u2069\xe2\x81\xaa\""},
	{SPAN_LITERAL("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

START_TEST(add_number_gives_its_digits)
{
	BUF_AUTO struct buf buf = {0};

	buf_add_number(&buf, 0);
	buf_add_text(&buf, " ");
	buf_add_number(&buf, 10);
	buf_add_text(&buf, " ");
	buf_add_number(&buf, UINT64_MAX);
	ck_assert(span_is(buf_span(&buf), "0 10 18446744073709551615"));
}
END_TEST

/* Plain characters are looked at eight at a time: each byte at each place among them, against what
 * becomes of it alone. */
START_TEST(add_json_text_gives_each_byte_its_due_wherever_it_is)
{
	enum { LENGTH = 24 };

	for (int byte = 0; byte < 256; byte++)
		for (size_t at = 0; at < LENGTH; at++) {
			BUF_AUTO struct buf wanted = {0};
			BUF_AUTO struct buf found = {0};
			char text[LENGTH];

			memset(text, '~', LENGTH);
			text[at] = (char)byte;
			for (size_t i = 0; i < LENGTH; i++)
				buf_add_json_text(&wanted, (struct span){text + i, 1});
			buf_add_json_text(&found, (struct span){text, LENGTH});
			ck_assert(span_equal(buf_span(&found), buf_span(&wanted)));
		}
}
END_TEST

START_TEST(add_json_gives_valid_json)
{
	BUF_AUTO struct buf buf = {0};

	buf_add_json(&buf, texts[_i].text);
	ck_assert_msg(span_is(buf_span(&buf), texts[_i].json), "%.*s", SPAN_ARG(buf_span(&buf)));
}
END_TEST

START_TEST(add_visible_escapes_what_terminals_obey_and_nothing_else)
{
	static const struct {
		const char *text;
		const char *visible;
	} cases[] = {
		{"", ""},
		{"{\"a\":\"\\u0041\"}", "{\"a\":\"\\u0041\"}"},
		{"\"\"", "\"\""},
		{"\033[31m\a", "\\u001b[31m\\u0007"},
		{"\302\233\"", "\\u009b\""},
		{"\342\200\250", "\\u2028"},
		{"\303\266\\\377", "\303\266\\\357\277\275"},
	};

	for (size_t i = 0; i < ROWS(cases); i++) {
		BUF_AUTO struct buf buf = {0};

		buf_add_visible(&buf, span_of(cases[i].text));
		ck_assert_msg(
			span_is(buf_span(&buf), cases[i].visible), "%zu: %.*s", i, SPAN_ARG(buf_span(&buf)));
	}
}
END_TEST

START_TEST(add_given_an_arena_keeps_the_bytes_there)
{
	struct arena arena;
	struct buf buf = {.arena = &arena};
	struct span before;

	arena_init(&arena);
	buf_add_text(&buf, "abc");
	before = buf_span(&buf);
	for (int i = 0; i < 1000; i++)
		buf_add_text(&buf, "defghij");
	ck_assert_uint_eq(buf.n, 7003);
	ck_assert(span_starts(buf_span(&buf), SPAN_LITERAL("abcdefghijdefg")));
	ck_assert(span_is(before, "abc"));
	before = buf_span(&buf);
	buf_deinit(&buf);
	ck_assert_uint_eq(buf.n, 0);
	ck_assert_ptr_eq(buf.arena, &arena);
	ck_assert(span_starts(before, SPAN_LITERAL("abcdef")));
	arena_deinit(&arena);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("buf");
	TCase *tcase = tcase_create("buf");

	tcase_add_test(tcase, add_given_pieces_puts_them_together);
	tcase_add_test(tcase, reserve_makes_room_and_keeps_the_bytes);
	tcase_add_test(tcase, add_format_given_long_text_grows);
	tcase_add_test(tcase, add_number_gives_its_digits);
	tcase_add_test(tcase, add_json_text_gives_each_byte_its_due_wherever_it_is);
	tcase_add_loop_test(tcase, add_json_gives_valid_json, 0, ROWS(texts));
	tcase_add_test(tcase, add_visible_escapes_what_terminals_obey_and_nothing_else);
	tcase_add_test(tcase, add_given_an_arena_keeps_the_bytes_there);
	suite_add_tcase(suite, tcase);
	return suite;
}
