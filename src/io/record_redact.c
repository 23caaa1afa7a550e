/* A body is made anew from its pieces, with other contents in place of those that are changed:
 *
 *     pieces:   literal    │ blob │ literal   and parts:  --B…{entries}…--B…[image]--B--
 *     becomes:  lit│new│lit│ new  │ literal
 */
#include "io/record_redact.h"

#include <assert.h>
#include <sys/random.h>

#include "wire/json.h"

static const char gone[] = "redacted";

struct redaction {
	struct record_draft *draft;
	const struct capture_config *config;
	struct span key;
	struct har_request from; /* as it was */
	const struct part **from_parts;
	uint64_t done; /* bytes of the body as it was that are dealt with */
};

void record_redact_draw_key(char ret_key[RECORD_REDACT_KEY_BYTES])
{
	ssize_t n = getrandom(ret_key, RECORD_REDACT_KEY_BYTES, 0);

	assert(n == RECORD_REDACT_KEY_BYTES); /* so few bytes are there at once, or it waits */
	(void)n;
}

static bool has_rule(const struct redaction *redaction, enum redact_kind kind)
{
	for (size_t i = 0; i < redaction->config->redact_count; i++)
		if (redaction->config->redact[i].kind == kind)
			return true;
	return false;
}

/* -- fields ---------------------------------------------------------------------------------- */

static bool is_hidden(const struct capture_config *config, struct span name)
{
	for (size_t i = 0; i < config->redact_count; i++)
		if (config->redact[i].kind == REDACT_HEADER &&
			span_equal_nocase(config->redact[i].name, name))
			return true;
	return false;
}

/* Fields of their own, which may be changed. */
static struct har_field *copy_fields(
	struct redaction *redaction, const struct har_field *fields, size_t count)
{
	struct har_field *copies = arena_new(&redaction->draft->arena, count + 1, sizeof *copies);

	for (size_t i = 0; i < count; i++) {
		copies[i] = fields[i];
		if (is_hidden(redaction->config, fields[i].name))
			copies[i].value = SPAN_LITERAL(REDACT_MARK);
	}
	return copies;
}

static void set_content_length(
	struct redaction *redaction, struct har_field *fields, size_t count, uint64_t length)
{
	BUF_AUTO struct buf number = {0};

	buf_add_number(&number, length);
	for (size_t i = 0; i < count; i++)
		if (span_equal_nocase(fields[i].name, SPAN_LITERAL("content-length")))
			fields[i].value = arena_dup(&redaction->draft->arena, buf_span(&number));
}

static void redact_fields(struct redaction *redaction)
{
	struct har_request *request = &redaction->draft->entry.request;
	struct har_answer *answer = &redaction->draft->entry.answer;

	request->fields = copy_fields(redaction, request->fields, request->field_count);
	answer->fields = copy_fields(redaction, answer->fields, answer->field_count);
}

/* -- JSON ------------------------------------------------------------------------------------ */

/* What the rules of that kind leave of the text; false when it is not JSON, so that nobody knows
 * what is in it. */
static bool redact_text(
	const struct redaction *redaction, enum redact_kind kind, struct span json, struct buf *out)
{
	enum json_type type;
	struct err err;

	buf_reset(out);
	if (json_check_whole(json, &type, &err) < 0)
		return false;
	buf_add(out, json);
	for (size_t i = 0; i < redaction->config->redact_count; i++) {
		const struct redact_rule *rule = &redaction->config->redact[i];
		BUF_AUTO struct buf next = {0};

		if (rule->kind != kind || !redact_json(buf_span(out), rule->name, &next))
			continue;
		buf_reset(out);
		buf_add(out, buf_span(&next));
	}
	return true;
}

/* -- the answer ------------------------------------------------------------------------------ */

