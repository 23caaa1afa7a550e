#include <limits.h>

#include "base/buf.h"
#include "rig/suite.h"
#include "wire/json.h"

/* Feeds the text in pieces: the first `split` bytes, then pieces of `step`. */
static int check_in_pieces(
	struct span text, size_t split, size_t step, enum json_type *ret_type, struct err *err)
{
	struct json_check check;
	struct span piece = span_first(text, split);

	json_check_init(&check);
	while (piece.n || text.n) {
		if (json_check_feed(&check, piece, err) < 0)
			return -1;
		text = span_skip(text, piece.n);
		piece = span_first(text, step);
	}
	if (json_check_end(&check, err) < 0)
		return -1;
	*ret_type = check.type;
	return 0;
}

static void compare_pieces(
	struct span text, size_t split, size_t step, int outcome, const struct err *err)
{
	enum json_type type = JSON_NONE;
	struct err other = {0};

	ck_assert_int_eq(check_in_pieces(text, split, step, &type, &other), outcome);
	ck_assert_str_eq(other.text, err->text);
}

/* The outcome is the same in one piece, in two pieces split anywhere, and in pieces of any size. */
static int check_everywhere(struct span text, enum json_type *ret_type, struct err *err)
{
	int outcome = json_check_whole(text, ret_type, err);

	if (outcome == 0)
		*err = (struct err){0};
	for (size_t n = 0; n <= text.n; n++) {
		compare_pieces(text, n, text.n, outcome, err);
		compare_pieces(text, n, n ? n : 1, outcome, err);
	}
	return outcome;
}

