#include <stdio.h>
#include <stdlib.h>

#include "io/listener.h"
#include "io/process.h"
#include "mlmock/arguments.h"
#include "mlmock/recording.h"

enum { EXIT_USAGE = 2 };

struct app {
	struct loop *loop;
	struct server *server;
	struct listener *listener;
	struct process_signals signals;
};

static int fail(int status, const char *text)
{
	(void)fprintf(stderr, "mlmock: %s\n", text);
	return status;
}

static void on_accepted(void *ctx, int fd)
{
	struct app *app = ctx;

	server_adopt(app->server, fd);
}

static void on_signal(void *ctx, int signal)
{
	const struct app *app = ctx;

	(void)signal;
	loop_stop(app->loop);
}

static int serve(struct app *app, const struct arguments *arguments, struct err *err)
{
	if (process_watch_signals(&app->signals, app->loop, on_signal, app, err) < 0 ||
		listener_open(app->loop, &arguments->listen, on_accepted, app, &app->listener, err) < 0)
		return -1;
	printf("listening on %s\n", listener_text(app->listener));
	(void)fflush(stdout);
	loop_run(app->loop);
	return 0;
}

/* Reads the capture before it listens. */
static int load(struct arguments *arguments, struct err *err)
{
	if (!arguments->from)
		return 0;
	return recording_open(arguments->from, arguments->from_side, RECORDING_BYTES_MAX,
		&arguments->setup.predict.recording, err);
}

static int run(struct arguments *arguments)
{
	struct app app = {.signals = {.fd = -1}};
	struct err err;
	int status;

	if (load(arguments, &err) < 0)
		return fail(EXIT_FAILURE, err.text);
	(void)process_raise_descriptor_limit();
	app.loop = loop_new(&clock_monotonic);
	app.server = server_new(app.loop, &arguments->setup);
	status = serve(&app, arguments, &err);
	listener_close(app.listener);
	process_unwatch_signals(&app.signals);
	server_free(app.server);
	recording_free(arguments->setup.predict.recording);
	loop_free(app.loop);
	return status ? fail(EXIT_FAILURE, err.text) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct err err;

	if (arguments_parse(argc, argv, &arguments, &err) < 0)
		return fail(EXIT_USAGE, err.text);
	if (arguments.action == ARGUMENTS_RUN)
		return run(&arguments);
	printf("%s", arguments.action == ARGUMENTS_HELP ? arguments_help : "mlmock " MLP_VERSION "\n");
	return EXIT_SUCCESS;
}
