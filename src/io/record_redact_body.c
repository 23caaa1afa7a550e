/* A body is made anew from its pieces, with other contents in place of those that are changed, and
 * heads of our own before them, since a head may have anything in it, too:
 *
 *     pieces:   literal    │ blob │ literal   and parts:  --B…{entries}…--B…[image]--B--
 *     becomes:  lit│new│new│ new  │ literal
 */
#include "io/record_redact_body.h"

static const char gone[] = "redacted";

struct redaction {
	struct record_draft *draft;
	const struct capture_config *config;
	struct span key;
	struct har_request from; /* as it was */
	const struct part **from_parts;
	uint64_t done; /* bytes of the body as it was that are dealt with */
};

/* -- pieces ---------------------------------------------------------------------------------- */

static void add_piece(struct redaction *redaction, struct har_piece piece, const struct part *part)
{
	struct har_request *request = &redaction->draft->entry.request;

	redaction->draft->parts[request->piece_count] = part;
	request->pieces[request->piece_count++] = piece;
	request->body_length += piece.length;
}

static void add_literal(struct redaction *redaction, struct span bytes)
{
	struct span literal = arena_dup(&redaction->draft->arena, bytes);

	add_piece(redaction, (struct har_piece){.literal = literal, .length = literal.n}, NULL);
}

static void add_blob(struct redaction *redaction, const struct part *part)
{
	struct span sha256 = {part->sha256, DIGEST_HEX};

	add_piece(redaction, (struct har_piece){.sha256 = sha256, .length = part->length}, part);
}

/* As a part, of which there is at least one byte. */
static const struct part *take(struct redaction *redaction, struct span bytes)
{
	struct chunk *chunk = chunk_new(bytes.n);
	const struct part *part;
	struct chain chain;

	memcpy(chunk->bytes, bytes.p, bytes.n);
	chunk->used = bytes.n;
	chain_init(&chain, NULL);
	chain_append(&chain, (struct slice){chunk, {chunk->bytes, bytes.n}});
	part = record_draft_take(redaction->draft, &chain, 0, bytes.n);
	chain_deinit(&chain);
	chunk_unref(chunk);
	return part;
}

static void add_bytes(struct redaction *redaction, struct span bytes)
{
	if (bytes.n > RECORD_LITERAL_MAX)
		add_blob(redaction, take(redaction, bytes));
	else
		add_literal(redaction, bytes);
}

/* The part's bytes from position on, of which there are so many. */
static void read_part(const struct part *part, uint64_t position, uint64_t length, struct buf *out)
{
	for (size_t i = 0; i < part->slice_count && length; i++) {
		struct span bytes = part->slices[i].bytes;
		uint64_t n = position < bytes.n ? position : bytes.n;

		bytes = span_skip(bytes, (size_t)n);
		position -= n;
		bytes = span_first(bytes, bytes.n < length ? bytes.n : (size_t)length);
		length -= bytes.n;
		buf_add(out, bytes);
	}
}

/* A run of piece i as it was. */
struct run {
	size_t i;
	uint64_t position; /* in the piece */
	uint64_t length;
};

/* Cuts the next one off the front of the body from *position to `end`; false at the end. */
static bool next_run(
	const struct redaction *redaction, uint64_t *position, uint64_t end, struct run *ret_run)
{
	uint64_t begin = 0; /* of the piece */
	size_t i = 0;

	if (*position >= end)
		return false;
	while (*position - begin >= redaction->from.pieces[i].length)
		begin += redaction->from.pieces[i++].length;
	*ret_run = (struct run){i, *position - begin, redaction->from.pieces[i].length};
	ret_run->length -= ret_run->position;
	if (ret_run->length > end - *position)
		ret_run->length = end - *position;
	*position += ret_run->length;
	return true;
}

static void read_run(const struct redaction *redaction, const struct run *run, struct buf *out)
{
	const struct part *part = redaction->from_parts[run->i];
	struct span literal = redaction->from.pieces[run->i].literal;

	if (part)
		read_part(part, run->position, run->length, out);
	else
		buf_add(out, (struct span){literal.p + run->position, (size_t)run->length});
}

/* The bytes up to `end` stay as they are. */
static void keep(struct redaction *redaction, uint64_t end)
{
	struct run run;

	while (next_run(redaction, &redaction->done, end, &run)) {
		const struct har_piece *piece = &redaction->from.pieces[run.i];
		BUF_AUTO struct buf bytes = {0};

		if (run.length == piece->length) {
			add_piece(redaction, *piece, redaction->from_parts[run.i]);
			continue;
		}
		read_run(redaction, &run, &bytes);
		add_bytes(redaction, buf_span(&bytes));
	}
}

/* -- the request's parts --------------------------------------------------------------------- */

static void change_entries(struct redaction *redaction, struct span content, struct buf *out)
{
	(void)redact_json_by(
		redaction->config->redact, redaction->config->redact_count, REDACT_ENTRIES, content, out);
	redaction->draft->entry.is_unplayable |= !span_equal(buf_span(out), content);
}

static void change_text(struct redaction *redaction, struct span content, struct buf *out)
{
	digest_keyed(redaction->key, content, buf_reserve(out, DIGEST_HEX));
	out->n += DIGEST_HEX;
	redaction->draft->entry.is_unplayable = true;
}

