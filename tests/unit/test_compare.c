#include "domain/compare.h"

#include <math.h>

#include "rig/suite.h"
#include "rig/told.h"

static struct arena arena;
static struct findings findings;

static void begin(void)
{
	arena_init(&arena);
}

static void end(void)
{
	arena_deinit(&arena);
}

static void compare(struct compare_answer before, struct compare_answer after, const char *entries)
{
	struct compare_request request = {
		.tolerance = tolerance_profile(SPAN_LITERAL("default")),
		.entries = span_of(entries),
		.before = before,
		.after = after,
	};

	compare_answers(&request, &arena, &findings);
}

static void check(const char *told)
{
	BUF_AUTO struct buf log = {0};

	told_write(&findings, &log);
	ck_assert_msg(span_is(buf_span(&log), told), "%.*s", SPAN_ARG(buf_span(&log)));
}

static const struct {
	const char *before;
	const char *after;
	const char *told;
} vectors[] = {
	{"\"[1,0]\"", "\"[1,0]\"", ""},
	{"\"[1,0]\"", "\"[1.00,0e0]\"", ""},
	/* a component by 1e-3 each, in a vector of length 14: as far as half precision goes */
	{"\"[10,10]\"", "\"[10.001,10.0005]\"", ""},
	/* cosine distances to both sides of 1e-4 and 1e-3 */
	{"\"[1,0]\"", "\"[1,0.0141]\"", ""},
	{"\"[1,0]\"", "\"[0.9998,0.0142]\"", "warn vector.distance clip [0.000101 > 0.0001]\n"},
	{"\"[1,0]\"", "\"[0.999,0.0446]\"", "warn vector.distance clip [0.000995 > 0.0001]\n"},
	{"\"[1,0]\"", "\"[0.999,0.0449]\"", "fail vector.distance clip [0.00101 > 0.001]\n"},
	/* another length alone */
	{"\"[1,0]\"", "\"[1.0009,0]\"", ""},
	{"\"[1,0]\"", "\"[1.002,0]\"", "warn vector.norm clip [0.002 > 0.001]\n"},
	{"\"[1,0]\"", "\"[0.5,0]\"", "warn vector.norm clip [0.5 > 0.001]\n"},
	{"\"[1,0]\"", "\"[1,0,0]\"", "fail vector.dimension clip: 2 numbers > 3 numbers\n"},
	/* another type */
	{"\"[1,0]\"", "[1,0]", "fail json clip: a string > an array\n"},
	{"[1,0]", "\"[0.5,0]\"",
		"fail json clip: an array > a string\nwarn vector.norm clip [0.5 > 0.001]\n"},
	{"[1,0]", "[1,0.0]", ""},
	/* no vector */
	{"\"[1,0]\"", "\"[0,0]\"",
		"fail vector.broken clip: 2 numbers > the vector's 2 numbers are all 0\n"},
	{"\"[1,0]\"", "\"[1,NaN]\"",
		"fail vector.broken clip: 2 numbers > the vector has numbers that are not finite\n"},
	{"\"[1,0]\"", "null",
		"fail vector.broken clip: 2 numbers > the vector is neither a string nor an array\n"},
	{"\"[]\"", "\"[1,0]\"", "fail vector.broken clip: the vector has no numbers > 2 numbers\n"},
	{"\"[0,0]\"", "\"[0,0]\"", ""},
	{"\"[1,NaN]\"", "\"[1,NaN]\"", ""},
	{"[1,null]", " [1.0, null]", ""},
	{"\"[0,0]\"", "\"[0.0,0]\"",
		"fail vector.broken clip: the vector's 2 numbers are all 0 > "
		"the vector's 2 numbers are all 0\n"},
	{"null", "{}",
		"fail vector.broken clip: the vector is neither a string nor an array > "
		"the vector is neither a string nor an array\n"},
	{"\"[0,0]\"", "\"[0,0,0]\"",
		"fail vector.broken clip: the vector's 2 numbers are all 0 > "
		"the vector's 3 numbers are all 0\n"},
	{"\"[0,0]\"", "null",
		"fail vector.broken clip: the vector's 2 numbers are all 0 > "
		"the vector is neither a string nor an array\n"},
};

