#include "mlreplay/html_parts.h"

#include <math.h>

#include "mlreplay/markup.h"
#include "mlreplay/phrase.h"
#include "mlreplay/show_curl.h"

enum { FINDINGS_SHOWN = 100, MILLION = 1000000 };

void html_add_text(struct buf *out, struct span text)
{
	markup_add(out, text);
}

void html_add_paragraph(struct buf *out, struct span text)
{
	buf_add_text(out, "<p>");
	markup_add(out, text);
	buf_add_text(out, "</p>\n");
}

/* -- facts ----------------------------------------------------------------------------------- */

void html_add_fact(struct buf *out, const char *name, struct span value)
{
	buf_add_format(out, "<dt>%s</dt><dd>", name);
	markup_add(out, value);
	buf_add_text(out, "</dd>\n");
}

void html_add_totals(const struct verdict_totals *totals, struct buf *out)
{
	const struct {
		const char *name;
		uint64_t number;
	} counts[] = {
		{"requests", totals->requests},
		{"compared", totals->compared},
		{"regressions", totals->regressions},
		{"warnings", totals->warnings},
		{"unstable", totals->unstable},
		{"errors", totals->errors},
		{"skipped", totals->skipped},
		{"unreached", totals->unreached},
	};

	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if (counts[i].number || i < 2)
			buf_add_format(out, "<dt>%s</dt><dd>%llu</dd>\n", counts[i].name,
				(unsigned long long)counts[i].number);
}

void html_add_recall(const struct verdict *verdict, struct buf *out)
{
	struct verdict_recall recall;

	verdict_recall(verdict, &recall);
	if (recall.new_to_new >= 0)
		buf_add_format(out,
			"<dt>search by image</dt><dd>%.1f %% of the %zu nearest stay, of %zu images</dd>\n",
			100 * recall.new_to_new, recall.k, recall.images);
	if (recall.text_to_old >= 0)
		buf_add_format(out,
			"<dt>search by text</dt><dd>%.1f %% of the %zu nearest stay, new texts among old "
			"images, of %zu texts</dd>\n",
			100 * recall.text_to_old, recall.k, recall.texts);
}

/* -- tables ---------------------------------------------------------------------------------- */

static void add_number(struct buf *out, double number)
{
	if (isnan(number))
		buf_add_text(out, "<td class=\"number\"></td>");
	else
		buf_add_format(out, "<td class=\"number\">%.3g</td>", number);
}

static void add_count(struct buf *out, size_t count)
{
	buf_add_format(out, "<td class=\"number\">%zu</td>", count);
}

static void add_cell(struct buf *out, struct span text)
{
	buf_add_text(out, "<td>");
	markup_add(out, text);
	buf_add_text(out, "</td>");
}

static void add_task(const struct verdict_task *task, struct buf *out)
{
	buf_add_text(out, "<tr>");
	add_cell(out, span_first(task->name, PHRASE_WORD_BYTES));
	add_count(out, task->compared);
	add_count(out, task->regressions);
	add_count(out, task->warnings);
	add_number(out, task->sum.vectors ? task->sum.distance_max : NAN);
	buf_add_text(out, "</tr>\n");
}

static void add_advice(const struct verdict_task *task, struct buf *out)
{
	BUF_AUTO struct buf advice = {0};

	verdict_write_advice(task, &advice);
	buf_add_text(out, "<li><b>");
	markup_add(out, span_first(task->name, PHRASE_WORD_BYTES));
	buf_add_text(out, "</b>: ");
	markup_add(out, buf_span(&advice));
	buf_add_text(out, "</li>\n");
}

void html_add_tasks(const struct verdict *verdict, struct buf *out)
{
	size_t count = verdict_task_count(verdict);

	if (!count)
		return;
	buf_add_text(out, "<ul>\n");
	for (size_t i = 0; i < count; i++)
		add_advice(verdict_task(verdict, i), out);
	buf_add_text(out, "</ul>\n");
	buf_add_text(out,
		"<div class=\"wide\"><table>\n<tr><th>task</th><th "
		"class=\"number\">compared</th><th class=\"number\">regressions</th><th "
		"class=\"number\">warnings</th><th class=\"number\">cosine distance</th></tr>\n");
	for (size_t i = 0; i < count; i++)
		add_task(verdict_task(verdict, i), out);
	buf_add_text(out, "</table></div>\n");
}

