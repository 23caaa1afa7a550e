#include "io/capture_question.h"

#include "domain/replay_key.h"

/* The last of that name, as the service reads a form. */
static const struct har_part *find_part(const struct har_request *request)
{
	for (size_t i = request->part_count; i > 0; i--)
		if (span_is(request->parts[i - 1].name, "entries"))
			return &request->parts[i - 1];
	return NULL;
}

/* True when the part lies in one literal, as small ones do: then nothing need be opened. */
static bool find_literal(
	const struct har_request *request, const struct har_part *part, struct span *ret_bytes)
{
	uint64_t begin = 0;

	for (size_t i = 0; i < request->piece_count; i++) {
		const struct har_piece *piece = &request->pieces[i];

		if (!piece->sha256.n && part->offset >= begin && part->offset - begin <= piece->literal.n &&
			part->length <= piece->literal.n - (part->offset - begin)) {
			*ret_bytes = span_first(span_skip(piece->literal, part->offset - begin), part->length);
			return true;
		}
		begin += piece->length;
	}
	return false;
}

/* Both end early, without a fault, where the body does. */
static int skip_bytes(struct capture_body *body, uint64_t n, struct err *err)
{
	char skipped[4096];
	long got = 0;

	while (n && (got = capture_body_read(
					 body, skipped, n < sizeof skipped ? n : sizeof skipped, err)) > 0)
		n -= (uint64_t)got;
	return got < 0 ? -1 : 0;
}

static int keep_bytes(struct capture_body *body, char *bytes, size_t n, struct err *err)
{
	size_t kept = 0;
	long got = 0;

	while (kept < n && (got = capture_body_read(body, bytes + kept, n - kept, err)) > 0)
		kept += (size_t)got;
	return got < 0 ? -1 : 0;
}

static int read_part(const struct capture_reader *reader, const struct har_entry *entry,
	const struct har_part *part, char *bytes, struct err *err)
{
	struct capture_body *body;
	int result;

	if (capture_body_open(reader, entry, &body, err) < 0)
		return -1;
	result = skip_bytes(body, part->offset, err);
	if (!result)
		result = keep_bytes(body, bytes, part->length, err);
	capture_body_close(body);
	return result;
}

int capture_question_entries(const struct capture_reader *reader, const struct har_entry *entry,
	struct arena *arena, struct span *ret_entries, struct err *err)
{
	const struct har_part *part = find_part(&entry->request);
	char *bytes;

	*ret_entries = SPAN_EMPTY;
	if (!part || !part->length || part->length > CAPTURE_QUESTION_ENTRIES_MAX ||
		entry->request.lacks_body || find_literal(&entry->request, part, ret_entries))
		return 0;
	bytes = arena_new(arena, part->length, 1);
	if (read_part(reader, entry, part, bytes, err) < 0)
		return -1;
	*ret_entries = (struct span){bytes, part->length};
	return 0;
}

/* -- what tells it from others --------------------------------------------------------------- */

static void hash(struct span bytes, char ret_hex[DIGEST_HEX])
{
	struct digest *digest = digest_new();

	digest_add(digest, bytes);
	digest_hex(digest, ret_hex);
	digest_free(digest);
}

static struct span hash_into(struct arena *arena, struct span bytes)
{
	char hex[DIGEST_HEX];

	hash(bytes, hex);
	return arena_dup(arena, (struct span){hex, sizeof hex});
}

void capture_question_hash(struct har_request *request, struct arena *arena)
{
	struct span body = request->piece_count == 1 ? request->pieces[0].literal : SPAN_EMPTY;

	for (size_t i = 0; i < request->part_count; i++) {
		struct har_part *part = &request->parts[i];
		bool is_there = part->offset <= body.n && part->length <= body.n - part->offset;

		if (!part->sha256.n && is_there)
			part->sha256 = hash_into(
				arena, span_first(span_skip(body, (size_t)part->offset), (size_t)part->length));
	}
	if (!request->sha256.n && body.n)
		request->sha256 = hash_into(arena, body);
}

void capture_question_key(
	const struct har_request *request, struct span entries, char ret_hex[DIGEST_HEX])
{
	BUF_AUTO struct buf key = {0};

	replay_key_write(request, entries, &key);
	hash(buf_span(&key), ret_hex);
}
