#include "proxy/app.h"

#include <signal.h>

#include "base/mem.h"
#include "io/listener.h"
#include "io/process.h"
#include "proxy/config_log.h"
#include "proxy/crew.h"
#include "proxy/doors.h"
#include "proxy/keeper.h"
#include "proxy/monitor.h"
#include "proxy/records.h"
#include "proxy/watchdog.h"

enum {
	DESCRIPTORS_APART = 64 + WORKER_ADMINS_MAX,
	PIPES_MAX = 128, /* of a worker's uploads; the others are read and written */
};

struct app {
	struct shared shared;
	char machine[PROCESS_MACHINE_MAX];
	struct loop **loops; /* of the workers; the first is this thread's */
	struct crew crew;
	struct process_signals signals;
	struct loop_timer stop_timer;
	struct keeper_change reload;
	bool is_reloading;
	bool reloads_again; /* when that is done: the file may have changed since it was read */
	struct notify *notify;
	struct watchdog watchdog;
};

/* -- connections ----------------------------------------------------------------------------- */

static int open_doors(struct app *app, const struct options *options, struct err *err)
{
	struct err why;

	for (size_t i = 0; i < options->listen_count; i++)
		if (doors_open(app->shared.doors, &options->listen[i], err) < 0)
			return -1;
	if (doors_prepare(app->shared.doors, app->shared.workers[0]->config, &why) < 0)
		return err_set(err, why.kind, "access.adminListen: %s", why.text);
	doors_commit(app->shared.doors);
	return 0;
}

/* -- stopping -------------------------------------------------------------------------------- */

static void on_drained(void *ctx)
{
	const struct app *app = ctx;

	loop_stop(app->loops[0]);
}

static void on_stopped(void *ctx)
{
	struct app *app = ctx;

	doors_close(app->shared.doors);
	crew_drain(&app->crew, on_drained, app);
}

static void log_stopping(const struct app *app, int signal)
{
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, app->shared.log, LOG_INFO, "stopping"))
		return;
	log_number(&line, "signal", (uint64_t)signal);
	log_number(&line, "running", atomic_load(&app->shared.exchanges));
	log_end(&line);
}

/* The second one does not wait. */
static void stop(struct app *app, int signal)
{
	struct loop *loop = app->loops[0];

	log_stopping(app, signal);
	notify_tell(app->notify, NOTIFY_STOPPING, "answering what has begun");
	if (atomic_exchange(&app->shared.is_draining, true)) {
		loop_stop(loop);
		return;
	}
	doors_stop(app->shared.doors);
	loop_timer_set(loop, &app->stop_timer, loop_now_ns(loop) + CLOCK_MS(LISTENER_STOP_MS));
}

/* -- signals --------------------------------------------------------------------------------- */

static void start_reload(struct app *app);

/* `fault`: what was wrong with a reload, after which all is as before; or NULL. */
static void tell_ready(const struct app *app, const struct config_fault *fault)
{
	const char *status = app->shared.workers[0]->config ? "serving" : "not configured";
	BUF_AUTO struct buf text = {0};

	buf_add_format(&text, "%s", status);
	if (fault)
		buf_add_format(
			&text, "; not reloaded: %s%s%s", fault->path, *fault->path ? ": " : "", fault->text);
	notify_tell(app->notify, NOTIFY_READY, text.bytes);
}

/* What went wrong is in the log. */
static void on_reloaded(struct keeper_change *change)
{
	struct app *app = LIST_OBJECT(change, struct app, reload);

	if (!atomic_load(&app->shared.is_draining))
		tell_ready(app, change->status == 200 ? NULL : &change->fault);
	config_unref(TAKE(change->config));
	app->is_reloading = false;
	if (app->reloads_again)
		start_reload(app);
}

/* However many ask for it meanwhile, one more is enough for them. */
static void start_reload(struct app *app)
{
	app->reloads_again = app->is_reloading;
	if (app->is_reloading)
		return;
	app->is_reloading = true;
	notify_tell(app->notify, NOTIFY_RELOADING, NULL);
	app->reload = (struct keeper_change){
		.kind = KEEPER_RELOAD, .from = app->shared.workers[0], .done = on_reloaded};
	keeper_submit(app->shared.keeper, &app->reload);
}

static void on_signal(void *ctx, int signal)
{
	struct app *app = ctx;

	if (signal == SIGHUP)
		start_reload(app);
	else
		stop(app, signal);
}

/* -- its life -------------------------------------------------------------------------------- */

static void log_manager(const struct app *app, const struct err *err)
{
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, app->shared.log, LOG_WARN, "notify"))
		return;
	log_text(&line, "why", span_of(err->text));
	log_end(&line);
}

