#include "mlreplay/phrase.h"

#include <math.h>

#include "rig/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

#define MODEL(name) "{\"modelName\":\"" name "\"}"

static const struct {
	const char *entries;
	const char *tasks;
	const char *models;
} asked[] = {
	{"{\"clip\":{\"visual\":" MODEL("ViT-B-32__openai") "}}", "clip.visual", "ViT-B-32__openai"},
	{"{\"facial-recognition\":{\"detection\":" MODEL("b_l") ",\"recognition\":" MODEL("b_l") "}}",
		"facial-recognition", "b_l"},
	{"{\"ocr\":{\"detection\":" MODEL("a") ",\"recognition\":" MODEL(
		 "b") "},"
			  "\"clip\":{\"textual\":" MODEL("a") "}}",
		"ocr + clip.textual", "a + b"},
	{"{\"x\\u001b\":{\"\\n\":" MODEL("\\u009b") "}}", "x\\u001b.\\u000a", "\\u009b"},
	{"{\"x\":{}}", "x", ""},
	{"{}", "POST predict", ""},
	{"", "POST predict", ""},
	{"no JSON", "POST predict", ""},
};

START_TEST(add_names_tasks_and_models)
{
	const struct har_request request = {
		.method = SPAN_LITERAL("POST"), .url = SPAN_LITERAL("http://h/api/predict?a=/b")};
	BUF_AUTO struct buf tasks = {0};
	BUF_AUTO struct buf models = {0};

	phrase_add_tasks(&request, span_of(asked[_i].entries), &tasks);
	phrase_add_models(span_of(asked[_i].entries), "", &models);
	ck_assert_msg(span_is(buf_span(&tasks), asked[_i].tasks), "%.*s", SPAN_ARG(buf_span(&tasks)));
	ck_assert_msg(
		span_is(buf_span(&models), asked[_i].models), "%.*s", SPAN_ARG(buf_span(&models)));
}
END_TEST

START_TEST(add_given_a_long_name_cuts_it)
{
	struct har_request request = {.url = SPAN_LITERAL("http://h/")};
	BUF_AUTO struct buf out = {0};
	char method[1000];

	memset(method, 'M', sizeof method);
	request.method = (struct span){method, sizeof method};
	phrase_add_tasks(&request, SPAN_EMPTY, &out);
	ck_assert_uint_eq(out.n, PHRASE_WORD_BYTES + 2);
	ck_assert(span_is(span_skip(buf_span(&out), PHRASE_WORD_BYTES), " /"));
}
END_TEST

static const struct {
	struct findings_item item;
	const char *line;
} findings[] = {
	{{.level = FINDINGS_FAIL,
		 .kind = FINDINGS_VECTOR_DISTANCE,
		 .task = SPAN_LITERAL("clip"),
		 .path = SPAN_LITERAL("clip"),
		 .value = 0.01234567,
		 .limit = 0.001},
		"fail  clip: vector.distance 0.01235 (limit 0.001)"},
	{{.level = FINDINGS_WARN,
		 .kind = FINDINGS_TEXT_EXTRA,
		 .is_borderline = true,
		 .task = SPAN_LITERAL("ocr"),
		 .value = NAN,
		 .limit = NAN,
		 .after = SPAN_LITERAL("EX\033IT")},
		"warn  ocr: text.extra, borderline: \"\" -> \"EX\\u001bIT\""},
	{{.level = FINDINGS_FAIL, .kind = FINDINGS_STATUS, .value = 500, .limit = NAN},
		"fail  status 500"},
};

START_TEST(add_tells_what_differs)
{
	BUF_AUTO struct buf out = {0};

	phrase_add_finding(&findings[_i].item, &out);
	ck_assert_msg(span_is(buf_span(&out), findings[_i].line), "%.*s", SPAN_ARG(buf_span(&out)));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_phrase");
	TCase *tcase = tcase_create("phrase");

	tcase_add_loop_test(tcase, add_names_tasks_and_models, 0, ROWS(asked));
	tcase_add_test(tcase, add_given_a_long_name_cuts_it);
	tcase_add_loop_test(tcase, add_tells_what_differs, 0, ROWS(findings));
	suite_add_tcase(suite, tcase);
	return suite;
}
