/* B is read first: its answers go to the shelf. Then A is gone through, and what was asked there is
 * looked for among them: the second time that something was asked is held against the second. */
#include "mlreplay/diff.h"

#include <stdio.h>
#include <time.h>

#include "mlreplay/recorded.h"
#include "mlreplay/reports.h"
#include "mlreplay/shelf.h"
#include "mlreplay/tolerances.h"

struct settings {
	const char *tolerance;
	struct reports_paths reports;
};

struct diff {
	struct judge judge;
	struct walk walk;
	struct shelf shelf;
	struct arena arena; /* of an exchange */
	struct buf before;
	struct buf after;
	struct latency latencies[2]; /* of A, of B */
};

/* -- one side -------------------------------------------------------------------------------- */

static enum command_end shelve_entry(struct diff *diff, struct err *err)
{
	struct compare_answer answer = {0};
	struct span why = SPAN_EMPTY;
	int result = recorded_answer(diff->walk.reader, &diff->walk.entry, &diff->after, &answer, err);

	if (result < 0 && capture_reader_has_removed(diff->walk.reader, &diff->walk.entry)) {
		err->kind = ERR_NONE;
		return COMMAND_SAME;
	}
	if (result < 0) {
		(void)walk_fail(&diff->walk, err);
		return COMMAND_CORRUPT;
	}
	if (result)
		why = span_of(err->text);
	if (shelf_add(&diff->shelf, &diff->walk, &answer, why, err) < 0)
		return COMMAND_INCONCLUSIVE;
	err->kind = ERR_NONE;
	return COMMAND_SAME;
}

static enum command_end shelve(struct diff *diff, const char *path, struct err *err)
{
	enum command_end end = walk_begin(&diff->walk, path, err);
	int result = 1;

	while (end == COMMAND_SAME && (result = walk_next(&diff->walk, err)) > 0)
		if (diff->walk.entry.side == HAR_CLIENT)
			end = shelve_entry(diff, err);
	walk_end(&diff->walk);
	shelf_sort(&diff->shelf);
	return result < 0 ? COMMAND_CORRUPT : end;
}

/* -- the other one --------------------------------------------------------------------------- */

static void skip(struct outcome *outcome, enum verdict_outcome how, struct span why)
{
	outcome->outcome = how;
	outcome->error = why;
}

static struct span tell_other(struct diff *diff, struct span why)
{
	struct buf text = {.arena = &diff->arena};

	buf_add_text(&text, "in the other capture: ");
	buf_add(&text, why);
	return buf_span(&text);
}

/* What of both sides is there is in the outcome, or said by it. 1 when they can be compared. */
static int fetch(struct diff *diff, struct outcome *outcome, struct err *err)
{
	const struct har_entry *entry = &diff->walk.entry;
	struct shelf_answer other;
	int found = shelf_take(&diff->shelf, walk_key(&diff->walk), &diff->after, &other, err);
	int result;

	if (found < 0)
		return -1;
	result = recorded_answer(diff->walk.reader, entry, &diff->before, &outcome->before, err);
	if (result < 0 && !capture_reader_has_removed(diff->walk.reader, entry))
		return walk_fail(&diff->walk, err);
	if (result)
		skip(outcome, VERDICT_SKIPPED, arena_dup(&diff->arena, span_of(err->text)));
	else if (!found)
		skip(outcome, VERDICT_SKIPPED, SPAN_LITERAL("it was not asked in the other capture"));
	else if (other.why.n)
		skip(outcome, VERDICT_ERROR, tell_other(diff, other.why));
	else
		outcome->after = other.answer;
	if (found && other.took_ns >= 0 && !result) {
		latency_note(&diff->latencies[0], recorded_ns(&entry->times));
		latency_note(&diff->latencies[1], other.took_ns);
		outcome->latency_ns = other.took_ns;
	}
	err->kind = ERR_NONE;
	return outcome->after.status != 0;
}

static enum command_end compare_entry(struct diff *diff, struct err *err)
{
	struct outcome outcome = {.entry = &diff->walk.entry,
		.entries = diff->walk.entries,
		.intended_ns = -1,
		.sent_ns = -1,
		.latency_ns = -1};
	struct findings findings;
	int result = fetch(diff, &outcome, err);

