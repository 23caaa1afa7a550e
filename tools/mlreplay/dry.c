#include "mlreplay/dry.h"

#include "mlreplay/head.h"
#include "mlreplay/job.h"
#include "mlreplay/phrase.h"

static void print(struct buf *line, FILE *out)
{
	buf_add_text(line, "\n");
	(void)fwrite(line->bytes, 1, line->n, out);
}

/* "   1.250 s  #7  POST http://new:3003/predict  231022 bytes  ocr" */
static void print_item(
	const struct dry_setup *setup, const struct feed_item *item, int64_t at_ns, FILE *out)
{
	const struct har_request *request = &item->entry.request;
	BUF_AUTO struct buf line = {0};

	if (at_ns >= 0)
		buf_add_format(&line, "%10.3f s  ", (double)at_ns / 1e9);
	buf_add_format(&line, "#%llu  ", (unsigned long long)item->entry.seq);
	buf_add(&line, request->method); /* which job_check() has seen, as the URL */
	buf_add_text(&line, " ");
	head_write_url(setup->target, request, &line);
	buf_add_format(&line, "  %llu bytes  ", (unsigned long long)request->body_length);
	phrase_add_tasks(request, item->entries, &line);
	print(&line, out);
}

static void print_skipped(const struct feed_item *item, const char *why, FILE *out)
{
	BUF_AUTO struct buf line = {0};

	buf_add_format(&line, "#%llu  not sent: ", (unsigned long long)item->entry.seq);
	buf_add_visible(&line, span_of(why));
	print(&line, out);
}

int dry_run(const struct dry_setup *setup, FILE *out, struct err *err)
{
	struct feed_item *item;
	struct pace pace;
	uint64_t sent = 0;
	uint64_t skipped = 0;
	int64_t at_ns = -1;
	int result;

	pace_init(&pace, setup->pace);
	while ((result = feed_next(setup->feed, &item, err)) == 1) {
		if (job_check(&item->entry, setup->has_baseline, err) < 0) {
			print_skipped(item, err->text, out);
			skipped++;
		} else {
			at_ns = pace_next(&pace, item->entry.started_us);
			print_item(setup, item, at_ns, out);
			sent++;
		}
		feed_give(item);
	}
	(void)fprintf(out, "%llu would be sent", (unsigned long long)sent);
	if (at_ns >= 0)
		(void)fprintf(out, " within %.3f s", (double)at_ns / 1e9);
	(void)fprintf(out, ", %llu would not\n", (unsigned long long)skipped);
	err->kind = ERR_NONE;
	return result;
}
