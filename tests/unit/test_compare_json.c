#include <math.h>

#include "base/mem.h"
#include "domain/compare.h"
#include "rig/suite.h"
#include "rig/told.h"

static struct arena arena;
static struct findings findings;
static struct tolerance tolerance;
static struct tolerance_rule rules[4];

static void begin(void)
{
	arena_init(&arena);
	findings_init(&findings, &arena);
	tolerance = *tolerance_profile(SPAN_LITERAL("default"));
	tolerance.rules = rules;
}

static void end(void)
{
	arena_deinit(&arena);
}

static void compare(const char *path, struct span before, struct span after)
{
	struct compare compare = {&tolerance, &arena, &findings, SPAN_LITERAL("tags"), NAN, NAN, 0};

	compare_json(&compare, span_of(path), before, after);
}

static void check(const char *told)
{
	BUF_AUTO struct buf log = {0};

	told_write(&findings, &log);
	ck_assert_msg(span_is(buf_span(&log), told), "%.*s", SPAN_ARG(buf_span(&log)));
	ck_assert_int_eq(findings.level, *told ? FINDINGS_FAIL : FINDINGS_SAME);
}

static const struct {
	const char *before;
	const char *after;
	const char *told;
} cases[] = {
	/* the same */
	{"1", "1", ""},
	{"{\"a\":1,\"b\":[true,null]}", " { \"b\" : [ true , null ] , \"a\" : 1 } ", ""},
	{"{\"a\":{\"x\":1,\"y\":2}}", "{\"a\":{\"y\":2,\"x\":1}}", ""},
	{"[{\"x\":1,\"y\":2}]", "[{\"y\":2,\"x\":1}]", ""},
	{"1.0", "1.00", ""},
	{"1", "10e-1", ""},
	{"\"\\u00e4\\/\"", "\"\xc3\xa4/\"", ""},
	{"{\"\\u0061\":1}", "{\"a\":1}", ""},
	{"{\"a\":1,\"a\":2}", "{\"a\":2}", ""},
	{"[]", "[ ]", ""},
	{"{}", "{ }", ""},
	/* not the same */
	{"1", "2", "fail json t: 1 > 2\n"},
	{"9007199254740993", "9007199254740992", "fail json t: 9007199254740993 > 9007199254740992\n"},
	{"\"a\"", "\"b\"", "fail json t: \"a\" > \"b\"\n"},
	{"\"1\"", "1", "fail json t: \"1\" > 1\n"},
	{"true", "false", "fail json t: true > false\n"},
	{"null", "0", "fail json t: null > 0\n"},
	{"{\"a\":1,\"a\":2}", "{\"a\":1}", "fail json t.a: 2 > 1\n"},
	{"{\"a\":1}", "{\"b\":1}", "fail json t.a: 1 > \nfail json t.b:  > 1\n"},
	{"[1,2,3]", "[1,2]", "fail json t: 3 elements > 2 elements\n"},
	{"[1,2,3]", "[1,3,2]", "fail json t[1]: 2 > 3\nfail json t[2]: 3 > 2\n"},
	{"{\"a\":[{\"b c\":{\"d\":1}}]}", "{\"a\":[{\"b c\":{\"d\":2}}]}",
		"fail json t.a[0][\"b c\"].d: 1 > 2\n"},
	{"{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":4,\"b\":2,\"a\":5}",
		"fail json t.a: 1 > 5\nfail json t.c: 3 > 4\n"},
	{"", "1", "fail json t:  > 1\n"},
	{"1", "", "fail json t: 1 > \n"},
};

START_TEST(values_are_the_same_that_say_the_same)
{
	compare("t", span_of(cases[_i].before), span_of(cases[_i].after));
	check(cases[_i].told);
}
END_TEST

START_TEST(given_no_path_members_begin_it)
{
	compare("", SPAN_LITERAL("{\"a\":[1]}"), SPAN_LITERAL("{\"a\":[2]}"));
	check("fail json a[0]: 1 > 2\n");
}
END_TEST

