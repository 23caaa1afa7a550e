/* Where the configuration comes from, with files in a folder of the test's own. */
#include "proxy/config_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig/suite.h"

#define CONFIG(name)                                                                          \
	"{\"defaultBackend\":\"" name "\",\"backends\":[{\"name\":\"" name "\",\"url\":\"http://" \
	"a\"}]}"

static char folder[] = "/tmp/test_config_load-XXXXXX";
static char path[64];           /* a file in it */
static const char *default_url; /* of the running case's environment */
static struct config_load load;
static struct err err;

static char *get_env(const char *name)
{
	return strcmp(name, "ML_DEFAULT_URL") == 0 ? (char *)(uintptr_t)default_url : NULL;
}

static void set_up(void)
{
	memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/config.json", folder);
	default_url = NULL;
	load = (struct config_load){0};
}

static void tear_down(void)
{
	config_load_deinit(&load);
	(void)unlink(path);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void put(const char *text)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static int load_with(enum options_action action, const char *config_path, const char *state)
{
	struct options options = {
		.action = action, .config_path = config_path, .state_directory = state};

	return config_load(&options, get_env, &load, &err);
}

static void expect_loaded(int result, const char *at, const char *backend)
{
	ck_assert_msg(result == 0, "%s", err.text);
	ck_assert_str_eq(load.path, at);
	ck_assert_int_eq(load.config != NULL, backend != NULL);
	if (backend)
		ck_assert(span_is(load.config->backends[0].name, backend));
}

START_TEST(load_given_a_path_reads_that_file)
{
	put(CONFIG("mine"));
	default_url = "http://b";
	expect_loaded(load_with(OPTIONS_RUN, path, "/nonexistent"), path, "mine");
	ck_assert_int_eq(load.config->origin, CONFIG_FROM_FILE);
}
END_TEST

START_TEST(load_given_a_path_wants_that_file)
{
	default_url = "http://b";
	ck_assert_int_eq(load_with(OPTIONS_RUN, "/nonexistent/c.json", ""), -1);
	ck_assert_str_eq(err.text, "/nonexistent/c.json: No such file or directory");
	ck_assert_int_eq(err.kind, ERR_INVALID);
}
END_TEST

START_TEST(load_reads_the_first_state_directory)
{
	char several[128];

	put(CONFIG("mine"));
	(void)snprintf(several, sizeof several, "%s:/nonexistent", folder);
	expect_loaded(load_with(OPTIONS_RUN, NULL, folder), path, "mine");
	config_load_deinit(&load);
	expect_loaded(load_with(OPTIONS_RUN, NULL, several), path, "mine");
}
END_TEST

START_TEST(load_without_a_state_directory_looks_here)
{
	char before[128];

	put(CONFIG("mine"));
	ck_assert_ptr_nonnull(getcwd(before, sizeof before));
	ck_assert_int_eq(chdir(folder), 0);
	expect_loaded(load_with(OPTIONS_RUN, NULL, ""), "config.json", "mine");
	ck_assert_int_eq(chdir(before), 0);
}
END_TEST

START_TEST(load_without_a_file_takes_the_environment)
{
	static const enum options_action actions[] = {OPTIONS_RUN, OPTIONS_CHECK_CONFIG};

	default_url = "http://b";
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		expect_loaded(load_with(actions[i], NULL, folder), path, "default");
		ck_assert_int_eq(load.config->origin, CONFIG_FROM_ENVIRONMENT);
		config_load_deinit(&load);
	}
	put(CONFIG("mine"));
	expect_loaded(load_with(OPTIONS_RUN, NULL, folder), path, "mine");
}
END_TEST

START_TEST(load_without_anything_has_none)
{
	expect_loaded(load_with(OPTIONS_RUN, NULL, folder), path, NULL);
	config_load_deinit(&load);
	ck_assert_int_eq(load_with(OPTIONS_CHECK_CONFIG, NULL, folder), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "config.json: No such file or directory"));
}
END_TEST

START_TEST(load_says_what_is_wrong)
{
	put("{");
	ck_assert_int_eq(load_with(OPTIONS_RUN, NULL, folder), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "/config.json: line 1: "));
	(void)unlink(path);
	default_url = "ftp://b";
	ck_assert_int_eq(load_with(OPTIONS_RUN, NULL, folder), -1);
	ck_assert_msg(strstr(err.text, "ML_DEFAULT_URL: found ") == err.text, "%s", err.text);
}
END_TEST

/* That it is there and cannot be read is no reason to begin without it. */
START_TEST(load_given_something_else_there_fails)
{
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(load_with(OPTIONS_RUN, NULL, folder), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "/config.json: Is a directory"));
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("config_load");
	TCase *tcase = suite_case(suite, "config_load", set_up, tear_down);

	tcase_add_test(tcase, load_given_a_path_reads_that_file);
	tcase_add_test(tcase, load_given_a_path_wants_that_file);
	tcase_add_test(tcase, load_reads_the_first_state_directory);
	tcase_add_test(tcase, load_without_a_state_directory_looks_here);
	tcase_add_test(tcase, load_without_a_file_takes_the_environment);
	tcase_add_test(tcase, load_without_anything_has_none);
	tcase_add_test(tcase, load_says_what_is_wrong);
	tcase_add_test(tcase, load_given_something_else_there_fails);
	return suite;
}
