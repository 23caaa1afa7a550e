#include "bench/head.h"

enum { BODY_MAX = 1 << 30 };

static const struct span empty_line = SPAN_LITERAL("\r\n\r\n");

/* -1 when this line says what the bench has no use for. */
static int read_field(struct span line, bool *has_length, struct head *head)
{
	struct span value = line;
	struct span name = span_cut(&value, ':');
	uint64_t number;

	value = span_trim(value);
	if (span_equal_nocase(name, SPAN_LITERAL("transfer-encoding")) ||
		(span_equal_nocase(name, SPAN_LITERAL("connection")) &&
			span_equal_nocase(value, SPAN_LITERAL("close"))))
		return -1;
	if (!span_equal_nocase(name, SPAN_LITERAL("content-length")))
		return 0;
	if (*has_length || !span_to_number(value, BODY_MAX, &number))
		return -1;
	*has_length = true;
	head->body_bytes = number;
	return 0;
}

int head_read(struct span bytes, struct head *ret_head)
{
	const char *end = memmem(bytes.p, bytes.n, empty_line.p, empty_line.n);
	struct span lines;
	struct head head = {0};
	bool has_length = false;

	if (!end)
		return 0;
	lines = span_between(bytes.p, end + 2);
	head.n = lines.n + 2;
	head.line = span_trim(span_cut(&lines, '\r'));
	if (!memmem(head.line.p, head.line.n, "HTTP/1.1", 8))
		return -1;
	while (lines.n > 1) { /* the last line's end, the next line, a CR */
		lines = span_skip(lines, 1);
		if (read_field(span_cut(&lines, '\r'), &has_length, &head) < 0)
			return -1;
	}
	*ret_head = head;
	return 1;
}
