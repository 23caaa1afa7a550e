#include <stdio.h>

#include "base/clock.h"
#include "rig/configs.h"
#include "rig/suite.h"

/* A file whose one backend has these members, too. */
#define WITH(more) CONFIGS_BACKENDS("[{\"name\":\"b1\",\"url\":\"http://one\"," more "}]")

/* -- what is good ---------------------------------------------------------------------------- */

START_TEST(parse_given_nothing_more_takes_the_defaults)
{
	struct config *config = configs_parse_fixture("minimal.json");
	const struct config_backend *backend = &config->backends[0];

	ck_assert(backend->is_enabled);
	ck_assert_uint_eq(backend->weight, 1);
	ck_assert_uint_eq(backend->ca_file.n, 0);
	ck_assert(!backend->is_insecure);
	ck_assert_uint_eq(backend->fields.n, 0);
	ck_assert_int_eq(backend->connect_ns, config_default_timeouts.connect_ns);
	ck_assert_int_eq(backend->answer_ns, config_default_timeouts.backend_ns);
	ck_assert_ptr_null(backend->state);
	config_unref(config);
}
END_TEST

START_TEST(parse_given_full_file_reads_backends)
{
	struct config *config = configs_parse_fixture("full.json");
	const struct config_backend *backends = config->backends;

	ck_assert_uint_eq(backends[0].weight, 1);
	ck_assert_int_eq(backends[0].connect_ns, CLOCK_MS(250)); /* the file's own */
	ck_assert_int_eq(backends[0].answer_ns, CLOCK_S(280));
	ck_assert_uint_eq(backends[1].weight, 3);
	ck_assert_int_eq(backends[1].connect_ns, CLOCK_S(1));
	ck_assert_int_eq(backends[1].answer_ns, CLOCK_MS(100500));
	ck_assert(!backends[1].is_insecure && !backends[1].ca_file.n);
	ck_assert_int_eq(backends[4].url.scheme, URL_HTTPS);
	ck_assert(span_is(backends[4].ca_file, "/etc/ml/ca \xc3\xbc.pem"));
	ck_assert(!backends[4].is_insecure);
	ck_assert(backends[5].is_insecure);
	ck_assert_uint_eq(backends[5].url.port, 443);
	ck_assert(backends[1].is_enabled && backends[2].is_enabled && !backends[4].is_enabled &&
			  backends[5].is_enabled);
	ck_assert(span_is(backends[2].fields, "authorization: Basic bWw6YTpiIMO8\r\n"));
	ck_assert(span_is(backends[3].fields, "X-Api-Key: k 1\r\nx-empty: \r\n"));
	config_unref(config);
}
END_TEST

static const struct good {
	const char *text;
	const char *fields;
} goods[] = {
	{WITH("\"weight\":100"), ""},
	{WITH("\"enabled\":true,\"insecure\":false"), ""},
	{WITH("\"connectTimeout\":0.01,\"timeout\":0.01"), ""},
	{WITH("\"connectTimeout\":300,\"timeout\":289.99"), ""},
	{WITH("\"headers\":{}"), ""},
	{WITH("\"headers\":{\"A\":\"\\u00e4 \\\"\\\\\"}"), "A: \xc3\xa4 \"\\\r\n"},
	{WITH("\"headers\":{\"\\u0041\":\"1\",\"B\":\"2\",\"A\":\"3\"}"), "A: 3\r\nB: 2\r\n"},
	{WITH("\"headers\":{\"authorization\":\"Bearer x\"}"), "authorization: Bearer x\r\n"},
	{WITH("\"basicAuth\":\":\""), "authorization: Basic Og==\r\n"},
	{WITH("\"basicAuth\":\"a:b\",\"headers\":{\"X\":\"y\"}"),
		"X: y\r\nauthorization: Basic YTpi\r\n"},
};

START_TEST(parse_given_fields_writes_their_lines)
{
	struct config *config = configs_parse(span_of(goods[_i].text));

	ck_assert_msg(span_is(config->backends[0].fields, goods[_i].fields), "%.*s",
		SPAN_ARG(config->backends[0].fields));
	ck_assert_uint_eq(config->warning_count, 0);
	config_unref(config);
}
END_TEST

static const struct slow {
	const char *text;
	bool warns;
} slows[] = {
	{CONFIGS_TIMES("\"backend\":289.9"), false},
	{CONFIGS_TIMES("\"backend\":290"), true},
	{CONFIGS_TIMES("\"request\":240"), true},
	{CONFIGS_TIMES("\"request\":240.1"), false},
	{CONFIGS_TIMES("\"request\":86400,\"backend\":86399"), false},
	{CONFIGS_BACKENDS("[{\"name\":\"b1\",\"url\":\"http://one\"},{\"name\":\"b2\","
					  "\"url\":\"http://two\",\"timeout\":86400,\"enabled\":false}]"),
		false},
	{WITH("\"timeout\":290"), true},
	{WITH("\"timeout\":86400"), true},
};

