/* Settling cuts the body at its large parts, whose bytes may be another's, too:
 *
 *     --B … entries … --B … head of the image │ the image │ --B--
 *     └───────────── literal ────────────────┘ └── blob ──┘└ literal
 *
 * Small parts stay literal, so that a capture's lines tell what was asked for, and that there are
 * not thousands of little files.
 */
#include "io/record.h"

#include <assert.h>

#include "base/mem.h"
#include "wire/multipart.h"

enum { PART_HEAD_MAX = 65536, PEEKED = 8 };

struct record *record_new(void)
{
	struct record *record = mem_new(1, sizeof *record);

	arena_init(&record->arena);
	chain_init(&record->request, NULL);
	chain_init(&record->answer, NULL);
	atomic_init(&record->refs, 1);
	pthread_mutex_init(&record->lock, NULL);
	return record;
}

struct record *record_ref(struct record *record)
{
	atomic_fetch_add_explicit(&record->refs, 1, memory_order_relaxed);
	return record;
}

void record_share_body(struct record *record, struct record *like)
{
	assert(!chain_length(&record->request) && !record->like && !like->like);
	record->like = record_ref(like);
}

static void give_parts(struct record *record)
{
	for (size_t i = 0; record->shared && i < record->entry.request.piece_count; i++)
		if (record->shared[i])
			parts_give(record->parts, record->shared[i]);
}

