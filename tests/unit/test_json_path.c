#include "wire/json_path.h"

#include "rig/suite.h"

static const struct {
	const char *path;
	const char *steps; /* NULL: none is a path */
} paths[] = {
	{"a", "a"},
	{"a.b-c.d_1", "a b-c d_1"},
	{"a[0].b[17]", "a 0 b 17"},
	{"[3][4]", "3 4"},
	{"[\"a.b\"].c[\"\\\"]\"]", "\"a.b\" c \"\\\"]\""},
	{"*.**[*].a", "* ** [*] a"},
	{"***", "***"},
	{"a b", "a b"},
	{"", NULL},
	{".", NULL},
	{".a", NULL},
	{"a.", NULL},
	{"a..b", NULL},
	{"a.[0]", NULL},
	{"a[0]b", NULL},
	{"a[", NULL},
	{"a[]", NULL},
	{"a[0", NULL},
	{"a[-1]", NULL},
	{"a[x]", NULL},
	{"a[**]", NULL},
	{"a[\"b]", NULL},
	{"a[\"b\"", NULL},
	{"a[\"b\"x]", NULL},
	{"a[\"\\x\"]", NULL},
	{"a[\"\\", NULL},
	{"a[99999999999999999999999]", NULL},
};

static void log_step(struct buf *log, const struct json_path_step *step)
{
	static const char *const signs[] = {
		[JSON_PATH_ANY_KEY] = "*", [JSON_PATH_ANY_INDEX] = "[*]", [JSON_PATH_ANY] = "**"};

	buf_add_text(log, log->n ? " " : "");
	if (step->kind == JSON_PATH_INDEX)
		buf_add_number(log, step->index);
	else if (step->kind == JSON_PATH_KEY || step->kind == JSON_PATH_QUOTED)
		buf_add(log, step->key);
	else
		buf_add_text(log, signs[step->kind]);
}

START_TEST(next_takes_step_by_step)
{
	BUF_AUTO struct buf log = {0};
	struct span rest = span_of(paths[_i].path);
	struct json_path_step step;

	ck_assert_msg(json_path_check(rest) == (paths[_i].steps != NULL), "%s", paths[_i].path);
	if (!paths[_i].steps)
		return;
	while (json_path_next(&rest, &step))
		log_step(&log, &step);
	ck_assert_uint_eq(rest.n, 0);
	ck_assert_msg(span_is(buf_span(&log), paths[_i].steps), "%s", paths[_i].path);
}
END_TEST

START_TEST(check_bounds_the_steps)
{
	BUF_AUTO struct buf path = {0};

	for (size_t i = 0; i < JSON_PATH_STEPS_MAX; i++)
		json_path_add_key(&path, SPAN_LITERAL("a"));
	ck_assert(json_path_check(buf_span(&path)));
	json_path_add_index(&path, 1);
	ck_assert(!json_path_check(buf_span(&path)));
}
END_TEST

START_TEST(add_quotes_what_would_read_as_something_else)
{
	BUF_AUTO struct buf path = {0};

	json_path_add_key(&path, SPAN_LITERAL("a-b"));
	json_path_add_index(&path, 7);
	json_path_add_key(&path, SPAN_LITERAL("c_1"));
	json_path_add_key(&path, SPAN_LITERAL("x.y"));
	json_path_add_key(&path, SPAN_LITERAL("*"));
	json_path_add_key(&path, SPAN_EMPTY);
	json_path_add_key(&path, SPAN_LITERAL("\"]"));
	ck_assert(span_is(buf_span(&path), "a-b[7].c_1[\"x.y\"][\"*\"][\"\"][\"\\\"]\"]"));
	ck_assert(json_path_check(buf_span(&path)));
}
END_TEST

static const struct {
	const char *pattern;
	const char *path; /* "" is the outermost value */
	bool fits;
} fits[] = {
	{"a", "a", true},
	{"a", "b", false},
	{"a", "a.b", false},
	{"a.b", "a", false},
	{"a.b", "a.b", true},
	{"a[1]", "a[1]", true},
	{"a[1]", "a[2]", false},
	{"a[1]", "a.1", false},
	{"a[*].b", "a[5].b", true},
	{"a[*]", "a.b", false},
	{"*.b", "a.b", true},
	{"*", "[0]", false},
	{"*", "", false},
	{"[\"a\"]", "a", true},
	{"[\"\\u0061\"]", "a", true},
	{"**", "", true},
	{"**", "a[0].b", true},
	{"**.version", "version", true},
	{"**.version", "a[0].version", true},
	{"**.version", "a.version.b", false},
	{"**.a.**.a", "a.a", true},
	{"**.a.**.a", "a.b.a", true},
	{"**.a.**.a", "b.a", false},
	{"a.**", "a", true},
	{"a.**", "a[0][1]", true},
	{"a.**", "b", false},
	{"**.**", "", true},
	{"**[0].**.x", "a[0].x", true},
};

START_TEST(follow_fits_whole_paths)
{
	struct span pattern = span_of(fits[_i].pattern);
	struct span rest = span_of(fits[_i].path);
	uint64_t states = json_path_begin(pattern);
	struct json_path_step step;

	ck_assert(json_path_check(pattern));
	while (json_path_next(&rest, &step))
		states = json_path_follow(pattern, states, &step);
	ck_assert_msg(
		json_path_fits(states) == fits[_i].fits, "%s %s", fits[_i].pattern, fits[_i].path);
}
END_TEST

/* The last step's state is not that of the one before. */
START_TEST(follow_knows_patterns_of_the_most_steps)
{
	BUF_AUTO struct buf path = {0};
	struct json_path_step step = {.kind = JSON_PATH_KEY, .key = SPAN_LITERAL("a")};
	uint64_t states;

	for (size_t i = 0; i < JSON_PATH_STEPS_MAX; i++)
		json_path_add_key(&path, step.key);
	states = json_path_begin(buf_span(&path));
	for (size_t i = 0; i < JSON_PATH_STEPS_MAX; i++) {
		ck_assert(!json_path_fits(states));
		states = json_path_follow(buf_span(&path), states, &step);
	}
	ck_assert(json_path_fits(states));
	ck_assert_uint_eq(json_path_follow(buf_span(&path), states, &step), 0);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("json_path");
	TCase *path = tcase_create("path");

	tcase_add_loop_test(path, next_takes_step_by_step, 0, ROWS(paths));
	tcase_add_test(path, check_bounds_the_steps);
	tcase_add_test(path, add_quotes_what_would_read_as_something_else);
	tcase_add_loop_test(path, follow_fits_whole_paths, 0, ROWS(fits));
	tcase_add_test(path, follow_knows_patterns_of_the_most_steps);
	suite_add_tcase(suite, path);
	return suite;
}