static const struct {
	struct tolerance_rule rules[2];
	const char *before;
	const char *after;
	const char *told;
} ruled[] = {
	{{{SPAN_LITERAL("t.a"), TOLERANCE_IGNORE, 0, 0}}, "{\"a\":1,\"b\":1}", "{\"a\":[],\"b\":2}",
		"fail json t.b: 1 > 2\n"},
	{{{SPAN_LITERAL("t.a"), TOLERANCE_IGNORE, 0, 0}}, "{\"a\":1}", "{}", ""},
	{{{SPAN_LITERAL("**.a"), TOLERANCE_IGNORE, 0, 0}}, "[{\"a\":1,\"b\":1}]", "[{\"b\":1}]", ""},
	{{{SPAN_LITERAL("t"), TOLERANCE_IGNORE, 0, 0}}, "1", "[]", ""},
	{{{SPAN_LITERAL("[\"t\"]"), TOLERANCE_IGNORE, 0, 0}}, "1", "[]", ""},
	{{{SPAN_LITERAL("t"), TOLERANCE_TYPE, 0, 0}}, "{\"a\":1}", "{\"b\":[]}", ""},
	{{{SPAN_LITERAL("t"), TOLERANCE_TYPE, 0, 0}}, "true", "false", ""},
	{{{SPAN_LITERAL("t"), TOLERANCE_TYPE, 0, 0}}, "1", "null", "fail json t: 1 > null\n"},
	{{{SPAN_LITERAL("t"), TOLERANCE_TYPE, 0, 0}}, "1", "", "fail json t: 1 > \n"},
	{{{SPAN_LITERAL("t"), TOLERANCE_UNORDERED, 0, 0}}, "[1,{\"a\":1,\"b\":2},\"x\"]",
		"[\"x\", 1, {\"b\":2, \"a\":1}]", ""},
	{{{SPAN_LITERAL("t"), TOLERANCE_UNORDERED, 0, 0}}, "[1,1,2]", "[1,2,2]",
		"fail json t: [1,1,2] > [1,2,2]\n"},
	{{{SPAN_LITERAL("t"), TOLERANCE_UNORDERED, 0, 0}}, "[1,1]", "[1]",
		"fail json t: 2 elements > 1 elements\n"},
	{{{SPAN_LITERAL("t"), TOLERANCE_UNORDERED, 0, 0}}, "1", "2", "fail json t: 1 > 2\n"},
	{{{SPAN_LITERAL("t[*]"), TOLERANCE_NEAR, 0.5, 0}}, "[1,10]", "[1.5,10.6]",
		"fail json t[1] [0.6 > 0.5]: 10 > 10.6\n"},
	{{{SPAN_LITERAL("t[*]"), TOLERANCE_NEAR, 0, 0.1}}, "[-10,1]", "[-11,1.2]",
		"fail json t[1] [0.2 > 0.1]: 1 > 1.2\n"},
	{{{SPAN_LITERAL("t"), TOLERANCE_NEAR, 1, 0}}, "1", "1e999",
		"fail json t [inf > 1]: 1 > 1e999\n"},
	{{{SPAN_LITERAL("t"), TOLERANCE_NEAR, 1, 1}}, "1e999", "-1e999",
		"fail json t [inf > inf]: 1e999 > -1e999\n"},
	{{{SPAN_LITERAL("t"), TOLERANCE_NEAR, 1, 0}}, "\"1\"", "\"2\"", "fail json t: \"1\" > \"2\"\n"},
	/* the first one counts */
	{{{SPAN_LITERAL("t.a"), TOLERANCE_EXACT, 0, 0}, {SPAN_LITERAL("**"), TOLERANCE_NEAR, 1, 0}},
		"{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":2}", "fail json t.a: 1 > 2\n"},
};

START_TEST(rules_say_what_counts_where)
{
	rules[0] = ruled[_i].rules[0];
	rules[1] = ruled[_i].rules[1];
	tolerance.rule_count = ruled[_i].rules[1].path.n ? 2 : 1;
	compare("t", span_of(ruled[_i].before), span_of(ruled[_i].after));
	check(ruled[_i].told);
}
END_TEST

/* Rules begin at the answer's outermost value, wherever the comparison begins. */
START_TEST(rules_given_a_longer_path)
{
	rules[0] = (struct tolerance_rule){SPAN_LITERAL("a[2][\"b c\"].d"), TOLERANCE_IGNORE, 0, 0};
	tolerance.rule_count = 1;
	compare("a[2][\"b\\u0020c\"]", SPAN_LITERAL("{\"d\":1,\"e\":1}"),
		SPAN_LITERAL("{\"d\":2,\"e\":2}"));
	check("fail json a[2][\"b\\u0020c\"].e: 1 > 2\n");
}
END_TEST

/* Deep enough for one level less than anything reads. */
START_TEST(given_the_deepest_nesting)
{
	BUF_AUTO struct buf before = {0};
	BUF_AUTO struct buf after = {0};

	rules[0] = (struct tolerance_rule){SPAN_LITERAL("**.x"), TOLERANCE_IGNORE, 0, 0};
	tolerance.rule_count = 1;
	for (size_t i = 0; i < 64; i++) {
		buf_add_text(&before, "[");
		buf_add_text(&after, "[");
	}
	buf_add_text(&before, "1");
	buf_add_text(&after, "2");
	for (size_t i = 0; i < 64; i++) {
		buf_add_text(&before, "]");
		buf_add_text(&after, "]");
	}
	compare("", buf_span(&before), buf_span(&after));
	ck_assert_uint_eq(findings.count, 1);
	ck_assert_uint_eq(findings.items[0].path.n, 3 * (size_t)64);
	ck_assert(span_is(findings.items[0].after, "2"));
}
END_TEST

static void write_members(struct buf *out, size_t count, bool is_backwards)
{
	buf_add_text(out, "{");
	for (size_t i = 0; i < count; i++)
		buf_add_format(out, "%s\"key%zu\":%zu", i ? "," : "", is_backwards ? count - i : i, i);
	buf_add_text(out, "}");
}

