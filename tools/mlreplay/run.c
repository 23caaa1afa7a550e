/* All that happens wakes the run, whose step then does what is to be done at the end of the turn:
 * nothing begins within what ends. */
#include "mlreplay/run.h"

#include "base/mem.h"
#include "mlreplay/knock.h"

enum run_phase { PHASE_KNOCK, PHASE_WARMUP, PHASE_RUN, PHASE_ALONE, PHASE_END };

struct run {
	struct run_setup setup;
	struct loop *loop;
	enum run_phase phase;
	struct loop_task step;
	struct loop_timer due;
	struct knock knock;
	struct pace pace;
	int64_t begin_ns;
	int64_t epoch_ns; /* the schedule's zero, which moves on while its clock stands still */
	int64_t still_ns; /* since when it does */
	uint64_t warmed;
	uint64_t done;
	uint64_t before;        /* of those: by an earlier run */
	struct feed_item *next; /* to be sent; NULL: not fetched yet */
	int64_t next_ns;        /* by the schedule; -1: as soon as there is room */
	bool is_fed;            /* there is no other */
	struct list jobs;       /* under way */
	size_t job_count;
	struct list suspects; /* to be asked again */
	size_t suspect_count;
	uint64_t suspect_bytes;
	bool is_deaf; /* whoever was asked again has given no answer */
	enum run_end end;
	struct err why;
};

static void wake(struct run *run)
{
	loop_defer(run->loop, &run->step);
}

/* -- ending ---------------------------------------------------------------------------------- */

static void free_jobs(struct list *jobs)
{
	LIST_EACH_SAFE(node, jobs)
		job_free(LIST_OBJECT(node, struct job, node));
}

static void give_up(struct run *run)
{
	loop_timer_clear(run->loop, &run->due);
	loop_task_cancel(&run->step);
	knock_end(&run->knock);
	free_jobs(&run->jobs);
	free_jobs(&run->suspects);
	run->job_count = 0;
	feed_give(TAKE(run->next));
}

/* `why` is NULL when it is complete. */
static void finish(struct run *run, enum run_end end, const struct err *why)
{
	if (run->phase == PHASE_END)
		return;
	run->phase = PHASE_END;
	run->end = end;
	if (why)
		run->why = *why;
	give_up(run);
	run->setup.ended(run->setup.ctx);
}

/* -- what came of it ------------------------------------------------------------------------- */

/* Frees the job. */
static void settle(struct run *run, struct job *job)
{
	struct err err;
	bool is_lost = ledger_add(run->setup.ledger, job, &err) < 0;

	job_free(job);
	if (is_lost)
		finish(run, RUN_LOST, &err);
}

static void suspect(struct run *run, struct job *job)
{
	job_doubt(job);
	list_append(&run->suspects, &job->node);
	run->suspect_count++;
	run->suspect_bytes += job->item->bytes;
}

static void judge_job(struct run *run, struct job *job)
{
	struct err err;

	if (job_judge(job, &run->setup.trial, run->setup.ledger->judge, &err) < 0) {
		(void)feed_fail(job->item, &err);
		job_free(job);
		finish(run, RUN_BROKEN, &err);
		return;
	}
	if (job->is_again)
		run->is_deaf = verdict_is_error(job->outcome.outcome);
	if (job_fails(job) && !job->was_alone)
		suspect(run, job);
	else
		settle(run, job);
}

static void on_job_done(void *ctx)
{
	struct job *job = ctx;
	struct run *run = job->run;

	list_unlink(&job->node);
	run->job_count--;
	wake(run);
	if (job->is_warmup)
		job_free(job);
	else
		judge_job(run, job);
}

/* -- sending --------------------------------------------------------------------------------- */

/* Nobody is alone any more when somebody comes. */
static void enlist(struct run *run, struct job *job)
{
	job->was_alone = !run->job_count;
	LIST_EACH(node, &run->jobs)
		LIST_OBJECT(node, struct job, node)->was_alone = false;
	list_append(&run->jobs, &job->node);
	run->job_count++;
}

/* It cannot be sent: its body is not in the capture, or not any more. */
static void end_unsent(struct run *run, struct job *job, struct err *err)
{
	wake(run);
	if (!job_skip_removed(job, run->setup.trial.reader)) {
		(void)feed_fail(job->item, err);
		job_free(job);
		finish(run, RUN_BROKEN, err);
	} else if (job->is_warmup) {
		job_free(job);
	} else {
		settle(run, job);
	}
}

