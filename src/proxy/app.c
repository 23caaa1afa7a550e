#include "proxy/app.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/listener.h"
#include "io/process.h"
#include "proxy/monitor.h"
#include "proxy/site.h"
#include "proxy/worker.h"

enum { DESCRIPTORS_APART = 64 };

struct app_worker {
	struct loop *loop;
	struct worker *worker;
	pthread_t thread; /* not of worker 0 */
	struct app *app;
	struct loop_mail stop;
	struct loop_mail drain;   /* not to worker 0 */
	struct loop_mail drained; /* to worker 0 */
};

struct app {
	struct shared shared;
	struct app_worker *workers;
	size_t worker_count;
	size_t next; /* who gets the next connection */
	struct listener **listeners;
	size_t listener_count;
	struct process_signals signals;
	struct loop_timer stop_timer;
	size_t drained_count; /* workers */
};

/* -- configuration --------------------------------------------------------------------------- */

static int read_file(const char *path, struct buf *text, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd < 0)
		return err_set(err, ERR_INVALID, "%.150s: %s", path, strerrordesc_np(errno));
	while (text->n <= CONFIG_BYTES_MAX && (n = read(fd, buf_reserve(text, 4096), 4096)) > 0)
		text->n += (size_t)n;
	if (n < 0)
		(void)err_set(err, ERR_INVALID, "%.150s: %s", path, strerrordesc_np(errno));
	(void)close(fd);
	return n < 0 ? -1 : 0;
}

int app_load_config(const struct options *options, struct config **ret_config, struct err *err)
{
	BUF_AUTO struct buf text = {0};
	struct config_fault fault;

	*ret_config = NULL;
	if (options->action == OPTIONS_RUN && !options->has_config &&
		access(options->config_path, F_OK))
		return 0;
	if (read_file(options->config_path, &text, err) < 0)
		return -1;
	if (config_parse(buf_span(&text), ret_config, &fault) < 0)
		return err_set(
			err, ERR_INVALID, "%.60s: %s: %s", options->config_path, fault.path, fault.text);
	return 0;
}

/* -- connections ----------------------------------------------------------------------------- */

struct handed_over {
	struct loop_mail mail;
	struct worker *worker;
	int fd;
};

static void take_over(struct loop_mail *mail)
{
	struct handed_over *letter = LIST_OBJECT(mail, struct handed_over, mail);

	worker_adopt(letter->worker, letter->fd);
	mem_free(letter);
}

static void on_accepted(void *ctx, int fd)
{
	struct app *app = ctx;
	size_t index = app->next++ % app->worker_count;
	struct app_worker *target = &app->workers[index];
	struct handed_over *letter;

	if (index == 0) {
		worker_adopt(target->worker, fd);
		return;
	}
	letter = mem_new(1, sizeof *letter);
	list_init(&letter->mail.node);
	letter->mail.deliver = take_over;
	letter->worker = target->worker;
	letter->fd = fd;
	loop_post(target->loop, &letter->mail);
}

static int open_listeners(struct app *app, const struct options *options, struct err *err)
{
	app->listeners = mem_new(options->listen_count, sizeof *app->listeners);
	for (size_t i = 0; i < options->listen_count; i++) {
		if (listener_open(app->workers[0].loop, &options->listen[i], on_accepted, app,
				&app->listeners[i], err) < 0)
			return -1;
		app->listener_count++;
		log_write(app->shared.log, LOG_INFO, "event=listening address=%s workers=%zu",
			listener_text(app->listeners[i]), app->worker_count);
	}
	return 0;
}

static void close_listeners(struct app *app)
{
	for (size_t i = 0; i < app->listener_count; i++)
		listener_close(app->listeners[i]);
	app->listener_count = 0;
}

/* -- draining -------------------------------------------------------------------------------- */

/* In worker 0's thread: the last one ends the process. */
static void count_drained(struct loop_mail *mail)
{
	struct app *app = LIST_OBJECT(mail, struct app_worker, drained)->app;

	if (++app->drained_count == app->worker_count)
		loop_stop(app->workers[0].loop);
}

static void on_drained(void *ctx)
{
	struct app_worker *worker = ctx;

	loop_post(worker->app->workers[0].loop, &worker->drained);
}

static void drain_worker(struct loop_mail *mail)
{
	struct app_worker *worker = LIST_OBJECT(mail, struct app_worker, drain);

	worker_drain(worker->worker, on_drained, worker);
}

/* What was handed over before is taken over before they drain: mail keeps its order. */
static void on_stopped(void *ctx)
{
	struct app *app = ctx;

	for (size_t i = 0; i < app->listener_count; i++)
		listener_accept_all(app->listeners[i]);
	close_listeners(app);
	for (size_t i = 1; i < app->worker_count; i++)
		loop_post(app->workers[i].loop, &app->workers[i].drain);
	worker_drain(app->workers[0].worker, on_drained, &app->workers[0]);
}

/* The second one does not wait. */
static void on_signal(void *ctx, int signal)
{
	struct app *app = ctx;
	struct loop *loop = app->workers[0].loop;

	log_write(app->shared.log, LOG_INFO, "event=stopping signal=%d running=%u", signal,
		atomic_load(&app->shared.exchanges));
	if (atomic_exchange(&app->shared.is_draining, true)) {
		loop_stop(loop);
		return;
	}
	for (size_t i = 0; i < app->listener_count; i++)
		listener_stop(app->listeners[i]);
	loop_timer_set(loop, &app->stop_timer, loop_now_ns(loop) + CLOCK_MS(LISTENER_STOP_MS));
}

