#include "rig/configs.h"
#include "rig/suite.h"

#define ACCESS(members) CONFIGS_WITH("\"access\":{" members "}")

START_TEST(parse_given_nothing_leaves_it_open)
{
	struct config *config = configs_parse_fixture("minimal.json");

	ck_assert_uint_eq(config->access.host_count, 0);
	ck_assert_uint_eq(config->access.admin_token.n, 0);
	ck_assert(!config->access.has_admin_listen);
	ck_assert(!config->has_debug_headers);
	config_unref(config);
}
END_TEST

START_TEST(parse_given_full_file_reads_all)
{
	struct config *config = configs_parse_fixture("full.json");
	const struct config_access *access = &config->access;

	ck_assert_uint_eq(access->host_count, 2);
	ck_assert(span_is(access->hosts[0], "ml.lan"));
	ck_assert(span_is(access->hosts[1], "ml"));
	ck_assert(span_is(access->admin_token, "correct-horse"));
	ck_assert(access->has_admin_listen);
	ck_assert(span_is(access->admin_listen.host, "127.0.0.1"));
	ck_assert_uint_eq(access->admin_listen.port, 3005);
	ck_assert(config->has_debug_headers);
	config_unref(config);
}
END_TEST

static const char *const goods[] = {
	ACCESS(""),
	ACCESS("\"hosts\":[]"),
	ACCESS("\"hosts\":[\"a_b.lan.\",\"10.0.0.1\",\"\\u0061\",\"a\"]"),
	ACCESS("\"adminToken\":\"!\\\"#~\""),
	ACCESS("\"adminListen\":\"*:0\""),
	CONFIGS_WITH("\"debugHeaders\":false"),
	CONFIGS_WITH("\"inspect\":\"front\""),
	CONFIGS_WITH("\"inspect\":\"whole\""),
};

START_TEST(parse_given_good_text_takes_it)
{
	struct config *config = configs_parse(span_of(goods[_i]));

	ck_assert_uint_eq(config->warning_count, 0);
	config_unref(config);
}
END_TEST

static const struct bad {
	const char *text;
	const char *path;
	const char *says;
} bads[] = {
	{CONFIGS_WITH("\"access\":null"), "access", "found null, wanted an object"},
	{CONFIGS_WITH("\"access\":\"SECRET\""), "access", "found a string, wanted an object"},
	{ACCESS("\"adminListen\":\"me:SECRET@ml\""), "access.adminListen", "found a string, wanted"},
	{ACCESS("\"hosts\":[\"me:SECRET\\u0040ml\"]"), "access.hosts[0]", "found a string, wanted"},
	{ACCESS("\"hosts\":\"ml\""), "access.hosts", "found \"ml\", wanted a list of names"},
	{ACCESS("\"hosts\":[\"a\",7]"), "access.hosts[1]", "found 7, wanted a name"},
	{ACCESS("\"hosts\":[\"\"]"), "access.hosts[0]", "found \"\", wanted a name"},
	{ACCESS("\"hosts\":[\"*\"]"), "access.hosts[0]", "found \"*\", wanted a name"},
	{ACCESS("\"hosts\":[\"ml:80\"]"), "access.hosts[0]", "found \"ml:80\", wanted a name"},
	{ACCESS("\"hosts\":[\"http://ml\"]"), "access.hosts[0]", "found \"http://ml\", wanted a name"},
	{ACCESS("\"hosts\":[\"m\\u0000l\"]"), "access.hosts[0]", "found \"m\\u0000l\", wanted a name"},
	{ACCESS("\"adminToken\":null"), "access.adminToken",
		"found null, wanted 1 to 256 visible ASCII characters"},
	{ACCESS("\"adminToken\":\"\""), "access.adminToken", "found a string, wanted 1 to 256"},
	{ACCESS("\"adminToken\":\"a b\""), "access.adminToken", "found a string, wanted 1 to 256"},
	{ACCESS("\"adminToken\":\"\xc3\xbc\""), "access.adminToken", "found a string, wanted 1 to"},
	{ACCESS("\"adminToken\":\"a\x7f\""), "access.adminToken", "found a string, wanted 1 to 256"},
	{ACCESS("\"adminToken\":12345678"), "access.adminToken", "found a number, wanted 1 to 256"},
	{ACCESS("\"adminListen\":3005"), "access.adminListen", "found 3005, wanted ADDR:PORT"},
	{ACCESS("\"adminListen\":\"3005\""), "access.adminListen", "found \"3005\", wanted ADDR:PORT"},
	{ACCESS("\"adminListen\":\"localhost:3005\""), "access.adminListen",
		"found \"localhost:3005\""},
	{CONFIGS_WITH("\"debugHeaders\":1"), "debugHeaders", "found 1, wanted true or false"},
	{CONFIGS_WITH("\"inspect\":\"all\""), "inspect", "found \"all\", wanted front or whole"},
	{CONFIGS_WITH("\"inspect\":true"), "inspect", "found true, wanted front or whole"},
};