START_TEST(vectors_by_their_distance)
{
	BUF_AUTO struct buf before = {0};
	BUF_AUTO struct buf after = {0};

	buf_add_format(&before, "{\"clip\":%s,\"imageHeight\":1}", vectors[_i].before);
	buf_add_format(&after, "{\"imageHeight\":1,\"clip\":%s}", vectors[_i].after);
	compare((struct compare_answer){200, buf_span(&before)},
		(struct compare_answer){200, buf_span(&after)}, "");
	check(vectors[_i].told);
	ck_assert_uint_eq(findings.task_count, 1);
	ck_assert(span_is(findings.tasks[0].name, "clip"));
}
END_TEST

static const struct {
	struct compare_answer before;
	struct compare_answer after;
	const char *entries;
	const char *told;
	const char *tasks; /* each with a blank behind it */
} answers[] = {
	{{200, SPAN_LITERAL("pong")}, {200, SPAN_LITERAL("pong")}, "", "", ""},
	{{200, SPAN_LITERAL("pong")}, {200, SPAN_LITERAL("pang")}, "", "fail body: pong > pang\n", ""},
	{{200, SPAN_LITERAL("")}, {200, SPAN_LITERAL("")}, "", "", ""},
	{{200, SPAN_LITERAL("{}")}, {200, SPAN_LITERAL("")}, "", "fail body: {} > \n", ""},
	{{200, SPAN_LITERAL("{}")}, {500, SPAN_LITERAL("{}")}, "", "fail status: 200 > 500\n", ""},
	{{200, SPAN_LITERAL("{}")}, {500, SPAN_LITERAL("no")}, "{\"clip\":{},\"ocr\":{}}",
		"fail status: 200 > 500\nfail status: 200 > 500\n", "clip ocr "},
	{{400, SPAN_LITERAL("{\"detail\":\"a\"}")}, {400, SPAN_LITERAL("{ \"detail\": \"a\" }")},
		"{\"clip\":{}}", "", ""},
	{{400, SPAN_LITERAL("{\"detail\":\"a\"}")}, {400, SPAN_LITERAL("{\"detail\":\"b\"}")}, "",
		"fail json detail: \"a\" > \"b\"\n", ""},
	/* what is no answer of a task is none to be read as one */
	{{400, SPAN_LITERAL("{\"clip\":\"[1]\"}")}, {400, SPAN_LITERAL("{\"clip\":\"[1.0]\"}")}, "",
		"fail json clip: \"[1]\" > \"[1.0]\"\n", ""},
	{{200, SPAN_LITERAL("{\"clip\":\"[1]\",\"imageWidth\":3}")},
		{200, SPAN_LITERAL("{\"imageWidth\":3.0,\"clip\":\"[1]\"}")}, "", "", "clip "},
	{{200, SPAN_LITERAL("{\"clip\":\"[1]\",\"imageWidth\":3}")},
		{200, SPAN_LITERAL("{\"imageWidth\":4,\"clip\":\"[1]\"}")}, "",
		"fail json imageWidth: 3 > 4\n", "clip "},
	{{200, SPAN_LITERAL("{\"clip\":\"[1]\",\"imageWidth\":3}")},
		{200, SPAN_LITERAL("{\"imageWidth\":3}")}, "", "fail json clip: \"[1]\" > \n", "clip "},
	{{200, SPAN_LITERAL("{}")}, {200, SPAN_LITERAL("{\"ocr\":{}}")}, "", "fail json ocr:  > {}\n",
		"ocr "},
	/* tasks of which nothing is known */
	{{200, SPAN_LITERAL("{\"quality\":{\"score\":1}}")},
		{200, SPAN_LITERAL("{\"quality\":{\"score\":2}}")}, "{\"quality\":{}}",
		"fail json quality.score: 1 > 2\n", "quality "},
	{{200, SPAN_LITERAL("{\"quality\":1}")}, {200, SPAN_LITERAL("{\"quality\":1}")},
		"{\"quality\":{}}", "", "quality "},
	/* from before v1.106 */
	{{200, SPAN_LITERAL("[1,0]")}, {200, SPAN_LITERAL("[0,1]")}, "",
		"fail vector.distance [1 > 0.001]\n", "clip "},
	{{200, SPAN_LITERAL("[1,0]")}, {200, SPAN_LITERAL("[]")}, "",
		"fail vector.broken: 2 numbers > the vector has no numbers\n", "clip "},
	{{200, SPAN_LITERAL("[]")}, {200, SPAN_LITERAL("[ ]")}, "", "", ""},
	{{200, SPAN_LITERAL("[\"a\"]")}, {200, SPAN_LITERAL("[\"b\"]")}, "",
		"fail json [0]: \"a\" > \"b\"\n", ""},
	{{200, SPAN_LITERAL("[1]")}, {200, SPAN_LITERAL("{\"clip\":\"[1]\"}")}, "",
		"fail json: [1] > {\"clip\":\"[1]\"}\n", ""},
	{{200, SPAN_LITERAL("true")}, {200, SPAN_LITERAL("false")}, "[", "fail json: true > false\n",
		""},
};

