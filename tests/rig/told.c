#include "rig/told.h"

#include <math.h>

static void write_item(const struct findings_item *item, struct buf *out)
{
	static const char *const levels[] = {"same", "warn", "fail"};

	buf_add_format(out, "%s%s %s", levels[item->level], item->is_borderline ? " borderline" : "",
		findings_words[item->kind]);
	if (item->path.n)
		buf_add_format(out, " %.*s", SPAN_ARG(item->path));
	if (!isnan(item->limit))
		buf_add_format(out, " [%.3g > %.3g]", item->value, item->limit);
	if (item->before.n || item->after.n)
		buf_add_format(out, ": %.*s > %.*s", SPAN_ARG(item->before), SPAN_ARG(item->after));
	buf_add_text(out, "\n");
}

void told_write(const struct findings *findings, struct buf *out)
{
	for (size_t i = 0; i < findings->count; i++)
		write_item(&findings->items[i], out);
}
