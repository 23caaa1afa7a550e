#include "domain/merge.h"

#include "rig/suite.h"
#include "wire/json.h"

enum { ANSWERS_MAX = 3, TASKS_MAX = 4 };

#define CLIP  "\"clip\":{\"visual\":{\"modelName\":\"m\"}}"
#define FACES "\"facial-recognition\":{\"detection\":{\"modelName\":\"m\"}}"
#define OCR   "\"ocr\":{\"detection\":{\"modelName\":\"m\"}}"

struct merging {
	const char *entries;
	struct {
		const char *text;
		const char *wanted; /* '1' for each task asked for */
	} answers[ANSWERS_MAX];
	const char *merged;
};

static const struct merging merges[] = {
	/* the order asked for, then the picture's size once */
	{"{" CLIP "," FACES "}",
		{{"{\"clip\":\"[1,2]\",\"imageHeight\":8,\"imageWidth\":6}", "10"},
			{"{\"facial-recognition\":[],\"imageHeight\":8,\"imageWidth\":6}", "01"}},
		"{\"clip\":\"[1,2]\",\"facial-recognition\":[],\"imageHeight\":8,\"imageWidth\":6}"},
	{"{" FACES "," CLIP "}",
		{{"{\"facial-recognition\":[],\"imageHeight\":8,\"imageWidth\":6}", "10"},
			{"{\"clip\":\"[1,2]\",\"imageHeight\":8,\"imageWidth\":6}", "01"}},
		"{\"facial-recognition\":[],\"clip\":\"[1,2]\",\"imageHeight\":8,\"imageWidth\":6}"},
	{"{" CLIP "," FACES "," OCR "}",
		{{"{\"ocr\":{},\"clip\":\"[]\"}", "101"}, {"{\"facial-recognition\":[]}", "010"}},
		"{\"clip\":\"[]\",\"facial-recognition\":[],\"ocr\":{}}"},
	{"{" CLIP "," FACES "," OCR "}",
		{{"{\"clip\":1}", "100"}, {"{\"facial-recognition\":2}", "010"}, {"{\"ocr\":3}", "001"}},
		"{\"clip\":1,\"facial-recognition\":2,\"ocr\":3}"},
	/* values keep their bytes; white space around them goes */
	{"{" CLIP "," OCR "}",
		{{" { \"clip\" : \"[0.70, 1e-05]\" ,\n\"imageHeight\" : 690.0 } ", "10"},
			{"{\"ocr\":{ \"n\" : 9007199254740993, \"a\":[0.10] }}", "01"}},
		"{\"clip\":\"[0.70, 1e-05]\",\"ocr\":{ \"n\" : 9007199254740993, \"a\":[0.10] },"
		"\"imageHeight\":690.0}"},
	/* the picture's size from the first that has it */
	{"{" CLIP "," OCR "}",
		{{"{\"clip\":1}", "10"}, {"{\"imageWidth\":6,\"imageHeight\":8,\"ocr\":2}", "01"}},
		"{\"clip\":1,\"ocr\":2,\"imageHeight\":8,\"imageWidth\":6}"},
	{"{" CLIP "," OCR "}",
		{{"{\"clip\":1,\"imageHeight\":1}", "10"},
			{"{\"ocr\":2,\"imageHeight\":8,\"imageWidth\":6}", "01"}},
		"{\"clip\":1,\"ocr\":2,\"imageHeight\":1,\"imageWidth\":6}"},
	/* other keys behind, the first answer's winning */
	{"{" CLIP "," OCR "}",
		{{"{\"x\":1,\"clip\":1,\"y\":2}", "10"},
			{"{\"ocr\":2,\"y\":3,\"z\":4,\"imageWidth\":6}", "01"}},
		"{\"clip\":1,\"ocr\":2,\"imageWidth\":6,\"x\":1,\"y\":2,\"z\":4}"},
	{"{" CLIP "," OCR "}", {{"{\"clip\":1,\"\\u0078\":1}", "10"}, {"{\"ocr\":2,\"x\":3}", "01"}},
		"{\"clip\":1,\"ocr\":2,\"\\u0078\":1}"},
	/* of doubled keys the last */
	{"{" CLIP "," OCR "}",
		{{"{\"clip\":1,\"x\":1,\"clip\":2,\"x\":2,\"imageWidth\":1,\"imageWidth\":2}", "10"},
			{"{\"ocr\":3}", "01"}},
		"{\"clip\":2,\"ocr\":3,\"imageWidth\":2,\"x\":2}"},
	/* what another backend was asked for does not count from this one */
	{"{" CLIP "," OCR "}", {{"{\"clip\":1,\"ocr\":9}", "10"}, {"{\"ocr\":2,\"clip\":9}", "01"}},
		"{\"clip\":1,\"ocr\":2}"},
	/* names compare decoded */
	{"{\"cl\\u0069p\":{\"visual\":{\"modelName\":\"m\"}}," OCR "}",
		{{"{\"clip\":1}", "10"}, {"{\"\\u006fcr\":2}", "01"}}, "{\"clip\":1,\"\\u006fcr\":2}"},
	/* a task without types gets no answer from the service */
	{"{\"clip\":{}," OCR "}", {{"{}", "10"}, {"{\"ocr\":2}", "01"}}, "{\"ocr\":2}"},
	{"{\"clip\":{},\"ocr\":{}}", {{"{}", "10"}, {"{}", "01"}}, "{}"},
	{"{\"clip\":{}," OCR "}", {{"{\"clip\":1}", "10"}, {"{\"ocr\":2}", "01"}},
		"{\"clip\":1,\"ocr\":2}"},
	/* a task may be called anything */
	{"{\"imageWidth\":{\"a\":{\"modelName\":\"m\"}}," OCR "}",
		{{"{\"imageWidth\":1,\"imageHeight\":8}", "10"}, {"{\"ocr\":2,\"imageWidth\":6}", "01"}},
		"{\"imageWidth\":1,\"ocr\":2,\"imageHeight\":8}"},
};

