/* Puts together what the words ask for, turns the loop until it is over, and says how it has ended.
 */
#include "mlreplay/run_command.h"

#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/process.h"
#include "mlreplay/dry.h"
#include "mlreplay/restore.h"
#include "mlreplay/run.h"
#include "mlreplay/run_words.h"
#include "mlreplay/tolerances.h"
#include "mlreplay/walk.h"

enum { CONCURRENCY_OF_MAX = 4, CONCURRENCY_OF_SCHEDULE = 64 };

struct app {
	const struct run_order *order;
	const struct run_words *words; /* the order's */
	const char *capture;           /* too */
	struct url target;
	struct url baseline; /* where there is a sender to it */
	struct arena arena;  /* has the tolerance */
	struct tolerance tolerance;
	struct report_setup report_setup;
	struct capture_reader *reader;
	struct feed *feed;
	uint64_t total;
	struct judge judge;
	struct ledger *ledger; /* which is large */
	struct loop *loop;
	struct process_signals signals;
	struct sender *senders[TRIAL_SIDES];
	struct run *run;
	struct progress progress;
	struct loop_timer progress_timer;
	int64_t begin_ns;
};

static bool has_baseline(const struct run_words *words)
{
	return strcmp(words->baseline, "recorded") != 0;
}

/* -- before the run -------------------------------------------------------------------------- */

/* A password is not to be told to whoever looks over somebody's shoulder. */
static bool has_user(struct span url)
{
	const char *begin = memmem(url.p, url.n, "://", 3);
	struct span rest = begin ? span_skip(url, (size_t)(begin + 3 - url.p)) : url;
	struct span authority = span_cut(&rest, '/');

	return authority.n && memchr(authority.p, '@', authority.n);
}

/* People copy what is in logs: a path that ends with /predict is that of a request. */
static void leave_out_predict(struct url *url)
{
	static const struct span end = SPAN_LITERAL("/predict");

	if (span_ends(url->base, end))
		url->base.n -= end.n;
}

static int read_url(const char *option, const char *text, struct url *ret_url, struct err *err)
{
	struct err why;

	if (has_user(span_of(text)))
		return err_set(err, ERR_INVALID,
			"--%s: found a user or password in it, which mlreplay does not send; wanted "
			"http[s]://HOST[:PORT][/PATH]",
			option);
	if (url_parse(span_of(text), ret_url, &why) == 0) {
		leave_out_predict(ret_url);
		return 0;
	}
	return err_set(err, ERR_INVALID, "--%s: found \"%.90s\": %.100s", option, text, why.text);
}

static int read_words(struct app *app, struct err *err)
{
	const struct run_words *words = app->words;

	if (!words->target)
		return err_set(err, ERR_INVALID, "found no --target URL, see --help");
	if (read_url("target", words->target, &app->target, err) < 0)
		return -1;
	if (has_baseline(words) && read_url("baseline", words->baseline, &app->baseline, err) < 0)
		return -1;
	if (trust_check(&words->trust, err) < 0)
		return -1;
	if (app->order->tolerance) {
		app->tolerance = *app->order->tolerance;
		return 0;
	}
	return tolerances_read(words->tolerance, &app->arena, &app->tolerance, err);
}

/* How it ends when the capture cannot be gone through; COMMAND_SAME when it can. */
static enum command_end open_capture(struct app *app, struct err *err)
{
	struct feed_setup setup = {.side = app->words->side,
		.filter = &app->words->filter,
		.limit = app->words->limit,
		.rounds = app->words->loop};

	if (capture_reader_open(app->capture, &app->reader, err) < 0)
		return err->kind == ERR_SYNTAX ? COMMAND_CORRUPT : COMMAND_USAGE;
	if (app->words->takes_lossy)
		capture_reader_take_lossy(app->reader);
	setup.reader = app->reader;
	app->feed = feed_new(&setup);
	if (feed_count(app->feed, &app->total, err) < 0)
		return COMMAND_CORRUPT;
	walk_tell_cut(app->reader);
	return COMMAND_SAME;
}

static enum command_end run_dry(struct app *app, struct err *err)
{
	const struct dry_setup setup = {
		app->feed, &app->target, &app->words->pace, has_baseline(app->words)};

	return dry_run(&setup, stdout, err) < 0 ? COMMAND_CORRUPT : COMMAND_SAME;
}

