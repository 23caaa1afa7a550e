#include "mlreplay/walk.h"

#include <stdio.h>

enum command_end walk_begin(struct walk *ret_walk, const char *path, struct err *err)
{
	*ret_walk = (struct walk){0};
	arena_init(&ret_walk->arena);
	if (capture_reader_open(path, &ret_walk->reader, err) == 0)
		return COMMAND_SAME;
	walk_end(ret_walk);
	if (err->kind == ERR_SYNTAX)
		return COMMAND_CORRUPT;
	return err->kind == ERR_INVALID ? COMMAND_USAGE : COMMAND_INCONCLUSIVE;
}

void walk_tell_cut(const struct capture_reader *reader)
{
	const struct capture_place *cut = capture_reader_cut(reader);
	BUF_AUTO struct buf line = {0};

	if (!cut)
		return;
	buf_add_text(&line, "mlreplay: ");
	buf_add_visible(&line, span_of(cut->file));
	buf_add_format(&line,
		":%llu: byte %llu: the last line is not whole, and is left out: somebody writes it, or it "
		"was cut off, which `mlreplay verify --repair` mends\n",
		(unsigned long long)cut->line, (unsigned long long)cut->byte);
	(void)fwrite(line.bytes, 1, line.n, stderr);
}

void walk_tell_removed(const struct capture_reader *reader)
{
	unsigned long long removed = capture_reader_removed(reader);

	if (removed)
		(void)fprintf(stderr,
			"mlreplay: %llu entries were removed meanwhile, as mlproxy does to keep maxBytes; what "
			"had not been read of them is left out\n",
			removed);
}

void walk_end(struct walk *walk)
{
	if (walk->reader) {
		walk_tell_cut(walk->reader);
		walk_tell_removed(walk->reader);
	}
	arena_deinit(&walk->arena);
	capture_reader_close(walk->reader);
	*walk = (struct walk){0};
}

int walk_fail(const struct walk *walk, struct err *err)
{
	const struct capture_place *place = capture_reader_place(walk->reader);
	struct err why = *err;

	return err_set(err, ERR_INVALID, "%.90s:%llu: byte %llu: %.120s", place->file,
		(unsigned long long)place->line, (unsigned long long)place->byte, why.text);
}

int walk_next(struct walk *walk, struct err *err)
{
	int result;

	for (;;) {
		arena_deinit(&walk->arena);
		arena_init(&walk->arena);
		result = capture_reader_next(walk->reader, &walk->arena, &walk->entry, err);
		if (result <= 0)
			return result;
		if (capture_question_entries(
				walk->reader, &walk->entry, &walk->arena, &walk->entries, err) == 0)
			return 1;
		if (!capture_reader_has_removed(walk->reader, &walk->entry))
			return walk_fail(walk, err);
		err->kind = ERR_NONE;
	}
}

struct hashes_hash walk_key(struct walk *walk)
{
	char hex[DIGEST_HEX];

	capture_question_hash(&walk->entry.request, &walk->arena);
	capture_question_key(&walk->entry.request, walk->entries, hex);
	return hashes_read((struct span){hex, sizeof hex});
}