static void start(struct run *run, struct job *job)
{
	struct err err;

	job->trial.done = on_job_done;
	job->trial.ctx = job;
	if (trial_begin(&job->trial, &run->setup.trial, &job->item->entry, &err) == 0)
		enlist(run, job);
	else
		end_unsent(run, job, &err);
}

/* Sends it for the first time. */
static void launch(struct run *run, struct job *job, int64_t due_ns)
{
	int64_t now_ns = loop_clock_ns(run->loop);
	int64_t before_ns = run->setup.ledger->before_ns;

	job->sent_ns = now_ns;
	job->due_ns = due_ns >= 0 ? due_ns : now_ns;
	job->outcome.intended_ns = before_ns + job->due_ns - run->begin_ns;
	job->outcome.sent_ns = before_ns + now_ns - run->begin_ns;
	start(run, job);
}

static bool can_send(const struct run *run, const struct feed_item *item, struct err *err)
{
	return job_check(&item->entry, run->setup.trial.senders[TRIAL_BASELINE], err) == 0;
}

/* -- warming up ------------------------------------------------------------------------------ */

static void begin_schedule(struct run *run)
{
	struct err err;

	if (feed_rewind(run->setup.feed, &err) < 0) {
		finish(run, RUN_BROKEN, &err);
		return;
	}
	run->phase = PHASE_RUN;
	run->begin_ns = loop_clock_ns(run->loop);
	run->epoch_ns = run->begin_ns;
	wake(run);
}

/* Sends one of the first; false when all were. */
static bool warm_one(struct run *run)
{
	struct feed_item *item;
	struct err err;
	struct job *job;
	int result;

	if (run->warmed == run->setup.warmup)
		return false;
	run->warmed++;
	result = feed_next(run->setup.feed, &item, &err);
	if (result < 0)
		finish(run, RUN_BROKEN, &err);
	if (result <= 0)
		return false;
	if (!can_send(run, item, &err)) {
		feed_give(item);
		return true;
	}
	job = job_new(run, item);
	job->is_warmup = true;
	launch(run, job, -1);
	return true;
}

static void warm_up(struct run *run)
{
	bool has_more = true;

	while (has_more && run->phase == PHASE_WARMUP && run->job_count < run->setup.concurrency)
		has_more = warm_one(run);
	if (!has_more && run->phase == PHASE_WARMUP && !run->job_count)
		begin_schedule(run);
}

/* -- by the schedule ------------------------------------------------------------------------- */

/* What cannot be sent is told at once, and has no time in the schedule. */
static void take(struct run *run, struct feed_item *item)
{
	struct err err;
	struct job *job;

	if (resume_has(run->setup.ledger->resume, item->number)) {
		feed_give(item);
		return;
	}
	if (can_send(run, item, &err)) {
		run->next = item;
		run->next_ns = pace_next(&run->pace, item->entry.started_us);
		return;
	}
	job = job_new(run, item);
	job_skip_unsent(job, run->setup.trial.senders[TRIAL_BASELINE], span_of(err.text));
	settle(run, job);
}

/* True when there is a next one. */
static bool fetch(struct run *run)
{
	while (!run->next && !run->is_fed && run->phase == PHASE_RUN) {
		struct feed_item *item;
		struct err err;
		int result = feed_next(run->setup.feed, &item, &err);

		if (result < 0)
			finish(run, RUN_BROKEN, &err);
		run->is_fed = result <= 0;
		if (result == 1)
			take(run, item);
	}
	return run->next;
}

/* Sends the next one if it is due; else it waits for that. */
static bool launch_next(struct run *run)
{
	int64_t due_ns = run->next_ns >= 0 ? run->epoch_ns + run->next_ns : -1;

	if (due_ns > loop_clock_ns(run->loop)) {
		loop_timer_set(run->loop, &run->due, due_ns);
		return false;
	}
	launch(run, job_new(run, TAKE(run->next)), due_ns);
	return true;
}

static void begin_alone(struct run *run)
{
	run->phase = PHASE_ALONE;
	run->is_deaf = false;
	run->still_ns = loop_clock_ns(run->loop);
	wake(run);
}

