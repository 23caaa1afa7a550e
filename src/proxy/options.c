#include "proxy/options.h"

#include <getopt.h>
#include <unistd.h>

#include "io/notify.h"

enum { PORT_DEFAULT = 3004 };

const char options_help[] =
	"usage: mlproxy [OPTION]...\n"
	"\n"
	"Stands between Immich and its machine-learning servers, and sends each task\n"
	"where the configuration says.\n"
	"\n"
	"  --config FILE       where the configuration is read from, and written to when\n"
	"                      it is changed (config.json in $STATE_DIRECTORY, or\n"
	"                      without that here)\n"
	"  --listen ADDR:PORT  where to listen: 127.0.0.1:3004, [::1]:3004, or :3004 for\n"
	"                      all addresses, IPv4 and IPv6; port 0 takes a free one; may\n"
	"                      be given up to 16 times (:3004)\n"
	"  --workers N         number of threads, 1 to 64 (one for each core)\n"
	"  --log-level LEVEL   error: nothing; warn: what goes wrong; info: every\n"
	"                      request, too; debug: every try at a backend, too (info)\n"
	"  --log-format FORMAT how the log is written: logfmt or json (logfmt)\n"
	"  --debug             record in memory what passes, from the beginning; see\n"
	"                      /api/debug/records\n"
	"  --check-config      read the configuration, say what is wrong with it (what is\n"
	"                      else a warning, too), and end\n"
	"  --health            ask the one that runs and listens there (--listen, the\n"
	"                      first) whether it is well, and end with status 0 or 1\n"
	"  --version           say which version this is, and end\n"
	"  --help              say this, and end\n"
	"\n"
	"The environment variables MLPROXY_CONFIG, MLPROXY_LISTEN (separated by commas),\n"
	"MLPROXY_WORKERS, MLPROXY_LOG_LEVEL and MLPROXY_LOG_FORMAT say the same; the\n"
	"command line wins.\n"
	"At SIGTERM or SIGINT it answers what has begun and ends, at a second at once;\n"
	"at SIGHUP it reads its configuration anew.\n"
	"Without a file ML_DEFAULT_URL, ML_TEXT_URL, ML_IMAGE_URL and MAX_BODY_SIZE (32m)\n"
	"are the configuration, as the routers made of nginx have it.\n"
	"TMPDIR (/tmp) is where requests go that memory has no room for. A service\n"
	"manager is told what it wants to know (NOTIFY_SOCKET, WATCHDOG_USEC).\n";

/* -- settings -------------------------------------------------------------------------------- */

/* `from` is the option or the variable that names the value. */
static int set_config(struct options *options, const char *from, const char *value, struct err *err)
{
	if (!*value)
		return err_set(err, ERR_INVALID, "%s: found \"\", wanted the path of a file", from);
	options->config_path = value;
	return 0;
}

static int add_listen(struct options *options, const char *from, struct span text, struct err *err)
{
	struct host_port *listen = &options->listen[options->listen_count];

	if (options->listen_count == OPTIONS_LISTEN_MAX)
		return err_set(
			err, ERR_INVALID, "%s: found one more, wanted at most %d", from, OPTIONS_LISTEN_MAX);
	if (!hostport_parse_listen(text, listen))
		return err_set(err, ERR_INVALID,
			"%s: found \"%.*s\", wanted ADDR:PORT such as 127.0.0.1:3004, [::1]:3004 or :3004",
			from, SPAN_ARG(text));
	options->listen_count++;
	return 0;
}

static int set_listen(struct options *options, const char *from, const char *value, struct err *err)
{
	struct span rest = span_of(value);
	bool is_last;

	do {
		is_last = !rest.n || !memchr(rest.p, ',', rest.n);
		if (add_listen(options, from, span_trim(span_cut(&rest, ',')), err) < 0)
			return -1;
	} while (!is_last);
	return 0;
}

static int set_workers(
	struct options *options, const char *from, const char *value, struct err *err)
{
	uint64_t number = 0;

	if (!span_to_number(span_of(value), OPTIONS_WORKERS_MAX, &number) || !number)
		return err_set(err, ERR_INVALID, "%s: found \"%s\", wanted a number from 1 to %d", from,
			value, OPTIONS_WORKERS_MAX);
	options->workers = number;
	return 0;
}

static int set_log_level(
	struct options *options, const char *from, const char *value, struct err *err)
{
	if (!log_level_parse(value, &options->log_level))
		return err_set(
			err, ERR_INVALID, "%s: found \"%s\", wanted error, warn, info or debug", from, value);
	return 0;
}

static int set_log_format(
	struct options *options, const char *from, const char *value, struct err *err)
{
	if (!log_format_parse(value, &options->log_format))
		return err_set(err, ERR_INVALID, "%s: found \"%s\", wanted logfmt or json", from, value);
	return 0;
}

