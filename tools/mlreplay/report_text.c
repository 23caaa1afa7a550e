/* What is kept of a run is its worst exchanges, as they will be printed:
 *
 *     #7  ocr PP-OCRv5_mobile: fail
 *         fail  ocr.text[3]: text.changed 0.12 (limit 0): "EXIT" -> "EX1T"
 */
#include "base/mem.h"
#include "mlreplay/phrase.h"
#include "mlreplay/report.h"
#include "mlreplay/worst.h"

enum { WORST_SHOWN = 10, FINDINGS_SHOWN = 5, TASK_COLUMNS = 22, MILLION = 1000000 };

enum colour { PLAIN, RED, YELLOW, GREEN, BOLD };

struct report_text {
	struct report report; /* first */
	const struct report_setup *setup;
	FILE *to;
	bool has_colours;
	struct worst worst;
};

static void add_coloured(
	const struct report_text *text, struct buf *out, enum colour colour, const char *words)
{
	static const char *const codes[] = {
		[PLAIN] = "0", [RED] = "31", [YELLOW] = "33", [GREEN] = "32", [BOLD] = "1"};

	if (text->has_colours)
		buf_add_format(out, "\033[%sm%s\033[0m", codes[colour], words);
	else
		buf_add_text(out, words);
}

/* -- an exchange ----------------------------------------------------------------------------- */

static void add_title(
	const struct report_text *text, const struct outcome *outcome, struct buf *out)
{
	enum colour colour = worst_weigh(outcome) >= WORST_FAIL ? RED : YELLOW;

	buf_add_format(out, "#%llu  ", (unsigned long long)outcome->entry->seq);
	phrase_add_tasks(&outcome->entry->request, outcome->entries, out);
	phrase_add_models(outcome->entries, " ", out);
	buf_add_text(out, ": ");
	add_coloured(text, out, colour, worst_word(outcome));
	buf_add_text(out, "\n");
}

static void add_findings(const struct findings *findings, struct buf *out)
{
	const struct findings_item *worst[FINDINGS_SHOWN];
	size_t shown = findings_worst(findings, worst, FINDINGS_SHOWN);
	size_t more = findings->count - shown + findings->dropped;

	for (size_t i = 0; i < shown; i++) {
		buf_add_text(out, "    ");
		phrase_add_finding(worst[i], out);
		buf_add_text(out, "\n");
	}
	if (more)
		buf_add_format(out, "    and %zu more\n", more);
}

static void add_exchange(
	const struct report_text *text, const struct outcome *outcome, struct buf *out)
{
	add_title(text, outcome, out);
	if (outcome->error.n) {
		buf_add_text(out, "    ");
		buf_add_visible(out, outcome->error);
		buf_add_text(out, "\n");
	}
	if (outcome->findings)
		add_findings(outcome->findings, out);
}

static void on_outcome(struct report *report, const struct outcome *outcome)
{
	struct report_text *text = (struct report_text *)report;
	struct buf *out = worst_add(&text->worst, outcome);

	if (out)
		add_exchange(text, outcome, out);
}

/* -- the end --------------------------------------------------------------------------------- */

static void add_worst(const struct worst *worst, struct buf *out)
{
	for (size_t i = 0; i < worst->count; i++)
		buf_add(out, buf_span(&worst->items[i].text));
	if (worst->told > worst->count)
		buf_add_format(out, "and %llu more exchanges that are not the same\n",
			(unsigned long long)(worst->told - worst->count));
	if (worst->told)
		buf_add_text(out, "\n");
}

static void add_task(const struct verdict_task *task, struct buf *out)
{
	BUF_AUTO struct buf name = {0};
	BUF_AUTO struct buf advice = {0};

	buf_add_visible(&name, span_first(task->name, PHRASE_WORD_BYTES));
	verdict_write_advice(task, &advice);
	buf_add(out, buf_span(&name));
	buf_add_format(out, "%*s", name.n < TASK_COLUMNS ? (int)(TASK_COLUMNS - name.n) : 1, "");
	buf_add_format(out, "%8zu  %11zu  %8zu  ", task->compared, task->regressions, task->warnings);
	buf_add_visible(out, buf_span(&advice));
	buf_add_text(out, "\n");
}

static void add_tasks(const struct verdict *verdict, struct buf *out)
{
	size_t count = verdict_task_count(verdict);

	if (count)
		buf_add_format(
			out, "%-*scompared  regressions  warnings  what to do\n", TASK_COLUMNS, "task");
	for (size_t i = 0; i < count; i++)
		add_task(verdict_task(verdict, i), out);
	if (count)
		buf_add_text(out, "\n");
}