START_TEST(parse_given_backend_that_may_take_all_the_time_warns)
{
	struct config *config = configs_parse(span_of(slows[_i].text));

	ck_assert_uint_eq(config->warning_count, slows[_i].warns);
	if (slows[_i].warns) {
		ck_assert_str_eq(config->warnings[0].path, "timeouts.request");
		ck_assert(strstr(config->warnings[0].text, "none is asked after one that hangs"));
	}
	config_unref(config);
}
END_TEST

/* -- what is bad ----------------------------------------------------------------------------- */

static const struct bad {
	const char *text;
	const char *path; /* below backends[0] */
	const char *says; /* the fault's text begins with this */
} bads[] = {
	{WITH("\"enabled\":null"), "enabled", "found null, wanted true or false"},
	{WITH("\"enabled\":0"), "enabled", "found 0, wanted true or false"},
	{WITH("\"weight\":0"), "weight", "found 0, wanted a whole number from 1 to 100"},
	{WITH("\"weight\":101"), "weight", "found 101, wanted a whole number from 1 to 100"},
	{WITH("\"weight\":1.5"), "weight", "found 1.5, wanted a whole number"},
	{WITH("\"weight\":\"2\""), "weight", "found \"2\", wanted a whole number"},
	{WITH("\"connectTimeout\":0"), "connectTimeout",
		"found 0, wanted a number of seconds from 0.01 to 300"},
	{WITH("\"connectTimeout\":301"), "connectTimeout", "found 301, wanted"},
	{WITH("\"timeout\":86401"), "timeout",
		"found 86401, wanted a number of seconds from 0.01 to 86400"},
	{WITH("\"timeout\":-1"), "timeout", "found -1, wanted a number of seconds"},
	{WITH("\"caFile\":\"ca.pem\""), "caFile", "found \"ca.pem\", wanted an absolute path"},
	{WITH("\"caFile\":\"/ca.pem\""), "caFile",
		"found \"/ca.pem\", wanted it only where the url begins with https://"},
	{WITH("\"insecure\":true"), "insecure",
		"found true, wanted it only where the url begins with https://"},
	{WITH("\"insecure\":\"yes\""), "insecure", "found \"yes\", wanted true or false"},
	{WITH("\"headers\":null"), "headers", "found null, wanted an object"},
	{WITH("\"headers\":\"X: SECRET\""), "headers", "found a string, wanted an object"},
	{WITH("\"headers\":[\"X: SECRET\"]"), "headers", "found a list, wanted an object"},
	{WITH("\"headers\":{\"X: SECRET\":\"\"}"), "headers",
		"found an object, wanted names of headers"},
	{WITH("\"headers\":{\"\":\"SECRET\"}"), "headers", "found an object, wanted names of headers"},
	{WITH("\"headers\":{\"X\\r\\nY\":\"1\"}"), "headers", "found an object, wanted names"},
	{WITH("\"headers\":{\"X\":17391}"), "headers.X", "found a number, wanted a string"},
	{WITH("\"headers\":{\"X\":{\"SECRET\":1}}"), "headers.X", "found an object, wanted a string"},
	{WITH("\"headers\":{\"X\":\"SECRET\\n\"}"), "headers.X",
		"found a string, wanted a value without control characters and blanks around it"},
	{WITH("\"headers\":{\"X\":\"SECRET\\r\\nY: 1\"}"), "headers.X",
		"found a string, wanted a value"},
	{WITH("\"headers\":{\"X\":\"SECRET\\u0000\"}"), "headers.X", "found a string, wanted a value"},
	{WITH("\"headers\":{\"X\":\" SECRET\"}"), "headers.X", "found a string, wanted a value"},
	{WITH("\"headers\":{\"X\":\"SECRET\\ud800\"}"), "headers.X", "found a string, wanted a value"},
	{WITH("\"headers\":{\"X\":\"SECRET\",\"x\":\"2\"}"), "headers.x",
		"found a string, wanted each header once"},
	{WITH("\"headers\":{\"Host\":\"SECRET\"}"), "headers.Host",
		"found a string, wanted a header that is not about framing, connection, host or content, "
		"nor Accept-Encoding"},
	{WITH("\"headers\":{\"content-type\":\"1\"}"), "headers.content-type",
		"found a string, wanted"},
	{WITH("\"headers\":{\"Content-Length\":\"1\"}"), "headers.Content-Length", "found a string"},
	{WITH("\"headers\":{\"content_length\":\"1\"}"), "headers.content_length", "found a string"},
	{WITH("\"headers\":{\"CONTENT-ENCODING\":\"1\"}"), "headers.CONTENT-ENCODING",
		"found a string"},
	{WITH("\"headers\":{\"transfer-encoding\":\"1\"}"), "headers.transfer-encoding", "found a str"},
	{WITH("\"headers\":{\"Accept-Encoding\":\"1\"}"), "headers.Accept-Encoding", "found a string"},
	{WITH("\"headers\":{\"connection\":\"1\"}"), "headers.connection", "found a string, wanted"},
	{WITH("\"headers\":{\"Expect\":\"1\"}"), "headers.Expect", "found a string, wanted"},
	{WITH("\"basicAuth\":\"SECRET\""), "basicAuth",
		"found a string, wanted USER:PASSWORD (UTF-8, no control characters)"},
	{WITH("\"basicAuth\":\"\""), "basicAuth", "found a string, wanted USER:PASSWORD"},
	{WITH("\"basicAuth\":\"a:SECRET\\n\""), "basicAuth", "found a string, wanted USER:PASSWORD"},
	{WITH("\"basicAuth\":17391"), "basicAuth", "found a number, wanted USER:PASSWORD"},
	{WITH("\"basicAuth\":[\"a\",\"SECRET\"]"), "basicAuth", "found a list, wanted USER:PASSWORD"},
	{WITH("\"basicAuth\":\"a:SECRET\",\"headers\":{\"Authorization\":\"SECRET\"}"), "basicAuth",
		"found a string, wanted no header authorization beside it"},
	{CONFIGS_URL("\"http://user:SECRET@one\""), "url",
		"found a string, wanted http[s]://HOST[:PORT][/BASE] or unix:/PATH: user and password"},
	{CONFIGS_URL("\"http://user:SECRET\\u0040one\""), "url", "found a string, wanted http[s]://"},
};