/* That takes seconds, not hours. */
START_TEST(given_hundreds_of_thousands_of_members)
{
	BUF_AUTO struct buf before = {0};
	BUF_AUTO struct buf after = {0};

	write_members(&before, 300000, false);
	write_members(&after, 300000, true);
	compare("t", buf_span(&before), buf_span(&after));
	ck_assert_int_eq(findings.level, FINDINGS_FAIL);
	ck_assert_uint_eq(findings.count, FINDINGS_MAX);
}
END_TEST

START_TEST(given_more_members_than_are_compared)
{
	BUF_AUTO struct buf before = {0};
	BUF_AUTO struct buf after = {0};

	write_members(&before, 600000, false);
	write_members(&after, 600000, false);
	compare("t", buf_span(&before), buf_span(&after));
	ck_assert_int_eq(findings.level, FINDINGS_SAME);
	buf_add_text(&after, " ");
	after.bytes[after.n - 2] = ' ';
	after.bytes[after.n - 1] = '}';
	compare("t", buf_span(&before), buf_span(&after));
	ck_assert_uint_eq(findings.count, 1);
	ck_assert(span_is(findings.items[0].path, "t"));
}
END_TEST

static const struct {
	const char *before;
	const char *after;
	uint64_t left; /* steps */
	enum findings_level level;
} tired[] = {
	{"[[1,2]]", "[[1,2]]", 0, FINDINGS_SAME}, /* the same bytes */
	{"[[1,2]]", "[[1,3]]", 0, FINDINGS_FAIL},
	{"[[1,2]]", "[[1,2.0]]", 1000, FINDINGS_SAME},
	{"[[1,2]]", "[[1,2.0]]", 10, FINDINGS_FAIL},
	{"[[1,2]]", "[[1,2.0]]", 100, FINDINGS_FAIL}, /* is over inside */
	{"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", 1000, FINDINGS_SAME},
	{"{\"a\":1,\"b\":2.0}", "{\"b\":2,\"a\":1}", 100, FINDINGS_FAIL},
	{"[1,2,3,4,5,6,7,8]", "[1.0,2.0,3.0,4.0,5.0,6.0,7.0,8.0]", 300, FINDINGS_FAIL},
};

START_TEST(what_takes_too_many_steps_counts_as_different)
{
	struct compare compare = {&tolerance, &arena, &findings, SPAN_LITERAL("tags"), NAN, NAN,
		COMPARE_STEPS_MAX - tired[_i].left};

	compare_json(&compare, SPAN_EMPTY, span_of(tired[_i].before), span_of(tired[_i].after));
	ck_assert_int_eq(findings.level, tired[_i].level);
	ck_assert_uint_eq(findings.count, tired[_i].level == FINDINGS_FAIL);
	ck_assert_uint_eq(findings.dropped, 0);
}
END_TEST

/* All of it would be gone over at each level: more than is left. */
START_TEST(given_much_deep_inside_it_comes_to_an_end)
{
	enum { LEVELS = 60, NUMBERS = 20000 };
	struct compare compare = {&tolerance, &arena, &findings, SPAN_LITERAL("tags"), NAN, NAN,
		COMPARE_STEPS_MAX - (uint64_t)LEVELS * NUMBERS};
	BUF_AUTO struct buf before = {0};
	BUF_AUTO struct buf after = {0};

	for (size_t i = 0; i < LEVELS; i++)
		buf_add_text(&before, "[");
	for (size_t i = 0; i < NUMBERS; i++)
		buf_add_text(&before, i ? ",1" : "1");
	buf_add(&after, buf_span(&before));
	after.bytes[after.n - 1] = '2';
	for (size_t i = 0; i < LEVELS; i++) {
		buf_add_text(&before, "]");
		buf_add_text(&after, "]");
	}
	compare_json(&compare, SPAN_EMPTY, buf_span(&before), buf_span(&after));
	ck_assert_uint_eq(findings.count, 1);
	ck_assert_uint_ge(compare.steps, COMPARE_STEPS_MAX);
	ck_assert(!compare_step(&compare, 0));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("compare_json");
	TCase *json = suite_case(suite, "json", begin, end);

	tcase_add_loop_test(json, values_are_the_same_that_say_the_same, 0, ROWS(cases));
	tcase_add_test(json, given_no_path_members_begin_it);
	tcase_add_loop_test(json, rules_say_what_counts_where, 0, ROWS(ruled));
	tcase_add_test(json, rules_given_a_longer_path);
	tcase_add_test(json, given_the_deepest_nesting);
	tcase_add_test(json, given_hundreds_of_thousands_of_members);
	tcase_add_test(json, given_more_members_than_are_compared);
	tcase_add_loop_test(json, what_takes_too_many_steps_counts_as_different, 0, ROWS(tired));
	tcase_add_test(json, given_much_deep_inside_it_comes_to_an_end);
	return suite;
}