void html_add_latency(struct buf *out, const char *of, const struct report_latency *latency)
{
	const int64_t all[] = {
		latency->p50_ns, latency->p90_ns, latency->p95_ns, latency->p99_ns, latency->max_ns};

	if (!latency->count)
		return;
	buf_add_format(out, "<tr><td>%s</td>", of);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		buf_add_format(out, "<td class=\"number\">%.1f ms</td>", (double)all[i] / MILLION);
	buf_add_text(out, "</tr>\n");
}

/* -- an exchange ----------------------------------------------------------------------------- */

void html_add_title(const struct outcome *outcome, const char *word, struct buf *out)
{
	unsigned long long seq = outcome->entry->seq;
	BUF_AUTO struct buf asked = {0};

	phrase_add_tasks(&outcome->entry->request, outcome->entries, &asked);
	phrase_add_models(outcome->entries, " ", &asked);
	buf_add_format(out, "<article id=\"e%llu\">\n<h3>#%llu ", seq, seq);
	markup_add(out, buf_span(&asked));
	buf_add_format(out, ": <span class=\"%s\">%s</span></h3>\n", word, word);
}

static void add_finding(const struct findings_item *item, struct buf *out)
{
	const char *level = phrase_levels[item->level];

	buf_add_format(out, "<tr><td class=\"%s\">%s%s</td><td>%s</td>", level, level,
		item->is_borderline ? ", borderline" : "", findings_words[item->kind]);
	add_cell(out, item->path);
	add_number(out, item->value);
	add_number(out, item->limit);
	add_cell(out, item->before);
	add_cell(out, item->after);
	buf_add_text(out, "</tr>\n");
}

void html_add_findings(const struct findings *findings, struct buf *out)
{
	const struct findings_item *worst[FINDINGS_SHOWN];
	size_t shown = findings_worst(findings, worst, FINDINGS_SHOWN);
	size_t more = findings->count - shown + findings->dropped;

	for (size_t i = 0; i < findings->task_count; i++) {
		const struct findings_task *task = &findings->tasks[i];

		if (!task->vectors)
			continue;
		buf_add_text(out, "<p>");
		markup_add(out, span_first(task->name, PHRASE_WORD_BYTES));
		buf_add_format(out, ": cosine distance %.3g at most, of %zu vectors</p>\n",
			task->distance_max, task->vectors);
	}
	if (!shown)
		return;
	buf_add_text(out, "<div class=\"wide\"><table>\n<tr><th></th><th></th><th>where</th><th "
					  "class=\"number\">value</th><th class=\"number\">limit</th><th>before</th>"
					  "<th>after</th></tr>\n");
	for (size_t i = 0; i < shown; i++)
		add_finding(worst[i], out);
	buf_add_text(out, "</table></div>\n");
	if (more)
		buf_add_format(out, "<p>and %zu more</p>\n", more);
}

static bool is_url(const char *target)
{
	return strncmp(target, "http://", 7) == 0 || strncmp(target, "https://", 8) == 0;
}

void html_add_command(
	const struct outcome *outcome, const struct report_setup *setup, struct buf *out)
{
	struct har_entry entry = *outcome->entry;
	BUF_AUTO struct buf url = {0};
	BUF_AUTO struct buf command = {0};
	struct err err;

	if (is_url(setup->target)) {
		buf_add_format(&url, "%s/predict", setup->target);
		entry.request.url = buf_span(&url);
	}
	if (show_curl_write(&entry, setup->capture, &command, &err) < 0) {
		html_add_paragraph(out, span_of(err.text));
		return;
	}
	buf_add_text(out, "<pre>");
	markup_add(out, buf_span(&command));
	buf_add_text(out, "</pre>\n");
}
