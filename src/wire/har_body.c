#include "wire/har_body.h"

#include "wire/base64.h"
#include "wire/hex.h"
#include "wire/latin1.h"

enum { TEXT, ENCODING, FILE_NAME, SHA1, KEYS };

static const char *const keys[] = {
	[TEXT] = "text",
	[ENCODING] = "encoding",
	[FILE_NAME] = "_file",
	[SHA1] = "_sha1",
};

static bool is_said(const struct har_body *body)
{
	return body->lengths[0] || body->lengths[1];
}

static bool agrees(const struct har_body *body, uint64_t length)
{
	return length && (length == body->lengths[0] || length == body->lengths[1]);
}

static int decode(
	const struct har_value *members, struct span text, struct buf *out, struct err *err)
{
	const struct har_value *encoding = &members[ENCODING];
	bool is_hex = json_string_is(encoding->json, SPAN_LITERAL("hex"));

	if (!is_hex && !json_string_is(encoding->json, SPAN_LITERAL("base64")))
		return har_value_refuse(encoding, err, "wanted base64 or hex");
	if (is_hex ? !hex_decode(text, out) : !base64_decode(text, out))
		return har_value_refuse(&members[TEXT], err, "is not %s", is_hex ? "hex" : "base64");
	return 0;
}

static bool has_replacements(struct span text)
{
	return text.n && memmem(text.p, text.n, "\xef\xbf\xbd", 3);
}

/* Which of the two a plain text is. */
static void choose(struct har_body *body, struct span text, struct span latin1, bool may_be_latin1)
{
	bool is_ascii = may_be_latin1 && latin1.n == text.n;

	body->bytes = text;
	if (body->is_ours || is_ascii)
		return;
	if (!may_be_latin1) {
		if (has_replacements(text) || span_utf8_length(text) < text.n)
			body->lacks = "what was no text in it was replaced when it was written";
		return;
	}
	for (size_t i = 0; i < HAR_BODY_LENGTHS; i++) {
		if (body->lengths[i] == text.n)
			return;
		if (body->lengths[i] == latin1.n) {
			body->bytes = latin1;
			return;
		}
	}
	if (!is_said(body))
		body->lacks = "nothing says which bytes its text stands for";
}

static void read_plain(struct har_body *body, struct span text, struct arena *arena)
{
	struct buf latin1 = {.arena = arena};
	bool may_be_latin1 = !body->is_ours && latin1_read(text, &latin1);

	choose(body, text, buf_span(&latin1), may_be_latin1);
}

static void leave_out(struct har_body *body)
{
	body->lacks = "it is longer than is read";
	body->bytes = SPAN_EMPTY;
}

/* 1 when the body is in a file that is there, 0, -1. */
static int read_file(
	const struct har_value *member, struct arena *arena, struct har_body *body, struct err *err)
{
	const struct har_import *import = body->import;
	struct buf bytes = {.arena = arena};
	struct span name = SPAN_EMPTY;
	struct err why;
	int result;

	if (har_value_text(member, arena, &name, err) < 0)
		return -1;
	if (!name.n || !import->read_file)
		return 0;
	result = import->read_file(import->ctx, name, body->max, &bytes, &why);
	if (result < 0)
		return har_value_refuse(member, err, "%s", why.text);
	body->bytes = buf_span(&bytes);
	if (result > 1)
		leave_out(body);
	return result > 0;
}

/* Whether nothing is all that there was. */
static void read_nothing(const struct har_value *members, struct har_body *body)
{
	if (har_value_is(&members[FILE_NAME]) || har_value_is(&members[SHA1]))
		body->lacks = "it lies in a file of its own, which is not part of this one";
	else if (is_said(body) && body->is_answer)
		body->lacks = "who wrote this left the answer's body out";
	else if (is_said(body))
		body->lacks = "who wrote this left it out, as Playwright does where a form has a file";
}

/* What there is of it is taken, or it is said why not. */
static void judge(struct har_body *body)
{
	bool may_be_lossy = body->import->takes_lossy && !body->is_ours;

	if (body->bytes.n > body->max)
		leave_out(body);
	else if (!body->lacks && is_said(body) && !agrees(body, body->bytes.n))
		body->lacks = "it is longer or shorter than is said of it elsewhere";
	if (may_be_lossy && body->bytes.n)
		body->lacks = NULL;
}

/* 1; 0 when there is no text, or an empty one. */
static int read_text(
	const struct har_value *members, struct arena *arena, struct har_body *body, struct err *err)
{
	struct buf decoded = {.arena = arena};
	struct span text = SPAN_EMPTY;
	struct span encoding = SPAN_EMPTY;

	if (har_value_text(&members[TEXT], arena, &text, err) < 0 ||
		har_value_text(&members[ENCODING], arena, &encoding, err) < 0 ||
		(encoding.n && decode(members, text, &decoded, err) < 0))
		return -1;
	if (encoding.n)
		body->bytes = buf_span(&decoded);
	else if (text.n)
		read_plain(body, text, arena);
	return text.n > 0;
}

int har_body_read(
	const struct har_value *holder, struct arena *arena, struct har_body *body, struct err *err)
{
	struct har_value members[KEYS];
	int result;

	if (har_value_members(holder, keys, KEYS, members, err) < 0)
		return -1;
	result = read_file(&members[FILE_NAME], arena, body, err);
	if (result == 0)
		result = read_file(&members[SHA1], arena, body, err);
	if (result == 0)
		result = read_text(members, arena, body, err);
	if (result > 0)
		judge(body);
	else if (result == 0)
		read_nothing(members, body);
	return result < 0 ? -1 : 0;
}
