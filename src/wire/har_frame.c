#include "wire/har_frame.h"

#define BEGINNING "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"mlproxy\",\"version\":\""
#define REST      "\"},\"pages\":[],\"entries\":["
#define CLOSING   "]}}"

const struct span har_frame_end = {CLOSING "\n", sizeof CLOSING};

void har_frame_begin(struct buf *out)
{
	buf_add_text(out, BEGINNING MLP_VERSION REST "\n");
}

void har_frame_add(struct buf *out, struct span entry, bool is_first)
{
	if (!is_first)
		buf_add_text(out, ",");
	buf_add(out, entry);
	buf_add_text(out, "\n");
}

static bool is_enclosed(struct span line, struct span front, struct span back)
{
	return line.n >= front.n + back.n && span_starts(line, front) &&
		   span_equal(span_skip(line, line.n - back.n), back);
}

enum har_line har_frame_read(struct span line, struct span *ret_entry)
{
	struct span entry = span_starts(line, SPAN_LITERAL(",")) ? span_skip(line, 1) : line;

	if (is_enclosed(entry, SPAN_LITERAL("{\"_seq\":"), SPAN_LITERAL("}"))) {
		*ret_entry = entry;
		return HAR_LINE_ENTRY;
	}
	if (is_enclosed(line, SPAN_LITERAL(BEGINNING), SPAN_LITERAL(REST)))
		return HAR_LINE_BEGIN;
	return span_is(line, CLOSING) ? HAR_LINE_END : HAR_LINE_OTHER;
}
