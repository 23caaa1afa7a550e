#include "domain/tolerance.h"

#include "rig/suite.h"

static struct arena arena;
static struct tolerance tolerance;
static struct err err;

static void begin(void)
{
	arena_init(&arena);
	err = (struct err){0};
}

static void end(void)
{
	arena_deinit(&arena);
}

static int read(const char *text)
{
	return tolerance_read(span_of(text), &arena, &tolerance, &err);
}

START_TEST(profile_knows_those_that_are_listed)
{
	struct span rest = span_of(tolerance_profiles);

	while (rest.n) {
		struct span name = span_trim(span_cut(&rest, ','));

		ck_assert_msg(tolerance_profile(name) != NULL, "%.*s", SPAN_ARG(name));
	}
	ck_assert_ptr_null(tolerance_profile(SPAN_LITERAL("")));
	ck_assert_ptr_null(tolerance_profile(SPAN_LITERAL("defaul")));
}
END_TEST

/* As in the table that decides what is a regression. */
START_TEST(profile_default_is_what_is_promised)
{
	const struct tolerance *profile = tolerance_profile(SPAN_LITERAL("default"));

	ck_assert_double_eq(profile->distance_warn, 1e-4);
	ck_assert_double_eq(profile->distance_fail, 1e-3);
	ck_assert_double_eq(profile->iou_pair, 0.5);
	ck_assert_double_eq(profile->iou_warn, 0.9);
	ck_assert_double_eq(profile->score_warn, 0.05);
	ck_assert_double_eq(profile->face_margin, 0.02);
	ck_assert_double_eq(profile->text_margin, 0.03);
	ck_assert_double_eq(profile->landmark_px, 1);
	ck_assert_uint_eq(profile->rule_count, 0);
}
END_TEST

START_TEST(read_given_nothing_is_the_default)
{
	ck_assert_int_eq(read("{}"), 0);
	ck_assert_double_eq(tolerance.distance_fail, 1e-3);
	ck_assert_uint_eq(tolerance.rule_count, 0);
}
END_TEST

START_TEST(read_changes_the_profile_wherever_it_is_named)
{
	ck_assert_int_eq(read("{\"distanceFail\":0.5,\"profile\":\"fp16\",\"_why\":[1]}"), 0);
	ck_assert_double_eq(tolerance.distance_fail, 0.5);
	ck_assert_double_eq(tolerance.distance_warn, 5e-4);
}
END_TEST

START_TEST(read_takes_rules_in_their_order)
{
	ck_assert_int_eq(read("{\"rules\":[{\"path\":\"a.b\",\"mode\":\"ignore\",\"_note\":1},"
						  "{\"mode\":\"near\",\"path\":\"**\",\"atol\":1e-3,\"rtol\":0.5}]}"),
		0);
	ck_assert_uint_eq(tolerance.rule_count, 2);
	ck_assert(span_is(tolerance.rules[0].path, "a.b"));
	ck_assert_int_eq(tolerance.rules[0].mode, TOLERANCE_IGNORE);
	ck_assert_int_eq(tolerance.rules[1].mode, TOLERANCE_NEAR);
	ck_assert_double_eq(tolerance.rules[1].atol, 1e-3);
	ck_assert_double_eq(tolerance.rules[1].rtol, 0.5);
}
END_TEST

