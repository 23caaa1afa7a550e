/* Each comparator on both sides of its thresholds. */
#include "mlmock/perturb.h"

#include "rig/compared.h"
#include "rig/configs.h"
#include "rig/suite.h"
#include "wire/json.h"

#define ENTRIES                                                                                  \
	"{\"clip\":{\"visual\":{}},\"facial-recognition\":{\"detection\":{\"options\":"              \
	"{\"minScore\":0.7}},\"recognition\":{}},\"ocr\":{\"detection\":{\"options\":{\"minScore\":" \
	"0.5}},\"recognition\":{\"options\":{\"minScore\":0.9}}}}"

#define CLIP "\"clip\":\"[0.1,-0.2,0.3,0.15,-0.05,0.25,0.1,0.4]\""
#define FACE(x1, x2, embedding, score)                       \
	"{\"boundingBox\":{\"x1\":" x1 ",\"y1\":10.0,\"x2\":" x2 \
	",\"y2\":110.0},\"embedding\":\"" embedding "\",\"score\":" score "}"
#define SURE  FACE("10.0", "110.0", "[0.6,0.8,0.1]", "0.91234567")
#define LESS  FACE("300.0", "400.0", "[0.1,-0.8,0.5]", "0.83")
#define FACES "\"facial-recognition\":[" SURE "," LESS "]"
#define OCR                                                                               \
	"\"ocr\":{\"box\":[0.1,0.1,0.3,0.1,0.3,0.2,0.1,0.2,0.5,0.3,0.7,0.3,0.7,0.4,0.5,0.4]," \
	"\"text\":[\"EXIT\",\"B\xc3\xa4r\"],\"boxScore\":[0.8,0.75],\"textScore\":[0.99123,0.985]}"
#define SIZES "\"imageHeight\":400,\"imageWidth\":1000"

#define ALL     "{" CLIP "," FACES "," OCR "," SIZES "}"
#define ONE     "{\"facial-recognition\":[" SURE "]," SIZES "}"
#define NEAR    "{\"facial-recognition\":[" FACE("1.0", "9.0", "[1.0]", "0.71") "]," SIZES "}"
#define NOBODY  "{\"facial-recognition\":[]," SIZES "}"
#define TEXTUAL "{" CLIP "}"
#define DETECTED                                                                     \
	"{\"facial-recognition\":{\"boxes\":[[10.0,10.0,110.0,110.0]],\"scores\":[0.9]," \
	"\"landmarks\":[[[20.0,30.0],[80.0,30.0]]]}," SIZES "}"
#define READ \
	"{\"ocr\":{\"boxes\":[[[0.0,0.0],[100.0,0.0],[100.0,20.0],[0.0,20.0]]],\"scores\":[0.9]}}"

