#include "mlmock/complaint.h"

#include "base/ascii.h"

static void begin(struct buf *list, const char *type, const char *name, const char *message)
{
	buf_add_format(list, "%s{\"type\":\"%s\",\"loc\":[\"body\",\"%s\"],\"msg\":\"%s\",\"input\":",
		list->n ? "," : "", type, name, message);
}

void complaint_add_missing(struct buf *list, const char *name)
{
	begin(list, "missing", name, "Field required");
	buf_add_text(list, "null}");
}

/* As an object: names in lower case. */
static void add_head(struct buf *list, struct span head, struct arena *arena)
{
	const char *comma = "";

	while (head.n) {
		struct span value = span_trim(span_cut(&head, '\n'));
		struct span name;

		value.n -= value.n && value.p[value.n - 1] == '\r';
		name = span_cut(&value, ':');
		buf_add_format(list, "%s\"", comma);
		for (size_t i = 0; i < name.n; i++)
			buf_add_format(list, "%c", ascii_lower(name.p[i]));
		buf_add_text(list, "\":");
		buf_add_json(list, form_latin1(span_trim(value), arena));
		comma = ",";
	}
}

/* The framework writes down all that its file object holds. */
void complaint_add_no_string(
	struct buf *list, const char *name, const struct form_field *file, struct arena *arena)
{
	begin(list, "string_type", name, "Input should be a valid string");
	buf_add_text(list, "{\"filename\":");
	buf_add_json(list, form_text(file->file_name, arena));
	buf_add_text(list, ",\"file\":{\"_file\":{},\"_max_size\":67108864,\"_rolled\":false,"
					   "\"_TemporaryFileArgs\":{\"mode\":\"w+b\",\"buffering\":-1,"
					   "\"suffix\":null,\"prefix\":null,\"encoding\":null,\"newline\":null,"
					   "\"dir\":null,\"errors\":null}}");
	buf_add_format(list, ",\"size\":%zu,\"headers\":{", file->content.n);
	add_head(list, file->head, arena);
	buf_add_text(list, "},\"_max_mem_size\":67108864}}");
}
