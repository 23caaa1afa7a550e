#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "io/listener.h"
#include "mlmock/arguments.h"

enum { EXIT_USAGE = 2 };

struct app {
	struct loop *loop;
	struct server *server;
	struct listener *listener;
	int signal_fd;
	struct watch signal_watch;
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

static void on_signal(void *ctx, unsigned what)
{
	struct app *app = ctx;

	(void)what;
	loop_stop(app->loop);
}

static int watch_signals(struct app *app, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	(void)signal(SIGPIPE, SIG_IGN);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) ||
		(app->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)) < 0)
		return err_set(err, ERR_INTERNAL, "cannot watch signals: %s", strerrordesc_np(errno));
	watch_init(&app->signal_watch, app->loop, app->signal_fd, on_signal, app);
	watch_set(&app->signal_watch, WATCH_READ);
	return 0;
}

/* Each connection needs one. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int serve(struct app *app, const struct arguments *arguments, struct err *err)
{
	if (watch_signals(app, err) || listener_open(app->loop, arguments->host, arguments->port,
									   on_accepted, app, &app->listener, err))
		return -1;
	printf("listening on %s\n", listener_text(app->listener));
	(void)fflush(stdout);
	loop_run(app->loop);
	return 0;
}

static int run(const struct arguments *arguments)
{
	struct app app = {.signal_fd = -1};
	struct err err;
	int status;

	raise_descriptor_limit();
	app.loop = loop_new(&clock_monotonic);
	app.server = server_new(app.loop, &arguments->setup);
	status = serve(&app, arguments, &err);
	listener_close(app.listener);
	if (app.signal_fd >= 0) {
		watch_deinit(&app.signal_watch);
		(void)close(app.signal_fd);
	}
	server_free(app.server);
	loop_free(app.loop);
	return status ? fail(EXIT_FAILURE, err.text) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct err err;

	if (arguments_parse(argc, argv, &arguments, &err))
		return fail(EXIT_USAGE, err.text);
	if (arguments.action == ARGUMENTS_RUN)
		return run(&arguments);
	printf("%s", arguments.action == ARGUMENTS_HELP ? arguments_help : "mlmock " MLP_VERSION "\n");
	return EXIT_SUCCESS;
}