/* Enough for one of them, but not for both. */
START_TEST(vectors_given_too_few_steps_are_not_compared)
{
	static const char *const texts[] = {"\"[1,0,0]\"", "\"[1,0,0.0]\""};

	for (size_t same = 0; same < 2; same++) {
		struct compare compare = {tolerance_profile(SPAN_LITERAL("default")), &arena, &findings,
			SPAN_LITERAL("clip"), NAN, NAN, COMPARE_STEPS_MAX - 200};

		findings_init(&findings, &arena);
		compare_vector(&compare, SPAN_LITERAL("clip"), span_of(texts[0]), span_of(texts[!same]));
		ck_assert_int_eq(findings.level, same ? FINDINGS_SAME : FINDINGS_FAIL);
		ck_assert_uint_eq(findings.count, !same);
		ck_assert(same || findings.items[0].kind == FINDINGS_VECTOR_BROKEN);
	}
}
END_TEST

START_TEST(answers_as_a_whole)
{
	BUF_AUTO struct buf tasks = {0};

	compare(answers[_i].before, answers[_i].after, answers[_i].entries);
	check(answers[_i].told);
	for (size_t i = 0; i < findings.task_count; i++)
		buf_add_format(&tasks, "%.*s ", SPAN_ARG(findings.tasks[i].name));
	ck_assert_msg(span_is(buf_span(&tasks), answers[_i].tasks), "%.*s", SPAN_ARG(buf_span(&tasks)));
}
END_TEST

/* What Immich would make of it is told of what is within the limits, too. */
START_TEST(vectors_are_measured_in_immichs_terms)
{
	const struct findings_task *task;

	compare((struct compare_answer){200, SPAN_LITERAL("{\"clip\":\"[1,0]\"}")},
		(struct compare_answer){200, SPAN_LITERAL("{\"clip\":\"[1,0.001]\"}")}, "");
	task = &findings.tasks[0];
	ck_assert_uint_eq(task->vectors, 1);
	ck_assert_double_eq_tol(task->distance_max, 5e-7, 1e-9);
	ck_assert_double_eq(task->distance_sum, task->distance_max);
	ck_assert_uint_eq(task->duplicate_flips, 0);
	compare((struct compare_answer){200, SPAN_LITERAL("{\"clip\":\"[1,0]\"}")},
		(struct compare_answer){200, SPAN_LITERAL("{\"clip\":\"[1,0.15]\"}")}, "");
	ck_assert_uint_eq(findings.tasks[0].duplicate_flips, 1);
	ck_assert_double_eq_tol(findings.tasks[0].norm_max, 0.01119, 1e-5);
	ck_assert_uint_eq(findings.tasks[0].match_flips, 0);
}
END_TEST

