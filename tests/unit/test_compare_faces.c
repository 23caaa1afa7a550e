#include <math.h>

#include "rig/compared.h"
#include "rig/configs.h"
#include "rig/suite.h"

#define BOX(x1, y1, x2, y2) \
	"\"boundingBox\":{\"x1\":" x1 ",\"y1\":" y1 ",\"x2\":" x2 ",\"y2\":" y2 "}"
#define FACE(box, score) "{" box ",\"embedding\":\"[0.6,0.8]\",\"score\":" score "}"
#define A                FACE(BOX("0.0", "0.0", "100.0", "100.0"), "0.9")
#define B                FACE(BOX("200.0", "0.0", "300.0", "100.0"), "0.8")
#define C                FACE(BOX("-50.0", "-50.0", "-10.0", "-10.0"), "0.71")

#define DETECTED(boxes, scores, landmarks) \
	"{\"boxes\":[" boxes "],\"scores\":[" scores "],\"landmarks\":[" landmarks "]}"
#define DETECTED_A DETECTED("[0.0,0.0,100.0,100.0]", "0.9", "[[10.0,10.0],[20.0,10.0]]")

static const struct {
	const char *before;
	const char *after;
	const char *found;
} rows[] = {
	{"[]", "[]", ""},
	{"[" A "]", "[" A "]", ""},
	{"[" A "," B "," C "]", "[" C "," A "," B "]", ""},
	{" [ " A " , " B "]", "[" B "," A "\n]", ""},
	/* One on one side only. */
	{"[" A "," B "]", "[" A "]", "fail face.missing facial-recognition[1]; "},
	{"[" A "]", "[" B "," A "]", "fail face.extra facial-recognition[0]; "},
	{"[" A "," C "]", "[" A "]", "warn face.missing facial-recognition[1] borderline; "},
	{"[]", "[" C "]", "warn face.extra facial-recognition[0] borderline; "},
	{"[" FACE(BOX("0", "0", "9", "9"), "0.72") "]", "[]",
		"warn face.missing facial-recognition[0] borderline; "},
	{"[" FACE(BOX("0", "0", "9", "9"), "0.68") "]", "[]",
		"warn face.missing facial-recognition[0] borderline; "},
	{"[" FACE(BOX("0", "0", "9", "9"), "0.7201") "]", "[]",
		"fail face.missing facial-recognition[0]; "},
	{"[" FACE(BOX("0", "0", "9", "9"), "0.6799") "]", "[]",
		"fail face.missing facial-recognition[0]; "},
	/* The box. */
	{"[" A "]", "[" FACE(BOX("0", "0", "100", "90"), "0.9") "]", ""},
	{"[" A "]", "[" FACE(BOX("0", "0", "100", "89.9"), "0.9") "]",
		"warn box facial-recognition[0].boundingBox; "},
	{"[" A "]", "[" FACE(BOX("0", "0", "100", "50"), "0.9") "]",
		"warn box facial-recognition[0].boundingBox; "},
	{"[" A "]", "[" FACE(BOX("0", "0", "100", "49.9"), "0.9") "]",
		"fail face.missing facial-recognition[0]; fail face.extra facial-recognition[0]; "},
	/* The score. */
	{"[" A "]", "[" FACE(BOX("0", "0", "100", "100"), "0.85") "]", ""},
	{"[" A "]", "[" FACE(BOX("0", "0", "100", "100"), "0.95") "]", ""},
	{"[" A "]", "[" FACE(BOX("0", "0", "100", "100"), "0.8499") "]",
		"warn face.score facial-recognition[0].score; "},
	{"[" A "]", "[" FACE(BOX("0", "0", "100", "100"), "0.9501") "]",
		"warn face.score facial-recognition[0].score; "},
	/* The vector. */
	{"[" A "]", "[{" BOX("0", "0", "100", "100") ",\"score\":0.9,\"embedding\":\"[0.8,0.6]\"}]",
		"fail vector.distance facial-recognition[0].embedding; "},
	{"[" A "]", "[{" BOX("0", "0", "100", "100") ",\"score\":0.9,\"embedding\":\"[1]\"}]",
		"fail vector.dimension facial-recognition[0].embedding; "},
	{"[" A "]", "[{" BOX("0", "0", "100", "100") ",\"score\":0.9,\"embedding\":null}]",
		"fail vector.broken facial-recognition[0].embedding; "},
	/* Each to the one it overlaps most, unless that leaves another alone. */
	{"[" FACE(BOX("0", "0", "100", "100"), "0.9") "," FACE(BOX("30", "0", "130", "100"), "0.8") "]",
		"[" FACE(BOX("10", "0", "110", "100"), "0.9") "," FACE(
			BOX("-32", "0", "68", "100"), "0.9") "]",
		"warn box facial-recognition[0].boundingBox; "
		"warn box facial-recognition[1].boundingBox; "
		"warn face.score facial-recognition[1].score; "},
	/* Two in the same place are told apart by their vectors. */
	{"[{" BOX("0", "0", "9", "9") ",\"embedding\":\"[1,0]\",\"score\":0.9},{" BOX(
		 "0", "0", "9", "9") ",\"embedding\":\"[0,1]\",\"score\":0.9}]",
		"[{" BOX("0", "0", "9", "9") ",\"embedding\":\"[0,1]\",\"score\":0.9},{" BOX(
			"0", "0", "9", "9") ",\"embedding\":\"[1,0]\",\"score\":0.9}]",
		""},
	/* Members that nothing is known of. */
	{"[{" BOX("0", "0", "9", "9") ",\"embedding\":\"[1]\",\"score\":0.9,\"age\":5}]",
		"[{\"age\":5," BOX("0", "0", "9", "9") ",\"embedding\":\"[1]\",\"score\":0.9}]", ""},
	{"[{" BOX("0", "0", "9", "9") ",\"embedding\":\"[1]\",\"score\":0.9,\"age\":5}]",
		"[{" BOX("0", "0", "9", "9") ",\"embedding\":\"[1]\",\"score\":0.9,\"age\":6}]",
		"fail json facial-recognition[0].age; "},
	{"[{" BOX("0", "0", "9", "9") ",\"embedding\":\"[1]\",\"score\":0.9,\"age\":5}]",
		"[{" BOX("0", "0", "9", "9") ",\"embedding\":\"[1]\",\"score\":0.9}]",
		"fail json facial-recognition[0].age; "},
	/* Detection alone. */
	{DETECTED("", "", ""), DETECTED("", "", ""), ""},
	{DETECTED_A, DETECTED_A, ""},
	{DETECTED_A,
		"{\"landmarks\":[[[10.0,11],[20.0,1e1]]],\"scores\":[0.9],\"boxes\":[[0,0,1e2,1e2]]}", ""},
	{DETECTED_A, DETECTED("[0.0,0.0,100.0,89.9]", "0.84", "[[10.0,10.0],[20.0,11.001]]"),
		"warn box facial-recognition.boxes[0]; warn face.score facial-recognition.scores[0]; "
		"fail landmark facial-recognition.landmarks[0]; "},
	{DETECTED_A, DETECTED("[0.0,0.0,100.0,100]", "0.9", "[[10.0,10.0]]"),
		"fail landmark facial-recognition.landmarks[0]; "},
	{DETECTED_A, DETECTED("", "", ""), "fail face.missing facial-recognition.boxes[0]; "},
	{DETECTED("[0,0,9,9],[20,20,29,29]", "0.9,0.8", "[],[]"),
		DETECTED("[20,20,29,29],[0,0,9,9]", "0.8,0.9", "[],[]"), ""},
	{"{\"boxes\":[],\"scores\":[],\"landmarks\":[],\"more\":1}", DETECTED("", "", ""),
		"fail json facial-recognition.more; "},
	/* Other shapes. */
	{"[]", DETECTED("", "", ""), "fail json facial-recognition; "},
	{DETECTED("", "", ""), "[]", "fail json facial-recognition; "},
	{"[" A "]", "null", "fail json facial-recognition; "},
	{"null", "null", ""},
	{"null", "{ }", "fail json facial-recognition; "},
	{"[{\"a\":1,\"b\":2}]", "[ {\"b\":2,\"a\":1}]", ""},
	{"[{\"a\":1}]", "[{\"a\":2}]", "fail json facial-recognition[0].a; "},
};

