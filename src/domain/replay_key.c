/* A line for what is asked, one for the entries, one for each other part:
 *
 *     POST predict
 *     {"clip":{"visual":{"modelName":"ViT-B-32__openai"}}}
 *     image 9f86d081…
 *
 * Boundaries, file names, types and the order of keys are not in it. Whatever comes from outside is
 * escaped, so that no name can stand for the end of its line.
 */
#include "domain/replay_key.h"

#include "wire/json.h"
#include "wire/json_sorted.h"
#include "wire/percent.h"

/* -- entries --------------------------------------------------------------------------------- */

/* A name as a JSON string. The only bytes of a decoded one that are no UTF-8 are lone surrogates.
 */
static void add_name(struct span name, struct buf *out)
{
	buf_add_text(out, "\"");
	while (name.n) {
		size_t valid = span_utf8_length(name);

		buf_add_json_text(out, span_first(name, valid));
		name = span_skip(name, valid);
		if (name.n) {
			unsigned low = (name.p[1] & 0x3fU) << 6 | (name.p[2] & 0x3fU);

			buf_add_format(out, "\\u%04x", 0xd000 | low);
			name = span_skip(name, 3);
		}
	}
	buf_add_text(out, "\"");
}

// NOLINTBEGIN(misc-no-recursion): at most JSON_DEPTH_MAX deep
static void add_value(struct span value, struct arena *arena, struct buf *out);

static void add_object(struct span object, struct arena *arena, struct buf *out)
{
	struct json_sorted sorted;

	/* As many as there are: the text has a limit of its own. */
	if (!json_sorted_read(object, SIZE_MAX, arena, &sorted))
		return;
	buf_add_text(out, "{");
	for (size_t i = 0; i < sorted.count; i++) {
		buf_add_text(out, i ? "," : "");
		add_name(sorted.items[i].name, out);
		buf_add_text(out, ":");
		add_value(sorted.items[i].value, arena, out);
	}
	buf_add_text(out, "}");
}

static void add_array(struct span array, struct arena *arena, struct buf *out)
{
	struct json_elements walk = json_elements_of(array);
	struct span value;

	buf_add_text(out, "[");
	for (size_t i = 0; json_elements_next(&walk, &value); i++) {
		buf_add_text(out, i ? "," : "");
		add_value(value, arena, out);
	}
	buf_add_text(out, "]");
}

static void add_value(struct span value, struct arena *arena, struct buf *out)
{
	enum json_type type = json_type_of(value);

	if (type == JSON_OBJECT)
		add_object(value, arena, out);
	else if (type == JSON_ARRAY)
		add_array(value, arena, out);
	else
		buf_add(out, json_trim(value));
}
// NOLINTEND(misc-no-recursion)

void replay_key_canonical(struct span json, struct buf *out)
{
	struct arena arena;

	arena_init(&arena);
	add_value(json, &arena, out);
	arena_deinit(&arena);
}

static void add_entries(struct span entries, struct buf *out)
{
	enum json_type type;
	struct err err;

	if (json_check_whole(entries, &type, &err) == 0)
		replay_key_canonical(entries, out);
	else
		percent_encode_name(entries, out);
	buf_add_text(out, "\n");
}

/* -- all of it ------------------------------------------------------------------------------- */

/* Of http://host/base/predict?query "predict". */
static struct span last_segment(struct span url)
{
	const char *authority = url.n ? memmem(url.p, url.n, "://", 3) : NULL;
	struct span rest = authority ? span_between(authority + 3, url.p + url.n) : url;
	struct span path = span_cut(&rest, '#');
	struct span last = SPAN_EMPTY;

	path = span_cut(&path, '?');
	(void)span_cut(&path, '/');
	while (path.n)
		last = span_cut(&path, '/');
	return last;
}

/* The bytes, where all of them lie in one literal. */
static bool find_literal(
	const struct har_request *request, uint64_t offset, uint64_t length, struct span *ret_bytes)
{
	for (size_t i = 0; i < request->piece_count; i++) {
		const struct har_piece *piece = &request->pieces[i];

		if (offset < piece->length) {
			if (piece->sha256.n || length > piece->length - offset)
				return false;
			*ret_bytes = span_first(span_skip(piece->literal, (size_t)offset), (size_t)length);
			return true;
		}
		offset -= piece->length;
	}
	return false;
}

/* By its hash, or where it has none, by itself; at the least by its length. */
static void add_content(
	const struct har_request *request, const struct har_part *part, struct buf *out)
{
	struct span bytes;

	percent_encode_name(part->name, out);
	if (part->sha256.n) {
		buf_add_text(out, " ");
		buf_add(out, part->sha256);
	} else if (find_literal(request, part->offset, part->length, &bytes)) {
		buf_add_text(out, "=");
		percent_encode_name(bytes, out);
	} else {
		buf_add_text(out, "#");
		buf_add_number(out, part->length);
	}
	buf_add_text(out, "\n");
}

void replay_key_write(const struct har_request *request, struct span entries, struct buf *out)
{
	const struct har_part whole = {
		.name = SPAN_LITERAL("body"), .length = request->body_length, .sha256 = request->sha256};

	percent_encode_name(request->method, out);
	buf_add_text(out, " ");
	percent_encode_name(last_segment(request->url), out);
	buf_add_text(out, "\n");
	if (entries.n)
		add_entries(entries, out);
	for (size_t i = 0; i < request->part_count; i++)
		if (!span_is(request->parts[i].name, "entries"))
			add_content(request, &request->parts[i], out);
	if (!request->part_count && request->body_length)
		add_content(request, &whole, out);
}