static void add_recall(const struct verdict *verdict, struct buf *out)
{
	struct verdict_recall recall;

	verdict_recall(verdict, &recall);
	if (recall.new_to_new >= 0)
		buf_add_format(out, "search by image: %.1f %% of the %zu nearest stay, of %zu images\n",
			100 * recall.new_to_new, recall.k, recall.images);
	if (recall.text_to_old >= 0)
		buf_add_format(out,
			"search by text, new texts among old images: %.1f %% of the %zu nearest stay, of %zu "
			"texts\n",
			100 * recall.text_to_old, recall.k, recall.texts);
}

static void add_latency(const char *of, const struct report_latency *latency, struct buf *out)
{
	if (!latency->count)
		return;
	buf_add_format(out, "%-9s p50 %.1f ms, p90 %.1f ms, p95 %.1f ms, p99 %.1f ms, max %.1f ms\n",
		of, (double)latency->p50_ns / MILLION, (double)latency->p90_ns / MILLION,
		(double)latency->p95_ns / MILLION, (double)latency->p99_ns / MILLION,
		(double)latency->max_ns / MILLION);
}

static void add_totals(const struct verdict_totals *totals, struct buf *out)
{
	const struct {
		uint64_t number;
		const char *name;
	} counts[] = {
		{totals->compared, "compared"},
		{totals->regressions, "regressions"},
		{totals->warnings, "warnings"},
		{totals->unstable, "unstable"},
		{totals->errors, "errors"},
		{totals->skipped, "skipped"},
		{totals->unreached, "unreached"},
	};

	buf_add_format(out, "%llu requests", (unsigned long long)totals->requests);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (counts[i].number || !i)
			buf_add_format(out, ", %llu %s", (unsigned long long)counts[i].number, counts[i].name);
	buf_add_text(out, "\n");
}

static void add_little(
	const struct report_text *text, const struct verdict_totals *totals, struct buf *out)
{
	add_coloured(text, out, YELLOW, "most were skipped: ");
	buf_add_format(out, "this is said of %llu of %llu requests alone\n",
		(unsigned long long)(totals->requests - totals->skipped),
		(unsigned long long)totals->requests);
}

static void add_verdict(
	const struct report_text *text, const struct report_end *end, struct buf *out)
{
	static const enum colour colours[VERDICT_WORDS] = {
		[VERDICT_SAME] = GREEN, [VERDICT_REGRESSION] = RED, [VERDICT_INCONCLUSIVE] = YELLOW};
	enum verdict_word word = report_word(end);

	if (end->was_interrupted)
		buf_add_text(out, "interrupted: this is not all of it\n");
	if (end->fail_if) {
		add_coloured(text, out, RED, "failed: ");
		buf_add_visible(out, span_of(end->fail_if));
		buf_add_text(out, "\n");
	}
	if (report_is_of_little(end))
		add_little(text, verdict_totals(end->verdict), out);
	buf_add_text(out, "verdict: ");
	add_coloured(text, out, colours[word], verdict_words[word]);
	buf_add_text(out, "\n");
}

static void add_setup(const struct report_text *text, struct buf *out)
{
	const struct report_setup *setup = text->setup;

	buf_add_visible(out, span_of(setup->capture));
	buf_add_text(out, " against ");
	buf_add_visible(out, span_of(setup->target));
	buf_add_text(out, ", tolerance ");
	buf_add_visible(out, span_of(setup->tolerance));
	buf_add_text(out, "\n\n");
}

static int on_end(struct report *report, const struct report_end *end, struct err *err)
{
	struct report_text *text = (struct report_text *)report;
	BUF_AUTO struct buf out = {0};

	add_setup(text, &out);
	add_worst(&text->worst, &out);
	add_tasks(end->verdict, &out);
	add_recall(end->verdict, &out);
	add_latency("latency:", &end->latency, &out);
	add_latency("baseline:", &end->baseline, &out);
	add_totals(verdict_totals(end->verdict), &out);
	add_verdict(text, end, &out);
	if (fwrite(out.bytes, 1, out.n, text->to) == out.n && fflush(text->to) == 0)
		return 0;
	return err_set(err, ERR_INTERNAL, "stdout: it cannot be written");
}

static void on_free(struct report *report)
{
	struct report_text *text = (struct report_text *)report;

	worst_deinit(&text->worst);
	mem_free(text);
}

static const struct report_ops ops = {on_outcome, on_end, on_free};

struct report *report_text_new(const struct report_setup *setup, FILE *out, bool has_colours)
{
	struct report_text *text = mem_new(1, sizeof *text);

	text->report.ops = &ops;
	text->setup = setup;
	text->to = out;
	text->has_colours = has_colours;
	text->worst.max = WORST_SHOWN;
	return &text->report;
}
