#include "mlreplay/filter.h"

#include "rig/configs.h"
#include "rig/suite.h"

#define ENTRIES                                                            \
	"{\"clip\":{\"visual\":{\"modelName\":\"ViT-B-32__openai\"}},"         \
	"\"facial-recognition\":{\"detection\":{\"modelName\":\"buffalo_l\"}," \
	"\"recognition\":{\"modelName\":\"antelopev2\"}}}"

static const struct {
	const char *filter;
	int status;
	const char *backend;
	bool fits;
} rows[] = {
	{"task=clip", 200, "", true},
	{"task=facial-recognition", 200, "", true},
	{"task=facial_recognition", 200, "", true},
	{"task=ocr", 200, "", false},
	{"task=cli", 200, "", false},
	{"task=ocr,task=clip", 200, "", true},
	{"model=buffalo_l", 200, "", true},
	{"model=antelopev2,task=clip", 200, "", true},
	{"model=antelopev2,task=ocr", 200, "", false},
	{"model=other", 200, "", false},
	{"status=200", 200, "", true},
	{"status=200", 201, "", false},
	{"status=2xx", 299, "", true},
	{"status=2xx", 300, "", false},
	{"status=5xx,status=404", 503, "", true},
	{"status=5xx,status=404", 404, "", true},
	{"status=5xx,status=404", 405, "", false},
	{"status=none", 0, "", true},
	{"status=none", 200, "", false},
	{"status=2xx", 0, "", false},
	{"backend=gpu", 200, "gpu", true},
	{"backend=gpu", 200, "cpu", false},
	{"backend=gpu", 200, "", false},
	{"task=clip,status=2xx,backend=gpu", 200, "gpu", true},
	{"task=clip,status=2xx,backend=gpu", 500, "gpu", false},
};

START_TEST(fits_holds_all_that_is_named_against_the_facts)
{
	struct filter filter = {0};
	struct arena arena;
	struct entries entries;
	struct err err;

	arena_init(&arena);
	ck_assert(!entries_parse(span_of(ENTRIES), &arena, &entries, &err));
	ck_assert(filter_parse(span_of(rows[_i].filter), &filter));
	ck_assert_int_eq(filter_fits(&filter, &(struct filter_facts){&entries, rows[_i].status,
											  span_of(rows[_i].backend)}),
		rows[_i].fits);
	arena_deinit(&arena);
}
END_TEST

START_TEST(fits_given_no_entries_knows_no_task)
{
	struct filter filter = {0};

	ck_assert(filter_fits(&filter, &(struct filter_facts){.status = 200}));
	ck_assert(filter_parse(SPAN_LITERAL("status=2xx"), &filter));
	ck_assert(filter_fits(&filter, &(struct filter_facts){.status = 200}));
	ck_assert(filter_parse(SPAN_LITERAL("task=clip"), &filter));
	ck_assert(!filter_fits(&filter, &(struct filter_facts){.status = 200}));
}
END_TEST

static const char *const bad[] = {"", ",", "task=clip,", ",task=clip", "task", "task=", "tasks=x",
	"Task=x", "status=", "status=20", "status=600", "status=0", "status=6xx", "status=0xx",
	"status=2x", "status=2xxx", "status=xx", "status=-1", "status=OK", "task=a,what=b", "=x"};

START_TEST(parse_given_anything_else_adds_nothing)
{
	struct filter filter = {0};

	ck_assert(filter_parse(SPAN_LITERAL("task=clip"), &filter));
	ck_assert(!filter_parse(span_of(bad[_i]), &filter));
	ck_assert_uint_eq(filter.count, 1);
}
END_TEST

START_TEST(parse_given_more_than_the_limit_refuses)
{
	struct filter filter = {0};

	for (int i = 0; i < FILTER_TERMS_MAX; i++)
		ck_assert(filter_parse(SPAN_LITERAL("task=clip"), &filter));
	ck_assert(!filter_parse(SPAN_LITERAL("task=clip"), &filter));
	ck_assert_uint_eq(filter.count, FILTER_TERMS_MAX);
}
END_TEST

START_TEST(print_given_all_that_was_read_can_be_read_again)
{
	BUF_AUTO struct buf text = {0};
	struct filter filter = {0};

	ck_assert(filter_parse(SPAN_LITERAL("task=clip,status=2xx"), &filter));
	ck_assert(filter_parse(SPAN_LITERAL("model=a=b,backend=gpu,status=none"), &filter));
	filter_print(&filter, &text);
	ck_assert(span_is(buf_span(&text), "task=clip,status=2xx,model=a=b,backend=gpu,status=none"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_filter");
	TCase *tcase = tcase_create("filter");

	tcase_add_loop_test(tcase, fits_holds_all_that_is_named_against_the_facts, 0, COUNT_OF(rows));
	tcase_add_test(tcase, fits_given_no_entries_knows_no_task);
	tcase_add_loop_test(tcase, parse_given_anything_else_adds_nothing, 0, COUNT_OF(bad));
	tcase_add_test(tcase, parse_given_more_than_the_limit_refuses);
	tcase_add_test(tcase, print_given_all_that_was_read_can_be_read_again);
	suite_add_tcase(suite, tcase);
	return suite;
}
