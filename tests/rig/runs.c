#include "rig/runs.h"

#include "rig/configs.h"
#include "rig/suite.h"

/* -- a report that keeps all ----------------------------------------------------------------- */

static void on_outcome(struct report *report, const struct outcome *outcome)
{
	struct runs *runs = (struct runs *)((char *)report - offsetof(struct runs, report));
	struct runs_kept *one = &runs->kept[runs->kept_count++];

	ck_assert_int_le(runs->kept_count, RUNS_KEPT_MAX);
	*one = (struct runs_kept){.seq = outcome->entry->seq,
		.outcome = outcome->outcome,
		.was_asked_again = outcome->was_asked_again,
		.intended_ns = outcome->intended_ns,
		.latency_ns = outcome->latency_ns};
	(void)snprintf(one->error, sizeof one->error, "%.*s", SPAN_ARG(outcome->error));
}

static int on_end(struct report *report, const struct report_end *end, struct err *err)
{
	(void)report, (void)end, (void)err;
	return 0;
}

static void on_free(struct report *report)
{
	(void)report;
}

static const struct report_ops ops = {on_outcome, on_end, on_free};

/* -- life ------------------------------------------------------------------------------------ */

static void on_ended(void *ctx)
{
	struct runs *runs = ctx;

	runs->has_ended = true;
}

static void begin_judging(struct runs *runs)
{
	judge_init(&runs->judge, tolerance_profile(SPAN_LITERAL("default")));
	judge_add_report(&runs->judge, &runs->report);
	runs->ledger = (struct ledger){.judge = &runs->judge};
	runs->kept_count = 0;
	runs->has_ended = false;
}

void runs_init(struct runs *runs)
{
	memset(runs, 0, sizeof *runs);
	rig_init_alone(&runs->rig, TRIAL_SIDES, NULL);
	runs->feed_setup = (struct feed_setup){.filter = &runs->filter, .rounds = 1};
	runs->setup = (struct run_setup){
		.pace = {.kind = PACE_MAX}, .concurrency = 1, .ended = on_ended, .ctx = runs};
	runs->report.ops = &ops;
	begin_judging(runs);
}

void runs_end(struct runs *runs)
{
	run_free(runs->run);
	for (size_t side = 0; side < TRIAL_SIDES; side++)
		sender_free(runs->setup.trial.senders[side]);
	feed_free(runs->setup.feed);
	capture_reader_close(runs->reader);
	exchanges_deinit(&runs->exchanges);
	resume_close(runs->ledger.resume);
}

void runs_forget(struct runs *runs)
{
	judge_deinit(&runs->judge);
	begin_judging(runs);
}

void runs_deinit(struct runs *runs)
{
	runs_end(runs);
	judge_deinit(&runs->judge);
	rig_deinit(&runs->rig);
}

static struct sender *new_sender(struct runs *runs, size_t backend)
{
	struct sender_setup sender = {.connections = 64, .timeout_ns = CLOCK_S(60)};
	struct err err;

	(void)snprintf(runs->urls[backend], sizeof *runs->urls, "http://127.0.0.1:%u/base",
		runs->rig.backends[backend].port);
	ck_assert(!url_parse(span_of(runs->urls[backend]), &sender.target, &err));
	return sender_new(runs->rig.loop, &sender);
}

void runs_prepare(
	struct runs *runs, const struct exchange_row *rows, size_t count, bool has_baseline)
{
	struct run_setup *setup = &runs->setup;
	struct err err;

	exchanges_init(&runs->exchanges, rows, count);
	ck_assert_msg(!capture_reader_open(runs->exchanges.path, &runs->reader, &err), "%s", err.text);
	runs->feed_setup.reader = runs->reader;
	setup->feed = feed_new(&runs->feed_setup);
	ck_assert_msg(!feed_count(setup->feed, &setup->total, &err), "%s", err.text);
	setup->ledger = &runs->ledger;
	setup->trial = (struct trial_setup){.loop = runs->rig.loop, .reader = runs->reader};
	setup->trial.senders[TRIAL_TARGET] = new_sender(runs, TRIAL_TARGET);
	if (has_baseline)
		setup->trial.senders[TRIAL_BASELINE] = new_sender(runs, TRIAL_BASELINE);
	runs->run = run_new(setup);
}

void runs_begin(struct runs *runs, const struct exchange_row *rows, size_t count)
{
	runs_prepare(runs, rows, count, false);
	run_begin(runs->run);
}

/* -- what comes of it ------------------------------------------------------------------------ */

void runs_finish(struct runs *runs, enum run_end wanted)
{
	const struct err *why;

	RIG_UNTIL(&runs->rig, runs->has_ended);
	ck_assert_msg(run_end(runs->run, &why) == wanted, "%s", why->text);
}

void runs_expect_totals(
	const struct runs *runs, uint64_t compared, uint64_t regressions, uint64_t unstable)
{
	const struct verdict_totals *totals = verdict_totals(runs->judge.verdict);

	ck_assert_uint_eq(totals->compared, compared);
	ck_assert_uint_eq(totals->regressions, regressions);
	ck_assert_uint_eq(totals->unstable, unstable);
}

size_t runs_asked(const struct runs *runs, size_t backend)
{
	return runs->rig.backends[backend].request_count;
}

struct peer *runs_peer(struct runs *runs, size_t i)
{
	size_t n = 0;

	LIST_EACH(node, &runs->rig.backends[TRIAL_TARGET].peers) {
		struct peer *peer = LIST_OBJECT(node, struct peer, node);

		if (peer->requests && n++ == i)
			return peer;
	}
	ck_abort_msg("there are only %zu connections", n);
}