START_TEST(faces_are_compared_by_where_they_are)
{
	compared_expect(&(struct compared){.compare = compare_faces,
						.task = "facial-recognition",
						.before = rows[_i].before,
						.after = rows[_i].after,
						.min_score = 0.7},
		rows[_i].found);
}
END_TEST

/* What comes instead of a list of faces is always a failure, and says why. */
static const struct {
	const char *after;
	const char *why;
} unreadable[] = {
	{"5", "neither a list"},
	{"[5]", "face 0: it is no object"},
	{"[" A ",{}]", "face 1: boundingBox is missing"},
	{"[{" BOX("0", "0", "1", "1") ",\"embedding\":\"[1]\"}]", "face 0: score is missing"},
	{"[{" BOX("0", "0", "1", "1") ",\"score\":1}]", "face 0: embedding is missing"},
	{"[" FACE(BOX("0", "0", "1", "1"), "null") "]", "face 0: score is no number"},
	{"[" FACE(BOX("0", "0", "1", "1"), "\"1\"") "]", "face 0: score is no number"},
	{"[" FACE(BOX("0", "0", "1", "1"), "1e999") "]", "face 0: score is a number too large"},
	{"[" FACE(BOX("0", "0", "1", "1e308"), "1") "]", "face 0: the box lies beyond"},
	{"[" FACE(BOX("0", "0", "1", "-1e308"), "1") "]", "face 0: the box lies beyond"},
	{"[" FACE(BOX("0", "0", "1", "null"), "1") "]", "face 0: y2 is no number"},
	{"[" FACE("\"boundingBox\":[0,0,1,1]", "1") "]", "face 0: boundingBox is no object"},
	{"[" FACE("\"boundingBox\":{\"x1\":0,\"y1\":0,\"x2\":1}", "1") "]", "face 0: y2 is missing"},
	{"[" FACE("\"boundingBox\":{\"x1\":0,\"y1\":0,\"x2\":1,\"y2\":1,\"x3\":1}", "1") "]",
		"face 0: boundingBox has other members"},
	{"{\"boxes\":[]}", "scores is missing"},
	{"{\"boxes\":[],\"scores\":[],\"landmarks\":{}}", "landmarks is no array"},
	{DETECTED("[0,0,1,1]", "1", ""), "differ in number"},
	{DETECTED("[0,0,1,1]", "", "[]"), "differ in number"},
	{DETECTED("[0,0,1]", "1", "[]"), "face 0: the box is no array of 4 elements"},
	{DETECTED("[0,0,1,1,1]", "1", "[]"), "face 0: the box is no array of 4 elements"},
	{DETECTED("[0,0,1,true]", "1", "[]"), "face 0: the box is no number"},
	{DETECTED("[0,0,1,1e10]", "1", "[]"), "face 0: the box lies beyond"},
	{DETECTED("[0,0,1,1]", "{}", "[]"), "face 0: the score is no number"},
	{DETECTED("[0,0,1,1]", "1", "[[1]]"), "face 0: landmarks is no array of 2 elements"},
	{DETECTED("[0,0,1,1]", "1", "[[1,\"\"]]"), "face 0: landmarks is no number"},
};

