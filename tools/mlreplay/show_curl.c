/* Every word that is not ours stands between quotes, in which sh takes all as it is; what a
 * terminal would obey is left out or escaped, as somebody will paste it. curl is told not to read
 * more into it: no patterns in the URL, no other protocols, none of the fields that it would add.
 */
#include "mlreplay/show_curl.h"

#include <errno.h>

#include "mlreplay/head.h"
#include "wire/percent.h"

/* What curl adds unless it is told. */
static const struct span added[] = {
	SPAN_LITERAL("Accept"),
	SPAN_LITERAL("Content-Type"),
	SPAN_LITERAL("Expect"),
	SPAN_LITERAL("User-Agent"),
};

static void add_quoted(struct span text, struct buf *out)
{
	buf_add_text(out, "'");
	while (text.n) {
		size_t before = text.n;
		struct span plain = span_cut(&text, '\'');

		buf_add(out, plain);
		if (plain.n < before)
			buf_add_text(out, "'\\''");
	}
	buf_add_text(out, "'");
}

static bool is_visible(struct span text)
{
	BUF_AUTO struct buf visible = {0};

	buf_add_visible(&visible, text);
	return span_equal(buf_span(&visible), text);
}

/* One without a value is written "Name;", since "Name:" takes one away. */
static void add_field(const struct har_field *field, struct buf *out)
{
	struct span value = span_trim(field->value);
	BUF_AUTO struct buf line = {0};

	buf_add(&line, field->name);
	buf_add_text(&line, value.n ? ": " : ";");
	buf_add(&line, value);
	buf_add_text(out, " --header ");
	add_quoted(buf_span(&line), out);
}

static bool is_sent(const struct har_request *request, const struct har_field *field)
{
	return head_may_send(request, field) && is_visible(field->value);
}

static bool has_sent(const struct har_request *request, struct span name)
{
	for (size_t i = 0; i < request->field_count; i++)
		if (span_equal_nocase(request->fields[i].name, name) &&
			is_sent(request, &request->fields[i]))
			return true;
	return false;
}

static void add_fields(const struct har_request *request, struct buf *out)
{
	for (size_t i = 0; i < request->field_count; i++)
		if (is_sent(request, &request->fields[i]))
			add_field(&request->fields[i], out);
	for (size_t i = 0; i < sizeof added / sizeof *added; i++)
		if (!has_sent(request, added[i]))
			buf_add_format(out, " --header '%.*s:'", SPAN_ARG(added[i]));
}

/* A comment in front, so that nobody takes it for all of the head. */
static void add_left_out(const struct har_request *request, struct buf *out)
{
	for (size_t i = 0; i < request->field_count; i++)
		if (head_may_send(request, &request->fields[i]) && !is_visible(request->fields[i].value))
			buf_add_format(out, "# left out, as a terminal may obey it: %.*s\n",
				SPAN_ARG(request->fields[i].name));
}

static void add_url(struct span url, struct buf *out)
{
	BUF_AUTO struct buf encoded = {0};

	percent_encode(url, &encoded);
	buf_add_text(out, " --url ");
	add_quoted(buf_span(&encoded), out);
}

int show_curl_write(
	const struct har_entry *entry, const char *capture, struct buf *out, struct err *err)
{
	const struct har_request *request = &entry->request;
	unsigned long long seq = entry->seq;

	if (request->lacks_body)
		return err_set(err, ERR_UNSUPPORTED, "#%llu: %s", seq, request->lacks_body);
	if (head_check(request, err) < 0) {
		struct err why = *err;

		return err_set(err, ERR_UNSUPPORTED, "#%llu: %s", seq, why.text);
	}
	add_left_out(request, out);
	if (request->body_length) {
		add_quoted(span_of(program_invocation_name), out);
		buf_add_text(out, " show --part body -- ");
		add_quoted(span_of(capture), out);
		buf_add_format(out, " %llu | ", seq);
	}
	buf_add_text(out, "curl --globoff --proto '=http,https' --request ");
	add_quoted(request->method, out);
	add_fields(request, out);
	if (request->body_length)
		buf_add_text(out, " --data-binary @-");
	add_url(request->url, out);
	buf_add_text(out, "\n");
	return 0;
}
