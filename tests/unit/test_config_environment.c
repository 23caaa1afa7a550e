#include "domain/config_environment.h"

#include "rig/configs.h"
#include "rig/suite.h"

/* What the environment of the test at hand says; NULL for what it lacks. */
static struct variables {
	const char *normal, *text, *image, *size;
} now;

static char *get_env(const char *name)
{
	const char *value = NULL;

	if (!strcmp(name, "ML_DEFAULT_URL"))
		value = now.normal;
	else if (!strcmp(name, "ML_TEXT_URL"))
		value = now.text;
	else if (!strcmp(name, "ML_IMAGE_URL"))
		value = now.image;
	else if (!strcmp(name, "MAX_BODY_SIZE"))
		value = now.size;
	return (char *)(uintptr_t)value;
}

static const struct good {
	struct variables variables;
	const char *text;
} goods[] = {
	{{"http://one", NULL, NULL, NULL},
		"{\n  \"defaultBackend\": \"default\",\n  \"backends\": [\n"
		"    {\"name\": \"default\", \"url\": \"http://one\"}\n  ]\n}\n"},
	{{"http://one", "", "", ""}, "{\n  \"defaultBackend\": \"default\",\n  \"backends\": [\n"
								 "    {\"name\": \"default\", \"url\": \"http://one\"}\n  ]\n}\n"},
	{{"http://one", NULL, "http://three", NULL},
		"{\n  \"defaultBackend\": \"default\",\n  \"backends\": [\n"
		"    {\"name\": \"default\", \"url\": \"http://one\"},\n"
		"    {\"name\": \"image\", \"url\": \"http://three\"}\n  ],\n"
		"  \"payloadRouting\": {\"image\": \"image\"}\n}\n"},
	{{"http://one:1/", "unix:/run/\"two\"", "https://three", "32m"},
		"{\n  \"defaultBackend\": \"default\",\n  \"backends\": [\n"
		"    {\"name\": \"default\", \"url\": \"http://one:1/\"},\n"
		"    {\"name\": \"text\", \"url\": \"unix:/run/\\\"two\\\"\"},\n"
		"    {\"name\": \"image\", \"url\": \"https://three\"}\n  ],\n"
		"  \"payloadRouting\": {\"text\": \"text\", \"image\": \"image\"},\n"
		"  \"limits\": {\"body\": 33554432}\n}\n"},
};

static struct config *read_well(void)
{
	struct config *config = NULL;
	struct config_fault fault = {0};

	ck_assert_msg(
		config_environment_read(get_env, &config, &fault) == 0, "%s: %s", fault.path, fault.text);
	return config;
}

START_TEST(read_given_variables_says_it_as_a_file)
{
	struct config *config;

	now = goods[_i].variables;
	config = read_well();
	ck_assert_msg(span_is(config->text, goods[_i].text), "%.*s", SPAN_ARG(config->text));
	ck_assert_int_eq(config->origin, CONFIG_FROM_ENVIRONMENT);
	ck_assert_uint_eq(config->warning_count, 0);
	config_unref(config);
}
END_TEST

START_TEST(read_given_all_routes_by_payload)
{
	struct config *config;

	now = (struct variables){"http://one", "http://two", "http://three", "0"};
	config = read_well();
	ck_assert_uint_eq(config->default_pool->backends[0], 0);
	ck_assert_uint_eq(config->text_pool->backends[0], 1);
	ck_assert_uint_eq(config->image_pool->backends[0], 2);
	ck_assert(span_is(config->backends[2].url.text, "http://three"));
	config_unref(config);
}
END_TEST

static const struct size {
	const char *text;
	uint64_t bytes;
} sizes[] = {
	{"64", 64},
	{"1k", 1024},
	{"512K", 524288},
	{"32m", 33554432},
	{"32M", 33554432},
	{"1g", 1073741824},
	{"1024G", CONFIG_BODY_MAX},
	{"1099511627776", CONFIG_BODY_MAX},
	{"0", CONFIG_BODY_MAX},
	{"0m", CONFIG_BODY_MAX},
};

