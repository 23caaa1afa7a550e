#include "domain/plan.h"

#include "rig/configs.h"
#include "rig/suite.h"

#define ENTRIES(task, type) "\"" task "\":{\"" type "\":{\"modelName\":\"m\"}}"

static const char routed[] = CONFIGS_WITH(
	"\"taskRouting\":{\"facial-recognition\":\"b2\",\"ocr\":[\"b2\"]},"
	"\"modelTypeRouting\":{\"textual\":[\"b2\",\"b3\"]},\"payloadRouting\":{\"image\":\"b3\"}");

/* A group is its first backend, its first reason, and its tasks. */
static void show(const struct config *config, const struct entries *entries,
	const struct plan *plan, struct buf *out)
{
	for (size_t i = 0; i < plan->group_count; i++) {
		const struct plan_group *group = &plan->groups[i];
		struct span name = config->backends[group->route.pool->backends[0]].name;
		size_t count = 0;

		buf_add_format(out, "%s%.*s(%s)", i ? " " : "", SPAN_ARG(name),
			route_reason_text(group->route.reason));
		for (size_t k = 0; k < entries->task_count; k++)
			if (group->wanted[k])
				buf_add_format(
					out, "%s%.*s", count++ ? "," : ":", SPAN_ARG(entries->tasks[k].name));
	}
}

static const struct {
	const char *entries;
	enum route_payload payload;
	bool needs_payload;
	const char *plan;
} rows[] = {
	{"{}", 0, false, "b1(default)"},
	{"{" ENTRIES("clip", "visual") "}", 0, true, "b1(default):clip"},
	{"{" ENTRIES("clip", "visual") "}", ROUTE_PAYLOAD_TEXT, true, "b1(default):clip"},
	{"{" ENTRIES("clip", "visual") "}", ROUTE_PAYLOAD_IMAGE, true, "b3(payload):clip"},
	{"{" ENTRIES("clip", "textual") "}", ROUTE_PAYLOAD_TEXT, false, "b2(modelType):clip"},
	/* the tasks of one pool go together, in the order asked for */
	{"{" ENTRIES("ocr", "a") "," ENTRIES("clip", "visual") "," ENTRIES(
		 "facial-recognition", "b") "}",
		ROUTE_PAYLOAD_IMAGE, true, "b2(task):ocr,facial-recognition b3(payload):clip"},
	{"{" ENTRIES("clip", "visual") "," ENTRIES("x", "y") "}", 0, true, "b1(default):clip,x"},
};

START_TEST(plan_puts_the_tasks_of_one_pool_together)
{
	struct config *config = configs_parse(span_of(routed));
	BUF_AUTO struct buf out = {0};
	struct arena arena = {0};
	struct entries entries;
	struct plan plan;
	struct err err;

	ck_assert_int_eq(entries_parse(span_of(rows[_i].entries), &arena, &entries, &err), 0);
	plan_make(&plan, config, &entries, rows[_i].payload, &arena);
	show(config, &entries, &plan, &out);
	ck_assert_msg(span_is(buf_span(&out), rows[_i].plan), "%.*s", SPAN_ARG(buf_span(&out)));
	ck_assert_int_eq(plan_needs_payload(config, &entries), rows[_i].needs_payload);
	arena_deinit(&arena);
	config_unref(config);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("plan");
	TCase *tcase = tcase_create("plan");

	tcase_add_loop_test(tcase, plan_puts_the_tasks_of_one_pool_together, 0, COUNT_OF(rows));
	suite_add_tcase(suite, tcase);
	return suite;
}
