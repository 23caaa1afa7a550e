#include "base/buf.h"
#include "rig/suite.h"
#include "wire/json.h"

static const struct {
	const char *value;
	enum json_type type;
} typed[] = {
	{" {} ", JSON_OBJECT},
	{"\n[1]", JSON_ARRAY},
	{"\"a\"", JSON_STRING},
	{"-1", JSON_NUMBER},
	{"0", JSON_NUMBER},
	{"9", JSON_NUMBER},
	{"true", JSON_TRUE},
	{"false", JSON_FALSE},
	{"\tnull", JSON_NULL},
	{"", JSON_NONE},
	{" ", JSON_NONE},
};

START_TEST(type_of_looks_past_white_space)
{
	ck_assert_int_eq(json_type_of(span_of(typed[_i].value)), typed[_i].type);
}
END_TEST

START_TEST(trim_takes_the_four_white_spaces_only)
{
	ck_assert(span_is(json_trim(SPAN_LITERAL(" \t\r\n 1 2 \n\r\t ")), "1 2"));
	ck_assert(span_is(json_trim(SPAN_LITERAL("\v1\f")), "\v1\f"));
	ck_assert_uint_eq(json_trim(SPAN_LITERAL(" \n ")).n, 0);
}
END_TEST

/* The walk over an object, written as `key=value;` for each member. */
static void log_members(struct span object, struct buf *log)
{
	struct json_members walk = json_members_of(object);
	struct span key;
	struct span value;

	while (json_members_next(&walk, &key, &value))
		buf_add_format(log, "%.*s=%.*s;", SPAN_ARG(key), SPAN_ARG(value));
	ck_assert(!json_members_next(&walk, &key, &value));
}

static const struct {
	const char *object;
	const char *members;
} walks[] = {
	{"{}", ""},
	{" { } ", ""},
	{"{\"a\":1}", "\"a\"=1;"},
	{"{\"a\":1,\"b\":-2.50}", "\"a\"=1;\"b\"=-2.50;"},
	{" { \"a\" : 1 , \"b\" : null } ", "\"a\"=1;\"b\"=null;"},
	{"{\"a\":1,\"a\":2}", "\"a\"=1;\"a\"=2;"},
	{"{\"\":{}}", "\"\"={};"},
	{"{\"a\":{\"b\":{\"c\":1}},\"d\":[1,[2]]}", "\"a\"={\"b\":{\"c\":1}};\"d\"=[1,[2]];"},
	{"{\"a\":[{},[]],\"b\":true}", "\"a\"=[{},[]];\"b\"=true;"},
	{"{\"a\":\"x,}]\",\"b\":[\"]\",\"}\"]}", "\"a\"=\"x,}]\";\"b\"=[\"]\",\"}\"];"},
	{"{\"a\\\"\":\"\\\\\",\"b\":\"\\\"}\"}", "\"a\\\"\"=\"\\\\\";\"b\"=\"\\\"}\";"},
	{"{\"a\": { \"b\" : 1 } ,\n\"c\":\t[ ]\r}", "\"a\"={ \"b\" : 1 };\"c\"=[ ];"},
	{"{\"n\":690.0}", "\"n\"=690.0;"},
	{"{\"n\":9007199254740993 }", "\"n\"=9007199254740993;"},
};

START_TEST(members_yield_keys_and_values_as_written)
{
	BUF_AUTO struct buf log = {0};

	log_members(span_of(walks[_i].object), &log);
	ck_assert_msg(span_is(buf_span(&log), walks[_i].members), "%.*s", SPAN_ARG(buf_span(&log)));
}
END_TEST

static const struct {
	const char *array;
	const char *elements; /* each in parentheses */
} lists[] = {
	{"[]", ""},
	{" [ \t\r\n] ", ""},
	{"[1]", "(1)"},
	{"[1,2]", "(1)(2)"},
	{"[ 1 ,\n2\t]", "(1)(2)"},
	{"[\"a,]\\\"\",0.70,null]", "(\"a,]\\\"\")(0.70)(null)"},
	{"[[],[1,[2]],{\"a\":[3]} ,{}]", "([])([1,[2]])({\"a\":[3]})({})"},
};

START_TEST(elements_yield_values_as_written)
{
	BUF_AUTO struct buf log = {0};
	struct json_elements walk = json_elements_of(span_of(lists[_i].array));
	struct span value;

	while (json_elements_next(&walk, &value))
		buf_add_format(&log, "(%.*s)", SPAN_ARG(value));
	ck_assert(!json_elements_next(&walk, &value));
	ck_assert_msg(span_is(buf_span(&log), lists[_i].elements), "%.*s", SPAN_ARG(buf_span(&log)));
}
END_TEST

static const struct {
	const char *object;
	const char *key;
	const char *value; /* NULL: no such member */
} lookups[] = {
	{"{\"a\":1}", "a", "1"},
	{"{\"a\":1,\"a\":2}", "a", "2"},
	{"{\"a\":1,\"\\u0061\":2}", "a", "2"},
	{"{\"\\u0061\":1,\"b\":2}", "a", "1"},
	{"{\"a\":1}", "b", NULL},
	{"{\"a\":1}", "A", NULL},
	{"{\"a\":{\"b\":1}}", "b", NULL},
	{"{}", "a", NULL},
	{"{\"\":[]}", "", "[]"},
};

