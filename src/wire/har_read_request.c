/* Where the body of a request is looked for, in this order: the recipe, `_content`, `postData`, of
 * which a file that it names comes first. */
#include "wire/har_body.h"
#include "wire/har_form.h"
#include "wire/har_read.h"

#include "wire/base64.h"

enum {
	METHOD,
	URL,
	RAW_URL,
	VERSION,
	HEADERS,
	BODY_SIZE,
	POST_DATA,
	SHA256,
	RECIPE,
	CONTENT,
	PARTS,
	LACKS_BODY,
	KEYS,
};

static const char *const keys[] = {
	[METHOD] = "method",
	[URL] = "url",
	[RAW_URL] = "_url",
	[VERSION] = "httpVersion",
	[HEADERS] = "headers",
	[BODY_SIZE] = "bodySize",
	[POST_DATA] = "postData",
	[SHA256] = "_sha256",
	[RECIPE] = "_recipe",
	[CONTENT] = "_content",
	[PARTS] = "_parts",
	[LACKS_BODY] = "_lacksBody",
};

/* -- recipe ---------------------------------------------------------------------------------- */

static int read_literal(const struct har_reading *reading, const struct har_value *text,
	const struct har_value *base64, struct har_piece *ret_piece)
{
	struct buf bytes = {.arena = reading->arena};
	struct span letters = SPAN_EMPTY;

	if (har_read_text(reading, text, &ret_piece->literal) < 0 ||
		har_read_text(reading, base64, &letters) < 0)
		return -1;
	if (har_value_is(base64) && !base64_decode(letters, &bytes))
		return har_value_refuse(base64, reading->err, "is not base64");
	if (har_value_is(base64))
		ret_piece->literal = buf_span(&bytes);
	ret_piece->length = ret_piece->literal.n;
	return 0;
}

static int read_piece(
	const struct har_reading *reading, const struct har_value *value, struct har_piece *ret_piece)
{
	enum { PIECE_TEXT, PIECE_BASE64, PIECE_SHA256, PIECE_LENGTH, PIECE_KEYS };
	static const char *const piece_keys[] = {"text", "base64", "sha256", "length"};
	struct har_value members[PIECE_KEYS];

	if (har_value_members(value, piece_keys, PIECE_KEYS, members, reading->err) < 0)
		return -1;
	if (har_value_is(&members[PIECE_TEXT]) + har_value_is(&members[PIECE_BASE64]) +
			har_value_is(&members[PIECE_SHA256]) !=
		1)
		return har_value_refuse(value, reading->err, "wanted one of text, base64 and sha256");
	if (!har_value_is(&members[PIECE_SHA256]))
		return read_literal(reading, &members[PIECE_TEXT], &members[PIECE_BASE64], ret_piece);
	if (!har_value_is(&members[PIECE_LENGTH]))
		return har_value_refuse(&members[PIECE_LENGTH], reading->err, "is missing");
	if (har_value_number(&members[PIECE_LENGTH], INT64_MAX, &ret_piece->length, reading->err) < 0)
		return -1;
	return har_value_sha256(
		&members[PIECE_SHA256], reading->arena, &ret_piece->sha256, reading->err);
}

static int read_recipe(
	const struct har_reading *reading, const struct har_value *value, struct har_request *request)
{
	struct har_value *elements = NULL;
	size_t count = 0;
	uint64_t length = 0;

	if (har_value_elements(value, HAR_PIECES_MAX, reading->arena, &elements, &count, reading->err) <
		0)
		return -1;
	request->pieces = arena_new(reading->arena, count, sizeof *request->pieces);
	request->piece_count = count;
	for (size_t i = 0; i < count; i++) {
		if (read_piece(reading, &elements[i], &request->pieces[i]) < 0)
			return -1;
		if (__builtin_add_overflow(length, request->pieces[i].length, &length))
			return har_value_refuse(&elements[i], reading->err, "the body is too long");
	}
	if (!request->lacks_body && length != request->body_length)
		return har_value_refuse(value, reading->err, "makes %llu bytes, and bodySize is %llu",
			(unsigned long long)length, (unsigned long long)request->body_length);
	return 0;
}

/* -- parts ----------------------------------------------------------------------------------- */