static void go_on(struct run *run)
{
	if (run->suspect_count >= RUN_SUSPECTS_MAX || run->suspect_bytes >= RUN_SUSPECT_BYTES) {
		begin_alone(run);
		return;
	}
	while (run->job_count < run->setup.concurrency && fetch(run))
		if (!launch_next(run))
			return;
	if (run->job_count || run->phase != PHASE_RUN)
		return;
	if (run->suspect_count)
		begin_alone(run);
	else
		finish(run, RUN_COMPLETE, NULL);
}

/* -- asking again ---------------------------------------------------------------------------- */

static void end_alone(struct run *run)
{
	run->suspect_bytes = 0;
	run->epoch_ns += loop_clock_ns(run->loop) - run->still_ns;
	run->phase = PHASE_RUN;
	wake(run);
}

/* One, when nothing is under way any more. After one that was not answered even alone, those that
 * had got no answer are not asked: each might cost all the time that an answer may take. */
static void ask_again(struct run *run)
{
	struct job *job;

	if (run->job_count)
		return;
	if (!run->suspect_count) {
		end_alone(run);
		return;
	}
	job = LIST_OBJECT(run->suspects.next, struct job, node);
	list_unlink(&job->node);
	run->suspect_count--;
	if (!verdict_is_error(job->was) || !run->is_deaf) {
		start(run, job);
		return;
	}
	job_believe(job);
	settle(run, job);
	wake(run);
}

static void on_step(void *ctx)
{
	struct run *run = ctx;

	switch (run->phase) {
	case PHASE_WARMUP: warm_up(run); break;
	case PHASE_RUN: go_on(run); break;
	case PHASE_ALONE: ask_again(run); break;
	case PHASE_KNOCK:
	case PHASE_END: break;
	}
}

static void on_due(void *ctx)
{
	wake(ctx);
}

/* -- knocking -------------------------------------------------------------------------------- */

static void tell_unreached(struct run *run, struct span why)
{
	struct feed_item *item;
	struct err err;
	struct job *job;

	if (feed_next(run->setup.feed, &item, &err) != 1)
		return;
	job = job_new(run, item);
	job_skip(job, VERDICT_UNREACHED, why);
	judge_tell(run->setup.ledger->judge, &job->outcome);
	job_free(job);
}

static void on_knocked(void *ctx, const struct err *why)
{
	struct run *run = ctx;

	if (why) {
		tell_unreached(run, span_of(why->text));
		finish(run, RUN_UNREACHED, why);
		return;
	}
	run->phase = PHASE_WARMUP;
	wake(run);
}

void run_begin(struct run *run)
{
	run->begin_ns = loop_clock_ns(run->loop);
	run->knock.done = on_knocked;
	run->knock.ctx = run;
	knock_begin(&run->knock, &run->setup.trial);
}

/* -- life ------------------------------------------------------------------------------------ */

struct run *run_new(const struct run_setup *setup)
{
	struct run *run = mem_new(1, sizeof *run);

	run->setup = *setup;
	run->loop = setup->trial.loop;
	list_init(&run->jobs);
	list_init(&run->suspects);
	loop_task_init(&run->step, on_step, run);
	loop_timer_init(&run->due, on_due, run);
	pace_init(&run->pace, &setup->pace);
	return run;
}

void run_free(struct run *run)
{
	if (!run)
		return;
	give_up(run);
	mem_free(run);
}

void run_stop(struct run *run)
{
	const struct err why = {ERR_INTERNAL, "interrupted"};

	finish(run, RUN_STOPPED, &why);
}

enum run_end run_end(const struct run *run, const struct err **ret_why)
{
	*ret_why = &run->why;
	return run->end;
}

void run_tell(const struct run *run, struct progress_facts *ret_facts)
{
	const struct verdict_totals *totals = verdict_totals(run->setup.ledger->judge->verdict);

	*ret_facts = (struct progress_facts){.done = run->setup.ledger->done,
		.total = run->setup.total,
		.before = run->setup.ledger->before,
		.regressions = totals->regressions,
		.unstable = totals->unstable,
		.asks_again = run->phase == PHASE_ALONE,
		.elapsed_ns = loop_clock_ns(run->loop) - run->begin_ns};
}