static int64_t unix_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int add_reports(struct app *app, struct err *err)
{
	app->report_setup = (struct report_setup){.capture = app->capture,
		.target = app->words->target,
		.baseline = app->words->baseline,
		.tolerance = app->words->tolerance,
		.started_us = unix_us(),
		.reader = app->reader};
	judge_init(&app->judge, &app->tolerance);
	if (app->order->report) {
		judge_add_report(&app->judge, app->order->report);
		return 0;
	}
	return reports_add(&app->judge, &app->report_setup, &app->words->reports, err);
}

/* -- while it runs --------------------------------------------------------------------------- */

static void tell_progress(struct app *app)
{
	struct progress_facts facts;

	run_tell(app->run, &facts);
	if (app->order->report)
		facts.regressions = 0; /* what differs is what is wanted */
	progress_tell(&app->progress, &facts);
	loop_timer_set(app->loop, &app->progress_timer,
		loop_clock_ns(app->loop) + progress_period_ns(&app->progress));
}

static void on_progress(void *ctx)
{
	tell_progress(ctx);
}

static void on_signal(void *ctx, int signal)
{
	const struct app *app = ctx;

	(void)signal;
	run_stop(app->run);
}

static void on_ended(void *ctx)
{
	const struct app *app = ctx;

	loop_stop(app->loop);
}

static uint64_t concurrency_of(const struct run_words *words)
{
	if (words->concurrency)
		return words->concurrency;
	return words->pace.kind == PACE_MAX ? CONCURRENCY_OF_MAX : CONCURRENCY_OF_SCHEDULE;
}

static struct sender *new_sender(const struct app *app, const struct url *target)
{
	const struct sender_setup setup = {.target = *target,
		.connections = concurrency_of(app->words),
		.timeout_ns = CLOCK_S((int64_t)app->words->timeout_s),
		.trust = app->words->trust};

	return sender_new(app->loop, &setup);
}

static void prepare(struct app *app)
{
	struct run_setup setup = {.feed = app->feed,
		.ledger = app->ledger,
		.pace = app->words->pace,
		.concurrency = concurrency_of(app->words),
		.warmup = app->words->warmup,
		.total = app->total,
		.ended = on_ended,
		.ctx = app};

	setup.pace.seed = app->words->seed;
	app->senders[TRIAL_TARGET] = new_sender(app, &app->target);
	if (has_baseline(app->words))
		app->senders[TRIAL_BASELINE] = new_sender(app, &app->baseline);
	setup.trial = (struct trial_setup){
		app->loop, {app->senders[TRIAL_TARGET], app->senders[TRIAL_BASELINE]}, app->reader};
	app->run = run_new(&setup);
}

/* Which run it is, in all that decides which exchange is the n-th, and what its answer is. */
static int open_state(struct app *app, struct err *err)
{
	const struct run_words *words = app->words;
	BUF_AUTO struct buf name = {0};

	if (!words->resume)
		return 0;
	buf_add_format(&name,
		"capture %s, target %s, baseline %s, tolerance %s, side %d, limit %llu, loop %llu, filter ",
		app->capture, words->target, words->baseline, words->tolerance, (int)words->side,
		(unsigned long long)words->limit, (unsigned long long)words->loop);
	filter_print(&words->filter, &name);
	return resume_open(words->resume, buf_span(&name), &app->ledger->resume, err);
}

static enum command_end resume(struct app *app, struct err *err)
{
	app->ledger->judge = &app->judge;
	app->ledger->has_baseline = has_baseline(app->words);
	if (open_state(app, err) < 0)
		return COMMAND_USAGE;
	return app->ledger->resume ? restore(app->feed, app->reader, app->ledger, err) : COMMAND_SAME;
}

static int turn(struct app *app, struct err *err)
{
	app->loop = loop_new(&clock_monotonic);
	(void)process_raise_descriptor_limit();
	prepare(app);
	loop_timer_init(&app->progress_timer, on_progress, app);
	if (process_watch_signals(&app->signals, app->loop, on_signal, app, err) < 0)
		return -1;
	progress_init(&app->progress, STDERR_FILENO);
	app->begin_ns = loop_clock_ns(app->loop);
	run_begin(app->run);
	tell_progress(app);
	loop_run(app->loop);
	progress_clear(&app->progress);
	return 0;
}