static int read_part(
	const struct har_reading *reading, const struct har_value *value, struct har_part *ret_part)
{
	enum { NAME, FILE_NAME, TYPE, OFFSET, LENGTH, PART_SHA256, PART_KEYS };
	static const char *const part_keys[] = {
		"name", "fileName", "contentType", "offset", "length", "sha256"};
	struct har_value members[PART_KEYS];

	if (har_value_members(value, part_keys, PART_KEYS, members, reading->err) < 0 ||
		har_read_text(reading, &members[NAME], &ret_part->name) < 0 ||
		har_read_text(reading, &members[FILE_NAME], &ret_part->file_name) < 0 ||
		har_read_text(reading, &members[TYPE], &ret_part->content_type) < 0 ||
		har_value_number(&members[OFFSET], INT64_MAX, &ret_part->offset, reading->err) < 0 ||
		har_value_number(&members[LENGTH], INT64_MAX, &ret_part->length, reading->err) < 0)
		return -1;
	ret_part->has_file_name = har_value_is(&members[FILE_NAME]);
	return har_value_sha256(&members[PART_SHA256], reading->arena, &ret_part->sha256, reading->err);
}

static int read_parts(
	const struct har_reading *reading, const struct har_value *value, struct har_request *request)
{
	struct har_value *elements = NULL;
	size_t count = 0;

	if (har_value_elements(value, HAR_PARTS_MAX, reading->arena, &elements, &count, reading->err) <
		0)
		return -1;
	request->parts = arena_new(reading->arena, count, sizeof *request->parts);
	request->part_count = count;
	for (size_t i = 0; i < count; i++) {
		struct har_part *part = &request->parts[i];

		if (read_part(reading, &elements[i], part) < 0)
			return -1;
		/* both are less than half of what fits */
		if (part->offset + part->length > request->body_length)
			return har_value_refuse(&elements[i], reading->err, "lies outside of the body");
	}
	return 0;
}

/* -- body ------------------------------------------------------------------------------------ */

static void take_body(
	const struct har_reading *reading, const struct har_body *body, struct har_request *request)
{
	if (!request->lacks_body)
		request->lacks_body = body->lacks;
	if (!request->body_length)
		request->body_length = body->lengths[1];
	if (!body->bytes.n)
		return;
	request->pieces = arena_new(reading->arena, 1, sizeof *request->pieces);
	request->pieces[0] = (struct har_piece){.literal = body->bytes, .length = body->bytes.n};
	request->piece_count = 1;
	if (!request->lacks_body)
		request->body_length = body->bytes.n;
}

static int read_body(
	const struct har_reading *reading, const struct har_value *members, struct har_request *request)
{
	const struct har_value *holder =
		&members[har_value_is(&members[CONTENT]) ? CONTENT : POST_DATA];
	struct har_body body = {.lengths = {request->body_length},
		.is_ours = reading->is_ours,
		.import = reading->import,
		.max = HAR_LINE_MAX};

	if (har_value_is(&members[RECIPE]))
		return read_recipe(reading, &members[RECIPE], request);
	if (!reading->is_ours)
		body.lengths[1] = har_content_length(request->fields, request->field_count);
	if (har_body_read(holder, reading->arena, &body, reading->err) < 0)
		return -1;
	take_body(reading, &body, request);
	return 0;
}

static int find_parts(
	const struct har_reading *reading, const struct har_value *members, struct har_request *request)
{
	struct span type =
		har_find_field(request->fields, request->field_count, SPAN_LITERAL("content-type"));

	if (har_value_is(&members[PARTS]))
		return read_parts(reading, &members[PARTS], request);
	if (!har_value_is(&members[RECIPE]) && request->piece_count && !request->lacks_body)
		har_form_read(type, request->pieces[0].literal, reading->arena, request);
	return 0;
}

/* -- request --------------------------------------------------------------------------------- */

static int read_target(
	const struct har_reading *reading, const struct har_value *members, struct har_request *request)
{
	if (har_read_text(reading, &members[METHOD], &request->method) < 0 ||
		har_read_text(reading, &members[URL], &request->url) < 0 ||
		har_read_text(reading, &members[RAW_URL], &request->url) < 0)
		return -1;
	if (!request->method.n)
		return har_value_refuse(&members[METHOD], reading->err, "is missing");
	if (!request->url.n)
		return har_value_refuse(&members[URL], reading->err, "is missing");
	return 0;
}

int har_read_request(const struct har_reading *reading, const struct har_value *value,
	struct har_request *ret_request)
{
	struct har_request request = {0};
	struct har_value members[KEYS];

	if (har_value_members(value, keys, KEYS, members, reading->err) < 0 ||
		read_target(reading, members, &request) < 0 ||
		har_read_text(reading, &members[VERSION], &request.http_version) < 0 ||
		har_read_fields(reading, &members[HEADERS], &request.fields, &request.field_count) < 0 ||
		har_read_length(reading, &members[BODY_SIZE], &request.body_length) < 0 ||
		har_read_lack(reading, &members[LACKS_BODY], &request.lacks_body) < 0 ||
		har_value_sha256(&members[SHA256], reading->arena, &request.sha256, reading->err) < 0 ||
		read_body(reading, members, &request) < 0 || find_parts(reading, members, &request) < 0)
		return -1;
	*ret_request = request;
	return 0;
}
