#include "mlmock/arguments.h"
#include "rig/suite.h"

enum { WORDS_MAX = 140 };

static struct arguments arguments;
static struct err err;

/* The words of a line, between blanks; an empty one is written ''. */
static int parse(const char *line)
{
	static char copy[4096];
	char *words[WORDS_MAX] = {copy};
	int count = 0;

	ck_assert_uint_lt(strlen(line), sizeof copy - 8);
	memcpy(copy, "mlmock ", 7);
	memcpy(copy + 7, line, strlen(line) + 1);
	for (char *rest = copy; rest && *rest; count++) {
		ck_assert_int_lt(count, WORDS_MAX - 1);
		words[count] = strsep(&rest, " ");
		if (strcmp(words[count], "''") == 0)
			words[count][0] = 0;
	}
	err = (struct err){0};
	return arguments_parse(count, words, &arguments, &err);
}

START_TEST(parse_given_nothing_has_defaults)
{
	ck_assert(!parse(""));
	ck_assert_int_eq(arguments.action, ARGUMENTS_RUN);
	ck_assert(span_is(arguments.listen.host, "127.0.0.1"));
	ck_assert_uint_eq(arguments.listen.port, 3003);
	ck_assert(span_is(arguments.setup.name, "mlmock"));
	ck_assert_int_eq(arguments.setup.latency_ns, 0);
	ck_assert(arguments.setup.predict.decodes);
	ck_assert_ptr_null(arguments.setup.predict.perturb);
	ck_assert_ptr_null(arguments.from);
	ck_assert_int_eq(arguments.from_side, HAR_CLIENT);
	ck_assert_uint_eq(arguments.setup.predict.unavailable_count, 0);
}
END_TEST

START_TEST(parse_given_everything_takes_it)
{
	ck_assert(!parse("--listen [::1]:0 --name a --latency 250 --unavailable x/RN50::openai "
					 "--unavailable buffalo_l --no-decode --latency=1 --perturb text=2,order "
					 "--from a/b --from-side backend"));
	ck_assert(span_is(arguments.listen.host, "::1"));
	ck_assert_uint_eq(arguments.listen.port, 0);
	ck_assert(span_is(arguments.setup.name, "a"));
	ck_assert_int_eq(arguments.setup.latency_ns, 1000000);
	ck_assert(!arguments.setup.predict.decodes);
	ck_assert_uint_eq(arguments.setup.predict.perturb->text, 2);
	ck_assert(arguments.setup.predict.perturb->turns);
	ck_assert_str_eq(arguments.from, "a/b");
	ck_assert_int_eq(arguments.from_side, HAR_BACKEND);
	ck_assert_uint_eq(arguments.setup.predict.unavailable_count, 2);
	ck_assert(span_is(arguments.setup.predict.unavailable[0], "RN50__openai"));
	ck_assert(span_is(arguments.setup.predict.unavailable[1], "buffalo_l"));
	ck_assert(!parse("--listen :80 --from-side backend --from-side client"));
	ck_assert_uint_eq(arguments.listen.host.n, 0);
	ck_assert_int_eq(arguments.from_side, HAR_CLIENT);
}
END_TEST

START_TEST(parse_given_question_asks_nothing_more)
{
	ck_assert(!parse("--help --nonsense"));
	ck_assert_int_eq(arguments.action, ARGUMENTS_HELP);
	ck_assert(!parse("--version"));
	ck_assert_int_eq(arguments.action, ARGUMENTS_VERSION);
}
END_TEST

START_TEST(parse_given_wrong_usage_says_what_is_wanted)
{
	static const struct {
		const char *line;
		const char *says;
	} cases[] = {
		{"--nonsense", "--nonsense: unknown option, see --help"},
		{"word", "word: unknown argument, see --help"},
		{"--listen", "--listen: found nothing, wanted a value"},
		{"--listen localhost:1", "--listen: found \"localhost:1\", wanted ADDR:PORT"},
		{"--listen 127.0.0.1", "wanted ADDR:PORT"},
		{"--listen 127.0.0.1:65536", "wanted ADDR:PORT"},
		{"--perturb noise", "--perturb: found \"noise\", wanted vector=DISTANCE, "},
		{"--name ''", "--name: found \"\", wanted a name"},
		{"--latency -1", "--latency: found \"-1\", wanted a number of milliseconds up to 3600000"},
		{"--latency 3600001", "--latency: found \"3600001\""},
		{"--latency ''", "--latency: found \"\""},
		{"--from ''", "--from: found \"\", wanted a capture"},
		{"--from", "--from: found nothing, wanted a value"},
		{"--from-side server", "--from-side: found \"server\", wanted client or backend"},
		{"--unavailable nothing", "--unavailable: found \"nothing\", wanted a model"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_int_eq(parse(cases[i].line), -1);
		ck_assert_int_eq(err.kind, ERR_INVALID);
		ck_assert_msg(strstr(err.text, cases[i].says) != NULL, "%s: %s", cases[i].line, err.text);
	}
}
END_TEST

START_TEST(parse_given_too_many_models_refuses_them)
{
	BUF_AUTO struct buf line = {0};

	for (int i = 0; i < ARGUMENTS_UNAVAILABLE_MAX; i++)
		buf_add_text(&line, "--unavailable buffalo_l ");
	line.bytes[line.n - 1] = '\0';
	ck_assert(!parse(line.bytes));
	line.bytes[line.n - 1] = ' ';
	buf_add_text(&line, "--unavailable buffalo_l");
	buf_add(&line, (struct span){"", 1});
	ck_assert_int_eq(parse(line.bytes), -1);
	ck_assert_str_eq(err.text, "--unavailable: found one more, wanted at most 64");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_arguments");
	TCase *tcase = tcase_create("arguments");

	tcase_add_test(tcase, parse_given_nothing_has_defaults);
	tcase_add_test(tcase, parse_given_everything_takes_it);
	tcase_add_test(tcase, parse_given_question_asks_nothing_more);
	tcase_add_test(tcase, parse_given_wrong_usage_says_what_is_wanted);
	tcase_add_test(tcase, parse_given_too_many_models_refuses_them);
	suite_add_tcase(suite, tcase);
	return suite;
}