/* Checks and merges what is in the row: -1 with what the first check that fails says. */
static int merge_row(const struct merging *row, struct buf *out, struct err *err)
{
	struct merge_answer answers[ANSWERS_MAX] = {0};
	bool wanted[ANSWERS_MAX][TASKS_MAX] = {0};
	struct entries entries;
	struct arena arena;
	size_t count = 0;
	int outcome = 0;

	arena_init(&arena);
	ck_assert_int_eq(entries_parse(span_of(row->entries), &arena, &entries, err), 0);
	for (; count < ANSWERS_MAX && row->answers[count].text; count++) {
		for (size_t i = 0; i < entries.task_count; i++)
			wanted[count][i] = row->answers[count].wanted[i] == '1';
		answers[count].text = span_of(row->answers[count].text);
		answers[count].wanted = wanted[count];
		if (outcome == 0)
			outcome = merge_check(&entries, &answers[count], err);
	}
	if (outcome == 0)
		merge_answers(&entries, answers, count, out);
	arena_deinit(&arena);
	return outcome;
}

START_TEST(answers_become_one_object)
{
	BUF_AUTO struct buf out = {0};
	enum json_type type = JSON_NONE;
	struct err err = {0};

	ck_assert_msg(merge_row(&merges[_i], &out, &err) == 0, "%s", err.text);
	ck_assert_msg(
		span_is(buf_span(&out), merges[_i].merged), "gave %.*s", SPAN_ARG(buf_span(&out)));
	ck_assert_int_eq(json_check_whole(buf_span(&out), &type, &err), 0);
	ck_assert_int_eq(type, JSON_OBJECT);
}
END_TEST

static const struct merging failures[] = {
	{"{" CLIP "," OCR "}", {{"{\"clip\":1}", "10"}, {"{\"imageWidth\":1}", "01"}},
		"answered without 'ocr'"},
	{"{" CLIP "," OCR "}", {{"{}", "10"}, {"{}", "01"}}, "answered without 'clip'"},
	{"{" CLIP "," OCR "}", {{"{\"ocr\":1}", "10"}, {"{\"clip\":1}", "01"}},
		"answered without 'clip'"},
	{"{" CLIP "," OCR "}", {{"{\"Clip\":1}", "10"}, {"{\"ocr\":1}", "01"}},
		"answered without 'clip'"},
	{"{" CLIP "," FACES "," OCR "}",
		{{"{\"clip\":1}", "101"}, {"{\"facial-recognition\":1}", "010"}}, "answered without 'ocr'"},
};

START_TEST(answers_given_a_task_missing_name_it)
{
	BUF_AUTO struct buf out = {0};
	struct err err = {0};

	ck_assert_int_eq(merge_row(&failures[_i], &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UPSTREAM);
	ck_assert_str_eq(err.text, failures[_i].merged);
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

/* An answer with that many members. */
static int merge_big(size_t count, struct err *err)
{
	BUF_AUTO struct buf text = {0};
	BUF_AUTO struct buf out = {0};
	struct merging row = {"{" CLIP "," OCR "}", {{"{\"clip\":1}", "10"}, {NULL, "01"}}, NULL};
	int outcome;

	buf_add_text(&text, "{\"ocr\":1");
	for (size_t i = 1; i < count; i++)
		buf_add_format(&text, ",\"k%zu\":[]", i);
	buf_add_text(&text, "}");
	buf_add(&text, (struct span){"", 1});
	row.answers[1].text = text.bytes;
	outcome = merge_row(&row, &out, err);
	return outcome;
}

START_TEST(answers_given_too_many_members_name_the_limit)
{
	struct err err = {0};

	ck_assert_int_eq(merge_big(MERGE_MEMBERS_MAX, &err), 0);
	ck_assert_int_eq(merge_big(MERGE_MEMBERS_MAX + 1, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UPSTREAM);
	ck_assert_str_eq(err.text, "answered with more than 512 members");
}
END_TEST

START_TEST(answers_are_added_behind_what_is_there)
{
	BUF_AUTO struct buf out = {0};
	struct err err = {0};

	buf_add_text(&out, "x");
	ck_assert_int_eq(merge_row(&merges[0], &out, &err), 0);
	ck_assert(span_is(span_skip(buf_span(&out), 1), merges[0].merged));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("merge");
	TCase *answers = tcase_create("answers");

	tcase_add_loop_test(answers, answers_become_one_object, 0, ROWS(merges));
	tcase_add_loop_test(answers, answers_given_a_task_missing_name_it, 0, ROWS(failures));
	tcase_add_test(answers, answers_given_too_many_members_name_the_limit);
	tcase_add_test(answers, answers_are_added_behind_what_is_there);
	suite_add_tcase(suite, answers);
	return suite;
}