static void change_answer(struct redaction *redaction, struct span body)
{
	struct record_draft *draft = redaction->draft;
	struct har_answer *answer = &draft->entry.answer;

	draft->entry.is_unplayable = true;
	draft->answer = NULL;
	answer->sha256 = SPAN_EMPTY;
	answer->body = arena_dup(&draft->arena, body);
	answer->body_length = body.n;
	set_content_length(redaction, answer->fields, answer->field_count, body.n);
}

/* One that is too long for a line is too long to be looked through; one that is compressed is no
 * JSON, like one that was broken off. */
static void redact_answer(struct redaction *redaction)
{
	struct har_answer *answer = &redaction->draft->entry.answer;
	BUF_AUTO struct buf out = {0};

	if (!has_rule(redaction, REDACT_ANSWER) || !answer->body_length)
		return;
	if (!redaction->draft->answer && redact_text(redaction, REDACT_ANSWER, answer->body, &out)) {
		if (!span_equal(buf_span(&out), answer->body))
			change_answer(redaction, buf_span(&out));
		return;
	}
	change_answer(redaction, SPAN_EMPTY);
	answer->lacks_body = gone;
}

/* -- the request's body ---------------------------------------------------------------------- */

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
		if (bytes.n > RECORD_LITERAL_MAX)
			add_blob(redaction, take(redaction, buf_span(&bytes)));
		else
			add_literal(redaction, buf_span(&bytes));
	}
}

/* -- the request's parts --------------------------------------------------------------------- */

static void change_entries(struct redaction *redaction, struct span content, struct buf *out)
{
	(void)redact_text(redaction, REDACT_ENTRIES, content, out);
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
	bool is_synthetic = has_rule(redaction, REDACT_IMAGE_SYNTHETIC);
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
	return has_rule(redaction, change->kinds[0]) || has_rule(redaction, change->kinds[1]);
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

/* Brings the new body up to the part's end. */
static void redact_part(struct redaction *redaction, struct har_part *part)
{
	const struct change *change = change_of(redaction, part);
	uint64_t end = part->offset + part->length;
	uint64_t position = part->offset;
	BUF_AUTO struct buf content = {0};
	BUF_AUTO struct buf out = {0};
	struct run run;

	keep(redaction, part->offset);
	part->offset = redaction->draft->entry.request.body_length;
	if (!change) {
		keep(redaction, end);
		return;
	}
	while (next_run(redaction, &position, end, &run))
		read_run(redaction, &run, &content);
	change->make(redaction, buf_span(&content), &out);
	redaction->done = end;
	put_content(redaction, part, buf_span(&out));
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
	size_t most = redaction->from.piece_count + 2 * request->part_count;
	uint64_t length = 0;

	request->pieces = arena_new(arena, most, sizeof *request->pieces);
	redaction->draft->parts = arena_new(arena, most, sizeof(struct part *));
	request->parts = arena_new(arena, request->part_count + 1, sizeof *request->parts);
	for (size_t i = 0; i < request->piece_count; i++)
		length += redaction->from.pieces[i].length;
	request->piece_count = 0;
	request->body_length = 0;
	for (size_t i = 0; i < request->part_count; i++) {
		request->parts[i] = redaction->from.parts[i];
		redact_part(redaction, &request->parts[i]);
	}
	keep(redaction, length);
	set_content_length(redaction, request->fields, request->field_count, request->body_length);
}

static void redact_request(struct redaction *redaction)
{
	bool has_change = false;

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		has_change |= is_asked_for(redaction, &changes[i]);
	if (!has_change || !redaction->from.piece_count)
		return;
	if (redaction->draft->is_whole_form)
		redact_parts(redaction);
	else
		leave_body_out(redaction);
}

void record_redact(struct record_draft *draft, const struct capture_config *config,
	const char key[RECORD_REDACT_KEY_BYTES])
{
	struct redaction redaction = {
		.draft = draft,
		.config = config,
		.key = {key, RECORD_REDACT_KEY_BYTES},
		.from = draft->entry.request,
		.from_parts = draft->parts,
	};

	if (!config->redact_count)
		return;
	redact_fields(&redaction);
	redact_answer(&redaction);
	redact_request(&redaction);
}
