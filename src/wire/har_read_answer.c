#include "wire/har_body.h"
#include "wire/har_object.h"
#include "wire/har_read.h"

enum { STATUS, REASON, VERSION, HEADERS, CONTENT, BODY_SIZE, KEYS };

static const char *const keys[] = {
	[STATUS] = "status",
	[REASON] = "statusText",
	[VERSION] = "httpVersion",
	[HEADERS] = "headers",
	[CONTENT] = "content",
	[BODY_SIZE] = "bodySize",
};

enum { SIZE, TYPE, SHA256, LACKS_BODY, CONTENT_KEYS };

static const char *const content_keys[] = {
	[SIZE] = "size",
	[TYPE] = "mimeType",
	[SHA256] = "_sha256",
	[LACKS_BODY] = "_lacksBody",
};

static bool is_coding(const struct har_field *field)
{
	return span_equal_nocase(field->name, SPAN_LITERAL("content-encoding"));
}

static bool has_coding(const struct har_answer *answer)
{
	for (size_t i = 0; i < answer->field_count; i++)
		if (is_coding(&answer->fields[i]))
			return true;
	return false;
}

/* What others write is a body whose codings were undone. */
static void drop_codings(struct har_answer *answer)
{
	size_t kept = 0;

	for (size_t i = 0; i < answer->field_count; i++)
		if (!is_coding(&answer->fields[i]))
			answer->fields[kept++] = answer->fields[i];
	answer->field_count = kept;
}

/* Browsers say 0 of what they do not show, in `size` at least. What else is said is the length
 * before a coding was undone. */
static int read_lengths(const struct har_reading *reading, const struct har_value *members,
	const struct har_answer *answer, struct har_body *body)
{
	if (reading->is_ours || body->lengths[0] || has_coding(answer))
		return 0;
	body->lengths[1] = har_content_length(answer->fields, answer->field_count);
	return body->lengths[1] ? 0 : har_read_length(reading, &members[BODY_SIZE], &body->lengths[1]);
}

static int read_body(
	const struct har_reading *reading, const struct har_value *members, struct har_answer *answer)
{
	struct har_body body = {.lengths = {answer->body_length},
		.is_ours = reading->is_ours,
		.is_answer = true,
		.import = reading->import,
		.max = HAR_ANSWER_MAX};

	if (read_lengths(reading, members, answer, &body) < 0 ||
		har_body_read(&members[CONTENT], reading->arena, &body, reading->err) < 0)
		return -1;
	answer->body = body.bytes;
	if (body.bytes.n && (!reading->is_ours || body.bytes.n > answer->body_length))
		answer->body_length = body.bytes.n;
	if (!answer->lacks_body)
		answer->lacks_body = body.lacks;
	return 0;
}

static int read_content(
	const struct har_reading *reading, const struct har_value *members, struct har_answer *answer)
{
	struct har_value content[CONTENT_KEYS];

	if (har_value_members(&members[CONTENT], content_keys, CONTENT_KEYS, content, reading->err) <
			0 ||
		har_read_length(reading, &content[SIZE], &answer->body_length) < 0 ||
		har_read_text(reading, &content[TYPE], &answer->mime_type) < 0 ||
		har_read_lack(reading, &content[LACKS_BODY], &answer->lacks_body) < 0 ||
		har_value_sha256(&content[SHA256], reading->arena, &answer->sha256, reading->err) < 0)
		return -1;
	if (span_is(answer->mime_type, HAR_UNKNOWN_TYPE))
		answer->mime_type = SPAN_EMPTY;
	return answer->sha256.n ? 0 : read_body(reading, members, answer);
}

int har_read_answer(
	const struct har_reading *reading, const struct har_value *value, struct har_answer *ret_answer)
{
	enum { STATUS_MAX = 999 };
	struct har_answer answer = {0};
	struct har_value members[KEYS];
	uint64_t status = 0;

	if (har_value_members(value, keys, KEYS, members, reading->err) < 0 ||
		har_value_number(&members[STATUS], STATUS_MAX, &status, reading->err) < 0 ||
		har_read_text(reading, &members[REASON], &answer.reason) < 0 ||
		har_read_text(reading, &members[VERSION], &answer.http_version) < 0 ||
		har_read_fields(reading, &members[HEADERS], &answer.fields, &answer.field_count) < 0 ||
		read_content(reading, members, &answer) < 0)
		return -1;
	answer.status = (int)status;
	if (!reading->is_ours)
		drop_codings(&answer);
	*ret_answer = answer;
	return 0;
}