static const struct {
	struct span text;
	enum json_type type;
} accepted[] = {
	{SPAN_LITERAL("{}"), JSON_OBJECT},
	{SPAN_LITERAL("[]"), JSON_ARRAY},
	{SPAN_LITERAL("\"\""), JSON_STRING},
	{SPAN_LITERAL("0"), JSON_NUMBER},
	{SPAN_LITERAL("true"), JSON_TRUE},
	{SPAN_LITERAL("false"), JSON_FALSE},
	{SPAN_LITERAL("null"), JSON_NULL},
	/* white space */
	{SPAN_LITERAL(" \t\r\n{ \t\r\n} \t\r\n"), JSON_OBJECT},
	{SPAN_LITERAL(" [ 1 , 2 ] "), JSON_ARRAY},
	{SPAN_LITERAL("{ \"a\" : 1 , \"b\" : [ ] }"), JSON_OBJECT},
	{SPAN_LITERAL(" 7 "), JSON_NUMBER},
	{SPAN_LITERAL("true\n"), JSON_TRUE},
	/* structure */
	{SPAN_LITERAL("[[],{},[{}],{\"a\":{}}]"), JSON_ARRAY},
	{SPAN_LITERAL("{\"a\":1,\"a\":2}"), JSON_OBJECT},
	{SPAN_LITERAL("{\"\":0}"), JSON_OBJECT},
	{SPAN_LITERAL("[null,true,false,1,\"x\"]"), JSON_ARRAY},
	{SPAN_LITERAL("{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"]}\"}"), JSON_OBJECT},
	/* numbers */
	{SPAN_LITERAL("-0"), JSON_NUMBER},
	{SPAN_LITERAL("-1"), JSON_NUMBER},
	{SPAN_LITERAL("10"), JSON_NUMBER},
	{SPAN_LITERAL("0.70"), JSON_NUMBER},
	{SPAN_LITERAL("690.0"), JSON_NUMBER},
	{SPAN_LITERAL("9007199254740993"), JSON_NUMBER},
	{SPAN_LITERAL("123456789012345678901234567890"), JSON_NUMBER},
	{SPAN_LITERAL("1e5"), JSON_NUMBER},
	{SPAN_LITERAL("1E+05"), JSON_NUMBER},
	{SPAN_LITERAL("-1.5e-300"), JSON_NUMBER},
	{SPAN_LITERAL("0e0"), JSON_NUMBER},
	{SPAN_LITERAL("1e999"), JSON_NUMBER},
	{SPAN_LITERAL("[0,-0,1.0,1e1]"), JSON_ARRAY},
	/* strings */
	{SPAN_LITERAL("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), JSON_STRING},
	{SPAN_LITERAL("\"\\u0000\\u00Ff\\uAbCd\""), JSON_STRING},
	{SPAN_LITERAL("\"\\ud83d\\ude00\""), JSON_STRING},
	{SPAN_LITERAL("\"\\ud800\""), JSON_STRING},
	{SPAN_LITERAL("\"\\udc00\\ud800x\""), JSON_STRING},
	{SPAN_LITERAL("\"\x7f\""), JSON_STRING},
	{SPAN_LITERAL("\"/* no comment */\""), JSON_STRING},
	{SPAN_LITERAL("\"\xc2\x80\xdf\xbf\""), JSON_STRING},
	{SPAN_LITERAL("\"\xe0\xa0\x80\xe1\x80\x80\xec\xbf\xbf\""), JSON_STRING},
	{SPAN_LITERAL("\"\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\""), JSON_STRING},
	{SPAN_LITERAL("\"\xf0\x90\x80\x80\xf3\xbf\xbf\xbf\xf4\x8f\xbf\xbf\""), JSON_STRING},
	{SPAN_LITERAL("{\"\xc3\xa4\\u00e4\":\"\xe2\x82\xac\"}"), JSON_OBJECT},
};

START_TEST(check_given_valid_text_accepts_at_any_split)
{
	enum json_type type = JSON_NONE;
	struct err err = {0};

	ck_assert_msg(check_everywhere(accepted[_i].text, &type, &err) == 0, "%.*s: %s",
		SPAN_ARG(accepted[_i].text), err.text);
	ck_assert_int_eq(type, accepted[_i].type);
}
END_TEST

static const struct span rejected[] = {
	/* no value */
	SPAN_LITERAL(""),
	SPAN_LITERAL(" \t\r\n"),
	SPAN_LITERAL("\xef\xbb\xbf{}"),
	SPAN_LITERAL("\xff\xfe{\0}\0"),
	SPAN_LITERAL("\0"),
	SPAN_LITERAL("\v{}"),
	SPAN_LITERAL("\f{}"),
	SPAN_LITERAL("\xc2\xa0{}"),
	SPAN_LITERAL("x"),
	SPAN_LITERAL("'a'"),
	/* something behind the value */
	SPAN_LITERAL("{}{}"),
	SPAN_LITERAL("{} x"),
	SPAN_LITERAL("{}\0"),
	SPAN_LITERAL("1 2"),
	SPAN_LITERAL("[],"),
	SPAN_LITERAL("\"a\"\"b\""),
	SPAN_LITERAL("truetrue"),
	SPAN_LITERAL("{}}"),
	SPAN_LITERAL("[]]"),
	/* cut off */
	SPAN_LITERAL("{"),
	SPAN_LITERAL("{\"a\""),
	SPAN_LITERAL("{\"a\":"),
	SPAN_LITERAL("{\"a\":1"),
	SPAN_LITERAL("{\"a\":1,"),
	SPAN_LITERAL("["),
	SPAN_LITERAL("[1"),
	SPAN_LITERAL("[1,"),
	SPAN_LITERAL("[[]"),
	SPAN_LITERAL("\""),
	SPAN_LITERAL("\"a"),
	SPAN_LITERAL("\"\\"),
	SPAN_LITERAL("\"\\\""),
	SPAN_LITERAL("\"\\u12"),
	SPAN_LITERAL("\"\xc3"),
	SPAN_LITERAL("t"),
	SPAN_LITERAL("fals"),
	SPAN_LITERAL("nul"),
	/* structure */
	SPAN_LITERAL("[1,]"),
	SPAN_LITERAL("[,1]"),
	SPAN_LITERAL("[,]"),
	SPAN_LITERAL("[1 2]"),
	SPAN_LITERAL("[1,,2]"),
	SPAN_LITERAL("[1:2]"),
	SPAN_LITERAL("[\"a\":2]"),
	SPAN_LITERAL("[}"),
	SPAN_LITERAL("[1}"),
	SPAN_LITERAL("{]"),
	SPAN_LITERAL("{\"a\":1]"),
	SPAN_LITERAL("[{\"a\":1]]"),
	SPAN_LITERAL("{\"a\":[1}}"),
	SPAN_LITERAL("{,}"),
	SPAN_LITERAL("{\"a\":1,}"),
	SPAN_LITERAL("{,\"a\":1}"),
	SPAN_LITERAL("{\"a\":1,,\"b\":2}"),
	SPAN_LITERAL("{\"a\",1}"),
	SPAN_LITERAL("{\"a\" 1}"),
	SPAN_LITERAL("{\"a\"::1}"),
	SPAN_LITERAL("{\"a\":}"),
	SPAN_LITERAL("{\"a\":1 \"b\":2}"),
	SPAN_LITERAL("{\"a\":1:2}"),
	SPAN_LITERAL("{a:1}"),
	SPAN_LITERAL("{1:1}"),
	SPAN_LITERAL("{null:1}"),
	SPAN_LITERAL("{'a':1}"),
	SPAN_LITERAL("{\"a\":1/*c*/}"),
	SPAN_LITERAL("[1]//c"),
	SPAN_LITERAL("}"),
	SPAN_LITERAL("]"),
	SPAN_LITERAL(","),
	SPAN_LITERAL(":"),
	/* numbers */
	SPAN_LITERAL("01"),
	SPAN_LITERAL("-01"),
	SPAN_LITERAL("00"),
	SPAN_LITERAL("-"),
	SPAN_LITERAL("+1"),
	SPAN_LITERAL("--1"),
	SPAN_LITERAL("1."),
	SPAN_LITERAL("1.e1"),
	SPAN_LITERAL(".5"),
	SPAN_LITERAL("-.5"),
	SPAN_LITERAL("1e"),
	SPAN_LITERAL("1e+"),
	SPAN_LITERAL("1e-x"),
	SPAN_LITERAL("1e1.5"),
	SPAN_LITERAL("1ee1"),
	SPAN_LITERAL("1.2.3"),
	SPAN_LITERAL("1-2"),
	SPAN_LITERAL("1_000"),
	SPAN_LITERAL("0x1"),
	SPAN_LITERAL("1f"),
	SPAN_LITERAL("[1.]"),
	SPAN_LITERAL("[-]"),
	SPAN_LITERAL("[1e]"),
	SPAN_LITERAL("NaN"),
	SPAN_LITERAL("-NaN"),
	SPAN_LITERAL("Infinity"),
	SPAN_LITERAL("-Infinity"),
	SPAN_LITERAL("{\"a\":NaN}"),
	SPAN_LITERAL("\xef\xbc\x91"),
	/* literals */
	SPAN_LITERAL("True"),
	SPAN_LITERAL("nulL"),
	SPAN_LITERAL("nil"),
	SPAN_LITERAL("tru e"),
	SPAN_LITERAL("[tru]"),
	SPAN_LITERAL("falsey"),
	/* strings */
	SPAN_LITERAL("\"\n\""),
	SPAN_LITERAL("\"\t\""),
	SPAN_LITERAL("\"\0\""),
	SPAN_LITERAL("\"\x1f\""),
	SPAN_LITERAL("{\"a\nb\":1}"),
	SPAN_LITERAL("\"\\x41\""),
	SPAN_LITERAL("\"\\'\""),
	SPAN_LITERAL("\"\\a\""),
	SPAN_LITERAL("\"\\0\""),
	SPAN_LITERAL("\"\\U0041\""),
	SPAN_LITERAL("\"\\u\""),
	SPAN_LITERAL("\"\\u004\""),
	SPAN_LITERAL("\"\\u00g0\""),
	SPAN_LITERAL("\"\\u{41}\""),
	SPAN_LITERAL("\"\\u 041\""),
	SPAN_LITERAL("\"\\\n\""),
	SPAN_LITERAL("\"\\ n\""),
	SPAN_LITERAL("\"\\\0\""),
	SPAN_LITERAL("\"\\\xc3\xa4\""),
	/* invalid UTF-8 */
	SPAN_LITERAL("\"\x80\""),
	SPAN_LITERAL("\"\xbf\""),
	SPAN_LITERAL("\"\xff\""),
	SPAN_LITERAL("\"\xfe\""),
	SPAN_LITERAL("\"\xc0\x80\""),
	SPAN_LITERAL("\"\xc1\xbf\""),
	SPAN_LITERAL("\"\xc3\""),
	SPAN_LITERAL("\"\xc3(\""),
	SPAN_LITERAL("\"\xc3\xc3\""),
	SPAN_LITERAL("\"\xe0\x9f\xbf\""),
	SPAN_LITERAL("\"\xe2\x82\""),
	SPAN_LITERAL("\"\xe2\x28\xa1\""),
	SPAN_LITERAL("\"\xed\xa0\x80\""),
	SPAN_LITERAL("\"\xed\xbf\xbf\""),
	SPAN_LITERAL("\"\xf0\x8f\xbf\xbf\""),
	SPAN_LITERAL("\"\xf0\x9f\x98\""),
	SPAN_LITERAL("\"\xf4\x90\x80\x80\""),
	SPAN_LITERAL("\"\xf5\x80\x80\x80\""),
	SPAN_LITERAL("\"\xf8\x88\x80\x80\x80\""),
	SPAN_LITERAL("{\"\xff\":1}"),
	SPAN_LITERAL("\xc3\xa4"),
	SPAN_LITERAL("[\xe2\x82\xac]"),
	SPAN_LITERAL("{\"a\":1}\xe2\x80\xa8"),
};

START_TEST(check_given_broken_text_refuses_at_any_split)
{
	enum json_type type = JSON_NONE;
	struct err err = {0};

	ck_assert_msg(check_everywhere(rejected[_i], &type, &err) == -1, "accepted: %.*s",
		SPAN_ARG(rejected[_i]));
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_int_eq(type, JSON_NONE);
}
END_TEST

static const struct {
	struct span text;
	const char *fault;
} faults[] = {
	{SPAN_LITERAL(""), "JSON ends at byte 0, wanted a value"},
	{SPAN_LITERAL("{\"a\":"), "JSON ends at byte 5, wanted a value"},
	{SPAN_LITERAL("{\"a"), "JSON ends at byte 3, wanted the rest of a string"},
	{SPAN_LITERAL("tru"), "JSON ends at byte 3, wanted true, false or null"},
	{SPAN_LITERAL("x"), "JSON at byte 0: found 'x', wanted a value"},
	{SPAN_LITERAL("[1,]"), "JSON at byte 3: found ']', wanted a value"},
	{SPAN_LITERAL("[?"), "JSON at byte 1: found '?', wanted a value or ']'"},
	{SPAN_LITERAL("{1"), "JSON at byte 1: found '1', wanted a key in double quotes or '}'"},
	{SPAN_LITERAL("{\"a\":1,}"), "JSON at byte 7: found '}', wanted a key in double quotes"},
	{SPAN_LITERAL("{\"a\"}"), "JSON at byte 4: found '}', wanted ':'"},
	{SPAN_LITERAL("[1}"), "JSON at byte 2: found '}', wanted ',' or ']'"},
	{SPAN_LITERAL("{\"a\":1]"), "JSON at byte 6: found ']', wanted ',' or '}'"},
	{SPAN_LITERAL("{}}"), "JSON at byte 2: found '}', wanted nothing more"},
	{SPAN_LITERAL("{}\xff"), "JSON at byte 2: found byte ff, wanted nothing more"},
	{SPAN_LITERAL("nil"), "JSON at byte 1: found 'i', wanted true, false or null"},
	{SPAN_LITERAL("01"), "JSON at byte 1: found '1', wanted nothing more"},
	{SPAN_LITERAL("-x"), "JSON at byte 1: found 'x', wanted a digit"},
	{SPAN_LITERAL("1.x"), "JSON at byte 2: found 'x', wanted a digit"},
	{SPAN_LITERAL("1ex"), "JSON at byte 2: found 'x', wanted a digit or a sign"},
	{SPAN_LITERAL("1e+x"), "JSON at byte 3: found 'x', wanted a digit"},
	{SPAN_LITERAL("\"\n\""), "JSON at byte 1: found byte 0a, wanted the rest of a string"},
	{SPAN_LITERAL("\"\\x\""), "JSON at byte 2: found 'x', wanted one of \"\\/bfnrtu"},
	{SPAN_LITERAL("\"\\u0g\""), "JSON at byte 4: found 'g', wanted a hexadecimal digit"},
	{SPAN_LITERAL("\"\xc3\x28\""), "JSON at byte 2: found '(', wanted valid UTF-8"},
	{SPAN_LITERAL("\"\xff\""), "JSON at byte 1: found byte ff, wanted valid UTF-8"},
};

START_TEST(check_names_the_fault_and_its_place)
{
	enum json_type type;
	struct err err = {0};

	ck_assert_int_eq(json_check_whole(faults[_i].text, &type, &err), -1);
	ck_assert_str_eq(err.text, faults[_i].fault);
}
END_TEST

/* Long strings and numbers are checked many bytes at a time; fed byte by byte, they are not. */
static void compare_with_bytewise(struct span text)
{
	enum json_type type = JSON_NONE;
	struct err whole = {0};
	struct err bytewise = {0};
	int outcome = json_check_whole(text, &type, &whole);

	ck_assert_int_eq(check_in_pieces(text, 1, 1, &type, &bytewise), outcome);
	ck_assert_str_eq(outcome ? whole.text : "", bytewise.text);
}

START_TEST(check_given_any_byte_anywhere_in_a_long_string_judges_as_byte_by_byte)
{
	static const char fills[] = " !#[]a\x7f";
	char text[80];

	for (const char *fill = fills; *fill; fill++)
		for (size_t at = 1; at < sizeof text - 1; at++) {
			memset(text, *fill, sizeof text);
			text[0] = text[sizeof text - 1] = '"';
			text[at] = (char)_i;
			compare_with_bytewise((struct span){text, sizeof text});
		}
}
END_TEST

START_TEST(check_given_any_byte_anywhere_in_a_long_number_judges_as_byte_by_byte)
{
	static const char number[] = "[-120345678901234567.890123456789012e+0123456789]";
	char text[sizeof number - 1];

	for (size_t at = 0; at < sizeof text; at++) {
		memcpy(text, number, sizeof text);
		text[at] = (char)_i;
		compare_with_bytewise((struct span){text, sizeof text});
	}
}
END_TEST

/* n times `open`, a value, n times `close`. */
static void nest(struct buf *buf, size_t n, const char *open, const char *close)
{
	for (size_t i = 0; i < n; i++)
		buf_add_text(buf, open);
	buf_add_text(buf, "0");
	for (size_t i = 0; i < n; i++)
		buf_add_text(buf, close);
}

START_TEST(check_accepts_as_many_levels_as_allowed)
{
	enum json_type type;
	struct err err;
	BUF_AUTO struct buf arrays = {0};
	BUF_AUTO struct buf objects = {0};
	BUF_AUTO struct buf mixed = {0};

	nest(&arrays, JSON_DEPTH_MAX, "[", "]");
	nest(&objects, JSON_DEPTH_MAX, "{\"a\":", "}");
	nest(&mixed, JSON_DEPTH_MAX / 2, "[{\"a\":", "}]");
	ck_assert_int_eq(check_everywhere(buf_span(&arrays), &type, &err), 0);
	ck_assert_int_eq(check_everywhere(buf_span(&objects), &type, &err), 0);
	ck_assert_int_eq(check_everywhere(buf_span(&mixed), &type, &err), 0);
}
END_TEST

START_TEST(check_given_one_level_too_many_names_the_limit)
{
	enum json_type type;
	struct err err;
	BUF_AUTO struct buf arrays = {0};
	BUF_AUTO struct buf objects = {0};

	nest(&arrays, JSON_DEPTH_MAX + 1, "[", "]");
	ck_assert_int_eq(check_everywhere(buf_span(&arrays), &type, &err), -1);
	ck_assert_int_eq(err.kind, ERR_TOO_LARGE);
	ck_assert_str_eq(err.text, "JSON at byte 64: more than 64 arrays and objects in one another");
	nest(&objects, JSON_DEPTH_MAX + 1, "{\"a\":", "}");
	ck_assert_int_eq(check_everywhere(buf_span(&objects), &type, &err), -1);
	ck_assert_int_eq(err.kind, ERR_TOO_LARGE);
}
END_TEST

START_TEST(check_counts_levels_not_brackets)
{
	enum json_type type;
	struct err err;
	BUF_AUTO struct buf flat = {0};

	buf_add_text(&flat, "[");
	for (int i = 0; i < 3 * JSON_DEPTH_MAX; i++)
		buf_add_text(&flat, "[],");
	buf_add_text(&flat, "{}]");
	ck_assert_int_eq(json_check_whole(buf_span(&flat), &type, &err), 0);
}
END_TEST

START_TEST(check_knows_the_type_before_the_end)
{
	struct json_check check;
	struct err err;

	json_check_init(&check);
	ck_assert_int_eq(json_check_feed(&check, SPAN_LITERAL(" \n"), &err), 0);
	ck_assert_int_eq(check.type, JSON_NONE);
	ck_assert_int_eq(json_check_feed(&check, SPAN_LITERAL("{"), &err), 0);
	ck_assert_int_eq(check.type, JSON_OBJECT);
	ck_assert_int_eq(json_check_feed(&check, SPAN_LITERAL("\"a\":[1"), &err), 0);
	ck_assert_int_eq(check.type, JSON_OBJECT);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("json_check");
	TCase *check = tcase_create("check");

	tcase_add_loop_test(check, check_given_valid_text_accepts_at_any_split, 0, ROWS(accepted));
	tcase_add_loop_test(check, check_given_broken_text_refuses_at_any_split, 0, ROWS(rejected));
	tcase_add_loop_test(check, check_names_the_fault_and_its_place, 0, ROWS(faults));
	tcase_add_loop_test(check,
		check_given_any_byte_anywhere_in_a_long_string_judges_as_byte_by_byte, 0, UCHAR_MAX + 1);
	tcase_add_loop_test(check,
		check_given_any_byte_anywhere_in_a_long_number_judges_as_byte_by_byte, 0, UCHAR_MAX + 1);
	tcase_add_test(check, check_accepts_as_many_levels_as_allowed);
	tcase_add_test(check, check_given_one_level_too_many_names_the_limit);
	tcase_add_test(check, check_counts_levels_not_brackets);
	tcase_add_test(check, check_knows_the_type_before_the_end);
	suite_add_tcase(suite, check);
	return suite;
}
