#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/probe.h"
#include "proxy/app.h"

enum { EXIT_USAGE = 2, HEALTH_MS = 2000 };

static int fail(int status, const char *text)
{
	(void)fprintf(stderr, "mlproxy: %s\n", text);
	return status;
}

/* What is only warned of when serving is an error here. */
static int check_config(const struct config_load *load)
{
	const struct config *config = load->config;
	const char *from = config->origin == CONFIG_FROM_FILE ? load->path : "the environment";

	for (size_t i = 0; i < config->warning_count; i++)
		(void)fprintf(stderr, "mlproxy: %s: %s: %s\n", from, config->warnings[i].path,
			config->warnings[i].text);
	if (config->warning_count)
		return EXIT_USAGE;
	printf("%s is valid\n", from);
	return EXIT_SUCCESS;
}

static int check_health(const struct options *options)
{
	struct err err;

	if (probe_ask(&options->listen[0], "/healthz", HEALTH_MS, &err) < 0)
		return fail(EXIT_FAILURE, err.text);
	return EXIT_SUCCESS;
}

static int run(struct options *options, struct config_load *load)
{
	struct limiter limiter;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct log log = {options->log_level, STDERR_FILENO, options->log_format, &limiter, &lock};
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct err err;
	int result;

	if (!options->workers)
		options->workers = cores < 1 ? 1 : (size_t)cores;
	if (options->workers > OPTIONS_WORKERS_MAX)
		options->workers = OPTIONS_WORKERS_MAX;
	limiter_init(&limiter, &clock_monotonic);
	result = app_run(options, load, &log, &err);
	return result < 0 ? fail(EXIT_FAILURE, err.text) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options options;
	struct config_load load;
	struct err err;
	int status;

	if (options_parse(argc, argv, getenv, &options, &err) < 0)
		return fail(EXIT_USAGE, err.text);
	if (options.action == OPTIONS_HELP || options.action == OPTIONS_VERSION) {
		printf("%s", options.action == OPTIONS_HELP ? options_help : "mlproxy " MLP_VERSION "\n");
		return EXIT_SUCCESS;
	}
	if (options.action == OPTIONS_HEALTH)
		return check_health(&options);
	if (config_load(&options, getenv, &load, &err) < 0)
		return fail(EXIT_USAGE, err.text);
	status = options.action == OPTIONS_RUN ? run(&options, &load) : check_config(&load);
	config_load_deinit(&load);
	return status;
}
