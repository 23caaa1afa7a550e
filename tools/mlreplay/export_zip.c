/* Bodies are named by their SHA-1, so that one that several entries have is there once, and stored
 * where they are photos. Both the HAR file and the bodies wait in scratches until the end. */
#include <stdio.h>

#include "base/mem.h"
#include "io/digest.h"
#include "mlreplay/export_entry.h"
#include "mlreplay/export_file.h"
#include "mlreplay/new_file.h"
#include "mlreplay/zipper.h"
#include "wire/har_frame.h"

enum { NAME_MAX_BYTES = DIGEST_SHA1_HEX + 8 };

struct zip {
	struct export_file base;
	struct new_file *file;
	struct zipper *zipper;
	struct scratch *har;
	struct scratch *bodies;
};

/* Names a body, unless it is empty, and adds it, unless it is there. */
static int add_body(
	struct zip *zip, struct span body, bool is_json, char ret_name[NAME_MAX_BYTES], struct err *err)
{
	const struct zipper_file file = {
		ret_name, zip->bodies, scratch_length(zip->bodies), body.n, is_json};
	char hex[DIGEST_SHA1_HEX];

	ret_name[0] = '\0';
	if (!body.n)
		return 0;
	digest_sha1(body, hex);
	(void)snprintf(
		ret_name, NAME_MAX_BYTES, "%.*s.%s", DIGEST_SHA1_HEX, hex, is_json ? "json" : "dat");
	if (zipper_has(zip->zipper, ret_name))
		return 0;
	return scratch_add(zip->bodies, body, err) < 0 ? -1 : zipper_add(zip->zipper, &file, err);
}

static int add_entry(
	struct zip *zip, struct export_entry *entry, const struct export_sums *sums, struct err *err)
{
	struct har_answer *answer = &entry->entry.answer;
	bool is_json = span_starts(answer->mime_type, SPAN_LITERAL("application/json"));
	BUF_AUTO struct buf line = {0};
	BUF_AUTO struct buf lines = {0};
	char request_name[NAME_MAX_BYTES];
	char answer_name[NAME_MAX_BYTES];

	if (add_body(zip, buf_span(&entry->request), false, request_name, err) < 0 ||
		add_body(zip, answer->body, is_json, answer_name, err) < 0)
		return -1;
	har_write_beside(&entry->entry, span_of(request_name), span_of(answer_name), &line);
	if (sums->entries == 1)
		har_frame_begin(&lines);
	har_frame_add(&lines, buf_span(&line), sums->entries == 1);
	return scratch_add(zip->har, buf_span(&lines), err);
}

static enum command_end on_add(
	struct export_file *file, const struct walk *walk, struct export_sums *sums, struct err *err)
{
	struct zip *zip = (struct zip *)file;
	struct export_entry entry;
	int result;

	if (export_entry_read(walk, HAR_LINE_MAX, &entry, err) < 0)
		return COMMAND_CORRUPT;
	export_entry_count(&entry, sums);
	result = add_entry(zip, &entry, sums, err);
	export_entry_deinit(&entry);
	return result < 0 ? COMMAND_INCONCLUSIVE : COMMAND_SAME;
}

static int on_end(struct export_file *file, struct export_sums *sums, struct err *err)
{
	struct zip *zip = (struct zip *)file;
	struct zipper_file har = {.name = "har.har", .scratch = zip->har, .is_packed = true};
	BUF_AUTO struct buf rest = {0};

	if (!sums->entries)
		har_frame_begin(&rest);
	buf_add(&rest, har_frame_end);
	if (scratch_add(zip->har, buf_span(&rest), err) < 0)
		return -1;
	har.length = scratch_length(zip->har);
	if (zipper_add(zip->zipper, &har, err) < 0 || zipper_end(zip->zipper, &sums->bytes, err) < 0)
		return -1;
	return new_file_end(zip->file, err);
}

static void on_free(struct export_file *file)
{
	struct zip *zip = (struct zip *)file;

	zipper_free(zip->zipper);
	scratch_free(zip->har);
	scratch_free(zip->bodies);
	new_file_free(zip->file);
	mem_free(zip);
}

int export_zip_begin(
	const char *path, bool may_replace, struct export_file **ret_file, struct err *err)
{
	static const struct export_file_ops ops = {on_add, on_end, on_free};
	struct zip *zip = mem_new(1, sizeof *zip);

	zip->base.ops = &ops;
	if (new_file_begin(path, may_replace, &zip->file, err) < 0 || scratch_new(&zip->har, err) < 0 ||
		scratch_new(&zip->bodies, err) < 0 ||
		zipper_new(new_file_descriptor(zip->file), path, &zip->zipper, err) < 0) {
		on_free(&zip->base);
		return -1;
	}
	*ret_file = &zip->base;
	return 0;
}
