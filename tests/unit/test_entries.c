#include "domain/entries.h"

#include "base/mem.h"
#include "rig/suite.h"

static const char three_tasks[] =
	" {\"clip\" : {\"visual\":{\"modelName\":\"a\",\"options\":{\"x\":0.70}}},"
	"\"\\u006fcr\":{\"detection\":{\"modelName\":\"b\"},\"recognition\":{\"modelName\":\"c\"}},"
	"\"quality\": {} }";

/* Judges the text and asserts that it passes. */
static void parse(const char *text, struct arena *arena, struct entries *ret_entries)
{
	struct err err = {0};

	ck_assert_msg(
		entries_parse(span_of(text), arena, ret_entries, &err) == 0, "%s: %s", text, err.text);
}

START_TEST(parse_keeps_the_order_asked_for)
{
	struct entries entries;
	struct arena arena;

	arena_init(&arena);
	parse(three_tasks, &arena, &entries);
	ck_assert_uint_eq(entries.task_count, 3);
	ck_assert(span_is(entries.tasks[0].name, "clip"));
	ck_assert(span_is(entries.tasks[1].name, "ocr"));
	ck_assert(span_is(entries.tasks[1].key, "\"\\u006fcr\""));
	ck_assert_uint_eq(entries.tasks[1].type_count, 2);
	ck_assert(span_is(entries.tasks[1].types[0].name, "detection"));
	ck_assert(span_is(entries.tasks[1].types[1].model, "c"));
	ck_assert(span_is(entries.tasks[2].value, "{}"));
	ck_assert_uint_eq(entries.tasks[2].type_count, 0);
	arena_deinit(&arena);
}
END_TEST

START_TEST(parse_points_into_the_text)
{
	struct entries entries;
	struct arena arena;

	arena_init(&arena);
	parse(three_tasks, &arena, &entries);
	ck_assert_ptr_eq(entries.tasks[0].key.p, three_tasks + 2);
	ck_assert_ptr_eq(entries.tasks[0].value.p, three_tasks + 11);
	arena_deinit(&arena);
}
END_TEST

#define TEN_LEVELS "[[[[[[[[[["
#define DEEP       TEN_LEVELS TEN_LEVELS TEN_LEVELS TEN_LEVELS TEN_LEVELS TEN_LEVELS TEN_LEVELS

/* What is wrong and has a text of our own, since the service would not say 422. */
static const struct {
	struct span text;
	const char *fault;
} own_faults[] = {
	{SPAN_LITERAL("{\"clip\":{\"visual\":\"x\"}}"), "entries: clip/visual is no object"},
	{SPAN_LITERAL("{\"clip\":{\"a\\nb\":null}}"), "entries: clip/a?b is no object"},
	{SPAN_LITERAL("{\"clip\":{\"visual\":{\"modelName\":\"\xff\"}}}"),
		"entries: no valid UTF-8 at byte 32"},
	{SPAN_LITERAL("\xff"), "entries: no valid UTF-8 at byte 0"},
	/* before all else, wherever it is */
	{SPAN_LITERAL("{]\"\xff"), "entries: no valid UTF-8 at byte 3"},
	{SPAN_LITERAL(DEEP "\xff"), "entries: no valid UTF-8 at byte 70"},
	{SPAN_LITERAL(DEEP),
		"entries: JSON at byte 64: more than 64 arrays and objects in one another"},
};

