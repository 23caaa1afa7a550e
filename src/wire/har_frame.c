/* The first line says by whom it was written, and has a checksum of that, as an entry has of
 * itself: so each bit of a file is either as it must be, or under a checksum. */
#include "wire/har_frame.h"

#include "wire/har_object.h"

#define BEGINNING "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"mlproxy\",\"version\":\""
#define REST      ",\"pages\":[],\"entries\":["
#define CLOSING   "]}}"

const struct span har_frame_end = {CLOSING "\n", sizeof CLOSING};

void har_frame_begin(struct buf *out)
{
	static const struct span front = SPAN_LITERAL(BEGINNING MLP_VERSION "\"");
	char checksum[sizeof HAR_CHECKSUM_END];

	har_checksum_end(front, checksum);
	buf_add(out, front);
	buf_add_text(out, checksum);
	buf_add_text(out, REST "\n");
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
	return line.n >= front.n + back.n && span_starts(line, front) && span_ends(line, back);
}

static bool is_beginning(struct span line)
{
	enum { CHECKSUM = sizeof HAR_CHECKSUM_END - 1, BEHIND = CHECKSUM + sizeof REST - 1 };
	char checksum[CHECKSUM + 1];
	struct span front;

	if (!is_enclosed(line, SPAN_LITERAL(BEGINNING), SPAN_LITERAL(REST)) ||
		line.n < sizeof BEGINNING - 1 + BEHIND)
		return false;
	front = span_first(line, line.n - BEHIND);
	har_checksum_end(front, checksum);
	return span_is(span_first(span_skip(line, front.n), CHECKSUM), checksum);
}

enum har_line har_frame_read(struct span line, struct span *ret_entry)
{
	struct span entry = span_starts(line, SPAN_LITERAL(",")) ? span_skip(line, 1) : line;

	if (is_enclosed(entry, SPAN_LITERAL("{\"_seq\":"), SPAN_LITERAL("}"))) {
		*ret_entry = entry;
		return HAR_LINE_ENTRY;
	}
	if (is_beginning(line))
		return HAR_LINE_BEGIN;
	return span_is(line, CLOSING) ? HAR_LINE_END : HAR_LINE_OTHER;
}
