#include "io/capture_lines.h"

#include <errno.h>
#include <unistd.h>

#include "base/ascii.h"
#include "wire/har_frame.h"
#include "wire/json.h"

enum { READ_AT_ONCE = 262144 };

void capture_lines_init(struct capture_lines *lines, int fd)
{
	*lines = (struct capture_lines){.fd = fd};
}

void capture_lines_deinit(struct capture_lines *lines)
{
	buf_deinit(&lines->bytes);
}

/* Reads on behind what there is of the line. */
static int read_more(struct capture_lines *lines)
{
	struct buf *bytes = &lines->bytes;
	ssize_t n;

	if (lines->begin) {
		memmove(bytes->bytes, bytes->bytes + lines->begin, bytes->n - lines->begin);
		bytes->n -= lines->begin;
		lines->begin = 0;
	}
	do
		n = pread(lines->fd, buf_reserve(bytes, READ_AT_ONCE), READ_AT_ONCE, (off_t)lines->read);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	lines->is_end = n == 0;
	lines->read += (uint64_t)n;
	bytes->n += (size_t)n;
	return 0;
}

/* Sets *ret_line to what there is up to the line end, which it may have or not. */
static int find_end(struct capture_lines *lines, struct span *ret_line)
{
	size_t looked_at = 0;

	for (;;) {
		struct span rest = span_skip(buf_span(&lines->bytes), lines->begin);
		struct span fresh = span_skip(rest, looked_at);
		const char *end = fresh.n ? memchr(fresh.p, '\n', fresh.n) : NULL;

		lines->is_whole = end;
		*ret_line = end ? span_between(rest.p, end) : rest;
		if (end || lines->is_end)
			return 0;
		looked_at = rest.n;
		if (looked_at > HAR_LINE_MAX) { /* only its length is of interest */
			lines->is_too_long = true;
			lines->begin += looked_at;
			lines->next += looked_at;
			looked_at = 0;
		}
		if (read_more(lines) < 0)
			return -1;
	}
}

int capture_lines_next(struct capture_lines *lines, struct span *ret_line)
{
	struct span line;

	lines->byte = lines->next;
	lines->is_too_long = false;
	if (find_end(lines, &line) < 0)
		return -1;
	if (!lines->is_whole && !line.n && !lines->is_too_long)
		return 0;
	lines->line++;
	lines->begin += line.n + lines->is_whole;
	lines->next += line.n + lines->is_whole;
	*ret_line = lines->is_too_long ? SPAN_EMPTY : line;
	return 1;
}

int capture_lines_entry(
	struct span line, struct arena *arena, struct har_entry *ret_entry, struct err *err)
{
	struct span entry;
	enum json_type type;

	if (har_frame_read(line, &entry) != HAR_LINE_ENTRY)
		return err_set(err, ERR_INVALID, "not a line of an entry");
	if (json_check_whole(entry, &type, err) < 0)
		return -1;
	if (type != JSON_OBJECT)
		return err_set(err, ERR_INVALID, "an entry that is no object");
	return har_read(entry, arena, ret_entry, err);
}