START_TEST(faces_given_what_are_none_fail_with_the_reason)
{
	struct compared compared = {.compare = compare_faces,
		.task = "facial-recognition",
		.before = "[" A "]",
		.after = unreadable[_i].after};
	BUF_AUTO struct buf log = {0};
	struct findings findings;
	struct arena arena;

	arena_init(&arena);
	compared_run(&compared, &arena, &findings, &log);
	ck_assert_uint_eq(findings.count, 1);
	ck_assert_int_eq(findings.items[0].level, FINDINGS_FAIL);
	ck_assert_int_eq(findings.items[0].kind, FINDINGS_JSON);
	ck_assert_msg(memmem(findings.items[0].after.p, findings.items[0].after.n, unreadable[_i].why,
					  strlen(unreadable[_i].why)) != NULL,
		"%.*s", SPAN_ARG(findings.items[0].after));
	compared.before = compared.after;
	compared_expect(&compared, "");
	arena_deinit(&arena);
}
END_TEST

/* A list of so many faces, side by side or all in one place. */
static void add_faces(struct buf *out, size_t count, bool is_spread)
{
	for (size_t i = 0; i < count; i++) {
		size_t x = is_spread ? i * 10 : 0;

		buf_add_format(out,
			"%s{\"boundingBox\":{\"x1\":%zu,\"y1\":0,\"x2\":%zu,\"y2\":9},"
			"\"embedding\":\"[1,%zu]\",\"score\":0.9}",
			i ? "," : "[", x, x + 9, i);
	}
	buf_add_text(out, "]");
}

