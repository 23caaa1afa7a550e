#include "rig/configs.h"
#include "rig/suite.h"

/* -- what is bad ----------------------------------------------------------------------------- */

static const struct bad {
	const char *text;
	const char *path;
	const char *says; /* the fault's text begins with this */
} bads[] = {
	/* not JSON */
	{"", "line 1", "JSON ends at byte 0"},
	{"\n\n", "line 2", "JSON ends at byte 2"},
	{"backends: []", "line 1", "JSON at byte 0"},
	{"{", "line 1", "JSON ends at byte 1"},
	{"{\n\"backends\":[\n}", "line 3", "JSON at byte 15"},
	{"{\"a\":1}\n\nx", "line 3", "JSON at byte 9"},
	{"{\"a\":1,}", "line 1", "JSON at byte 7"},
	{"{\"a\":\"x\ny\"}", "line 1", "JSON at byte 7"},
	{"{\"a\":01}", "line 1", "JSON at byte 6"},
	{"{\"a\":NaN}", "line 1", "JSON at byte 5"},
	{"{// no comments\n}", "line 1", "JSON at byte 1"},
	{"{'a':1}", "line 1", "JSON at byte 1"},
	{"{\"a\":\"\xff\"}", "line 1", "JSON at byte 6"},
	{"\xef\xbb\xbf{}", "line 1", "found a byte order mark, wanted UTF-8 without one"},
	/* not an object */
	{"null", "the file", "found null, wanted an object"},
	{"[]", "the file", "found a list, wanted an object"},
	{"\"b1\"", "the file", "found \"b1\", wanted an object"},
	{"\r\n17\n", "the file", "found 17, wanted an object"},
	/* backends */
	{"{}", "backends", "found nothing, wanted a list of backends"},
	{CONFIGS_BACKENDS("null"), "backends", "found null, wanted a list of backends"},
	{CONFIGS_BACKENDS("{}"), "backends", "found an object, wanted a list of backends"},
	{CONFIGS_BACKENDS("\"b1\""), "backends", "found \"b1\", wanted a list of backends"},
	{CONFIGS_BACKENDS("[]"), "backends", "found a list, wanted at least one backend"},
	{CONFIGS_BACKENDS("[null]"), "backends[0]", "found null, wanted an object"},
	{CONFIGS_BACKENDS("[\"http://one\"]"), "backends[0]", "found \"http://one\", wanted an object"},
	{CONFIGS_BACKENDS("[{\"url\":\"http://one\"}]"), "backends[0].name",
		"found nothing, wanted a name"},
	{CONFIGS_BACKENDS("[{\"name\":\"b1\"}]"), "backends[0].url",
		"found nothing, wanted http[s]://HOST[:PORT][/BASE] or unix:/PATH"},
	{CONFIGS_BACKENDS("[{\"name\":7,\"url\":\"http://one\"}]"), "backends[0].name",
		"found 7, wanted a name"},
	{CONFIGS_BACKENDS("[{\"name\":\"\",\"url\":\"http://one\"}]"), "backends[0].name",
		"found \"\", wanted a name"},
	{CONFIGS_BACKENDS("[{\"name\":\"b\\u0000\",\"url\":\"http://one\"}]"), "backends[0].name",
		"found \"b\\u0000\", wanted a name"},
	{CONFIGS_BACKENDS("[{\"name\":\"b\\n1\",\"url\":\"http://one\"}]"), "backends[0].name",
		"found \"b\\n1\", wanted a name"},
	{CONFIGS_BACKENDS("[{\"name\":\"b\x7f\",\"url\":\"http://one\"}]"), "backends[0].name",
		"found \"b?\", wanted a name"},
	{CONFIGS_BACKENDS("[{\"name\":\"b\\u009b\",\"url\":\"http://one\"}]"), "backends[0].name",
		"found \"b\\u009b\", wanted a name"},
	{CONFIGS_BACKENDS("[{\"name\":\"\\ud800\",\"url\":\"http://one\"}]"), "backends[0].name",
		"found \"\\ud800\", wanted a name"},
	{CONFIGS_BACKENDS(
		 "[{\"name\":\"b1\",\"url\":\"http://one\"},{\"name\":\"b\\u0031\",\"url\":\"http://"
		 "two\"}]"),
		"backends[1].name",
		"found \"b\\u0031\", wanted a name of its own, not that of backends[0]"},
	{CONFIGS_URL("null"), "backends[0].url", "found null, wanted http[s]://"},
	{CONFIGS_URL("3003"), "backends[0].url", "found 3003, wanted http[s]://"},
	{CONFIGS_URL("[\"http://one\"]"), "backends[0].url", "found a list, wanted http[s]://"},
	{CONFIGS_URL("\"\""), "backends[0].url",
		"found \"\", wanted http[s]://HOST[:PORT][/BASE] or unix:/PATH: it is empty"},
	{CONFIGS_URL("\"ftp://one\""), "backends[0].url",
		"found \"ftp://one\", wanted http[s]://HOST[:PORT][/BASE] or unix:/PATH: it does not "
		"begin"},
	{CONFIGS_URL("\"http://one:0\""), "backends[0].url",
		"found \"http://one:0\", wanted http[s]://HOST[:PORT][/BASE] or unix:/PATH: the port"},
	{CONFIGS_URL("\"http://one\\u0000\""), "backends[0].url",
		"found \"http://one\\u0000\", wanted http[s]://HOST[:PORT][/BASE] or unix:/PATH: there "
		"are"},
	{CONFIGS_URL("\"http://one/\\r\\nX: y\""), "backends[0].url",
		"found \"http://one/\\r\\nX: y\", wanted http[s]://HOST[:PORT][/BASE] or unix:/PATH: "
		"there"},
	{CONFIGS_URL(
		 "\"http://a234567890123456789012345678901234567890123456789012345678901234567890:x\""),
		"backends[0].url",
		"found \"http://a234567890123456789012345678901234567890123456789012..., wanted "
		"http[s]://"},
	/* defaultBackend */
	{"{\"backends\":[{\"name\":\"b1\",\"url\":\"http://one\"}]}", "defaultBackend",
		"found nothing, wanted the name of a backend"},
	{CONFIGS_WITH("\"defaultBackend\":\"b9\""), "defaultBackend",
		"found \"b9\", wanted the name of a backend"},
	{CONFIGS_WITH("\"defaultBackend\":\"B1\""), "defaultBackend",
		"found \"B1\", wanted the name of a backend"},
	{CONFIGS_WITH("\"defaultBackend\":\"b1\\u0000\""), "defaultBackend",
		"found \"b1\\u0000\", wanted the name of a backend"},
	{CONFIGS_WITH("\"defaultBackend\":\"\""), "defaultBackend",
		"found \"\", wanted the name of a backend"},
	{CONFIGS_WITH("\"defaultBackend\":0"), "defaultBackend",
		"found 0, wanted the name of a backend"},
	{CONFIGS_WITH("\"defaultBackend\":[]"), "defaultBackend",
		"found a list, wanted at least one name of a backend"},
	{CONFIGS_WITH("\"defaultBackend\":[\"b1\",\"b9\"]"), "defaultBackend[1]",
		"found \"b9\", wanted the name of a backend"},
	/* taskRouting */
	{CONFIGS_WITH("\"taskRouting\":null"), "taskRouting", "found null, wanted an object"},
	{CONFIGS_WITH("\"taskRouting\":\"b1\""), "taskRouting", "found \"b1\", wanted an object"},
	{CONFIGS_WITH("\"taskRouting\":[]"), "taskRouting", "found a list, wanted an object"},
	{CONFIGS_TASKS("\"clip\":\"b9\""), "taskRouting.clip",
		"found \"b9\", wanted the name of a backend"},
	{CONFIGS_TASKS("\"clip/textual\":\"b9\""), "taskRouting.clip/textual",
		"found \"b9\", wanted the name of a backend"},
	{CONFIGS_TASKS("\"clip\":null"), "taskRouting.clip",
		"found null, wanted the name of a backend"},
	{CONFIGS_TASKS("\"clip\":true"), "taskRouting.clip",
		"found true, wanted the name of a backend"},
	{CONFIGS_TASKS("\"clip\":{\"textual\":\"b1\"}"), "taskRouting.clip.backends",
		"found nothing, wanted a list of names of backends"},
	{CONFIGS_TASKS("\"clip\":{\"backends\":\"b1\"}"), "taskRouting.clip.backends",
		"found \"b1\", wanted a list of names of backends"},
	{CONFIGS_TASKS("\"clip\":{\"backends\":[]}"), "taskRouting.clip.backends",
		"found a list, wanted at least one name"},
	{CONFIGS_TASKS("\"clip\":{\"backends\":[\"b1\",\"b9\"]}"), "taskRouting.clip.backends[1]",
		"found \"b9\", wanted the name of a backend"},
	{CONFIGS_TASKS("\"clip\":{\"backends\":[\"b1\",\"b1\"]}"), "taskRouting.clip.backends[1]",
		"found \"b1\", wanted each backend once"},
	{CONFIGS_TASKS("\"clip\":{\"backends\":[\"b1\"],\"balance\":\"random\"}"),
		"taskRouting.clip.balance", "found \"random\", wanted roundRobin or leastInFlight"},
	{CONFIGS_TASKS("\"clip\":[]"), "taskRouting.clip", "found a list, wanted at least one name"},
	{CONFIGS_TASKS("\"clip\":[\"b1\",\"b9\"]"), "taskRouting.clip[1]",
		"found \"b9\", wanted the name of a backend"},
	{CONFIGS_TASKS("\"clip\":[\"b1\",[\"b2\"]]"), "taskRouting.clip[1]",
		"found a list, wanted the name of a backend"},
	{CONFIGS_TASKS("\"clip\":[\"b1\",\"b2\",\"b1\"]"), "taskRouting.clip[2]",
		"found \"b1\", wanted each backend once"},
	{CONFIGS_TASKS("\"\":\"b1\""), "taskRouting.\"\"", "found \"\", wanted a key TASK, TASK/TYPE"},
	{CONFIGS_TASKS("\"/\":\"b1\""), "taskRouting./", "found \"/\", wanted a key TASK"},
	{CONFIGS_TASKS("\"/textual\":\"b1\""), "taskRouting./textual",
		"found \"/textual\", wanted a key TASK"},
	{CONFIGS_TASKS("\"clip/\":\"b1\""), "taskRouting.clip/", "found \"clip/\", wanted a key TASK"},
	{CONFIGS_TASKS("\"clip//m\":\"b1\""), "taskRouting.clip//m",
		"found \"clip//m\", wanted a key TASK"},
	{CONFIGS_TASKS("\"clip/textual/\":\"b1\""), "taskRouting.clip/textual/",
		"found \"clip/textual/\", wanted a key TASK"},
	{CONFIGS_TASKS("\"clip/*\":\"b1\""), "taskRouting.clip/*",
		"found \"clip/*\", wanted a key TASK"},
	{CONFIGS_TASKS("\"clip/*/\":\"b1\""), "taskRouting.clip/*/",
		"found \"clip/*/\", wanted a key TASK"},
	{CONFIGS_TASKS("\"clip/*/*\":\"b1\""), "taskRouting.clip/*/*",
		"found \"clip/*/*\", wanted a key TASK"},
	{CONFIGS_TASKS("\"*\":\"b1\""), "taskRouting.*", "found \"*\", wanted a key TASK"},
	{CONFIGS_TASKS("\"*/textual\":\"b1\""), "taskRouting.*/textual",
		"found \"*/textual\", wanted a key TASK"},
	{CONFIGS_TASKS("\"cl\\u0000ip\":\"b1\""), "taskRouting.cl\\u0000ip",
		"found \"cl\\u0000ip\", wanted a key TASK"},
	{CONFIGS_TASKS("\"clip\\udfff\":\"b1\""), "taskRouting.clip\\udfff",
		"found \"clip\\udfff\", wanted a key TASK"},
	/* modelTypeRouting, payloadRouting */
	{CONFIGS_WITH("\"modelTypeRouting\":7"), "modelTypeRouting", "found 7, wanted an object"},
	{CONFIGS_WITH("\"modelTypeRouting\":{\"textual\":\"b9\"}"), "modelTypeRouting.textual",
		"found \"b9\", wanted the name of a backend"},
	{CONFIGS_WITH("\"modelTypeRouting\":{\"\":\"b1\"}"), "modelTypeRouting.\"\"",
		"found \"\", wanted a key TYPE"},
	{CONFIGS_WITH("\"modelTypeRouting\":{\"*\":\"b1\"}"), "modelTypeRouting.*",
		"found \"*\", wanted a key TYPE"},
	{CONFIGS_WITH("\"modelTypeRouting\":{\"clip/textual\":\"b1\"}"),
		"modelTypeRouting.clip/textual", "found \"clip/textual\", wanted a key TYPE"},
	{CONFIGS_WITH("\"payloadRouting\":\"b1\""), "payloadRouting", "found \"b1\", wanted an object"},
	{CONFIGS_WITH("\"payloadRouting\":{\"text\":\"b9\"}"), "payloadRouting.text",
		"found \"b9\", wanted the name of a backend"},
	{CONFIGS_WITH("\"payloadRouting\":{\"image\":[]}"), "payloadRouting.image",
		"found a list, wanted at least one name"},
	{CONFIGS_WITH("\"payloadRouting\":{\"image\":{}}"), "payloadRouting.image.backends",
		"found nothing, wanted a list of names of backends"},
	/* balance */
	{CONFIGS_WITH("\"balance\":null"), "balance", "found null, wanted roundRobin or leastInFlight"},
	{CONFIGS_WITH("\"balance\":\"roundrobin\""), "balance", "found \"roundrobin\", wanted"},
	{CONFIGS_WITH("\"balance\":[\"roundRobin\"]"), "balance", "found a list, wanted"},
	/* health */
	{CONFIGS_WITH("\"health\":true"), "health", "found true, wanted an object"},
	{CONFIGS_WITH("\"health\":{\"strict\":1}"), "health.strict", "found 1, wanted true or false"},
	{CONFIGS_WITH("\"health\":{\"strict\":\"true\"}"), "health.strict",
		"found \"true\", wanted true or false"},
	{CONFIGS_WITH("\"health\":{\"interval\":0.09}"), "health.interval",
		"found 0.09, wanted a number of seconds from 0.1 to 3600"},
	{CONFIGS_WITH("\"health\":{\"interval\":3601}"), "health.interval", "found 3601, wanted"},
	{CONFIGS_WITH("\"health\":{\"timeout\":0}"), "health.timeout",
		"found 0, wanted a number of seconds from 0.01 to 60"},
	{CONFIGS_WITH("\"health\":{\"timeout\":60.1}"), "health.timeout", "found 60.1, wanted"},
	/* limits */
	{CONFIGS_WITH("\"limits\":64"), "limits", "found 64, wanted an object"},
	{CONFIGS_LIMITS("\"body\":null"), "limits.body",
		"found null, wanted a whole number from 64 to 1099511627776"},
	{CONFIGS_LIMITS("\"body\":\"64 MiB\""), "limits.body",
		"found \"64 MiB\", wanted a whole number"},
	{CONFIGS_LIMITS("\"body\":0"), "limits.body", "found 0, wanted a whole number"},
	{CONFIGS_LIMITS("\"body\":63"), "limits.body", "found 63, wanted a whole number"},
	{CONFIGS_LIMITS("\"body\":-64"), "limits.body", "found -64, wanted a whole number"},
	{CONFIGS_LIMITS("\"body\":1099511627777"), "limits.body", "found 1099511627777, wanted"},
	{CONFIGS_LIMITS("\"body\":18446744073709551617"), "limits.body",
		"found 18446744073709551617, wanted"},
	{CONFIGS_LIMITS("\"body\":1000.0"), "limits.body", "found 1000.0, wanted a whole number"},
	{CONFIGS_LIMITS("\"body\":1e6"), "limits.body", "found 1e6, wanted a whole number"},
	{CONFIGS_LIMITS("\"body\":[1000]"), "limits.body", "found a list, wanted a whole number"},
	{CONFIGS_LIMITS("\"entries\":15"), "limits.entries",
		"found 15, wanted a whole number from 16 to 1048576"},
	{CONFIGS_LIMITS("\"entries\":1048577"), "limits.entries", "found 1048577, wanted"},
	{CONFIGS_LIMITS("\"head\":255"), "limits.head", "found 255, wanted"},
	{CONFIGS_LIMITS("\"head\":1048577"), "limits.head", "found 1048577, wanted"},
	{CONFIGS_LIMITS("\"headLines\":3"), "limits.headLines", "found 3, wanted"},
	{CONFIGS_LIMITS("\"headLines\":10001"), "limits.headLines", "found 10001, wanted"},
	{CONFIGS_LIMITS("\"parts\":1"), "limits.parts", "found 1, wanted"},
	{CONFIGS_LIMITS("\"parts\":100001"), "limits.parts", "found 100001, wanted"},
	{CONFIGS_LIMITS("\"partHead\":63"), "limits.partHead", "found 63, wanted"},
	{CONFIGS_LIMITS("\"partHead\":1048577"), "limits.partHead", "found 1048577, wanted"},
	{CONFIGS_LIMITS("\"connections\":0"), "limits.connections", "found 0, wanted"},
	{CONFIGS_LIMITS("\"connections\":1000001"), "limits.connections", "found 1000001, wanted"},
	{CONFIGS_LIMITS("\"keptBytes\":65535"), "limits.keptBytes", "found 65535, wanted"},
	{CONFIGS_LIMITS("\"spillBytes\":-1"), "limits.spillBytes",
		"found -1, wanted a whole number from 0 to 1099511627776"},
	{CONFIGS_LIMITS("\"spillBytes\":1099511627777"), "limits.spillBytes", "found 10995"},
	{CONFIGS_LIMITS("\"spillDir\":\"\""), "limits.spillDir",
		"found \"\", wanted an absolute path (at most 1024 bytes of UTF-8)"},
	{CONFIGS_LIMITS("\"spillDir\":\"tmp\""), "limits.spillDir",
		"found \"tmp\", wanted an absolute"},
	{CONFIGS_LIMITS("\"spillDir\":\"/a\\u0000b\""), "limits.spillDir",
		"found \"/a\\u0000b\", wanted an absolute"},
	{CONFIGS_LIMITS("\"spillDir\":null"), "limits.spillDir", "found null, wanted an absolute"},
	/* timeouts */
	{CONFIGS_WITH("\"timeouts\":[]"), "timeouts", "found a list, wanted an object"},
	{CONFIGS_TIMES("\"connect\":null"), "timeouts.connect",
		"found null, wanted a number of seconds from 0.01 to 300"},
	{CONFIGS_TIMES("\"connect\":\"5\""), "timeouts.connect",
		"found \"5\", wanted a number of seconds"},
	{CONFIGS_TIMES("\"connect\":\"5s\""), "timeouts.connect",
		"found \"5s\", wanted a number of seconds"},
	{CONFIGS_TIMES("\"connect\":0"), "timeouts.connect", "found 0, wanted a number of seconds"},
	{CONFIGS_TIMES("\"connect\":0.009999999"), "timeouts.connect", "found 0.009999999, wanted"},
	{CONFIGS_TIMES("\"connect\":-5"), "timeouts.connect", "found -5, wanted a number of seconds"},
	{CONFIGS_TIMES("\"connect\":5e0"), "timeouts.connect", "found 5e0, wanted a number of seconds"},
	{CONFIGS_TIMES("\"connect\":5.5E1"), "timeouts.connect",
		"found 5.5E1, wanted a number of seconds"},
	{CONFIGS_TIMES("\"connect\":300.000000001"), "timeouts.connect", "found 300.000000001, wanted"},
	{CONFIGS_TIMES("\"connect\":301"), "timeouts.connect", "found 301, wanted"},
	{CONFIGS_TIMES("\"connect\":99999999999999999999"), "timeouts.connect",
		"found 99999999999999999999, wanted"},
	{CONFIGS_TIMES("\"backend\":86401"), "timeouts.backend", "found 86401, wanted"},
	{CONFIGS_TIMES("\"head\":3601"), "timeouts.head", "found 3601, wanted"},
	{CONFIGS_TIMES("\"stall\":3601"), "timeouts.stall", "found 3601, wanted"},
	{CONFIGS_TIMES("\"idle\":86401"), "timeouts.idle", "found 86401, wanted"},
	{CONFIGS_TIMES("\"drain\":0"), "timeouts.drain", "found 0, wanted"},
	{CONFIGS_TIMES("\"drain\":86401"), "timeouts.drain", "found 86401, wanted"},
	{CONFIGS_TIMES("\"request\":0"), "timeouts.request", "found 0, wanted"},
	{CONFIGS_TIMES("\"request\":86401"), "timeouts.request", "found 86401, wanted"},
};

START_TEST(parse_given_bad_text_says_where_and_what)
{
	configs_check_fault(span_of(bads[_i].text), bads[_i].path, bads[_i].says);
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

	tcase_add_loop_test(tcase, parse_given_bad_text_says_where_and_what, 0, COUNT_OF(bads));
	tcase_add_loop_test(
		tcase, parse_given_bad_fixture_says_where_and_what, 0, COUNT_OF(bad_fixtures));
	tcase_add_test(tcase, parse_given_nul_byte_refuses_it);
	tcase_add_test(tcase, parse_given_nesting_refuses_it);
	tcase_add_test(tcase, parse_given_long_key_cuts_the_path_between_characters);
	tcase_add_test(tcase, parse_given_most_backends_takes_them_and_no_more);
	tcase_add_test(tcase, parse_given_most_routes_takes_them_and_no_more);
	tcase_add_test(tcase, parse_given_size_at_and_over_the_limit);
	suite_add_tcase(suite, tcase);
	return suite;
}