	if (result < 0)
		return err->kind == ERR_INVALID ? COMMAND_CORRUPT : COMMAND_INCONCLUSIVE;
	if (result)
		judge_compare(&diff->judge, &diff->arena, &outcome, &findings);
	judge_tell(&diff->judge, &outcome);
	arena_deinit(&diff->arena);
	arena_init(&diff->arena);
	return COMMAND_SAME;
}

static enum command_end compare_all(struct diff *diff, struct err *err)
{
	enum command_end end = COMMAND_SAME;
	int result = 1;

	while (end == COMMAND_SAME && (result = walk_next(&diff->walk, err)) > 0)
		if (diff->walk.entry.side == HAR_CLIENT)
			end = compare_entry(diff, err);
	return result < 0 ? COMMAND_CORRUPT : end;
}

/* -- all of it ------------------------------------------------------------------------------- */

static int64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static enum command_end tell(struct diff *diff, const struct report_setup *setup, struct err *err)
{
	struct report_end end = {.duration_ns = (now_us() - setup->started_us) * 1000};

	size_t alone = diff->shelf.count - diff->shelf.taken;

	if (alone)
		printf("%zu questions were asked in the other capture alone\n", alone);
	latency_report(&diff->latencies[0], &end.baseline);
	latency_report(&diff->latencies[1], &end.latency);
	return reports_end(&diff->judge, &end, err);
}

static enum command_end compare(
	struct diff *diff, const struct settings *settings, struct report_setup *setup, struct err *err)
{
	enum command_end end = shelve(diff, setup->target, err);

	if (end == COMMAND_SAME)
		end = walk_begin(&diff->walk, setup->capture, err);
	if (end != COMMAND_SAME)
		return end;
	setup->reader = diff->walk.reader;
	if (reports_add(&diff->judge, setup, &settings->reports, err) < 0)
		return COMMAND_USAGE;
	end = compare_all(diff, err);
	return end == COMMAND_SAME ? tell(diff, setup, err) : end;
}

static enum command_end run(const void *given, const char *const *operands, struct err *err)
{
	const struct settings *settings = given;
	struct report_setup setup = {.capture = operands[0],
		.target = operands[1],
		.baseline = "recorded",
		.tolerance = settings->tolerance,
		.started_us = now_us()};
	struct tolerance tolerance;
	enum command_end end = COMMAND_USAGE;
	struct diff diff = {0};
	struct arena arena;

	arena_init(&arena);
	arena_init(&diff.arena);
	judge_init(&diff.judge, &tolerance);
	if (tolerances_read(settings->tolerance, &arena, &tolerance, err) == 0)
		end = shelf_init(&diff.shelf, err) < 0 ? COMMAND_INCONCLUSIVE
											   : compare(&diff, settings, &setup, err);
	judge_deinit(&diff.judge);
	walk_end(&diff.walk);
	shelf_deinit(&diff.shelf);
	buf_deinit(&diff.before);
	buf_deinit(&diff.after);
	arena_deinit(&diff.arena);
	arena_deinit(&arena);
	return end;
}

static const struct settings defaults = {.tolerance = "default"};

static const struct words_option options[] = {
	{.name = "tolerance",
		.value = "FILE|PROFILE",
		.help = "how far answers may be apart: default, exact, fp16,\n"
				"runtime, or a file (default)",
		.kind = WORDS_TEXT,
		.offset = offsetof(struct settings, tolerance)},
	REPORTS_OPTIONS(struct settings, reports),
};

const struct command diff_command = {
	.name = "diff",
	.summary = "compare what two captures were answered to the same questions",
	.about = "Compares what two captures were answered to the same questions, without asking\n"
			 "anybody: the answers of B are judged by those of A. What was asked several times\n"
			 "is compared in its order; what was asked in only one of them is not.\n",
	.form = {.operands = {"A", "B"},
		.options = options,
		.option_count = sizeof options / sizeof *options},
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.run = run,
};