static void expect_many(size_t before, size_t after, bool is_spread, const char *wanted)
{
	BUF_AUTO struct buf old = {0};
	BUF_AUTO struct buf new = {0};

	add_faces(&old, before, is_spread);
	add_faces(&new, after, is_spread);
	buf_add(&old, (struct span){"", 1});
	buf_add(&new, (struct span){"", 1});
	compared_expect(&(struct compared){.compare = compare_faces,
						.task = "facial-recognition",
						.before = old.bytes,
						.after = new.bytes,
						.min_score = 0.7},
		wanted);
}

START_TEST(faces_given_as_many_as_can_be_are_compared)
{
	expect_many(1024, 1024, true, "");
	expect_many(1024, 1024, false, "");
	expect_many(1024, 1023, true, "fail face.missing facial-recognition[1023]; ");
}
END_TEST

START_TEST(faces_given_more_than_can_be_fail)
{
	expect_many(1024, 1025, true, "fail json facial-recognition; ");
	expect_many(1025, 1024, true, "fail json facial-recognition; ");
	expect_many(100000, 99999, false, "fail json facial-recognition; ");
	expect_many(100000, 100000, false, "");
}
END_TEST

START_TEST(faces_are_measured)
{
	struct compared compared = {.compare = compare_faces,
		.task = "facial-recognition",
		.before = "[" A "," B "," C "]",
		.after = "[" FACE(BOX("0", "0", "100", "80"), "0.93") "," B "," FACE(
			BOX("900", "0", "999", "99"), "0.9") "," FACE(BOX("700", "0", "799", "99"), "0.9") "]",
		.min_score = NAN};
	BUF_AUTO struct buf log = {0};
	struct findings findings;
	struct arena arena;

	arena_init(&arena);
	compared_run(&compared, &arena, &findings, &log);
	ck_assert_uint_eq(findings.task_count, 1);
	ck_assert_uint_eq(findings.tasks[0].faces_before, 3);
	ck_assert_uint_eq(findings.tasks[0].faces_after, 4);
	ck_assert_uint_eq(findings.tasks[0].faces_matched, 2);
	ck_assert_uint_eq(findings.tasks[0].detection_flips, 3);
	ck_assert_uint_eq(findings.tasks[0].vectors, 2);
	ck_assert_double_eq_tol(findings.tasks[0].iou_min, 0.8, 1e-9);
	ck_assert_double_eq_tol(findings.tasks[0].score_max, 0.03, 1e-9);
	ck_assert_uint_eq(findings.count, 4);
	ck_assert_double_eq_tol(findings.items[0].value, 0.8, 1e-9);
	ck_assert_double_eq(findings.items[0].limit, 0.9);
	ck_assert(span_is(findings.items[0].before, "0,0 100,0 100,100 0,100"));
	ck_assert(span_is(findings.items[0].after, "0,0 100,0 100,80 0,80"));
	ck_assert_int_eq(findings.items[1].index_before, 2);
	ck_assert_int_eq(findings.items[1].index_after, -1);
	ck_assert_double_eq(findings.items[1].value, 0.71);
	ck_assert_int_eq(findings.items[3].index_before, -1);
	ck_assert_int_eq(findings.items[3].index_after, 3);
	arena_deinit(&arena);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("compare_faces");
	TCase *tcase = suite_case(suite, "compare_faces", NULL, NULL);

	tcase_add_loop_test(tcase, faces_are_compared_by_where_they_are, 0, COUNT_OF(rows));
	tcase_add_loop_test(
		tcase, faces_given_what_are_none_fail_with_the_reason, 0, COUNT_OF(unreadable));
	tcase_add_test(tcase, faces_given_as_many_as_can_be_are_compared);
	tcase_add_test(tcase, faces_given_more_than_can_be_fail);
	tcase_add_test(tcase, faces_are_measured);
	return suite;
}