static const struct {
	const char *spec;
	const char *answer;
	const char *found;
} rows[] = {
	{"vector=0", ALL, ""},
	{"vector=0.99e-4", ALL, ""},
	{"vector=1.01e-4", ALL,
		"warn vector.distance clip; warn vector.distance facial-recognition[0].embedding; "
		"warn vector.distance facial-recognition[1].embedding; "},
	{"vector=0.99e-3", TEXTUAL, "warn vector.distance clip; "},
	{"vector=1.01e-3", TEXTUAL, "fail vector.distance clip; "},
	{"vector=2", TEXTUAL, "fail vector.distance clip; "},
	{"vector=0.5", NEAR, ""}, /* has one dimension, and cannot be turned */
	/* Of 100 pixels, 95 of 105 are more than 0.9, and 94 of 106 less. */
	{"box=5px", ONE, ""},
	{"box=5.3px", ONE, "warn box facial-recognition[0].boundingBox; "},
	{"box=33", ONE, "warn box facial-recognition[0].boundingBox; "},
	{"box=34", ONE,
		"fail face.missing facial-recognition[0]; fail face.extra facial-recognition[0]; "},
	{"box=10.5px", "{" OCR "," SIZES "}", ""},
	{"box=10.6px", "{" OCR "," SIZES "}", "warn box ocr.box[0]; warn box ocr.box[8]; "},
	{"box=66px", "{" OCR "," SIZES "}", "warn box ocr.box[0]; warn box ocr.box[8]; "},
	{"box=67px", "{" OCR "," SIZES "}",
		"fail text.missing ocr.text[0]; fail text.missing ocr.text[1]; "
		"fail text.extra ocr.text[0]; fail text.extra ocr.text[1]; "},
	{"box=1px", DETECTED, ""},
	{"box=1.01px", DETECTED, "fail landmark facial-recognition.landmarks[0]; "},
	{"box=5px", READ, ""},
	{"box=6px", READ, "warn box ocr.boxes[0]; "},
	{"drop-face", ALL, "fail face.missing facial-recognition[0]; "},
	{"drop-face", NEAR, "warn face.missing facial-recognition[0] borderline; "},
	{"drop-face", NOBODY, ""},
	{"drop-face", DETECTED, "fail face.missing facial-recognition.boxes[0]; "},
	{"extra-face", ALL, "fail face.extra facial-recognition[2]; "},
	{"extra-face", NOBODY, "fail face.extra facial-recognition[0]; "},
	{"extra-face", DETECTED, "fail face.extra facial-recognition.boxes[1]; "},
	{"extra-face", TEXTUAL, ""},
	{"text=0", ALL, ""},
	{"text=1", ALL, "fail text.changed ocr.text[0]; fail text.changed ocr.text[1]; "},
	{"text=1", READ, ""},
	{"score=0.05", ALL, ""},
	{"score=0.0501", ONE, "warn face.score facial-recognition[0].score; "},
	{"score=0.06", "{" OCR "}",
		"warn text.score ocr.boxScore[0]; warn text.score ocr.textScore[0]; "
		"warn text.score ocr.boxScore[1]; warn text.score ocr.textScore[1]; "},
	{"score=1", DETECTED, "warn face.score facial-recognition.scores[0]; "},
	{"order", ALL, ""},
	{"order", DETECTED, ""},
	{"order", READ, ""},
	{"float-format", ALL, ""},
	{"float-format", DETECTED, ""},
	{"float-format", READ, ""},
	{"order,float-format,score=0.04,box=4px,vector=9e-5", ALL, ""},
	{"drop-face,extra-face,text=2,order", ALL,
		"fail face.missing facial-recognition[0]; fail face.extra facial-recognition[0]; "
		"fail text.changed ocr.text[0]; fail text.changed ocr.text[1]; "},
};

static void parse(const char *spec, struct perturb *ret_perturb)
{
	struct err err;

	ck_assert_msg(perturb_parse(span_of(spec), ret_perturb, &err) == 0, "%s", err.text);
}

START_TEST(perturbed_answers_differ_as_asked_for)
{
	struct compare_request request = {.tolerance = tolerance_profile(SPAN_LITERAL("default")),
		.entries = SPAN_LITERAL(ENTRIES),
		.before = {200, span_of(rows[_i].answer)}};
	BUF_AUTO struct buf answer = {0};
	BUF_AUTO struct buf log = {0};
	struct perturb perturb;
	struct findings findings;
	struct arena arena;

	arena_init(&arena);
	parse(rows[_i].spec, &perturb);
	perturb_answer(&perturb, request.before.body, &answer);
	request.after = (struct compare_answer){200, buf_span(&answer)};
	compare_answers(&request, &arena, &findings);
	compared_log(&findings, &log);
	ck_assert_msg(span_is(buf_span(&log), rows[_i].found), "%s: %.*s\n%.*s", rows[_i].spec,
		SPAN_ARG(buf_span(&log)), SPAN_ARG(buf_span(&answer)));
	arena_deinit(&arena);
}
END_TEST

static void expect_answer(const char *spec, const char *before, const char *after)
{
	BUF_AUTO struct buf answer = {0};
	struct perturb perturb;

	parse(spec, &perturb);
	perturb_answer(&perturb, span_of(before), &answer);
	ck_assert_msg(span_is(buf_span(&answer), after), "%s: %.*s", spec, SPAN_ARG(buf_span(&answer)));
}