/* -- after it -------------------------------------------------------------------------------- */

static const char *failed_condition(const struct app *app, const struct report_end *end)
{
	const struct fail_if_facts facts = {
		verdict_totals(app->judge.verdict), &end->latency, &end->baseline};

	for (size_t i = 0; i < app->words->fail_if_count; i++)
		if (fail_if_holds(&app->words->fail_if[i], &facts))
			return app->words->fail_if[i].text;
	return NULL;
}

/* The target was there when it was knocked at, and that is all. Another's report says it itself. */
static bool is_deaf(const struct app *app)
{
	return !app->order->report && verdict_word(app->judge.verdict) == VERDICT_INCONCLUSIVE &&
		   verdict_totals(app->judge.verdict)->errors;
}

static enum command_end report(struct app *app, struct err *err)
{
	const struct err *why;
	enum run_end run_ended = run_end(app->run, &why);
	struct report_end end = {
		.was_interrupted = run_ended != RUN_COMPLETE && run_ended != RUN_UNREACHED,
		.duration_ns = loop_clock_ns(app->loop) - app->begin_ns};
	enum command_end ended;

	latency_report(&app->ledger->latencies[LEDGER_TARGET], &end.latency);
	latency_report(&app->ledger->latencies[LEDGER_BASELINE], &end.baseline);
	if (run_ended == RUN_COMPLETE)
		end.fail_if = failed_condition(app, &end);
	ended = reports_end(&app->judge, &end, err);
	if (run_ended != RUN_COMPLETE)
		*err = *why;
	else if (is_deaf(app) && !err->kind)
		err_fill(err, ERR_UPSTREAM, "the target gave no answer to any of %llu requests",
			(unsigned long long)verdict_totals(app->judge.verdict)->errors);
	if (!app->total)
		err_fill(err, ERR_INVALID, "%.150s: no exchange in it is wanted", app->capture);
	return run_ended == RUN_BROKEN ? COMMAND_CORRUPT : ended;
}

static void end_app(struct app *app)
{
	if (app->loop)
		loop_timer_clear(app->loop, &app->progress_timer);
	run_free(app->run);
	for (size_t side = 0; side < TRIAL_SIDES; side++)
		sender_free(app->senders[side]);
	process_unwatch_signals(&app->signals);
	loop_free(app->loop);
	resume_close(app->ledger->resume);
	mem_free(app->ledger);
	judge_deinit(&app->judge);
	feed_free(app->feed);
	if (app->reader)
		walk_tell_removed(app->reader);
	capture_reader_close(app->reader);
	arena_deinit(&app->arena);
}

static enum command_end run_all(struct app *app, struct err *err)
{
	enum command_end end;

	if (read_words(app, err) < 0)
		return COMMAND_USAGE;
	end = open_capture(app, err);
	if (end != COMMAND_SAME)
		return end;
	if (app->words->is_dry)
		return run_dry(app, err);
	if (add_reports(app, err) < 0)
		return COMMAND_USAGE;
	end = resume(app, err);
	if (end != COMMAND_SAME)
		return end;
	return turn(app, err) < 0 ? COMMAND_INCONCLUSIVE : report(app, err);
}

enum command_end run_command_do(const struct run_order *order, struct err *err)
{
	struct app app = {
		.order = order, .words = order->words, .capture = order->capture, .signals = {.fd = -1}};
	enum command_end end;

	arena_init(&app.arena);
	app.ledger = mem_new(1, sizeof *app.ledger);
	end = run_all(&app, err);
	end_app(&app);
	return end;
}

static enum command_end on_run(const void *settings, const char *const *operands, struct err *err)
{
	return run_command_do(&(struct run_order){.words = settings, .capture = operands[0]}, err);
}

const struct command run_command = {
	.name = "run",
	.summary = "send a capture to a server and compare its answers",
	.about = "Sends what clients have asked to another server, and says whether its answers\n"
			 "mean the same to Immich. What differs while other requests are under way is\n"
			 "asked again alone before it counts.\n",
	.form =
		{
			.operands = {"CAPTURE"},
			.options = run_words_options,
			.option_count = RUN_WORDS_OPTIONS,
		},
	.defaults = &run_words_defaults,
	.settings_size = sizeof run_words_defaults,
	.run = on_run,
};
