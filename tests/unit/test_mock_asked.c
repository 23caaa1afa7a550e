#include "mlmock/asked.h"
#include "rig/suite.h"

#define MODEL "{\"modelName\":\"ViT-B-32__openai\"}"
#define FACE  "{\"modelName\":\"buffalo_l\"}"
#define OCR   "{\"modelName\":\"PP-OCRv5_mobile\"}"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_deinit(&arena);
}

START_TEST(read_given_odd_entries_judges_as_the_service)
{
	static const struct {
		const char *entries;
		enum asked_verdict verdict;
	} cases[] = {
		{"", ASKED_INVALID},
		{"{\"clip\":", ASKED_INVALID},
		{"NaN", ASKED_INVALID},
		{"[]", ASKED_INVALID},
		{"5", ASKED_INVALID},
		{"null", ASKED_INVALID},
		{"\"x\"", ASKED_INVALID},
		{"{}", ASKED_GOOD},
		{" {} ", ASKED_GOOD},
		{"{\"clip\":[]}", ASKED_INVALID},
		{"{\"clip\":\"x\"}", ASKED_INVALID},
		{"{\"clip\":{}}", ASKED_GOOD},
		{"{\"nonsense\":{}}", ASKED_GOOD},
		{"{\"clip\":{\"visual\":\"x\"}}", ASKED_CRASH},
		{"{\"clip\":{\"visual\":null}}", ASKED_CRASH},
		{"{\"clip\":{\"visual\":[]}}", ASKED_CRASH},
		{"{\"clip\":{\"visual\":1}}", ASKED_CRASH},
		{"{\"clip\":{\"visual\":{}}}", ASKED_INVALID},
		{"{\"clip\":{\"visual\":{\"modelName\":5}}}", ASKED_INVALID},
		{"{\"clip\":{\"visual\":{\"modelName\":null}}}", ASKED_INVALID},
		{"{\"clip\":{\"visual\":{\"modelName\":\"\"}}}", ASKED_CRASH},
		{"{\"clip\":{\"visual\":{\"modelName\":\"unheard-of\"}}}", ASKED_CRASH},
		{"{\"clip\":{\"visual\":" MODEL "}}", ASKED_GOOD},
		{"{\"cl\\u0069p\":{\"visual\":{\"model\\u004eame\":\"a/ViT-B-32::op.enai\"}}}", ASKED_GOOD},
		{"{\"clip\":{\"visual\":{\"modelName\":\"XLM-Roberta-Large-Vit-B-32\"}}}", ASKED_GOOD},
		{"{\"clip\":{\"visual\":" FACE "}}", ASKED_CRASH},
		{"{\"clip\":{\"detection\":" MODEL "}}", ASKED_CRASH},
		{"{\"clip\":{\"audio\":" MODEL "}}", ASKED_CRASH},
		{"{\"nonsense\":{\"visual\":" MODEL "}}", ASKED_CRASH},
		{"{\"facial-recognition\":{\"recognition\":" FACE "}}", ASKED_GOOD},
		{"{\"facial_recognition\":{\"recognition\":" FACE "}}", ASKED_CRASH},
		{"{\"facial-recognition\":{\"visual\":" FACE "}}", ASKED_CRASH},
		{"{\"ocr\":{\"detection\":" OCR ",\"recognition\":" OCR "}}", ASKED_GOOD},
		{"{\"ocr\":{\"detection\":" FACE "}}", ASKED_CRASH},
		{"{\"clip\":[],\"clip\":{\"visual\":" MODEL "}}", ASKED_GOOD},
		{"{\"ocr\":{\"x\":1},\"clip\":[]}", ASKED_CRASH},
		{"{\"clip\":[],\"ocr\":{\"x\":1}}", ASKED_INVALID},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct asked asked;

		ck_assert_msg(asked_read(span_of(cases[i].entries), &arena, &asked) == cases[i].verdict,
			"%s", cases[i].entries);
	}
}
END_TEST

START_TEST(read_given_several_tasks_keeps_their_order)
{
	static const char entries[] =
		"{\"ocr\":{\"recognition\":" OCR ",\"detection\":{\"modelName\":\"a/PP-OCRv5_server\","
		"\"options\": {\"minScore\": 0.5 } }},\"clip\":{\"textual\":" MODEL "},\"ocr\":"
		"{\"detection\":{\"modelName\":\"PP-OCRv5_server\",\"options\":[]}}}";
	struct asked asked;

	ck_assert_int_eq(asked_read(span_of(entries), &arena, &asked), ASKED_GOOD);
	ck_assert_uint_eq(asked.count, 2);
	ck_assert_int_eq(asked.runs[0].task, ASKED_OCR);
	ck_assert_int_eq(asked.runs[0].type, ASKED_DETECTION);
	ck_assert_str_eq(asked.runs[0].model->name, "PP-OCRv5_server");
	ck_assert(span_is(asked.runs[0].options, "[]"));
	ck_assert_int_eq(asked.runs[1].task, ASKED_CLIP);
	ck_assert_int_eq(asked.runs[1].type, ASKED_TEXTUAL);
	ck_assert_uint_eq(asked.runs[1].options.n, 0);
	ck_assert_str_eq(asked_task_text(ASKED_FACES), "facial-recognition");
}
END_TEST

START_TEST(read_given_endless_members_refuses_them)
{
	BUF_AUTO struct buf entries = {0};
	struct asked asked;

	buf_add_text(&entries, "{\"t0\":{}");
	for (int i = 1; i < ASKED_MEMBERS_MAX; i++)
		buf_add_format(&entries, ",\"t%d\":{}", i);
	buf_add_text(&entries, "}");
	ck_assert_int_eq(asked_read(buf_span(&entries), &arena, &asked), ASKED_GOOD);
	entries.n--;
	buf_add_text(&entries, ",\"t\":{}}");
	ck_assert_int_eq(asked_read(buf_span(&entries), &arena, &asked), ASKED_INVALID);
}
END_TEST

START_TEST(number_given_options_reads_what_python_would_compare)
{
	static const struct {
		const char *options;
		bool is_good;
		double number;
	} cases[] = {
		{"", true, 0.7},
		{"{}", true, 0.7},
		{"{\"other\":1}", true, 0.7},
		{"{\"minScore\":0.25}", true, 0.25},
		{"{\"minScore\":1e-1}", true, 0.1},
		{"{\"minScore\":0,\"minScore\":-1}", true, -1},
		{"{\"minScore\":true}", true, 1},
		{"{\"minScore\":false}", true, 0},
		{"{\"minScore\":null}", false, 0},
		{"{\"minScore\":\"0.5\"}", false, 0},
		{"{\"minScore\":[1]}", false, 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		double number = 0;
		bool is_good = asked_number(span_of(cases[i].options), "minScore", 0.7, &number);

		ck_assert_msg(is_good == cases[i].is_good, "%s", cases[i].options);
		ck_assert_double_eq(number, cases[i].number);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_asked");
	TCase *tcase = tcase_create("asked");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, read_given_odd_entries_judges_as_the_service);
	tcase_add_test(tcase, read_given_several_tasks_keeps_their_order);
	tcase_add_test(tcase, read_given_endless_members_refuses_them);
	tcase_add_test(tcase, number_given_options_reads_what_python_would_compare);
	suite_add_tcase(suite, tcase);
	return suite;
}