START_TEST(read_given_size_takes_it_as_nginx_does)
{
	struct config *config;

	now = (struct variables){"http://one", NULL, NULL, sizes[_i].text};
	config = read_well();
	ck_assert_uint_eq(config->limits.body_bytes, sizes[_i].bytes);
	config_unref(config);
}
END_TEST

static const struct bad {
	struct variables variables;
	const char *path;
	const char *says;
} bads[] = {
	{{NULL, "http://two", NULL, NULL}, "ML_DEFAULT_URL", "found nothing, wanted the URL of a"},
	{{"", NULL, "http://three", "1m"}, "ML_DEFAULT_URL", "found nothing, wanted the URL of a"},
	{{"box:3003", NULL, NULL, NULL}, "ML_DEFAULT_URL", "found \"box:3003\", wanted http[s]://"},
	{{"http://one", "http://two/?x", NULL, NULL}, "ML_TEXT_URL", "found \"http://two/?x\", wanted"},
	{{"http://one", NULL, "ftp://three", NULL}, "ML_IMAGE_URL", "found \"ftp://three\", wanted"},
	{{"http://one", "http://two", "ftp://three", NULL}, "ML_IMAGE_URL", "found \"ftp://three\""},
	{{"http://one", NULL, "http://me:pw@three", NULL}, "ML_IMAGE_URL", "found a string, wanted"},
	{{"http://one", "http://\xff\n", NULL, NULL}, "ML_TEXT_URL",
		"found \"http://\xef\xbf\xbd\\u000a\""},
	{{"http://one", NULL, NULL, "32mb"}, "MAX_BODY_SIZE",
		"found \"32mb\", wanted a size such as 32m, 512k, 1g or 33554432, or 0 for no limit"},
	{{"http://one", NULL, NULL, "m"}, "MAX_BODY_SIZE", "found \"m\", wanted a size"},
	{{"http://one", NULL, NULL, "-1"}, "MAX_BODY_SIZE", "found \"-1\", wanted a size"},
	{{"http://one", NULL, NULL, "1.5m"}, "MAX_BODY_SIZE", "found \"1.5m\", wanted a size"},
	{{"http://one", NULL, NULL, " 1m"}, "MAX_BODY_SIZE", "found \" 1m\", wanted a size"},
	{{"http://one", NULL, NULL, "18446744073709551616"}, "MAX_BODY_SIZE", "found \"1844674"},
	{{"http://one", NULL, NULL, "17179869184g"}, "MAX_BODY_SIZE", "found \"17179869184g\""},
	{{"http://one", NULL, NULL, "63"}, "MAX_BODY_SIZE", "found 63, wanted a whole number from 64"},
	{{"http://one", NULL, NULL, "1025g"}, "MAX_BODY_SIZE", "found 1100585369600, wanted a whole"},
};

START_TEST(read_given_bad_variable_names_it)
{
	struct config *config = NULL;
	struct config_fault fault = {0};

	now = bads[_i].variables;
	ck_assert_int_eq(config_environment_read(get_env, &config, &fault), -1);
	ck_assert_ptr_null(config);
	ck_assert_str_eq(fault.path, bads[_i].path);
	ck_assert_msg(strncmp(fault.text, bads[_i].says, strlen(bads[_i].says)) == 0, "%s", fault.text);
}
END_TEST

START_TEST(read_given_no_url_is_none)
{
	struct config *config = NULL;
	struct config_fault fault = {0};

	now = (struct variables){NULL, "", NULL, "nonsense"};
	ck_assert_int_eq(config_environment_read(get_env, &config, &fault), 1);
	ck_assert_ptr_null(config);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("config environment");
	TCase *tcase = tcase_create("environment");

	tcase_add_loop_test(tcase, read_given_variables_says_it_as_a_file, 0, COUNT_OF(goods));
	tcase_add_test(tcase, read_given_all_routes_by_payload);
	tcase_add_loop_test(tcase, read_given_size_takes_it_as_nginx_does, 0, COUNT_OF(sizes));
	tcase_add_loop_test(tcase, read_given_bad_variable_names_it, 0, COUNT_OF(bads));
	tcase_add_test(tcase, read_given_no_url_is_none);
	suite_add_tcase(suite, tcase);
	return suite;
}
