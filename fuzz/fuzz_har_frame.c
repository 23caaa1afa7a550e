/* What a line is depends on nothing but itself; an entry put into a frame is found there again, and
 * a frame of entries that are JSON is JSON. */
#include "wire/har_frame.h"

#include "fuzz.h"
#include "wire/json.h"

static bool is_json(struct span text)
{
	enum json_type type;
	struct err err;

	return json_check_whole(text, &type, &err) == 0;
}

static void find_again(struct span entry, bool is_first)
{
	BUF_AUTO struct buf line = {0};
	struct span found;

	har_frame_add(&line, entry, is_first);
	must(line.bytes[--line.n] == '\n');
	must(har_frame_read(buf_span(&line), &found) == HAR_LINE_ENTRY && span_equal(found, entry));
}

/* Takes the next line off; *ret_entry is empty when it is none. */
static enum har_line next_line(struct span *rest, struct span *ret_entry)
{
	struct span line = span_cut(rest, '\n');
	enum har_line kind;

	*ret_entry = SPAN_EMPTY;
	kind = har_frame_read(line, ret_entry);
	must((kind == HAR_LINE_ENTRY) == (ret_entry->n > 0));
	must(kind != HAR_LINE_ENTRY || ret_entry->p + ret_entry->n == line.p + line.n);
	must(kind != HAR_LINE_END || span_equal(line, span_first(har_frame_end, line.n)));
	return kind;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = {(const char *)data, size};
	BUF_AUTO struct buf file = {0};
	bool is_first = true;
	struct span entry;

	har_frame_begin(&file);
	must(har_frame_read(span_first(buf_span(&file), file.n - 1), &entry) == HAR_LINE_BEGIN);
	while (rest.n) {
		if (next_line(&rest, &entry) != HAR_LINE_ENTRY)
			continue;
		find_again(entry, true);
		find_again(entry, false);
		if (is_json(entry)) {
			har_frame_add(&file, entry, is_first);
			is_first = false;
		}
	}
	buf_add(&file, har_frame_end);
	must(is_json(buf_span(&file)));
	return 0;
}