START_TEST(member_finds_the_last_of_the_name)
{
	struct span value = SPAN_EMPTY;
	bool found = json_member(span_of(lookups[_i].object), span_of(lookups[_i].key), &value);

	ck_assert_int_eq(found, lookups[_i].value != NULL);
	ck_assert(span_is(value, lookups[_i].value ? lookups[_i].value : ""));
}
END_TEST

static const struct {
	struct span string;
	struct span text;
} strings[] = {
	{SPAN_LITERAL("\"\""), SPAN_LITERAL("")},
	{SPAN_LITERAL("\"abc\""), SPAN_LITERAL("abc")},
	{SPAN_LITERAL("\"\xc3\xa4\""), SPAN_LITERAL("\xc3\xa4")},
	{SPAN_LITERAL("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), SPAN_LITERAL("\"\\/\b\f\n\r\t")},
	{SPAN_LITERAL("\"\\u0000\""), SPAN_LITERAL("\0")},
	{SPAN_LITERAL("\"a\\u0000b\""), SPAN_LITERAL("a\0b")},
	{SPAN_LITERAL("\"\\u007F\\u0080\""), SPAN_LITERAL("\x7f\xc2\x80")},
	{SPAN_LITERAL("\"\\u07ff\\u0800\""), SPAN_LITERAL("\xdf\xbf\xe0\xa0\x80")},
	{SPAN_LITERAL("\"\\uFFFF\""), SPAN_LITERAL("\xef\xbf\xbf")},
	{SPAN_LITERAL("\"\\ud83d\\ude00!\""), SPAN_LITERAL("\xf0\x9f\x98\x80!")},
	{SPAN_LITERAL("\"\\uD800\\uDC00\\uDBFF\\uDFFF\""),
		SPAN_LITERAL("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")},
	{SPAN_LITERAL("\"\\ud800\""), SPAN_LITERAL("\xed\xa0\x80")},
	{SPAN_LITERAL("\"\\udfff\""), SPAN_LITERAL("\xed\xbf\xbf")},
	{SPAN_LITERAL("\"\\ud83d\\ue000\""), SPAN_LITERAL("\xed\xa0\xbd\xee\x80\x80")},
	{SPAN_LITERAL("\"\\ue000\\udc00\""), SPAN_LITERAL("\xee\x80\x80\xed\xb0\x80")},
	{SPAN_LITERAL("\"\\ud800x\""), SPAN_LITERAL("\xed\xa0\x80x")},
	{SPAN_LITERAL("\"\\ud800\\n\""), SPAN_LITERAL("\xed\xa0\x80\n")},
	{SPAN_LITERAL("\"\\ud800\\u0041\""), SPAN_LITERAL("\xed\xa0\x80"
													  "A")},
	{SPAN_LITERAL("\"\\ud800\\ud800\\udc00\""), SPAN_LITERAL("\xed\xa0\x80\xf0\x90\x80\x80")},
	{SPAN_LITERAL("\"facial\\u002drecognition\""), SPAN_LITERAL("facial-recognition")},
};

START_TEST(string_decodes_escapes)
{
	struct arena arena;
	struct span text;

	arena_init(&arena);
	text = json_string(strings[_i].string, &arena);
	ck_assert(span_equal(text, strings[_i].text));
	arena_deinit(&arena);
}
END_TEST

START_TEST(string_without_escapes_points_into_the_text)
{
	struct span string = SPAN_LITERAL(" \"abc\" ");
	struct arena arena;

	arena_init(&arena);
	ck_assert_ptr_eq(json_string(string, &arena).p, string.p + 2);
	ck_assert_ptr_null(arena.blocks);
	arena_deinit(&arena);
}
END_TEST

START_TEST(string_is_compares_what_is_said)
{
	struct span longer = SPAN_LITERAL("\"abc\\u0064\"");

	ck_assert(json_string_is(strings[_i].string, strings[_i].text));
	ck_assert(!json_string_is(strings[_i].string, SPAN_LITERAL("something else")));
	ck_assert(!json_string_is(longer, SPAN_LITERAL("abc")));
	ck_assert(!json_string_is(longer, SPAN_LITERAL("abcde")));
	ck_assert(!json_string_is(SPAN_LITERAL("\"ab\""), SPAN_LITERAL("abc")));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("json");
	TCase *walk = tcase_create("walk");

	tcase_add_loop_test(walk, type_of_looks_past_white_space, 0, ROWS(typed));
	tcase_add_test(walk, trim_takes_the_four_white_spaces_only);
	tcase_add_loop_test(walk, members_yield_keys_and_values_as_written, 0, ROWS(walks));
	tcase_add_loop_test(walk, elements_yield_values_as_written, 0, ROWS(lists));
	tcase_add_loop_test(walk, member_finds_the_last_of_the_name, 0, ROWS(lookups));
	tcase_add_loop_test(walk, string_decodes_escapes, 0, ROWS(strings));
	tcase_add_test(walk, string_without_escapes_points_into_the_text);
	tcase_add_loop_test(walk, string_is_compares_what_is_said, 0, ROWS(strings));
	suite_add_tcase(suite, walk);
	return suite;
}