START_TEST(parse_given_bad_backend_says_where_and_what_but_no_secret)
{
	struct config *config = NULL;
	struct config_fault fault = {0};
	char path[64];

	(void)snprintf(path, sizeof path, "backends[0].%s", bads[_i].path);
	configs_check_fault(span_of(bads[_i].text), path, bads[_i].says);
	ck_assert_int_eq(config_parse(span_of(bads[_i].text), &config, &fault), -1);
	ck_assert_msg(!strstr(fault.path, "SECRET") && !strstr(fault.text, "SECRET") &&
					  !strstr(fault.text, "17391"),
		"%s: %s", fault.path, fault.text);
}
END_TEST

/* -- how much -------------------------------------------------------------------------------- */

static void add_headers(struct buf *text, int count, size_t bytes)
{
	BUF_AUTO struct buf value = {0};

	while (value.n < bytes)
		buf_add_text(&value, "v");
	buf_reset(text);
	buf_add_text(text,
		"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://one\","
		"\"headers\":{");
	for (int i = 0; i < count; i++)
		buf_add_format(text, "%s\"h%d\":\"%.*s\"", i ? "," : "", i, SPAN_ARG(buf_span(&value)));
	buf_add_text(text, "}}]}");
}

START_TEST(parse_given_most_headers_takes_them_and_no_more)
{
	BUF_AUTO struct buf text = {0};

	add_headers(&text, 64, 1);
	config_unref(configs_parse(buf_span(&text)));
	add_headers(&text, 65, 1);
	configs_check_fault(
		buf_span(&text), "backends[0].headers", "found an object, wanted at most 64 headers");
}
END_TEST

START_TEST(parse_given_bytes_of_headers_at_and_over_the_limit)
{
	enum { AROUND = 4 + 2 }; /* "h0: " and the line's end */
	BUF_AUTO struct buf text = {0};
	struct config *config;

	add_headers(&text, 2, CONFIG_FIELDS_MAX / 2 - AROUND);
	config = configs_parse(buf_span(&text));
	ck_assert_uint_eq(config->backends[0].fields.n, CONFIG_FIELDS_MAX);
	config_unref(config);
	add_headers(&text, 2, CONFIG_FIELDS_MAX / 2 - AROUND + 1);
	configs_check_fault(buf_span(&text), "backends[0].headers",
		"found an object, wanted at most 8192 bytes of headers a backend");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("config_backends");
	TCase *good = tcase_create("good");
	TCase *bad = tcase_create("bad");

	tcase_add_test(good, parse_given_nothing_more_takes_the_defaults);
	tcase_add_test(good, parse_given_full_file_reads_backends);
	tcase_add_loop_test(good, parse_given_fields_writes_their_lines, 0, COUNT_OF(goods));
	tcase_add_loop_test(
		good, parse_given_backend_that_may_take_all_the_time_warns, 0, COUNT_OF(slows));
	suite_add_tcase(suite, good);
	tcase_add_loop_test(
		bad, parse_given_bad_backend_says_where_and_what_but_no_secret, 0, COUNT_OF(bads));
	tcase_add_test(bad, parse_given_most_headers_takes_them_and_no_more);
	tcase_add_test(bad, parse_given_bytes_of_headers_at_and_over_the_limit);
	suite_add_tcase(suite, bad);
	return suite;
}
