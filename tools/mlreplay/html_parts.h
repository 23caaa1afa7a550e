/* html_parts: what the page of a run consists of. Whatever a capture or a server says is text
 * there, and nothing else. */
#ifndef MLREPLAY_HTML_PARTS_H
#define MLREPLAY_HTML_PARTS_H

#include "mlreplay/report.h"

/* static/report.css */
extern const struct span html_style;

void html_add_text(struct buf *out, struct span text);
void html_add_paragraph(struct buf *out, struct span text);

/* A row of a <dl>. */
void html_add_fact(struct buf *out, const char *name, struct span value);
void html_add_totals(const struct verdict_totals *totals, struct buf *out);
void html_add_recall(const struct verdict *verdict, struct buf *out);

/* What to do about each task, and a table of how many of its answers differ, and how far. */
void html_add_tasks(const struct verdict *verdict, struct buf *out);

/* A row of the table of latencies; nothing where nothing was measured. */
void html_add_latency(struct buf *out, const char *of, const struct report_latency *latency);

/* Begins an <article>. */
void html_add_title(const struct outcome *outcome, const char *word, struct buf *out);
void html_add_findings(const struct findings *findings, struct buf *out);

/* How to ask that again. */
void html_add_command(
	const struct outcome *outcome, const struct report_setup *setup, struct buf *out);

#endif
