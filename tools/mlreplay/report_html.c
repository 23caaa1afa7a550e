/* One page that needs nothing but itself: no script, and a policy that lets none run, whatever is
 * in the capture; all that comes from there goes through markup_add().
 *
 *     verdict, what to do ─ latency ─ the worst exchanges: picture, boxes, findings, a command
 */
#include "base/mem.h"
#include "base/utc.h"
#include "mlreplay/chart.h"
#include "mlreplay/html_parts.h"
#include "mlreplay/overlay.h"
#include "mlreplay/report.h"
#include "mlreplay/report_file.h"
#include "mlreplay/worst.h"

enum { MILLION = 1000000 };

struct report_html {
	struct report report; /* first */
	const struct report_setup *setup;
	struct report_file file;
	struct worst worst;
	struct chart chart;
};

/* -- an exchange ----------------------------------------------------------------------------- */

static void add_picture(
	const struct report_html *html, const struct outcome *outcome, struct buf *out)
{
	struct snapshot snapshot;
	struct err why;

	if (snapshot_read(html->setup->reader, outcome->entry, &snapshot, &why)) {
		overlay_add(outcome, &snapshot, out);
		buf_add_text(out, "<p class=\"key\"><b class=\"before\"></b>before "
						  "<b class=\"after\"></b>after</p>\n");
	} else if (*why.text) {
		html_add_paragraph(out, span_of(why.text));
	}
	snapshot_deinit(&snapshot);
}

static void add_exchange(
	const struct report_html *html, const struct outcome *outcome, struct buf *out)
{
	html_add_title(outcome, worst_word(outcome), out);
	if (outcome->error.n)
		html_add_paragraph(out, outcome->error);
	add_picture(html, outcome, out);
	if (outcome->findings)
		html_add_findings(outcome->findings, out);
	html_add_command(outcome, html->setup, out);
	buf_add_text(out, "</article>\n");
}

static void on_outcome(struct report *report, const struct outcome *outcome)
{
	struct report_html *html = (struct report_html *)report;
	struct buf *out = worst_add(&html->worst, outcome);

	if (outcome->latency_ns >= 0)
		chart_note(&html->chart, &(struct chart_point){outcome->intended_ns, outcome->latency_ns,
									 worst_weigh(outcome) >= WORST_FAIL});
	if (out)
		add_exchange(html, outcome, out);
}

/* -- the page -------------------------------------------------------------------------------- */

static void add_head(enum verdict_word word, struct buf *out)
{
	buf_add_text(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
					  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
					  "img-src data:; style-src 'unsafe-inline'\">\n"
					  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
	buf_add_format(out, "<title>mlreplay: %s</title>\n<style>\n", verdict_words[word]);
	buf_add(out, html_style);
	buf_add_format(out, "</style></head>\n<body class=\"%s\">\n", verdict_words[word]);
}

static void add_verdict(
	const struct report_html *html, const struct report_end *end, struct buf *out)
{
	const struct report_setup *setup = html->setup;
	int64_t us = setup->started_us;
	char started[UTC_LENGTH];

	utc_write(us / MILLION, (unsigned)(us % MILLION / 1000), started);
	buf_add_format(out, "<h1>%s</h1>\n", verdict_words[report_word(end)]);
	if (end->was_interrupted)
		html_add_paragraph(out, SPAN_LITERAL("It was interrupted: this is not all of it."));
	if (report_is_of_little(end))
		html_add_paragraph(out, SPAN_LITERAL("Most requests were skipped: see below."));
	if (end->fail_if) {
		buf_add_text(out, "<p class=\"fail\">failed: ");
		html_add_text(out, span_of(end->fail_if));
		buf_add_text(out, "</p>\n");
	}
	html_add_tasks(end->verdict, out);
	buf_add_text(out, "<dl>\n");
	html_add_fact(out, "capture", span_of(setup->capture));
	html_add_fact(out, "target", span_of(setup->target));
	html_add_fact(out, "baseline", span_of(setup->baseline));
	html_add_fact(out, "tolerance", span_of(setup->tolerance));
	html_add_fact(out, "begun", (struct span){started, sizeof started});
	html_add_totals(verdict_totals(end->verdict), out);
	html_add_recall(end->verdict, out);
	buf_add_text(out, "</dl>\n");
}

static void add_latency(
	const struct report_html *html, const struct report_end *end, struct buf *out)
{
	if (!end->latency.count)
		return;
	buf_add_text(out,
		"<h2>Latency</h2>\n<p>From when a request should have been sent to the end of "
		"its answer.</p>\n<div class=\"wide\"><table>\n<tr><th></th>");
	buf_add_text(out, "<th class=\"number\">p50</th><th class=\"number\">p90</th>"
					  "<th class=\"number\">p95</th><th class=\"number\">p99</th>"
					  "<th class=\"number\">most</th></tr>\n");
	html_add_latency(out, "target", &end->latency);
	html_add_latency(out, "baseline", &end->baseline);
	buf_add_text(out, "</table></div>\n");
	chart_add_histogram(&html->chart, out);
	chart_add_timeline(&html->chart, out);
}

static void add_worst(const struct worst *worst, struct buf *out)
{
	if (!worst->told) {
		html_add_paragraph(out, SPAN_LITERAL("No exchange differs."));
		return;
	}
	buf_add_text(out, "<h2>What differs</h2>\n");
	if (worst->told > worst->count)
		buf_add_format(out, "<p>The worst %zu of %llu exchanges.</p>\n", worst->count,
			(unsigned long long)worst->told);
}

static int on_end(struct report *report, const struct report_end *end, struct err *err)
{
	struct report_html *html = (struct report_html *)report;
	BUF_AUTO struct buf head = {0};

	add_head(report_word(end), &head);
	add_verdict(html, end, &head);
	add_latency(html, end, &head);
	add_worst(&html->worst, &head);
	for (size_t i = 0; i < html->worst.count; i++)
		report_file_add(&html->file, buf_span(&html->worst.items[i].text));
	return report_file_end(&html->file, buf_span(&head), SPAN_LITERAL("</body></html>\n"), err);
}

static void on_free(struct report *report)
{
	struct report_html *html = (struct report_html *)report;

	report_file_close(&html->file);
	worst_deinit(&html->worst);
	mem_free(html);
}

static const struct report_ops ops = {on_outcome, on_end, on_free};

int report_html_new(
	const struct report_setup *setup, const char *path, struct report **ret_report, struct err *err)
{
	struct report_html *html = mem_new(1, sizeof *html);

	html->report.ops = &ops;
	html->setup = setup;
	html->worst.max = WORST_MAX;
	if (report_file_open(&html->file, path, err) < 0) {
		mem_free(html);
		return -1;
	}
	*ret_report = &html->report;
	return 0;
}
