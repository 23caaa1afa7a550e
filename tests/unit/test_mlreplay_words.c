#include "mlreplay/words.h"

#include "rig/suite.h"

enum { WORDS_MAX = 16 };

struct settings {
	bool is_dry;
	const char *target;
	uint64_t loops;
	unsigned pace;
};

static bool take_pace(void *settings, struct span value)
{
	struct settings *to = settings;

	to->pace = span_is(value, "max") ? 2 : 1;
	return span_is(value, "max") || span_is(value, "original");
}

static const struct words_option options[] = {
	{.name = "dry-run", .help = "send nothing", .offset = offsetof(struct settings, is_dry)},
	{.name = "target",
		.value = "URL",
		.help = "whom to ask",
		.kind = WORDS_TEXT,
		.offset = offsetof(struct settings, target)},
	{.name = "loop",
		.value = "N",
		.help = "how often,\nall in all (1)",
		.kind = WORDS_NUMBER,
		.offset = offsetof(struct settings, loops),
		.min = 1,
		.max = 1000},
	{.name = "o",
		.value = "FILE",
		.help = "where to",
		.kind = WORDS_TEXT,
		.offset = offsetof(struct settings, target)},
	{.name = "pace",
		.value = "original|xF|max",
		.help = "how fast",
		.kind = WORDS_OTHER,
		.take = take_pace,
		.wanted = "original or max"},
};

static const struct words_form form = {
	.operands = {"A", "B"},
	.options = options,
	.option_count = sizeof options / sizeof *options,
};

static struct settings settings;
static struct words words;
static struct err err;

/* The words of a line, between blanks; an empty one is written ''. */
static int given(const char *line)
{
	static char copy[512];
	char *list[WORDS_MAX] = {NULL};
	char *rest = copy;

	ck_assert_uint_lt(strlen(line), sizeof copy);
	memcpy(copy, line, strlen(line) + 1);
	for (int i = 0; rest && *rest; i++) {
		ck_assert_int_lt(i, WORDS_MAX - 1);
		list[i] = strsep(&rest, " ");
		if (strcmp(list[i], "''") == 0)
			list[i][0] = '\0';
	}
	settings = (struct settings){.loops = 1};
	words = (struct words){0};
	err = (struct err){0};
	return words_read(&form, list, &settings, &words, &err);
}

START_TEST(read_given_operands_alone_leaves_settings)
{
	ck_assert(!given("one two"));
	ck_assert_str_eq(words.operands[0], "one");
	ck_assert_str_eq(words.operands[1], "two");
	ck_assert(!words.wants_help);
	ck_assert(!settings.is_dry);
	ck_assert_ptr_null(settings.target);
	ck_assert_uint_eq(settings.loops, 1);
}
END_TEST

START_TEST(read_takes_options_anywhere)
{
	ck_assert(!given("--dry-run one --target=http://a=b --loop 7 two --pace max"));
	ck_assert_str_eq(words.operands[0], "one");
	ck_assert_str_eq(words.operands[1], "two");
	ck_assert(settings.is_dry);
	ck_assert_str_eq(settings.target, "http://a=b");
	ck_assert_uint_eq(settings.loops, 7);
	ck_assert_uint_eq(settings.pace, 2);
}
END_TEST

START_TEST(read_given_an_option_twice_takes_the_last)
{
	ck_assert(!given("a b --target x -o y --loop 3 --loop=1000"));
	ck_assert_str_eq(settings.target, "y");
	ck_assert_uint_eq(settings.loops, 1000);
}
END_TEST

START_TEST(read_takes_values_and_operands_that_look_like_options)
{
	ck_assert(!given("--target --loop -- --dry-run -"));
	ck_assert_str_eq(settings.target, "--loop");
	ck_assert_str_eq(words.operands[0], "--dry-run");
	ck_assert_str_eq(words.operands[1], "-");
	ck_assert(!settings.is_dry);
}
END_TEST

START_TEST(read_given_help_looks_at_nothing_behind_it)
{
	ck_assert(!given("--help --nonsense"));
	ck_assert(words.wants_help);
	ck_assert(!given("a --help"));
	ck_assert(words.wants_help);
	ck_assert_int_eq(given("--nonsense --help"), -1);
}
END_TEST

START_TEST(read_given_wrong_usage_says_what_is_wanted)
{
	static const struct {
		const char *line;
		const char *says;
	} cases[] = {
		{"", "found no A, see --help"},
		{"a", "found no B, see --help"},
		{"a b c", "c: one argument too many, see --help"},
		{"a b --nonsense", "--nonsense: unknown option, see --help"},
		{"a b --nonsense=1", "--nonsense=1: unknown option, see --help"},
		{"a b --targe x", "--targe: unknown option"},
		{"a b -target x", "-target: unknown option"},
		{"a b --o x", "--o: unknown option"},
		{"a b -x", "-x: unknown option"},
		{"a b --=", "--=: unknown option"},
		{"a b --dry-run=1", "--dry-run: found \"1\", wanted nothing"},
		{"a b --target", "--target: found nothing, wanted URL"},
		{"a b -o", "-o: found nothing, wanted FILE"},
		{"a b --target=", "--target: found \"\", wanted URL"},
		{"a b -o ''", "-o: found \"\", wanted FILE"},
		{"a b --loop 0", "--loop: found \"0\", wanted a number from 1 to 1000"},
		{"a b --loop 1001", "--loop: found \"1001\", wanted a number from 1 to 1000"},
		{"a b --loop 1x", "--loop: found \"1x\""},
		{"a b --pace slow", "--pace: found \"slow\", wanted original or max"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_msg(given(cases[i].line) == -1, "%s", cases[i].line);
		ck_assert_int_eq(err.kind, ERR_INVALID);
		ck_assert_msg(strstr(err.text, cases[i].says) != NULL, "%s: %s", cases[i].line, err.text);
	}
}
END_TEST

START_TEST(write_has_a_line_for_each_option)
{
	BUF_AUTO struct buf out = {0};

	words_write_usage(&form, "run", &out);
	words_write_options(&form, &out);
	buf_add(&out, (struct span){"", 1});
	ck_assert_str_eq(out.bytes, "usage: mlreplay run A B [OPTION]...\n"
								"  --dry-run           send nothing\n"
								"  --target URL        whom to ask\n"
								"  --loop N            how often,\n"
								"                      all in all (1)\n"
								"  -o FILE             where to\n"
								"  --pace original|xF|max\n"
								"                      how fast\n"
								"  --help              say this, and end\n");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_words");
	TCase *tcase = tcase_create("words");

	tcase_add_test(tcase, read_given_operands_alone_leaves_settings);
	tcase_add_test(tcase, read_takes_options_anywhere);
	tcase_add_test(tcase, read_given_an_option_twice_takes_the_last);
	tcase_add_test(tcase, read_takes_values_and_operands_that_look_like_options);
	tcase_add_test(tcase, read_given_help_looks_at_nothing_behind_it);
	tcase_add_test(tcase, read_given_wrong_usage_says_what_is_wanted);
	tcase_add_test(tcase, write_has_a_line_for_each_option);
	suite_add_tcase(suite, tcase);
	return suite;
}
