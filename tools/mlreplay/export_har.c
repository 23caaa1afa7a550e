#include "mlreplay/export_har.h"

#include "base/mem.h"
#include "mlreplay/export_entry.h"
#include "mlreplay/new_file.h"
#include "wire/har_frame.h"

struct export_har {
	struct new_file *file;
	struct buf lines;
};

int export_har_begin(
	const char *path, bool may_replace, struct export_har **ret_har, struct err *err)
{
	struct new_file *file;

	if (new_file_begin(path, may_replace, &file, err) < 0)
		return -1;
	*ret_har = mem_new(1, sizeof **ret_har);
	(*ret_har)->file = file;
	har_frame_begin(&(*ret_har)->lines);
	return 0;
}

static int flush(struct export_har *har, struct export_sums *sums, struct err *err)
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

enum command_end export_har_add(
	struct export_har *har, const struct walk *walk, struct export_sums *sums, struct err *err)
{
	BUF_AUTO struct buf line = {0};
	struct export_entry entry;
	int result;

	if (export_entry_read(walk, EXPORT_EMBEDDED_MAX, &entry, err) < 0)
		return COMMAND_CORRUPT;
	write_line(&entry, &line);
	sums->requests_lacking += entry.entry.request.lacks_body != NULL;
	sums->answers_lacking += entry.entry.answer.lacks_body != NULL;
	har_frame_add(&har->lines, buf_span(&line), sums->entries == 0);
	sums->entries++;
	result = flush(har, sums, err);
	export_entry_deinit(&entry);
	return result < 0 ? COMMAND_INCONCLUSIVE : COMMAND_SAME;
}

int export_har_end(struct export_har *har, struct export_sums *sums, struct err *err)
{
	buf_add(&har->lines, har_frame_end);
	return flush(har, sums, err) < 0 ? -1 : new_file_end(har->file, err);
}

void export_har_free(struct export_har *har)
{
	if (!har)
		return;
	new_file_free(har->file);
	buf_deinit(&har->lines);
	mem_free(har);
}