START_TEST(parse_given_what_the_service_stumbles_over_names_the_fault)
{
	struct entries entries = {.task_count = 77};
	struct arena arena;
	struct err err;

	arena_init(&arena);
	ck_assert_int_eq(entries_parse(own_faults[_i].text, &arena, &entries, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, own_faults[_i].fault);
	ck_assert_uint_eq(entries.task_count, 77);
	arena_deinit(&arena);
}
END_TEST

/* An object of n members with that value, named `key`0, `key`1, … */
static void add_object(struct buf *buf, size_t n, const char *key, const char *value)
{
	buf_add_text(buf, "{");
	for (size_t i = 0; i < n; i++)
		buf_add_format(buf, "%s\"%s%zu\":%s", i ? "," : "", key, i, value);
	buf_add_text(buf, "}");
}

static int parse_status(struct span text, struct err *err)
{
	struct entries entries;
	struct arena arena;
	int status;

	arena_init(&arena);
	status = entries_parse(text, &arena, &entries, err);
	arena_deinit(&arena);
	return status;
}

START_TEST(parse_given_too_many_tasks_names_the_limit)
{
	BUF_AUTO struct buf most = {0};
	BUF_AUTO struct buf more = {0};
	struct err err;

	add_object(&most, ENTRIES_TASKS_MAX, "t", "{}");
	ck_assert_int_eq(parse_status(buf_span(&most), &err), 0);
	add_object(&more, ENTRIES_TASKS_MAX + 1, "t", "{}");
	ck_assert_int_eq(parse_status(buf_span(&more), &err), -1);
	ck_assert_int_eq(err.kind, ERR_TOO_LARGE);
	ck_assert_str_eq(err.text, "entries: more than 256 tasks");
}
END_TEST

START_TEST(parse_given_too_many_types_names_the_limit)
{
	BUF_AUTO struct buf most = {0};
	BUF_AUTO struct buf more = {0};
	struct err err;

	buf_add_text(&most, "{\"ocr\":{},\"clip\":");
	add_object(&most, ENTRIES_TYPES_MAX, "y", "{\"modelName\":\"m\"}");
	buf_add_text(&most, "}");
	ck_assert_int_eq(parse_status(buf_span(&most), &err), 0);
	buf_add_text(&more, "{\"ocr\":{},\"clip\":");
	add_object(&more, ENTRIES_TYPES_MAX + 1, "y", "{\"modelName\":\"m\"}");
	buf_add_text(&more, "}");
	ck_assert_int_eq(parse_status(buf_span(&more), &err), -1);
	ck_assert_int_eq(err.kind, ERR_TOO_LARGE);
	ck_assert_str_eq(err.text, "entries: more than 256 types in a task");
}
END_TEST

static const struct {
	bool wanted[3];
	const char *written;
} writes[] = {
	{{false, false, false}, "{}"},
	{{true, false, false},
		"{\"clip\":{\"visual\":{\"modelName\":\"a\",\"options\":{\"x\":0.70}}}}"},
	{{false, false, true}, "{\"quality\":{}}"},
	{{false, true, true}, "{\"\\u006fcr\":{\"detection\":{\"modelName\":\"b\"},\"recognition\":{"
						  "\"modelName\":\"c\"}},"
						  "\"quality\":{}}"},
};

START_TEST(write_keeps_the_bytes_of_the_wanted_tasks)
{
	BUF_AUTO struct buf out = {0};
	struct entries entries;
	struct arena arena;

	arena_init(&arena);
	parse(three_tasks, &arena, &entries);
	buf_add_text(&out, "before ");
	entries_write(&entries, writes[_i].wanted, &out);
	ck_assert(span_is(span_skip(buf_span(&out), 7), writes[_i].written));
	arena_deinit(&arena);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("entries");
	TCase *parsing = tcase_create("parse");
	TCase *writing = tcase_create("write");

	tcase_add_test(parsing, parse_keeps_the_order_asked_for);
	tcase_add_test(parsing, parse_points_into_the_text);
	tcase_add_loop_test(
		parsing, parse_given_what_the_service_stumbles_over_names_the_fault, 0, ROWS(own_faults));
	tcase_add_test(parsing, parse_given_too_many_tasks_names_the_limit);
	tcase_add_test(parsing, parse_given_too_many_types_names_the_limit);
	suite_add_tcase(suite, parsing);

	tcase_add_loop_test(writing, write_keeps_the_bytes_of_the_wanted_tasks, 0, ROWS(writes));
	suite_add_tcase(suite, writing);
	return suite;
}