START_TEST(perturbed_answers_are_written_as_the_service_does)
{
	expect_answer("vector=0", ALL, ALL);
	expect_answer("vector=0", DETECTED, DETECTED);
	expect_answer("text=2", "{" OCR "}",
		"{\"ocr\":{\"box\":[0.1,0.1,0.3,0.1,0.3,0.2,0.1,0.2,0.5,0.3,0.7,0.3,0.7,0.4,0.5,0.4],"
		"\"text\":[\"xxIT\",\"xxr\"],\"boxScore\":[0.8,0.75],\"textScore\":[0.99123,0.985]}}");
	expect_answer("order", NEAR,
		"{\"imageWidth\":1000,\"imageHeight\":400,\"facial-recognition\":[{\"score\":0.71,"
		"\"embedding\":\"[1.0]\",\"boundingBox\":{\"y2\":110.0,\"x2\":9.0,\"y1\":10.0,"
		"\"x1\":1.0}}]}");
	expect_answer("float-format", "{\"clip\":\"[0.5]\",\"imageWidth\":640}",
		"{\"clip\":\"[5.00000000e-01]\",\"imageWidth\":6.40000000e+02}");
}
END_TEST

START_TEST(perturbed_answers_given_others_stay)
{
	static const char *const others[] = {"", "pong", "[]", "5", "{}", "{\"clip\":5}",
		"{\"clip\":\"[NaN]\",\"ocr\":[],\"facial-recognition\":null,\"more\":[1,{\"a\":2}]}",
		"{\"imageWidth\":1e999,\"imageHeight\":123456789012}"};

	for (int i = 0; i < COUNT_OF(others); i++)
		expect_answer("vector=0.1,drop-face,text=1", others[i], others[i]);
	expect_answer("float-format", others[7], others[7]);
}
END_TEST

static const struct {
	const char *spec;
	const char *says;
} wrong[] = {
	{"", "found \"\", wanted vector=DISTANCE"},
	{"nonsense", "found \"nonsense\", wanted vector=DISTANCE"},
	{"vector", "found \"vector=\", wanted a number from 0 to 2"},
	{"vector=", "found \"vector=\", wanted a number from 0 to 2"},
	{"vector=2.1", "wanted a number from 0 to 2"},
	{"vector=-1", "wanted a number from 0 to 2"},
	{"vector=1px", "wanted a number from 0 to 2"},
	{"vector=1e999", "wanted a number from 0 to 2"},
	{"vector=nan", "wanted a number from 0 to 2"},
	{"box=px", "found \"box=px\", wanted a number from 0 to 10000"},
	{"box=1em", "wanted a number from 0 to 10000"},
	{"score=1.5", "wanted a number from 0 to 1"},
	{"text=1.5", "found \"text=1.5\", wanted a number from 0 to 1000"},
	{"text=1001", "wanted a number from 0 to 1000"},
	{"drop-face=1", "found \"drop-face=1\", wanted vector=DISTANCE"},
	{"order,", "found \"\", wanted vector=DISTANCE"},
	{",order", "found \"\", wanted vector=DISTANCE"},
	{"Order", "found \"Order\""},
};

START_TEST(parse_given_wrong_specs_says_what_is_wanted)
{
	struct perturb perturb = {.text = 7};
	struct err err = {0};

	ck_assert_int_eq(perturb_parse(span_of(wrong[_i].spec), &perturb, &err), -1);
	ck_assert_msg(strstr(err.text, wrong[_i].says) != NULL, "%s", err.text);
	ck_assert_uint_eq(perturb.text, 7);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_perturb");
	TCase *tcase = suite_case(suite, "perturb", NULL, NULL);

	tcase_add_loop_test(tcase, perturbed_answers_differ_as_asked_for, 0, COUNT_OF(rows));
	tcase_add_test(tcase, perturbed_answers_are_written_as_the_service_does);
	tcase_add_test(tcase, perturbed_answers_given_others_stay);
	tcase_add_loop_test(tcase, parse_given_wrong_specs_says_what_is_wanted, 0, COUNT_OF(wrong));
	return suite;
}
