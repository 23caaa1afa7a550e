/* A test suite in which each exchange is a test case, named for what it asks: what differs is a
 * failure, no answer an error. What is only warned of is written with a case that has passed.
 */
#include "base/mem.h"
#include "base/utc.h"
#include "mlreplay/markup.h"
#include "mlreplay/phrase.h"
#include "mlreplay/report.h"
#include "mlreplay/report_file.h"

enum { MILLION = 1000000, BILLION = 1000000000 };

struct report_junit {
	struct report report; /* first */
	const struct report_setup *setup;
	struct report_file file;
	struct buf text;
	uint64_t failures;
	uint64_t errors;
	uint64_t skipped;
	uint64_t count;
};

static void add_attribute(struct buf *out, const char *name, struct span value)
{
	buf_add_format(out, " %s=\"", name);
	markup_add(out, value);
	buf_add_text(out, "\"");
}

static void add_seconds(struct buf *out, int64_t ns)
{
	if (ns >= 0)
		buf_add_format(out, " time=\"%.6f\"", (double)ns / BILLION);
}

/* -- a case ---------------------------------------------------------------------------------- */

/* What its element is called; NULL: it has passed. */
static const char *count_outcome(struct report_junit *junit, const struct outcome *outcome)
{
	junit->count++;
	switch (outcome->outcome) {
	case VERDICT_ERROR:
	case VERDICT_BROKEN:
	case VERDICT_UNREACHED: junit->errors++; return "error";
	case VERDICT_SKIPPED: junit->skipped++; return "skipped";
	case VERDICT_UNSTABLE: return NULL;
	case VERDICT_COMPARED:
		if (outcome->findings->level < FINDINGS_FAIL)
			return NULL;
		junit->failures++;
		return "failure";
	}
	__builtin_unreachable();
}

static void add_findings(const struct findings *findings, struct buf *out)
{
	for (size_t i = 0; i < findings->count; i++) {
		BUF_AUTO struct buf line = {0};

		phrase_add_finding(&findings->items[i], &line);
		markup_add(out, buf_span(&line));
		buf_add_text(out, "\n");
	}
	if (findings->dropped)
		buf_add_format(out, "and %zu more\n", findings->dropped);
}

static void add_message(const struct outcome *outcome, struct buf *out)
{
	BUF_AUTO struct buf line = {0};

	if (outcome->outcome != VERDICT_COMPARED)
		buf_add_visible(&line, outcome->error);
	else if (outcome->findings->count)
		phrase_add_finding(&outcome->findings->items[0], &line);
	add_attribute(out, "message", buf_span(&line));
}

static void add_unstable(struct span error, struct buf *out)
{
	BUF_AUTO struct buf line = {0};

	buf_add_text(&line, "unstable: it differed, and was the same when asked again alone; ");
	buf_add_visible(&line, error);
	markup_add(out, buf_span(&line));
	buf_add_text(out, "\n");
}

static void add_result(struct report_junit *junit, const struct outcome *outcome)
{
	const struct findings *findings = outcome->findings;
	const char *element = count_outcome(junit, outcome);
	struct buf *out = &junit->text;
	bool is_unstable = outcome->outcome == VERDICT_UNSTABLE;

	if (!element && !is_unstable && !findings->count)
		return;
	buf_add_format(out, "<%s", element ? element : "system-out");
	if (element)
		add_message(outcome, out);
	buf_add_text(out, ">");
	if (is_unstable)
		add_unstable(outcome->error, out);
	if (findings)
		add_findings(findings, out);
	buf_add_format(out, "</%s>", element ? element : "system-out");
}

static void on_outcome(struct report *report, const struct outcome *outcome)
{
	struct report_junit *junit = (struct report_junit *)report;
	const struct har_entry *entry = outcome->entry;
	struct buf *out = &junit->text;
	BUF_AUTO struct buf tasks = {0};
	BUF_AUTO struct buf name = {0};

	phrase_add_tasks(&entry->request, outcome->entries, &tasks);
	buf_add_format(&name, "#%llu", (unsigned long long)entry->seq);
	phrase_add_models(outcome->entries, " ", &name);
	buf_reset(out);
	buf_add_text(out, "<testcase");
	add_attribute(out, "classname", buf_span(&tasks));
	add_attribute(out, "name", buf_span(&name));
	add_seconds(out, outcome->latency_ns);
	buf_add_text(out, ">");
	add_result(junit, outcome);
	buf_add_text(out, "</testcase>\n");
	report_file_add(&junit->file, buf_span(out));
}

/* -- the suite ------------------------------------------------------------------------------- */

/* A condition on the whole run is a case of its own. */
static void add_condition(struct report_junit *junit, const char *condition)
{
	struct buf *out = &junit->text;

	junit->count++;
	junit->failures++;
	buf_reset(out);
	buf_add_text(out, "<testcase classname=\"mlreplay\"");
	add_attribute(out, "name", span_of(condition));
	buf_add_text(out, "><failure message=\"the run has failed it\"></failure></testcase>\n");
	report_file_add(&junit->file, buf_span(out));
}

static void add_head(
	const struct report_junit *junit, const struct report_end *end, struct buf *out)
{
	int64_t us = junit->setup->started_us;
	char started[UTC_LENGTH];

	utc_write(us / MILLION, (unsigned)(us % MILLION / 1000), started);
	buf_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite");
	add_attribute(out, "name", span_of(junit->setup->capture));
	buf_add_format(out, " tests=\"%llu\" failures=\"%llu\" errors=\"%llu\" skipped=\"%llu\"",
		(unsigned long long)junit->count, (unsigned long long)junit->failures,
		(unsigned long long)junit->errors, (unsigned long long)junit->skipped);
	add_seconds(out, end->duration_ns);
	add_attribute(out, "timestamp", (struct span){started, sizeof started});
	buf_add_text(out, ">\n<properties><property name=\"target\"");
	add_attribute(out, "value", span_of(junit->setup->target));
	buf_add_text(out, "/><property name=\"verdict\"");
	add_attribute(out, "value", span_of(verdict_words[report_word(end)]));
	buf_add_text(out, "/></properties>\n");
}

static int on_end(struct report *report, const struct report_end *end, struct err *err)
{
	struct report_junit *junit = (struct report_junit *)report;
	BUF_AUTO struct buf head = {0};

	if (end->fail_if)
		add_condition(junit, end->fail_if);
	add_head(junit, end, &head);
	return report_file_end(
		&junit->file, buf_span(&head), SPAN_LITERAL("</testsuite>\n</testsuites>\n"), err);
}

static void on_free(struct report *report)
{
	struct report_junit *junit = (struct report_junit *)report;

	report_file_close(&junit->file);
	buf_deinit(&junit->text);
	mem_free(junit);
}

static const struct report_ops ops = {on_outcome, on_end, on_free};

int report_junit_new(
	const struct report_setup *setup, const char *path, struct report **ret_report, struct err *err)
{
	struct report_junit junit = {.report = {&ops}, .setup = setup};
	struct report_junit *copy;

	if (report_file_open(&junit.file, path, err) < 0)
		return -1;
	copy = mem_new(1, sizeof *copy);
	*copy = junit;
	*ret_report = &copy->report;
	return 0;
}