START_TEST(parse_given_bad_text_says_where_and_what)
{
	configs_check_fault(span_of(bads[_i].text), bads[_i].path, bads[_i].says);
}
END_TEST

static void add_hosts(struct buf *text, int n)
{
	buf_add_text(text,
		"{\"defaultBackend\":\"b\",\"backends\":[{\"name\":\"b\",\"url\":\"http://b\"}],"
		"\"access\":{\"hosts\":[");
	for (int i = 0; i < n; i++)
		buf_add_format(text, "%s\"ml%d.lan\"", i ? "," : "", i);
	buf_add_text(text, "]}}");
}

START_TEST(parse_given_most_hosts_takes_them_and_no_more)
{
	BUF_AUTO struct buf text = {0};
	struct config *config;

	add_hosts(&text, CONFIG_HOSTS_MAX);
	config = configs_parse(buf_span(&text));
	ck_assert_uint_eq(config->access.host_count, CONFIG_HOSTS_MAX);
	ck_assert(span_is(config->access.hosts[63], "ml63.lan"));
	config_unref(config);
	buf_reset(&text);
	add_hosts(&text, CONFIG_HOSTS_MAX + 1);
	configs_check_fault(buf_span(&text), "access.hosts", "found a list, wanted at most 64 names");
}
END_TEST

static void add_token(struct buf *text, int n)
{
	buf_add_text(text,
		"{\"defaultBackend\":\"b\",\"backends\":[{\"name\":\"b\",\"url\":\"http://b\"}],"
		"\"access\":{\"adminToken\":\"");
	for (int i = 0; i < n; i++)
		buf_add_text(text, "t");
	buf_add_text(text, "\"}}");
}

START_TEST(parse_given_longest_token_takes_it_and_none_longer)
{
	BUF_AUTO struct buf text = {0};
	struct config *config;

	add_token(&text, CONFIG_TOKEN_MAX);
	config = configs_parse(buf_span(&text));
	ck_assert_uint_eq(config->access.admin_token.n, CONFIG_TOKEN_MAX);
	config_unref(config);
	buf_reset(&text);
	add_token(&text, CONFIG_TOKEN_MAX + 1);
	configs_check_fault(buf_span(&text), "access.adminToken", "found a string, wanted 1 to 256");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("config access");
	TCase *tcase = tcase_create("access");

	tcase_add_test(tcase, parse_given_nothing_leaves_it_open);
	tcase_add_test(tcase, parse_given_full_file_reads_all);
	tcase_add_loop_test(tcase, parse_given_good_text_takes_it, 0, COUNT_OF(goods));
	tcase_add_loop_test(tcase, parse_given_bad_text_says_where_and_what, 0, COUNT_OF(bads));
	tcase_add_test(tcase, parse_given_most_hosts_takes_them_and_no_more);
	tcase_add_test(tcase, parse_given_longest_token_takes_it_and_none_longer);
	suite_add_tcase(suite, tcase);
	return suite;
}
