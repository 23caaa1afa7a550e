#include "mlreplay/job.h"

#include "base/mem.h"
#include "mlreplay/head.h"
#include "mlreplay/recorded.h"

#define AT_FIRST "at first: "

enum { TOLD_MAX = 3 }; /* differences that are told of a first answer */

struct job *job_new(struct run *run, struct feed_item *item)
{
	struct job *job = mem_new(1, sizeof *job);

	list_init(&job->node);
	arena_init(&job->arena);
	job->run = run;
	job->item = item;
	job->latency_ns = -1;
	job->baseline_ns = -1;
	job->outcome = (struct outcome){
		.entry = &item->entry, .entries = item->entries, .intended_ns = -1, .latency_ns = -1};
	return job;
}

void job_free(struct job *job)
{
	list_unlink(&job->node);
	trial_end(&job->trial);
	buf_deinit(&job->first);
	buf_deinit(&job->recorded);
	arena_deinit(&job->arena);
	feed_give(job->item);
	mem_free(job);
}

int job_check(const struct har_entry *entry, bool has_baseline, struct err *err)
{
	if (!head_is_predict(&entry->request))
		return err_set(err, ERR_INVALID, "it is no POST of /predict");
	if (entry->request.lacks_body)
		return err_set(err, ERR_INVALID, "%s", entry->request.lacks_body);
	if (!has_baseline && !entry->answer.status)
		return err_set(err, ERR_INVALID, "the capture has no answer to it");
	if (!has_baseline && entry->is_unplayable)
		return err_set(err, ERR_INVALID, "what it had asked was redacted in the capture");
	return head_check(&entry->request, err);
}

/* -- judging --------------------------------------------------------------------------------- */

/* What has not been asked as it was captured says nothing of who was asked. */
static int check_request(const struct trial *trial, struct err *err)
{
	for (size_t side = 0; side < TRIAL_SIDES; side++)
		if (trial->answers[side].is_broken)
			return err_set(
				err, ERR_INVALID, "%.*s", SPAN_ARG(buf_span(&trial->answers[side].error)));
	return 0;
}

static int take_baseline(struct job *job, struct err *err)
{
	const struct trial_answer *answer = &job->trial.answers[TRIAL_BASELINE];

	if (!answer->status) {
		err_fill(err, ERR_UPSTREAM, "the baseline gave no answer: %.*s",
			SPAN_ARG(buf_span(&answer->error)));
		return 1;
	}
	job->outcome.before = (struct compare_answer){answer->status, buf_span(&answer->body)};
	return 0;
}

static void take_latencies(struct job *job, bool has_baseline)
{
	const struct trial_answer *answers = job->trial.answers;

	if (job->is_again)
		return;
	if (answers[TRIAL_TARGET].status)
		job->latency_ns = answers[TRIAL_TARGET].end_ns - job->due_ns;
	if (!has_baseline)
		job->baseline_ns = recorded_ns(&job->item->entry.times);
	else if (answers[TRIAL_BASELINE].status)
		job->baseline_ns = answers[TRIAL_BASELINE].end_ns - job->due_ns;
}

void job_skip(struct job *job, enum verdict_outcome outcome, struct span why)
{
	job->outcome.outcome = outcome;
	job->outcome.error = arena_dup(&job->arena, why);
	job->outcome.findings = NULL;
}

void job_skip_unsent(struct job *job, bool has_baseline, struct span why)
{
	job_skip(job, VERDICT_SKIPPED, why);
	if (!has_baseline)
		job->outcome.before.status = job->item->entry.answer.status;
}

bool job_skip_removed(struct job *job, const struct capture_reader *reader)
{
	if (!capture_reader_has_removed(reader, &job->item->entry))
		return false;
	job_skip(job, VERDICT_SKIPPED, SPAN_LITERAL("it was removed from the capture meanwhile"));
	return true;
}

int job_judge(
	struct job *job, const struct trial_setup *setup, const struct judge *judge, struct err *err)
{
	const struct trial_answer *target = &job->trial.answers[TRIAL_TARGET];
	bool has_baseline = setup->senders[TRIAL_BASELINE];
	int result = check_request(&job->trial, err);
	int before; /* its status, which may be known where its body is not; 0: none */

	if (!result)
		result = has_baseline ? take_baseline(job, err)
							  : recorded_answer(setup->reader, &job->item->entry, &job->recorded,
									&job->outcome.before, err);
	if (result < 0)
		return job_skip_removed(job, setup->reader) ? 0 : -1;
	before = job->outcome.before.status;
	take_latencies(job, has_baseline);
	job->outcome.after = (struct compare_answer){target->status, buf_span(&target->body)};
	job->outcome.was_asked_again = job->is_again;
	job->outcome.latency_ns = job->latency_ns;
	if (result && (!before || before == target->status))
		job_skip(job, VERDICT_SKIPPED, span_of(err->text));
	else if (!target->status)
		job_skip(job, target->has_begun ? VERDICT_BROKEN : VERDICT_ERROR, buf_span(&target->error));
	else
		judge_compare(judge, &job->arena, &job->outcome, &job->findings);
	if (job->is_again && job->outcome.outcome == VERDICT_COMPARED && !job_fails(job)) {
		job->outcome.outcome = VERDICT_UNSTABLE;
		job->outcome.error = buf_span(&job->first);
	}
	return 0;
}

bool job_fails(const struct job *job)
{
	const struct findings *findings = job->outcome.findings;

	return verdict_is_error(job->outcome.outcome) || (findings && findings->level == FINDINGS_FAIL);
}

/* -- asking again ---------------------------------------------------------------------------- */

static void tell_findings(const struct findings *findings, struct buf *out)
{
	size_t told = 0;

	for (size_t i = 0; i < findings->count && told < TOLD_MAX; i++) {
		const struct findings_item *item = &findings->items[i];

		if (item->level < FINDINGS_FAIL)
			continue;
		buf_add_format(out, "%s%s at %.*s", told++ ? ", " : "", findings_words[item->kind],
			SPAN_ARG(item->path));
	}
}

void job_doubt(struct job *job)
{
	buf_add_text(&job->first, AT_FIRST);
	job->was = job->outcome.outcome;
	if (verdict_is_error(job->was))
		buf_add(&job->first, job->outcome.error);
	else
		tell_findings(&job->findings, &job->first);
	job->is_again = true;
	job->outcome.findings = NULL;
	job->outcome.before = (struct compare_answer){0};
	job->outcome.after = (struct compare_answer){0};
	trial_end(&job->trial);
	buf_deinit(&job->recorded);
	arena_deinit(&job->arena);
	arena_init(&job->arena);
}

void job_believe(struct job *job)
{
	job_skip(job, job->was, span_skip(buf_span(&job->first), strlen(AT_FIRST)));
}