static void change_image(struct redaction *redaction, struct span content, struct buf *out)
{
	bool is_synthetic = capture_config_redacts(redaction->config, REDACT_IMAGE_SYNTHETIC);
	bool is_done = is_synthetic ? redact_picture(content, out) : redact_exif(content, out);

	redaction->draft->entry.is_unplayable |= is_synthetic || !is_done;
}

static const struct change {
	const char *name; /* of the part */
	enum redact_kind kinds[2];
	void (*make)(struct redaction *redaction, struct span content, struct buf *out);
} changes[] = {
	{"entries", {REDACT_ENTRIES, REDACT_ENTRIES}, change_entries},
	{"text", {REDACT_TEXT, REDACT_TEXT}, change_text},
	{"image", {REDACT_IMAGE_EXIF, REDACT_IMAGE_SYNTHETIC}, change_image},
};

static bool is_asked_for(const struct redaction *redaction, const struct change *change)
{
	return capture_config_redacts(redaction->config, change->kinds[0]) ||
		   capture_config_redacts(redaction->config, change->kinds[1]);
}

/* NULL: it stays as it is. */
static const struct change *change_of(
	const struct redaction *redaction, const struct har_part *part)
{
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		if (span_is(part->name, changes[i].name) && is_asked_for(redaction, &changes[i]))
			return &changes[i];
	return NULL;
}

static void put_content(struct redaction *redaction, struct har_part *part, struct span content)
{
	const struct part *taken;

	part->length = content.n;
	part->sha256 = SPAN_EMPTY;
	if (!content.n)
		return;
	taken = take(redaction, content);
	part->sha256 = (struct span){taken->sha256, DIGEST_HEX};
	if (content.n > RECORD_LITERAL_MAX)
		add_blob(redaction, taken);
	else
		add_literal(redaction, content);
}

/* As FormData of browsers and Node writes it, which calls a file `blob` that has no name. */
static void write_head(struct redaction *redaction, struct har_part *part)
{
	uint64_t before = redaction->draft->entry.request.body_length;
	BUF_AUTO struct buf head = {0};

	if (part->file_name.n && !span_is(part->file_name, "blob"))
		part->file_name = SPAN_LITERAL(REDACT_MARK);
	buf_add_text(&head, before ? "\r\n--" : "--");
	buf_add(&head, redaction->draft->boundary);
	buf_add_text(&head, "\r\nContent-Disposition: form-data; name=\"");
	buf_add(&head, part->name);
	buf_add_text(&head, part->has_file_name ? "\"; filename=\"" : "");
	buf_add(&head, part->file_name);
	buf_add_text(&head, part->content_type.n ? "\"\r\nContent-Type: " : "\"");
	buf_add(&head, part->content_type);
	buf_add_text(&head, "\r\n\r\n");
	add_bytes(redaction, buf_span(&head));
}

/* Brings the new body up to the part's end. */
static void keep_part(struct redaction *redaction, struct har_part *part)
{
	uint64_t end = part->offset + part->length;

	part->offset += redaction->draft->entry.request.body_length - redaction->done;
	keep(redaction, end);
}

static void change_part(
	struct redaction *redaction, const struct change *change, struct har_part *part)
{
	uint64_t position = part->offset;
	uint64_t end = part->offset + part->length;
	BUF_AUTO struct buf content = {0};
	BUF_AUTO struct buf out = {0};
	struct run run;

	while (next_run(redaction, &position, end, &run))
		read_run(redaction, &run, &content);
	change->make(redaction, buf_span(&content), &out);
	write_head(redaction, part);
	part->offset = redaction->draft->entry.request.body_length;
	put_content(redaction, part, buf_span(&out));
	redaction->done = end;
}

/* -- the request ----------------------------------------------------------------------------- */

/* Where there are no parts there is no telling what is in it. */
static void leave_body_out(struct redaction *redaction)
{
	struct har_request *request = &redaction->draft->entry.request;

	request->piece_count = 0;
	request->part_count = 0;
	request->lacks_body = gone;
	redaction->draft->entry.is_unplayable = true;
}

static void redact_parts(struct redaction *redaction)
{
	struct har_request *request = &redaction->draft->entry.request;
	struct arena *arena = &redaction->draft->arena;
	size_t most = redaction->from.piece_count + 2 * request->part_count + 1;
	uint64_t length = 0;

	request->pieces = arena_new(arena, most, sizeof *request->pieces);
	redaction->draft->parts = arena_new(arena, most, sizeof(struct part *));
	request->parts = arena_new(arena, request->part_count + 1, sizeof *request->parts);
	for (size_t i = 0; i < request->piece_count; i++)
		length += redaction->from.pieces[i].length;
	request->piece_count = 0;
	request->body_length = 0;
	for (size_t i = 0; i < request->part_count; i++) {
		const struct change *change = change_of(redaction, &redaction->from.parts[i]);

		request->parts[i] = redaction->from.parts[i];
		if (change)
			change_part(redaction, change, &request->parts[i]);
		else
			keep_part(redaction, &request->parts[i]);
	}
	keep(redaction, length);
}

void record_redact_body(
	struct record_draft *draft, const struct capture_config *config, struct span key)
{
	struct redaction redaction = {
		.draft = draft,
		.config = config,
		.key = key,
		.from = draft->entry.request,
		.from_parts = draft->parts,
	};
	bool has_change = false;

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		has_change |= is_asked_for(&redaction, &changes[i]);
	if (!has_change || !redaction.from.piece_count)
		return;
	if (draft->is_whole_form)
		redact_parts(&redaction);
	else
		leave_body_out(&redaction);
}