/* -- threads --------------------------------------------------------------------------------- */

static void *run_thread(void *ctx)
{
	const struct app_worker *worker = ctx;

	loop_run(worker->loop);
	return NULL;
}

static void stop_thread(struct loop_mail *mail)
{
	loop_stop(LIST_OBJECT(mail, struct app_worker, stop)->loop);
}

static void make_worker(struct app *app, struct app_worker *worker)
{
	worker->app = app;
	worker->loop = loop_new(&clock_monotonic);
	worker->worker = worker_new(&app->shared, worker->loop, site_handler);
	list_init(&worker->stop.node);
	list_init(&worker->drain.node);
	list_init(&worker->drained.node);
	worker->stop.deliver = stop_thread;
	worker->drain.deliver = drain_worker;
	worker->drained.deliver = count_drained;
}

static void make_workers(struct app *app, size_t count)
{
	app->workers = mem_new(count, sizeof *app->workers);
	app->worker_count = count;
	for (size_t i = 0; i < count; i++)
		make_worker(app, &app->workers[i]);
}

/* Starts the threads; -1 with *ret_started of them running. */
static int start_threads(struct app *app, size_t *ret_started, struct err *err)
{
	for (size_t i = 1; i < app->worker_count; i++) {
		int error = pthread_create(&app->workers[i].thread, NULL, run_thread, &app->workers[i]);

		if (error)
			return err_set(err, ERR_INTERNAL, "cannot start a worker: %s", strerrordesc_np(error));
		*ret_started = i + 1;
	}
	return 0;
}

static void stop_threads(struct app *app, size_t started)
{
	for (size_t i = 1; i < started; i++)
		loop_post(app->workers[i].loop, &app->workers[i].stop);
	for (size_t i = 1; i < started; i++)
		(void)pthread_join(app->workers[i].thread, NULL);
}

static void app_deinit(struct app *app)
{
	process_unwatch_signals(&app->signals);
	for (size_t i = 0; i < app->worker_count; i++) {
		worker_free(app->workers[i].worker);
		loop_free(app->workers[i].loop);
	}
	mem_free(app->workers);
	mem_free(app->listeners);
	config_unref(app->shared.config);
	backends_free(app->shared.backends);
	spool_free(app->shared.spool);
}

static void warn(const struct app *app, const char *path, const char *text)
{
	BUF_AUTO struct buf line = {0};

	log_add(&line, "path", span_of(path));
	log_add(&line, "warning", span_of(text));
	log_write(app->shared.log, LOG_WARN, "event=config%.*s", SPAN_ARG(buf_span(&line)));
}

static void log_start(const struct app *app)
{
	const struct config *config = app->shared.config;
	uint64_t wanted = worker_limits(app->workers[0].worker)->connections;
	BUF_AUTO struct buf path = {0};
	char text[80];

	log_add(&path, "path", span_of(app->shared.config_path));
	if (config)
		log_write(app->shared.log, LOG_INFO, "event=configured%.*s backends=%zu",
			SPAN_ARG(buf_span(&path)), config->backend_count);
	else
		log_write(app->shared.log, LOG_WARN, "event=unconfigured%.*s", SPAN_ARG(buf_span(&path)));
	if (wanted > app->shared.clients_max && wanted != config_default_limits.connections) {
		(void)snprintf(text, sizeof text, "%llu wanted, but there are descriptors for %llu",
			(unsigned long long)wanted, (unsigned long long)app->shared.clients_max);
		warn(app, "limits.connections", text);
	}
	for (size_t i = 0; config && i < config->warning_count; i++)
		warn(app, config->warnings[i].path, config->warnings[i].text);
}

/* Half of the descriptors are for clients and half for backends, some apart for all else. */
static uint64_t count_clients(uint64_t descriptors)
{
	return descriptors > DESCRIPTORS_APART + 2 ? (descriptors - DESCRIPTORS_APART) / 2 : 1;
}

static void share(
	struct app *app, const struct options *options, struct config *config, const struct log *log)
{
	app->shared = (struct shared){
		.log = log,
		.config = config,
		.config_path = options->config_path,
		.backends = backends_new(),
		.budget.max = config ? config->limits.kept_bytes : config_default_limits.kept_bytes,
		.clients_max = count_clients(process_raise_descriptor_limit()),
		.spool = spool_new(),
		.temp_dir = options->temp_dir,
	};
	if (config)
		config_bind(config, app->shared.backends);
}

int app_run(
	const struct options *options, struct config *config, const struct log *log, struct err *err)
{
	struct app app = {.signals = {.fd = -1}};
	size_t started = 1;
	unsigned cut;
	int result;

	share(&app, options, config, log);
	loop_timer_init(&app.stop_timer, on_stopped, &app);
	process_share_heap();
	make_workers(&app, options->workers);
	log_start(&app);
	result = process_watch_signals(&app.signals, app.workers[0].loop, on_signal, &app, err);
	if (result == 0)
		result = open_listeners(&app, options, err);
	if (result == 0)
		result = start_threads(&app, &started, err);
	if (result == 0) {
		monitor_set_config(app.workers[0].worker->monitor, config);
		loop_run(app.workers[0].loop);
	}
	loop_timer_clear(app.workers[0].loop, &app.stop_timer);
	close_listeners(&app);
	stop_threads(&app, started);
	cut = atomic_load(&app.shared.exchanges);
	app_deinit(&app);
	if (result == 0)
		log_write(log, LOG_INFO, "event=stopped cut=%u", cut);
	return result;
}
