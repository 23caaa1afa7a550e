#include <stdio.h>

#include "proxy/options.h"
#include "rig/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

enum { WORDS_MAX = 40 };

/* -- a command line and an environment ------------------------------------------------------- */

/* The running case's environment: NAME=VALUE, up to a NULL. */
static const char *const *environment;

static char *get_env(const char *name)
{
	for (const char *const *entry = environment; *entry; entry++) {
		struct span value = span_of(*entry);

		if (span_is(span_cut(&value, '='), name))
			return (char *)(uintptr_t)(value.n ? value.p : "");
	}
	return NULL;
}

static int parse(const char *const *words, const char *const *variables, struct options *options,
	struct err *err)
{
	char program[] = "mlproxy";
	char *argv[WORDS_MAX + 2] = {program};
	int argc = 1;

	environment = variables;
	for (; words[argc - 1]; argc++) {
		ck_assert_int_le(argc, WORDS_MAX);
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	}
	return options_parse(argc, argv, get_env, options, err);
}

static struct options parse_good(const char *const *words, const char *const *variables)
{
	struct options options = {0};
	struct err err = {0};

	ck_assert_msg(parse(words, variables, &options, &err) == 0, "%s", err.text);
	return options;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NONE       ((const char *const[]){NULL})

/* -- what is good ---------------------------------------------------------------------------- */

START_TEST(parse_given_tmpdir_takes_it_unless_it_is_empty)
{
	ck_assert_str_eq(parse_good(NONE, NONE).temp_dir, "/tmp");
	ck_assert_str_eq(parse_good(NONE, WORDS("TMPDIR=")).temp_dir, "/tmp");
	ck_assert_str_eq(parse_good(NONE, WORDS("TMPDIR=/var/tmp")).temp_dir, "/var/tmp");
}
END_TEST

START_TEST(parse_takes_the_state_directory)
{
	ck_assert_str_eq(parse_good(NONE, NONE).state_directory, "");
	ck_assert_str_eq(
		parse_good(NONE, WORDS("STATE_DIRECTORY=/var/lib/a:/b")).state_directory, "/var/lib/a:/b");
}
END_TEST

START_TEST(parse_given_a_service_manager_takes_it)
{
	struct options options = parse_good(NONE, WORDS("NOTIFY_SOCKET=@here", "WATCHDOG_USEC=2000"));

	ck_assert_str_eq(options.notify_socket, "@here");
	ck_assert_int_eq(options.watchdog_ns, 1000000);
	options = parse_good(NONE, WORDS("WATCHDOG_USEC=2000", "WATCHDOG_PID=1"));
	ck_assert_ptr_null(options.notify_socket);
	ck_assert_int_eq(options.watchdog_ns, 0);
}
END_TEST

START_TEST(parse_given_nothing_takes_the_defaults)
{
	struct options options = parse_good(NONE, NONE);

	ck_assert_int_eq(options.action, OPTIONS_RUN);
	ck_assert_ptr_null(options.config_path);
	ck_assert_uint_eq(options.listen_count, 1);
	ck_assert_uint_eq(options.listen[0].host.n, 0);
	ck_assert_uint_eq(options.listen[0].port, 3004);
	ck_assert_uint_eq(options.workers, 0);
	ck_assert_int_eq(options.log_level, LOG_INFO);
	ck_assert(!options.is_debugging);
	ck_assert_int_eq(options.log_format, LOG_LOGFMT);
}
END_TEST

static void check_all(const struct options *options)
{
	ck_assert_str_eq(options->config_path, "/etc/ml.json");
	ck_assert_uint_eq(options->listen_count, 2);
	ck_assert(span_is(options->listen[0].host, "127.0.0.1"));
	ck_assert_uint_eq(options->listen[0].port, 0);
	ck_assert(span_is(options->listen[1].host, "::1"));
	ck_assert_uint_eq(options->listen[1].port, 65535);
	ck_assert_uint_eq(options->workers, 64);
	ck_assert_int_eq(options->log_level, LOG_DEBUG);
	ck_assert_int_eq(options->log_format, LOG_JSON);
}

START_TEST(parse_given_every_option_takes_them)
{
	struct options options =
		parse_good(WORDS("--config", "/etc/ml.json", "--listen", "127.0.0.1:0", "--workers=64",
					   "--listen=[::1]:65535", "--log-level", "debug", "--log-format", "json",
					   "--debug", "--check-config"),
			NONE);

	check_all(&options);
	ck_assert(options.is_debugging);
	ck_assert_int_eq(options.action, OPTIONS_CHECK_CONFIG);
}
END_TEST

START_TEST(parse_given_every_variable_takes_them)
{
	struct options options =
		parse_good(NONE, WORDS("MLPROXY_CONFIG=/etc/ml.json", "MLPROXY_WORKERS=64",
							 "MLPROXY_LISTEN=127.0.0.1:0 , [::1]:65535", "MLPROXY_LOG_LEVEL=debug",
							 "MLPROXY_LOG_FORMAT=json"));

	check_all(&options);
	ck_assert_int_eq(options.action, OPTIONS_RUN);
}
END_TEST

START_TEST(parse_given_both_takes_the_command_line)
{
	struct options options = parse_good(
		WORDS("--config", "/etc/ml.json", "--listen", "127.0.0.1:0", "--listen", "[::1]:65535",
			"--workers", "64", "--log-level", "debug", "--log-format", "json"),
		WORDS("MLPROXY_CONFIG=x", "MLPROXY_WORKERS=many", "MLPROXY_LISTEN=:1,:2,:3",
			"MLPROXY_LOG_LEVEL=loud", "MLPROXY_LOG_FORMAT=xml"));

	check_all(&options);
}
END_TEST

START_TEST(parse_given_some_of_each_joins_them)
{
	struct options options = parse_good(
		WORDS("--workers", "3"), WORDS("MLPROXY_LISTEN=:8080", "MLPROXY_WORKERS=5", "OTHER=1"));

	ck_assert_uint_eq(options.workers, 3);
	ck_assert_uint_eq(options.listen_count, 1);
	ck_assert_uint_eq(options.listen[0].port, 8080);
}
END_TEST

START_TEST(parse_given_empty_variables_takes_them_for_none)
{
	struct options options = parse_good(NONE,
		WORDS("MLPROXY_CONFIG=", "MLPROXY_WORKERS=", "MLPROXY_LISTEN=", "MLPROXY_LOG_LEVEL="));

	ck_assert_ptr_null(options.config_path);
	ck_assert_uint_eq(options.listen_count, 1);
	ck_assert_uint_eq(options.workers, 0);
}
END_TEST

START_TEST(parse_given_an_option_twice_takes_the_last)
{
	struct options options = parse_good(
		WORDS("--workers", "3", "--config", "a", "--workers", "4", "--config", "b",
			"--log-level=warn", "--log-level=error", "--log-format=json", "--log-format=logfmt"),
		NONE);

	ck_assert_uint_eq(options.workers, 4);
	ck_assert_str_eq(options.config_path, "b");
	ck_assert_int_eq(options.log_level, LOG_ERROR);
	ck_assert_int_eq(options.log_format, LOG_LOGFMT);
}
END_TEST

static const struct {
	const char *text;
	const char *host;
	uint16_t port;
} listens[] = {
	{":3004", "", 3004},
	{"*:3004", "", 3004},
	{":0", "", 0},
	{"0.0.0.0:80", "0.0.0.0", 80},
	{"192.168.1.5:65535", "192.168.1.5", 65535},
	{" :3004 ", "", 3004},
	{"[::]:1", "::", 1},
	{"[2001:db8::192.0.2.1]:3004", "2001:db8::192.0.2.1", 3004},
};

START_TEST(parse_given_listen_takes_host_and_port)
{
	struct options options = parse_good(WORDS("--listen", listens[_i].text), NONE);

	ck_assert_uint_eq(options.listen_count, 1);
	ck_assert(span_is(options.listen[0].host, listens[_i].host));
	ck_assert_uint_eq(options.listen[0].port, listens[_i].port);
}
END_TEST

static const struct {
	const char *text;
	enum log_level level;
} levels[] = {{"error", LOG_ERROR}, {"warn", LOG_WARN}, {"info", LOG_INFO}, {"debug", LOG_DEBUG}};

START_TEST(parse_given_log_level_takes_it)
{
	ck_assert_int_eq(
		parse_good(WORDS("--log-level", levels[_i].text), NONE).log_level, levels[_i].level);
}
END_TEST

static const struct {
	const char *words[4];
	enum options_action action;
} actions[] = {
	{{"--help"}, OPTIONS_HELP},
	{{"--version"}, OPTIONS_VERSION},
	{{"--check-config"}, OPTIONS_CHECK_CONFIG},
	{{"--health", "--listen", ":80"}, OPTIONS_HEALTH},
	{{"--check-config", "--help"}, OPTIONS_HELP},
	{{"--version", "--help"}, OPTIONS_VERSION},
	/* whoever asks for help gets it, whatever else is wrong */
	{{"--help", "--nonsense"}, OPTIONS_HELP},
	{{"--version", "more"}, OPTIONS_VERSION},
};

START_TEST(parse_given_action_takes_it)
{
	struct options options = parse_good(actions[_i].words, NONE);

	ck_assert_int_eq(options.action, actions[_i].action);
}
END_TEST

START_TEST(parse_given_help_and_bad_environment_helps)
{
	ck_assert_int_eq(
		parse_good(WORDS("--help"), WORDS("MLPROXY_WORKERS=many")).action, OPTIONS_HELP);
}
END_TEST

/* -- what is bad ----------------------------------------------------------------------------- */

static const char wanted_listen[] = "wanted ADDR:PORT such as 127.0.0.1:3004, [::1]:3004 or :3004";

static const struct {
	const char *words[4];
	const char *variable;
	const char *text;
} bads[] = {
	{{"--nonsense"}, NULL, "--nonsense: unknown option, see --help"},
	{{"--nonsense=3"}, NULL, "--nonsense=3: unknown option, see --help"},
	{{"--workers", "2", "-x"}, NULL, "-x: unknown option, see --help"},
	{{"-workers", "2"}, NULL, "-workers: unknown option, see --help"},
	{{"--c"}, NULL, "--c: unknown option, see --help"}, /* ambiguous */
	{{"--help=me"}, NULL, "--help=me: unknown option, see --help"},
	{{"more"}, NULL, "more: unknown argument, see --help"},
	{{"--workers", "2", "config.json"}, NULL, "config.json: unknown argument, see --help"},
	{{"more", "--nonsense"}, NULL, "more: unknown argument, see --help"},
	{{"--", "--workers"}, NULL, "--workers: unknown argument, see --help"},
	{{""}, NULL, ": unknown argument, see --help"},
	{{"--config"}, NULL, "--config: found nothing, wanted a value"},
	{{"--config", ""}, NULL, "--config: found \"\", wanted the path of a file"},
	{{"--workers"}, NULL, "--workers: found nothing, wanted a value"},
	{{"--workers", ""}, NULL, "--workers: found \"\", wanted a number from 1 to 64"},
	{{"--workers", "0"}, NULL, "--workers: found \"0\", wanted a number from 1 to 64"},
	{{"--workers", "65"}, NULL, "--workers: found \"65\", wanted a number from 1 to 64"},
	{{"--workers", "-1"}, NULL, "--workers: found \"-1\", wanted a number from 1 to 64"},
	{{"--workers", "2x"}, NULL, "--workers: found \"2x\", wanted a number from 1 to 64"},
	{{"--workers=1.5"}, NULL, "--workers: found \"1.5\", wanted a number from 1 to 64"},
	{{NULL}, "MLPROXY_WORKERS=many",
		"MLPROXY_WORKERS: found \"many\", wanted a number from 1 to 64"},
	{{"--log-level", "loud"}, NULL,
		"--log-level: found \"loud\", wanted error, warn, info or debug"},
	{{"--log-format", "JSON"}, NULL, "--log-format: found \"JSON\", wanted logfmt or json"},
	{{NULL}, "MLPROXY_LOG_FORMAT=xml", "MLPROXY_LOG_FORMAT: found \"xml\", wanted logfmt or json"},
	{{"--log-level", "INFO"}, NULL,
		"--log-level: found \"INFO\", wanted error, warn, info or debug"},
	{{NULL}, "MLPROXY_LOG_LEVEL=3",
		"MLPROXY_LOG_LEVEL: found \"3\", wanted error, warn, info or debug"},
};

START_TEST(parse_given_bad_usage_says_why)
{
	struct options options = {.workers = 7};
	struct err err = {0};
	const char *variable = bads[_i].variable;

	ck_assert_int_eq(parse(bads[_i].words, variable ? WORDS(variable) : NONE, &options, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, bads[_i].text);
	ck_assert_uint_eq(options.workers, 7);
}
END_TEST

static const char *const bad_listens[] = {"", "3004", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
	"127.0.0.1:-1", "127.0.0.1:http", "127.0.0.1:3004:", "127.1:3004", "300.0.0.1:3004",
	"localhost:3004", "::1:3004", "[::1]", "[::1]3004", "[::1]:", "[::1:3004", "[]:3004",
	"[127.0.0.1]:3004", "[*]:3004", "**:3004", "unix:/run/ml.sock"};

START_TEST(parse_given_bad_listen_says_what_is_wanted)
{
	struct options options;
	struct err err = {0};
	char text[200];

	ck_assert_int_eq(parse(WORDS("--listen", bad_listens[_i]), NONE, &options, &err), -1);
	(void)snprintf(text, sizeof text, "--listen: found \"%s\", %s", bad_listens[_i], wanted_listen);
	ck_assert_str_eq(err.text, text);
}
END_TEST

static const struct {
	const char *variable;
	const char *found;
} bad_listen_variables[] = {
	{"MLPROXY_LISTEN=:1,,:2", ""},
	{"MLPROXY_LISTEN=:1,", ""},
	{"MLPROXY_LISTEN=,:1", ""},
	{"MLPROXY_LISTEN= ", ""},
	{"MLPROXY_LISTEN=:1, x ,:2", "x"},
	{"MLPROXY_LISTEN=:1 :2", ":1 :2"},
};

START_TEST(parse_given_bad_listen_variable_says_which_part)
{
	struct options options;
	struct err err = {0};
	char text[200];

	ck_assert_int_eq(parse(NONE, WORDS(bad_listen_variables[_i].variable), &options, &err), -1);
	(void)snprintf(text, sizeof text, "MLPROXY_LISTEN: found \"%s\", %s",
		bad_listen_variables[_i].found, wanted_listen);
	ck_assert_str_eq(err.text, text);
}
END_TEST

START_TEST(parse_given_most_listens_takes_them_and_no_more)
{
	const char *words[OPTIONS_LISTEN_MAX + 2] = {NULL};
	struct options options;
	struct err err = {0};

	for (int i = 0; i < OPTIONS_LISTEN_MAX; i++)
		words[i] = "--listen=:0";
	ck_assert_uint_eq(parse_good(words, NONE).listen_count, OPTIONS_LISTEN_MAX);
	words[OPTIONS_LISTEN_MAX] = "--listen=:0";
	ck_assert_int_eq(parse(words, NONE, &options, &err), -1);
	ck_assert_str_eq(err.text, "--listen: found one more, wanted at most 16");
}
END_TEST

START_TEST(help_names_every_option_and_variable)
{
	static const char *const names[] = {"--config FILE", "--listen ADDR:PORT", "--workers N",
		"--log-level", "--debug", "--check-config", "--health", "--version", "--help",
		"MLPROXY_CONFIG", "MLPROXY_LISTEN", "MLPROXY_WORKERS", "MLPROXY_LOG_LEVEL",
		"--log-format FORMAT", "MLPROXY_LOG_FORMAT", "ML_DEFAULT_URL", "ML_TEXT_URL",
		"ML_IMAGE_URL", "MAX_BODY_SIZE"};
	struct span rest = span_of(options_help);

	for (int i = 0; i < ROWS(names); i++)
		ck_assert_msg(strstr(options_help, names[i]) != NULL, "%s", names[i]);
	while (rest.n)
		ck_assert_uint_le(span_cut(&rest, '\n').n, 80);
	ck_assert_int_eq(options_help[strlen(options_help) - 1], '\n');
}
END_TEST

static TCase *good_cases(void)
{
	TCase *tcase = tcase_create("good");

	tcase_add_test(tcase, parse_takes_the_state_directory);
	tcase_add_test(tcase, parse_given_nothing_takes_the_defaults);
	tcase_add_test(tcase, parse_given_tmpdir_takes_it_unless_it_is_empty);
	tcase_add_test(tcase, parse_given_a_service_manager_takes_it);
	tcase_add_test(tcase, parse_given_every_option_takes_them);
	tcase_add_test(tcase, parse_given_every_variable_takes_them);
	tcase_add_test(tcase, parse_given_both_takes_the_command_line);
	tcase_add_test(tcase, parse_given_some_of_each_joins_them);
	tcase_add_test(tcase, parse_given_empty_variables_takes_them_for_none);
	tcase_add_test(tcase, parse_given_an_option_twice_takes_the_last);
	tcase_add_loop_test(tcase, parse_given_listen_takes_host_and_port, 0, ROWS(listens));
	tcase_add_loop_test(tcase, parse_given_log_level_takes_it, 0, ROWS(levels));
	tcase_add_loop_test(tcase, parse_given_action_takes_it, 0, ROWS(actions));
	tcase_add_test(tcase, parse_given_help_and_bad_environment_helps);
	tcase_add_test(tcase, help_names_every_option_and_variable);
	return tcase;
}

static TCase *bad_cases(void)
{
	TCase *tcase = tcase_create("bad");

	tcase_add_loop_test(tcase, parse_given_bad_usage_says_why, 0, ROWS(bads));
	tcase_add_loop_test(tcase, parse_given_bad_listen_says_what_is_wanted, 0, ROWS(bad_listens));
	tcase_add_loop_test(
		tcase, parse_given_bad_listen_variable_says_which_part, 0, ROWS(bad_listen_variables));
	tcase_add_test(tcase, parse_given_most_listens_takes_them_and_no_more);
	return tcase;
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("options");

	suite_add_tcase(suite, good_cases());
	suite_add_tcase(suite, bad_cases());
	return suite;
}
