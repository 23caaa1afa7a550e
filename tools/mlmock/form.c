#include "mlmock/form.h"

#include "wire/mediatype.h"
#include "wire/multipart.h"
#include "wire/percent.h"

enum { PART_HEAD_BYTES_MAX = 65536 };

static const char *const names[FORM_NAMES] = {
	[FORM_ENTRIES] = "entries",
	[FORM_IMAGE] = "image",
	[FORM_TEXT] = "text",
};

struct reader {
	struct form *form;
	struct arena *arena;
	struct span body;
	struct multipart multipart;
	size_t fields; /* parts so far, by kind */
	size_t files;
	uint64_t begin; /* of the part's content in the body */
	struct span name;
	struct form_field field; /* the part being read */
};

/* A field is complete. */
static void keep(struct form *form, struct span name, const struct form_field *field)
{
	if (form->part_count < FORM_PARTS_KEPT)
		form->parts[form->part_count] = (struct form_part){name, field->content.n};
	form->part_count++;
	for (size_t i = 0; i < FORM_NAMES; i++)
		if (span_is(name, names[i]))
			form->fields[i] = *field;
}

/* -- multipart ------------------------------------------------------------------------------- */

/* A quote or a backslash behind a backslash stands for itself. */
static struct span unescape(struct span value, struct arena *arena)
{
	char *text = arena_new(arena, value.n + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		bool is_escape =
			value.p[i] == '\\' && i + 1 < value.n && strchr("\"\\", value.p[i + 1]) != NULL;

		i += is_escape;
		text[n++] = value.p[i];
	}
	return (struct span){text, n};
}

static int begin_part(struct reader *reader, struct err *err)
{
	const struct multipart_part *part = &reader->multipart.part;

	if (!part->has_name)
		return err_set(
			err, ERR_SYNTAX, "The Content-Disposition header field \"name\" must be provided.");
	reader->begin = reader->multipart.position;
	reader->name = arena_dup(reader->arena, part->name);
	reader->field = (struct form_field){.is_there = true, .is_file = part->has_file_name};
	if (!part->has_file_name) {
		if (++reader->fields > FORM_FIELDS_MAX)
			return err_set(err, ERR_SYNTAX, "Too many fields. Maximum number of fields is %d.",
				FORM_FIELDS_MAX);
		return 0;
	}
	if (++reader->files > FORM_FILES_MAX)
		return err_set(
			err, ERR_SYNTAX, "Too many files. Maximum number of files is %d.", FORM_FILES_MAX);
	reader->field.file_name = unescape(part->file_name, reader->arena);
	reader->field.head = arena_dup(reader->arena, part->head);
	return 0;
}

static int check_size(const struct reader *reader, struct err *err)
{
	uint64_t end = reader->multipart.position + reader->multipart.data.n;

	if (!reader->field.is_file && end - reader->begin > FORM_FIELD_BYTES_MAX)
		return err_set(
			err, ERR_SYNTAX, "Part exceeded maximum size of %dKB.", FORM_FIELD_BYTES_MAX / 1024);
	return 0;
}

static void end_part(struct reader *reader)
{
	reader->field.content =
		span_between(reader->body.p + reader->begin, reader->body.p + reader->multipart.position);
	keep(reader->form, reader->name, &reader->field);
}

static int read_parts(struct reader *reader, struct err *err)
{
	struct span rest = reader->body;

	for (;;) {
		int event = multipart_next(&reader->multipart, &rest, err);
		int status = 0;

		if (event < 0 || reader->multipart.has_preamble)
			return event < 0 && err->kind == ERR_SYNTAX ? -1 : multipart_broken(err);
		if (event == MULTIPART_MORE)
			return 0;
		if (event == MULTIPART_PART)
			status = begin_part(reader, err);
		else if (event == MULTIPART_DATA)
			status = check_size(reader, err);
		else if (event == MULTIPART_PART_END)
			end_part(reader);
		if (status < 0)
			return status;
	}
}

static int read_multipart(struct reader *reader, struct mediatype_params params, struct err *err)
{
	/* One part more than can pass, so that the detail is the service's. */
	const struct multipart_limits limits = {
		.parts = FORM_FIELDS_MAX + FORM_FILES_MAX + 1,
		.part_head_bytes = PART_HEAD_BYTES_MAX,
	};
	struct mediatype_wanted boundary = {.name = SPAN_LITERAL("boundary")};
	int status;

	mediatype_find(params, &boundary, 1);
	if (boundary.found == MEDIATYPE_NONE)
		return err_set(err, ERR_SYNTAX, "Missing boundary in multipart.");
	if (multipart_init(&reader->multipart, boundary.value, &limits, err) < 0)
		return -1;
	status = read_parts(reader, err);
	multipart_deinit(&reader->multipart);
	return status;
}

/* -- urlencoded ------------------------------------------------------------------------------ */

static struct span decode(struct span value, struct arena *arena)
{
	BUF_AUTO struct buf decoded = {0};
	char *text = arena_new(arena, value.n + 1, 1);

	for (size_t i = 0; i < value.n; i++)
		text[i] = value.p[i] == '+' ? ' ' : value.p[i];
	percent_decode((struct span){text, value.n}, &decoded);
	return arena_dup(arena, buf_span(&decoded));
}

static void read_urlencoded(struct span body, struct arena *arena, struct form *form)
{
	while (body.n) {
		struct span pair = span_cut(&body, '&');
		struct form_field field = {.is_there = true};
		struct span name = span_cut(&pair, '=');

		if (!name.n)
			continue;
		field.content = decode(pair, arena);
		keep(form, decode(name, arena), &field);
	}
}

/* -- both ------------------------------------------------------------------------------------ */

/* The service's library lowers the media type's letters only when nothing stands behind it. */
static bool is_type(struct span type, struct span content_type, const char *wanted)
{
	bool is_bare = !content_type.n || !memchr(content_type.p, ';', content_type.n);

	return is_bare ? span_equal_nocase(type, span_of(wanted)) : span_is(type, wanted);
}

int form_read(struct span content_type, struct span body, struct arena *arena,
	struct form *ret_form, struct err *err)
{
	struct form form = {0};
	struct reader reader = {.form = &form, .arena = arena, .body = body};
	struct mediatype_params params;
	struct span type = mediatype_value(content_type, &params);

	if (is_type(type, content_type, "multipart/form-data")) {
		if (read_multipart(&reader, params, err) < 0)
			return -1;
	} else if (is_type(type, content_type, "application/x-www-form-urlencoded")) {
		read_urlencoded(body, arena, &form);
	}
	*ret_form = form;
	return 0;
}

struct span form_latin1(struct span text, struct arena *arena)
{
	char *utf8 = arena_new(arena, text.n + 1, 2);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x80) {
			utf8[n++] = (char)c;
		} else {
			utf8[n++] = (char)(0xc0 | c >> 6);
			utf8[n++] = (char)(0x80 | (c & 0x3f));
		}
	}
	return (struct span){utf8, n};
}

struct span form_text(struct span text, struct arena *arena)
{
	return span_utf8_length(text) == text.n ? text : form_latin1(text, arena);
}
