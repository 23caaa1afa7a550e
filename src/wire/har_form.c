#include "wire/har_form.h"

#include "wire/mediatype.h"
#include "wire/multipart.h"

enum { PART_HEAD_MAX = 16384, PARTS_AT_FIRST = 4 };

static struct span boundary_of(struct span content_type)
{
	struct mediatype_wanted wanted = {.name = SPAN_LITERAL("boundary")};
	struct mediatype_params params;
	struct span type = mediatype_value(content_type, &params);

	if (!span_equal_nocase(type, SPAN_LITERAL("multipart/form-data")))
		return SPAN_EMPTY;
	mediatype_find(params, &wanted, 1);
	return wanted.found == MEDIATYPE_ONE ? wanted.value : SPAN_EMPTY;
}

static struct har_part begin_part(const struct multipart *multipart, struct arena *arena)
{
	const struct multipart_part *part = &multipart->part;

	return (struct har_part){
		.name = arena_dup(arena, part->name),
		.has_file_name = part->has_file_name,
		.file_name = arena_dup(arena, part->file_name),
		.content_type = arena_dup(arena, part->content_type),
		.offset = multipart->position,
	};
}

static void add(struct har_request *request, const struct har_part *part, struct arena *arena)
{
	size_t count = request->part_count;
	bool is_full = count >= PARTS_AT_FIRST && !(count & (count - 1)); /* a power of 2 */

	if (!count)
		request->parts = arena_new(arena, PARTS_AT_FIRST, sizeof *part);
	else if (is_full)
		request->parts =
			arena_resize(arena, request->parts, count * sizeof *part, 2 * count * sizeof *part);
	request->parts[request->part_count++] = *part;
}

void har_form_read(
	struct span content_type, struct span body, struct arena *arena, struct har_request *request)
{
	static const struct multipart_limits limits = {HAR_PARTS_MAX, PART_HEAD_MAX};
	struct multipart multipart;
	struct har_part part = {0};
	struct err err;
	int event;

	if (multipart_init(&multipart, boundary_of(content_type), &limits, &err) < 0)
		return;
	while ((event = multipart_next(&multipart, &body, &err)) > MULTIPART_MORE) {
		if (event == MULTIPART_PART)
			part = begin_part(&multipart, arena);
		if (event != MULTIPART_PART_END)
			continue;
		part.length = multipart.position - part.offset;
		add(request, &part, arena);
	}
	multipart_deinit(&multipart);
}
