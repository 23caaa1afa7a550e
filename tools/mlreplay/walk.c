#include "mlreplay/walk.h"

#include "domain/replay_key.h"
#include "io/digest.h"

enum command_end walk_begin(struct walk *ret_walk, const char *path, struct err *err)
{
	*ret_walk = (struct walk){0};
	arena_init(&ret_walk->arena);
	if (capture_reader_open(path, &ret_walk->reader, err) == 0)
		return COMMAND_SAME;
	walk_end(ret_walk);
	return err->kind == ERR_INVALID ? COMMAND_USAGE : COMMAND_INCONCLUSIVE;
}

void walk_end(struct walk *walk)
{
	arena_deinit(&walk->arena);
	capture_reader_close(walk->reader);
	*walk = (struct walk){0};
}

int walk_fail(const struct walk *walk, struct err *err)
{
	const struct capture_place *place = capture_reader_place(walk->reader);
	struct err why = *err;

	return err_set(err, ERR_INVALID, "%.90s:%llu: byte %llu: %.100s", place->file,
		(unsigned long long)place->line, (unsigned long long)place->byte, why.text);
}

int walk_next(struct walk *walk, struct err *err)
{
	int result;

	arena_deinit(&walk->arena);
	arena_init(&walk->arena);
	result = capture_reader_next(walk->reader, &walk->arena, &walk->entry, err);
	if (result <= 0)
		return result;
	if (asked_entries(walk->reader, &walk->entry, &walk->arena, &walk->entries, err) < 0)
		return walk_fail(walk, err);
	return 1;
}

/* -- hashes ---------------------------------------------------------------------------------- */

static struct span hash_bytes(struct walk *walk, struct span bytes)
{
	struct digest *digest = digest_new();
	char hex[DIGEST_HEX];

	digest_add(digest, bytes);
	digest_hex(digest, hex);
	digest_free(digest);
	return arena_dup(&walk->arena, (struct span){hex, sizeof hex});
}

/* Others write a body as one literal, and no hashes. */
static void hash_parts(struct walk *walk)
{
	struct har_request *request = &walk->entry.request;
	struct span body = request->piece_count == 1 ? request->pieces[0].literal : SPAN_EMPTY;

	for (size_t i = 0; i < request->part_count; i++) {
		struct har_part *part = &request->parts[i];
		bool is_there = part->offset <= body.n && part->length <= body.n - part->offset;

		if (!part->sha256.n && is_there)
			part->sha256 = hash_bytes(
				walk, span_first(span_skip(body, (size_t)part->offset), (size_t)part->length));
	}
	if (!request->sha256.n && body.n)
		request->sha256 = hash_bytes(walk, body);
}

struct hashes_hash walk_key(struct walk *walk)
{
	BUF_AUTO struct buf key = {0};

	hash_parts(walk);
	replay_key_write(&walk->entry.request, walk->entries, &key);
	return hashes_read(hash_bytes(walk, buf_span(&key)));
}
