#include "rig/bad_configs.h"
#include "rig/configs.h"
#include "rig/suite.h"

/* -- what is bad ----------------------------------------------------------------------------- */

START_TEST(parse_given_bad_text_says_where_and_what)
{
	const struct bad_config *bad = &bad_configs[_i];

	configs_check_fault(span_of(bad->text), bad->path, bad->says);
}
END_TEST

START_TEST(parse_given_no_bytes_refuses_them)
{
	configs_check_fault(SPAN_EMPTY, "line 1", "JSON ends at byte 0");
}
END_TEST

START_TEST(parse_given_nul_byte_refuses_it)
{
	configs_check_fault(SPAN_LITERAL("{}\0"), "line 1", "JSON at byte 2");
}
END_TEST

START_TEST(parse_given_nesting_refuses_it)
{
	char text[4096];

	memset(text, '[', sizeof text);
	configs_check_fault((struct span){text, sizeof text}, "line 1", "JSON at byte 64");
}
END_TEST

START_TEST(parse_given_long_key_cuts_the_path_between_characters)
{
	BUF_AUTO struct buf text = {0};
	struct config *config = NULL;
	struct config_fault fault = {0};

	buf_add_text(&text, "{\"backends\":[{\"name\":\"b1\",\"url\":\"http://one\"}],"
						"\"defaultBackend\":\"b1\",\"taskRouting\":{\"");
	for (int i = 0; i < 100; i++)
		buf_add_text(&text, "\xc3\xbc");
	buf_add_text(&text, "\":\"b2\"}}");
	ck_assert_int_eq(config_parse(buf_span(&text), &config, &fault), -1);
	ck_assert_uint_eq(strlen(fault.path), 126);
	ck_assert_uint_eq(span_utf8_length(span_of(fault.path)), 126);
}
END_TEST

/* -- how much -------------------------------------------------------------------------------- */

static void add_backends(struct buf *text, int n)
{
	buf_add_text(text, "{\"defaultBackend\":\"n0\",\"backends\":[");
	for (int i = 0; i < n; i++)
		buf_add_format(text, "%s{\"name\":\"n%d\",\"url\":\"http://one\"}", i ? "," : "", i);
	buf_add_text(text, "]");
}

START_TEST(parse_given_most_backends_takes_them_and_no_more)
{
	BUF_AUTO struct buf text = {0};
	struct config *config;

	add_backends(&text, CONFIG_BACKENDS_MAX);
	buf_add_text(&text, ",\"taskRouting\":{\"a\":\"n255\",\"b\":[\"n255\",\"n63\",\"n64\"]}}");
	config = configs_parse(buf_span(&text));
	ck_assert_uint_eq(config->backend_count, CONFIG_BACKENDS_MAX);
	ck_assert_uint_eq(config->pool_count, 3);
	config_unref(config);
	buf_reset(&text);
	add_backends(&text, CONFIG_BACKENDS_MAX + 1);
	buf_add_text(&text, "}");
	configs_check_fault(buf_span(&text), "backends", "found a list, wanted at most 256 backends");
}
END_TEST

static void add_routes(struct buf *text, int n)
{
	add_backends(text, 1);
	buf_add_text(text, ",\"taskRouting\":{");
	for (int i = 0; i < n; i++)
		buf_add_format(text, "%s\"t%d\":\"n0\"", i ? "," : "", i);
	buf_add_text(text, "}}");
}

START_TEST(parse_given_most_routes_takes_them_and_no_more)
{
	BUF_AUTO struct buf text = {0};
	struct config *config;

	add_routes(&text, CONFIG_RULES_MAX);
	config = configs_parse(buf_span(&text));
	ck_assert_uint_eq(config->task_rules.count, CONFIG_RULES_MAX);
	config_unref(config);
	buf_reset(&text);
	add_routes(&text, CONFIG_RULES_MAX + 1);
	configs_check_fault(
		buf_span(&text), "taskRouting", "found an object, wanted at most 4096 routes");
}
END_TEST

START_TEST(parse_given_size_at_and_over_the_limit)
{
	BUF_AUTO struct buf text = {0};

	buf_add_text(&text, CONFIGS_WITH("\"limits\":{}"));
	memset(buf_reserve(&text, CONFIG_BYTES_MAX), ' ', CONFIG_BYTES_MAX);
	text.n = CONFIG_BYTES_MAX;
	config_unref(configs_parse(buf_span(&text)));
	text.n++;
	configs_check_fault(buf_span(&text), "the file", "found 1048577 bytes, wanted at most 1048576");
}
END_TEST

static const struct {
	const char *name;
	const char *path;
	const char *says;
} bad_fixtures[] = {
	{"bad_bom.json", "line 1", "found a byte order mark, wanted UTF-8 without one"},
	{"bad_comma.json", "line 4", "JSON at byte 80: found ']', wanted a value"},
	{"bad_tls.json", "backends[1].caFile",
		"found \"/etc/ml/ca.pem\", wanted it only where the url begins with https://"},
	{"bad_nul.json", "backends[0].name", "found \"b\\u0000\", wanted a name"},
	{"bad_route.json", "taskRouting.clip[1]",
		"found \"b9\", wanted the name of a backend listed in backends"},
};

START_TEST(parse_given_bad_fixture_says_where_and_what)
{
	configs_check_fixture_fault(
		bad_fixtures[_i].name, bad_fixtures[_i].path, bad_fixtures[_i].says);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("config faults");
	TCase *tcase = tcase_create("bad");

	tcase_add_loop_test(tcase, parse_given_bad_text_says_where_and_what, 0, bad_config_count);
	tcase_add_loop_test(
		tcase, parse_given_bad_fixture_says_where_and_what, 0, COUNT_OF(bad_fixtures));
	tcase_add_test(tcase, parse_given_no_bytes_refuses_them);
	tcase_add_test(tcase, parse_given_nul_byte_refuses_it);
	tcase_add_test(tcase, parse_given_nesting_refuses_it);
	tcase_add_test(tcase, parse_given_long_key_cuts_the_path_between_characters);
	tcase_add_test(tcase, parse_given_most_backends_takes_them_and_no_more);
	tcase_add_test(tcase, parse_given_most_routes_takes_them_and_no_more);
	tcase_add_test(tcase, parse_given_size_at_and_over_the_limit);
	suite_add_tcase(suite, tcase);
	return suite;
}
