#include "base/mem.h"
#include "mlreplay/export_entry.h"
#include "mlreplay/export_file.h"
#include "mlreplay/new_file.h"
#include "wire/har_frame.h"

enum { EMBEDDED_MAX = 16777216 }; /* bytes of a request's body */

struct har {
	struct export_file base;
	struct new_file *file;
	struct buf lines;
};

static int flush(struct har *har, struct export_sums *sums, struct err *err)
{
	int result = new_file_add(har->file, buf_span(&har->lines), err);

	sums->bytes += har->lines.n;
	buf_reset(&har->lines);
	return result;
}

/* Control characters are six bytes each in a JSON text: the line of a body that is full of them may
 * be longer than anybody here reads. */
static void write_line(struct export_entry *entry, struct buf *out)
{
	har_write_embedded(&entry->entry, buf_span(&entry->request), out);
	if (out->n <= HAR_LINE_MAX)
		return;
	buf_reset(out);
	export_entry_drop_request(entry);
	har_write_embedded(&entry->entry, SPAN_EMPTY, out);
}

static enum command_end on_add(
	struct export_file *file, const struct walk *walk, struct export_sums *sums, struct err *err)
{
	struct har *har = (struct har *)file;
	BUF_AUTO struct buf line = {0};
	struct export_entry entry;
	int result;

	if (export_entry_read(walk, EMBEDDED_MAX, &entry, err) < 0)
		return COMMAND_CORRUPT;
	write_line(&entry, &line);
	export_entry_count(&entry, sums);
	har_frame_add(&har->lines, buf_span(&line), sums->entries == 1);
	result = flush(har, sums, err);
	export_entry_deinit(&entry);
	return result < 0 ? COMMAND_INCONCLUSIVE : COMMAND_SAME;
}

static int on_end(struct export_file *file, struct export_sums *sums, struct err *err)
{
	struct har *har = (struct har *)file;

	buf_add(&har->lines, har_frame_end);
	return flush(har, sums, err) < 0 ? -1 : new_file_end(har->file, err);
}

static void on_free(struct export_file *file)
{
	struct har *har = (struct har *)file;

	new_file_free(har->file);
	buf_deinit(&har->lines);
	mem_free(har);
}

int export_har_begin(
	const char *path, bool may_replace, struct export_file **ret_file, struct err *err)
{
	static const struct export_file_ops ops = {on_add, on_end, on_free};
	struct new_file *file;
	struct har *har;

	if (new_file_begin(path, may_replace, &file, err) < 0)
		return -1;
	har = mem_new(1, sizeof *har);
	*har = (struct har){.base = {&ops}, .file = file};
	har_frame_begin(&har->lines);
	*ret_file = &har->base;
	return 0;
}