enum setting_id { CONFIG, LISTEN, WORKERS, LOG_LEVEL, LOG_FORMAT, SETTING_COUNT };

static const struct setting {
	const char *option;
	const char *variable;
	int (*set)(struct options *options, const char *from, const char *value, struct err *err);
} settings[SETTING_COUNT] = {
	[CONFIG] = {"--config", "MLPROXY_CONFIG", set_config},
	[LISTEN] = {"--listen", "MLPROXY_LISTEN", set_listen},
	[WORKERS] = {"--workers", "MLPROXY_WORKERS", set_workers},
	[LOG_LEVEL] = {"--log-level", "MLPROXY_LOG_LEVEL", set_log_level},
	[LOG_FORMAT] = {"--log-format", "MLPROXY_LOG_FORMAT", set_log_format},
};

/* -- the command line ------------------------------------------------------------------------ */

/* What getopt_long() returns: a setting, DEBUG, or ACTION and what is to be done. */
enum { DEBUG = 999, ACTION = 1000 };

static const struct option known[] = {
	{"config", required_argument, NULL, CONFIG},
	{"listen", required_argument, NULL, LISTEN},
	{"workers", required_argument, NULL, WORKERS},
	{"log-level", required_argument, NULL, LOG_LEVEL},
	{"log-format", required_argument, NULL, LOG_FORMAT},
	{"debug", no_argument, NULL, DEBUG},
	{"check-config", no_argument, NULL, ACTION + OPTIONS_CHECK_CONFIG},
	{"health", no_argument, NULL, ACTION + OPTIONS_HEALTH},
	{"version", no_argument, NULL, ACTION + OPTIONS_VERSION},
	{"help", no_argument, NULL, ACTION + OPTIONS_HELP},
	{NULL, 0, NULL, 0},
};

struct parser {
	struct options options;
	bool is_given[SETTING_COUNT]; /* on the command line, which wins */
};

/* word is the one that the code came from. */
static int take(struct parser *parser, int code, const char *word, struct err *err)
{
	if (code == ':')
		return err_set(err, ERR_INVALID, "%s: found nothing, wanted a value", word);
	if (code == '?')
		return err_set(err, ERR_INVALID, "%s: unknown option, see --help", word);
	if (code >= ACTION) {
		parser->options.action = (enum options_action)(code - ACTION);
		return 0;
	}
	if (code == DEBUG) {
		parser->options.is_debugging = true;
		return 0;
	}
	parser->is_given[code] = true;
	return settings[code].set(&parser->options, settings[code].option, optarg, err);
}

static bool is_answered(const struct options *options)
{
	return options->action == OPTIONS_HELP || options->action == OPTIONS_VERSION;
}

/* '+': words in their order; ':': a missing value is told from an unknown option. */
static int next_code(int argc, char **argv)
{
	// NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads yet
	return getopt_long(argc, argv, "+:", known, NULL);
}

/* Ends early at --help and --version: who asks for them gets them, whatever else is wrong. */
static int take_words(struct parser *parser, int argc, char **argv, struct err *err)
{
	int at = 1;
	int code;

	optind = 0; /* glibc's way to begin anew */
	opterr = 0;
	while ((code = next_code(argc, argv)) != -1) {
		if (take(parser, code, argv[at], err) < 0)
			return -1;
		if (is_answered(&parser->options))
			return 0;
		at = optind;
	}
	if (optind < argc)
		return err_set(err, ERR_INVALID, "%s: unknown argument, see --help", argv[optind]);
	return 0;
}

/* A variable that is empty is none. */
static int take_environment(
	struct parser *parser, char *(*get_env)(const char *name), struct err *err)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *value = parser->is_given[i] ? NULL : get_env(settings[i].variable);

		if (value && *value &&
			settings[i].set(&parser->options, settings[i].variable, value, err) < 0)
			return -1;
	}
	return 0;
}

int options_parse(int argc, char **argv, char *(*get_env)(const char *name),
	struct options *ret_options, struct err *err)
{
	struct parser parser = {.options = {.log_level = LOG_INFO}};
	const char *temp_dir = get_env("TMPDIR");
	const char *state_directory = get_env("STATE_DIRECTORY");

	parser.options.temp_dir = temp_dir && *temp_dir ? temp_dir : "/tmp";
	parser.options.state_directory = state_directory ? state_directory : "";
	parser.options.notify_socket = get_env("NOTIFY_SOCKET");
	parser.options.watchdog_ns =
		notify_watchdog_ns(get_env("WATCHDOG_USEC"), get_env("WATCHDOG_PID"), getpid());
	if (take_words(&parser, argc, argv, err) < 0)
		return -1;
	if (!is_answered(&parser.options) && take_environment(&parser, get_env, err) < 0)
		return -1;
	if (!parser.options.listen_count)
		parser.options.listen[parser.options.listen_count++].port = PORT_DEFAULT;
	*ret_options = parser.options;
	return 0;
}