static const struct {
	const char *text;
	const char *why;
} refused[] = {
	{"", "JSON"},
	{"[]", "must be a JSON object"},
	{"{\"distanceWarm\":1}", "distanceWarm: no such key"},
	{"{\"profile\":\"fast\"}", "profile: must be one of default, exact, fp16, runtime"},
	{"{\"profile\":1}", "profile: must be one of default, exact, fp16, runtime"},
	{"{\"distanceWarn\":\"1\"}", "distanceWarn: must be a number from 0 to 2"},
	{"{\"distanceWarn\":-1}", "distanceWarn: must be a number from 0 to 2"},
	{"{\"distanceFail\":2.1}", "distanceFail: must be a number from 0 to 2"},
	{"{\"landmarkPx\":1e999}", "landmarkPx: must be a number from 0 to 1e+06"},
	{"{\"rules\":{}}", "rules: must be an array"},
	{"{\"rules\":[1]}", "rules[0]: must be an object"},
	{"{\"rules\":[{}]}", "rules[0]: must have path and mode"},
	{"{\"rules\":[{\"path\":\"a\"}]}", "rules[0]: must have path and mode"},
	{"{\"rules\":[{\"mode\":\"type\"}]}", "rules[0]: must have path and mode"},
	{"{\"rules\":[{\"path\":\"a\",\"mode\":\"type\"},{\"path\":\"a..b\"}]}",
		"rules[1].path: must be a path such as a.b[0].c, a[*].b, or **.c"},
	{"{\"rules\":[{\"path\":1}]}",
		"rules[0].path: must be a path such as a.b[0].c, a[*].b, or **.c"},
	{"{\"rules\":[{\"mode\":\"skip\"}]}",
		"rules[0].mode: must be one of exact, ignore, type, unordered, near"},
	{"{\"rules\":[{\"mode\":true}]}",
		"rules[0].mode: must be one of exact, ignore, type, unordered, near"},
	{"{\"rules\":[{\"atol\":-1}]}", "rules[0].atol: must be a number from 0 to 1e+09"},
	{"{\"rules\":[{\"tol\":1}]}", "rules[0].tol: no such key"},
	{"{\"rules\":[{\"path\":\"a\",\"mode\":\"exact\",\"atol\":1}]}",
		"rules[0]: only mode near has atol and rtol"},
};

START_TEST(read_says_what_is_wrong_and_where)
{
	tolerance.distance_fail = 7;
	ck_assert_int_eq(read(refused[_i].text), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_msg(strstr(err.text, refused[_i].why) != NULL, "%s: %s", refused[_i].text, err.text);
	ck_assert_double_eq(tolerance.distance_fail, 7);
}
END_TEST

START_TEST(read_takes_so_many_rules_and_no_more)
{
	BUF_AUTO struct buf text = {0};

	buf_add_text(&text, "{\"rules\":[");
	for (size_t i = 0; i < TOLERANCE_RULES_MAX; i++)
		buf_add_format(&text, "%s{\"path\":\"a%zu\",\"mode\":\"type\"}", i ? "," : "", i);
	buf_add_text(&text, "]}");
	ck_assert_int_eq(tolerance_read(buf_span(&text), &arena, &tolerance, &err), 0);
	ck_assert_uint_eq(tolerance.rule_count, TOLERANCE_RULES_MAX);
	text.n -= 2;
	buf_add_text(&text, ",{\"path\":\"a\",\"mode\":\"type\"}]}");
	ck_assert_int_eq(tolerance_read(buf_span(&text), &arena, &tolerance, &err), -1);
	ck_assert_str_eq(err.text, "rules: too many rules");
}
END_TEST

START_TEST(write_says_what_is_read_again)
{
	static const char text[] =
		"{\"distanceWarn\":1.2345678901234566e-07,\"distanceFail\":0.001,\"normWarn\":0.001,"
		"\"iouPair\":0.5,\"iouWarn\":0.9,\"scoreWarn\":0.05,\"faceMargin\":0.02,"
		"\"textMargin\":0.03,\"landmarkPx\":1,\"rules\":["
		"{\"path\":\"a[\\\"b c\\\"]\",\"mode\":\"unordered\"},"
		"{\"path\":\"**.x\",\"mode\":\"near\",\"atol\":0.1,\"rtol\":1e-06}]}\n";
	BUF_AUTO struct buf written = {0};

	ck_assert_int_eq(read(text), 0);
	tolerance_write(&tolerance, &written);
	ck_assert_msg(span_is(buf_span(&written), text), "%.*s", SPAN_ARG(buf_span(&written)));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("tolerance");
	TCase *file = suite_case(suite, "file", begin, end);

	tcase_add_test(file, profile_knows_those_that_are_listed);
	tcase_add_test(file, profile_default_is_what_is_promised);
	tcase_add_test(file, read_given_nothing_is_the_default);
	tcase_add_test(file, read_changes_the_profile_wherever_it_is_named);
	tcase_add_test(file, read_takes_rules_in_their_order);
	tcase_add_loop_test(file, read_says_what_is_wrong_and_where, 0, ROWS(refused));
	tcase_add_test(file, read_takes_so_many_rules_and_no_more);
	tcase_add_test(file, write_says_what_is_read_again);
	return suite;
}