/* It serves without a service manager, too, which then draws its own conclusions. */
static void reach_manager(struct app *app, const struct options *options)
{
	struct err err;

	if (notify_open(options->notify_socket, &clock_monotonic, &app->notify, &err) < 0)
		log_manager(app, &err);
	watchdog_start(&app->watchdog, app->notify, app->shared.workers[0],
		app->notify ? options->watchdog_ns : 0);
}

static void app_deinit(struct app *app)
{
	process_unwatch_signals(&app->signals);
	keeper_end(app->shared.keeper);
	watchdog_stop(&app->watchdog);
	crew_deinit(&app->crew);
	keeper_free(app->shared.keeper);
	doors_free(app->shared.doors);
	notify_close(app->notify);
	for (size_t i = 0; i < app->shared.worker_count; i++)
		loop_free(app->loops[i]);
	mem_free(app->loops);
	backends_free(app->shared.backends);
	spool_free(app->shared.spool);
	recorder_free(app->shared.recorder);
	records_free(app->shared.records);
	parts_free(app->shared.parts);
}

/* Half of the descriptors are for clients and half for backends, some apart for all else. Where
 * there are many some are for pipes, which take two. */
static void share_descriptors(struct shared *shared, uint64_t descriptors, size_t worker_count)
{
	uint64_t pipes = (uint64_t)PIPES_MAX * worker_count;
	uint64_t apart = DESCRIPTORS_APART;

	if (descriptors / 16 > 2 * pipes) {
		shared->pipes_max = PIPES_MAX;
		apart += 2 * pipes;
	}
	shared->clients_max = descriptors > apart + 2 ? (descriptors - apart) / 2 : 1;
}

static void share(
	struct app *app, const struct options *options, const char *config_path, const struct log *log)
{
	process_name_machine(app->machine);
	app->shared = (struct shared){
		.log = log,
		.machine = app->machine,
		.config_path = config_path,
		.backends = backends_new(),
		.spool = spool_new(),
		.parts = parts_new(),
		.temp_dir = options->temp_dir,
	};
	app->shared.recorder = recorder_new(log, app->shared.parts);
	app->shared.records = records_new(app->shared.parts, RECORDS_BYTES_MAX);
	share_descriptors(&app->shared, process_raise_descriptor_limit(), options->workers);
}

/* Takes the configuration's reference. */
static void make_crew(struct app *app, size_t count, struct config *config)
{
	app->loops = mem_new(count, sizeof(struct loop *));
	for (size_t i = 0; i < count; i++)
		app->loops[i] = loop_new(&clock_monotonic);
	crew_init(&app->crew, &app->shared, app->loops, count);
	if (config)
		config_bind(config, app->shared.backends);
	crew_set_config(&app->crew, config);
	app->shared.doors = doors_new(&app->crew);
	config_unref(config);
	app->shared.keeper = keeper_new(&app->shared);
}

static int start(struct app *app, const struct options *options, struct err *err)
{
	struct worker *first = app->shared.workers[0];

	if (options->is_debugging && records_enable(app->shared.records, true, err) < 0)
		return -1;
	if (process_watch_signals(&app->signals, first->loop, on_signal, app, err) < 0 ||
		open_doors(app, options, err) < 0 || crew_start(&app->crew, err) < 0)
		return -1;
	monitor_set_config(first->monitor, first->config);
	if (first->config)
		recorder_set(app->shared.recorder, &first->config->capture);
	tell_ready(app, NULL);
	return 0;
}

static void log_stopped(const struct log *log, unsigned cut)
{
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, log, LOG_INFO, "stopped"))
		return;
	log_number(&line, "cut", cut);
	log_end(&line);
}

int app_run(
	const struct options *options, struct config_load *load, const struct log *log, struct err *err)
{
	struct app app = {.signals = {.fd = -1}};
	unsigned cut;
	int result;

	share(&app, options, load->path, log);
	loop_timer_init(&app.stop_timer, on_stopped, &app);
	process_share_heap();
	make_crew(&app, options->workers, TAKE(load->config));
	reach_manager(&app, options);
	config_log_used(&app.shared, app.shared.workers[0]->config);
	result = start(&app, options, err);
	if (result == 0)
		loop_run(app.loops[0]);
	loop_timer_clear(app.loops[0], &app.stop_timer);
	doors_close(app.shared.doors);
	crew_stop(&app.crew);
	cut = atomic_load(&app.shared.exchanges);
	app_deinit(&app);
	if (result == 0)
		log_stopped(log, cut);
	return result;
}