/* NOLINTNEXTLINE(misc-no-recursion): one deep, since who is shared has its own */
void record_unref(struct record *record)
{
	if (!record || atomic_fetch_sub_explicit(&record->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (record->like)
		record_unref(record->like); /* which has what they share */
	else
		give_parts(record);
	chain_deinit(&record->request);
	chain_deinit(&record->answer);
	pthread_mutex_destroy(&record->lock);
	arena_deinit(&record->arena);
	mem_free(record);
}

/* -- parts ----------------------------------------------------------------------------------- */

/* A multipart body while it is read. */
struct reading {
	struct record *record;
	struct multipart multipart;
	struct har_part *parts; /* grows in the arena */
	size_t count;           /* complete ones */
	size_t capacity;
};

static void begin_part(struct reading *reading)
{
	const struct multipart_part *from = &reading->multipart.part;
	struct arena *arena = &reading->record->arena;

	if (reading->count == reading->capacity) {
		size_t used = reading->capacity * sizeof *reading->parts;

		reading->capacity = reading->capacity ? 2 * reading->capacity : 4;
		reading->parts =
			arena_resize(arena, reading->parts, used, reading->capacity * sizeof *reading->parts);
	}
	reading->parts[reading->count] = (struct har_part){
		.name = arena_dup(arena, from->name),
		.has_file_name = from->has_file_name,
		.file_name = arena_dup(arena, from->file_name),
		.content_type = arena_dup(arena, from->content_type),
		.offset = reading->multipart.position,
	};
}

/* Returns the event that ends it: MULTIPART_MORE, MULTIPART_END, or -1. */
static int feed(struct reading *reading, struct span in)
{
	for (;;) {
		struct err err;
		int event = multipart_next(&reading->multipart, &in, &err);

		if (event == MULTIPART_PART) {
			begin_part(reading);
		} else if (event == MULTIPART_PART_END) {
			struct har_part *part = &reading->parts[reading->count++];

			part->length = reading->multipart.position - part->offset;
		} else if (event != MULTIPART_DATA) {
			return event;
		}
	}
}

/* Where a body is broken or cut off, the parts before that are what there is. */
static void read_parts(struct record *record)
{
	static const struct multipart_limits limits = {HAR_PARTS_MAX, PART_HEAD_MAX};
	struct reading reading = {.record = record};
	const struct chain *body = &record->request;
	uint64_t position = body->begin;
	int event = MULTIPART_MORE;
	struct err err;

	if (multipart_init(&reading.multipart, record->boundary, &limits, &err) < 0)
		return;
	while (event == MULTIPART_MORE && position < body->end) {
		struct iovec iov;

		(void)chain_peek(body, position, body->end - position, &iov, 1);
		event = feed(&reading, (struct span){iov.iov_base, iov.iov_len});
		position += iov.iov_len;
	}
	multipart_deinit(&reading.multipart);
	record->is_whole_form = event == MULTIPART_END;
	record->entry.request.parts = reading.parts;
	record->entry.request.part_count = reading.count;
}

/* -- pieces ---------------------------------------------------------------------------------- */

static struct span copy(struct record *record, uint64_t position, uint64_t length)
{
	char *bytes = arena_new(&record->arena, (size_t)length, 1);

	chain_copy(&record->request, position, (size_t)length, bytes);
	return (struct span){bytes, (size_t)length};
}

static struct span hash(struct record *record, uint64_t position, uint64_t length)
{
	struct digest *digest = digest_new();
	char *hex = arena_new(&record->arena, DIGEST_HEX, 1);

	while (length) {
		struct iovec iov;

		(void)chain_peek(&record->request, position, length, &iov, 1);
		digest_add(digest, (struct span){iov.iov_base, iov.iov_len});
		position += iov.iov_len;
		length -= iov.iov_len;
	}
	digest_hex(digest, hex);
	digest_free(digest);
	return (struct span){hex, DIGEST_HEX};
}

/* The bytes from *position to `end`, if there are any, become the next piece. */
static void add_piece(struct record *record, uint64_t *position, uint64_t end)
{
	struct har_request *request = &record->entry.request;
	struct har_piece *piece = &request->pieces[request->piece_count];
	uint64_t from = *position;
	uint64_t length = end - from;

	*position = end;
	if (!length)
		return;
	piece->length = length;
	if (length > RECORD_LITERAL_MAX) {
		struct part *part = parts_take(record->parts, &record->request, from, length);

		piece->sha256 = (struct span){part->sha256, DIGEST_HEX};
		record->shared[request->piece_count] = part;
	} else {
		piece->literal = copy(record, from, length);
	}
	request->piece_count++;
}

/* Cuts the body before and behind each large part. */
static void cut(struct record *record)
{
	struct har_request *request = &record->entry.request;
	const struct chain *body = &record->request;
	size_t most = 2 * request->part_count + 1;
	uint64_t position = body->begin;

	request->pieces = arena_new(&record->arena, most, sizeof *request->pieces);
	record->shared = arena_new(&record->arena, most, sizeof(struct part *));
	for (size_t i = 0; i < request->part_count; i++) {
		struct har_part *part = &request->parts[i];

		if (part->length <= RECORD_LITERAL_MAX) {
			part->sha256 = hash(record, part->offset, part->length);
			continue;
		}
		add_piece(record, &position, part->offset);
		add_piece(record, &position, part->offset + part->length);
		part->sha256 = request->pieces[request->piece_count - 1].sha256;
	}
	add_piece(record, &position, body->end);
}

/* NOLINTBEGIN(misc-no-recursion): one deep, as above */

/* The other one's pieces and parts, which live as long. */
static void settle_like(struct record *record, struct parts *parts)
{
	struct har_request *request = &record->entry.request;
	const struct har_request *from = &record->like->entry.request;

	record_settle(record->like, parts);
	request->pieces = from->pieces;
	request->piece_count = from->piece_count;
	request->parts = from->parts;
	request->part_count = from->part_count;
	request->body_length = from->body_length;
	record->is_whole_form = record->like->is_whole_form;
	record->shared = record->like->shared;
}

static void settle(struct record *record, struct parts *parts)
{
	struct har_request *request = &record->entry.request;

	assert(!record->request.begin && !request->piece_count);
	record->parts = parts;
	if (!request->lacks_body)
		request->body_length = chain_length(&record->request);
	if (record->boundary.n)
		read_parts(record);
	if (chain_length(&record->request))
		cut(record);
	chain_deinit(&record->request);
}

void record_settle(struct record *record, struct parts *parts)
{
	if (atomic_load_explicit(&record->is_settled, memory_order_acquire))
		return;
	pthread_mutex_lock(&record->lock);
	if (!atomic_load_explicit(&record->is_settled, memory_order_relaxed)) {
		if (record->like)
			settle_like(record, parts);
		else
			settle(record, parts);
		atomic_store_explicit(&record->is_settled, true, memory_order_release);
	}
	pthread_mutex_unlock(&record->lock);
}

/* NOLINTEND(misc-no-recursion) */

/* -- what it is ------------------------------------------------------------------------------ */

static uint64_t fields_bytes(const struct har_field *fields, size_t count)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += sizeof *fields + fields[i].name.n + fields[i].value.n;
	return bytes;
}

static uint64_t request_bytes(const struct har_request *request, bool has_body)
{
	uint64_t bytes = request->url.n + fields_bytes(request->fields, request->field_count);

	if (!has_body)
		return bytes;
	for (size_t i = 0; i < request->piece_count; i++)
		bytes += sizeof *request->pieces + request->pieces[i].literal.n;
	for (size_t i = 0; i < request->part_count; i++)
		bytes += sizeof *request->parts + request->parts[i].name.n + request->parts[i].file_name.n +
				 request->parts[i].content_type.n + DIGEST_HEX;
	return bytes;
}

static uint64_t count_bytes(const struct record *record)
{
	const struct har_entry *entry = &record->entry;

	return sizeof *record + chain_length(&record->request) + chain_length(&record->answer) +
		   request_bytes(&entry->request, !record->like) +
		   fields_bytes(entry->answer.fields, entry->answer.field_count);
}

uint64_t record_bytes(struct record *record)
{
	uint64_t bytes;

	if (atomic_load_explicit(&record->is_settled, memory_order_acquire))
		return count_bytes(record); /* which does not change any more */
	bytes = atomic_load_explicit(&record->bytes, memory_order_relaxed);
	if (bytes)
		return bytes;
	pthread_mutex_lock(&record->lock);
	bytes = count_bytes(record);
	pthread_mutex_unlock(&record->lock);
	atomic_store_explicit(&record->bytes, bytes, memory_order_relaxed);
	return bytes;
}

const struct part *record_part(const struct record *record, size_t i)
{
	assert(i < record->entry.request.piece_count);
	return record->shared[i];
}