START_TEST(faces_are_measured_in_immichs_terms)
{
#define FACE(vector)                                                         \
	"{\"facial-recognition\":[{\"boundingBox\":{\"x1\":0,\"y1\":0,\"x2\":9," \
	"\"y2\":9},\"embedding\":\"" vector "\",\"score\":0.9}]}"
	compare((struct compare_answer){200, SPAN_LITERAL(FACE("[1,0]"))},
		(struct compare_answer){200, SPAN_LITERAL(FACE("[0,1]"))}, "");
	check("fail vector.distance facial-recognition[0].embedding [1 > 0.001]\n");
	ck_assert_uint_eq(findings.tasks[0].match_flips, 1);
	ck_assert_uint_eq(findings.tasks[0].duplicate_flips, 0);
	compare((struct compare_answer){200, SPAN_LITERAL(FACE("[1,0]"))},
		(struct compare_answer){200, SPAN_LITERAL(FACE("[0.8,0.6]"))}, "");
	ck_assert_uint_eq(findings.tasks[0].match_flips, 0);
}
END_TEST

/* A face of score 0.71 that is missing, and a text of 0.92 in a box of 0.51. */
static const struct {
	const char *entries;
	bool is_face_borderline;
	bool is_text_borderline;
} thresholds[] = {
	/* the service's own: 0.7, and 0.9 and 0.5 */
	{"{\"facial-recognition\":{\"detection\":{}},\"ocr\":{\"recognition\":{},\"detection\":{}}}",
		true, true},
	{"{\"facial-recognition\":{\"detection\":{\"options\":{}}},"
	 "\"ocr\":{\"recognition\":{\"options\":{}}}}",
		true, true},
	{"{\"facial-recognition\":{\"detection\":{\"options\":{\"minScore\":0.6}}},"
	 "\"ocr\":{\"recognition\":{\"options\":{\"minScore\":0.8}}}}",
		false, false},
	{"{\"facial-recognition\":{\"detection\":{\"options\":{\"minScore\":0.72}}},"
	 "\"ocr\":{\"recognition\":{\"options\":{\"minScore\":0.1}},"
	 "\"detection\":{\"options\":{\"minScore\":0.53}}}}",
		true, true},
	{"{\"ocr\":{\"recognition\":{\"options\":{\"minScore\":0.1}},\"detection\":{}}}", false, true},
	/* nobody knows */
	{"", false, false},
	{"{\"facial-recognition\":{},\"ocr\":{\"detection\":1}}", false, false},
	{"{\"facial-recognition\":{\"detection\":{\"options\":1}},"
	 "\"ocr\":{\"recognition\":{\"options\":{\"minScore\":\"0.9\"}}}}",
		false, false},
};

START_TEST(thresholds_are_those_asked_for)
{
	static const char before[] =
		"{\"facial-recognition\":[{\"boundingBox\":{\"x1\":0,\"y1\":0,\"x2\":9,\"y2\":9},"
		"\"embedding\":\"[1]\",\"score\":0.71}],\"ocr\":{\"box\":[0,0,1,0,1,1,0,1],"
		"\"text\":[\"a\"],\"boxScore\":[0.51],\"textScore\":[0.92]}}";
	static const char after[] = "{\"facial-recognition\":[],\"ocr\":{\"box\":[],\"text\":[],"
								"\"boxScore\":[],\"textScore\":[]}}";

	compare((struct compare_answer){200, span_of(before)},
		(struct compare_answer){200, span_of(after)}, thresholds[_i].entries);
	ck_assert_uint_eq(findings.count, 2);
	ck_assert_int_eq(findings.items[0].kind, FINDINGS_FACE_MISSING);
	ck_assert_int_eq(findings.items[0].is_borderline, thresholds[_i].is_face_borderline);
	ck_assert_int_eq(findings.items[1].kind, FINDINGS_TEXT_MISSING);
	ck_assert_int_eq(findings.items[1].is_borderline, thresholds[_i].is_text_borderline);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("compare");
	TCase *compare_case = suite_case(suite, "compare", begin, end);

	tcase_add_loop_test(compare_case, vectors_by_their_distance, 0, ROWS(vectors));
	tcase_add_test(compare_case, vectors_given_too_few_steps_are_not_compared);
	tcase_add_loop_test(compare_case, answers_as_a_whole, 0, ROWS(answers));
	tcase_add_test(compare_case, vectors_are_measured_in_immichs_terms);
	tcase_add_test(compare_case, faces_are_measured_in_immichs_terms);
	tcase_add_loop_test(compare_case, thresholds_are_those_asked_for, 0, ROWS(thresholds));
	return suite;
}
