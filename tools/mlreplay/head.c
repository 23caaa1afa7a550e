#include "mlreplay/head.h"

#include "domain/redact.h"
#include "wire/http1_head.h"

/* -- where to -------------------------------------------------------------------------------- */

/* What follows the last '/' of the path, with the query and without a fragment. */
static struct span last_segment(struct span url)
{
	struct span rest = url;
	struct span whole = span_cut(&rest, '#');
	struct span path;
	const char *slash;

	rest = whole;
	path = span_cut(&rest, '?');
	slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
	return slash ? span_skip(whole, (size_t)(slash + 1 - whole.p)) : SPAN_EMPTY;
}

bool head_is_predict(const struct har_request *request)
{
	struct span rest = last_segment(request->url);
	struct span segment = span_cut(&rest, '?');

	return span_is(request->method, "POST") && span_is(segment, "predict");
}

void head_write_url(const struct url *target, const struct har_request *request, struct buf *out)
{
	buf_add_text(out, target->scheme == URL_HTTPS ? "https://" : "http://");
	buf_add(out, target->authority);
	buf_add(out, target->base);
	buf_add_text(out, "/");
	buf_add(out, last_segment(request->url));
}

/* -- fields ---------------------------------------------------------------------------------- */

struct span head_find(const struct har_field *fields, size_t count, struct span name)
{
	for (size_t i = count; i > 0; i--)
		if (span_equal_nocase(fields[i - 1].name, name))
			return span_trim(fields[i - 1].value);
	return SPAN_EMPTY;
}

static bool is_in_list(struct span list, struct span name)
{
	while (list.n)
		if (span_equal_nocase(span_trim(span_cut(&list, ',')), name))
			return true;
	return false;
}

/* Hop-by-hop is also what a Connection field names. */
static bool is_of_connection(const struct har_request *request, struct span name)
{
	for (size_t i = 0; i < request->field_count; i++)
		if (http1_name_of(request->fields[i].name) == HTTP1_CONNECTION &&
			is_in_list(request->fields[i].value, name))
			return true;
	return false;
}

bool head_may_send(const struct har_request *request, const struct har_field *field)
{
	enum http1_name name = http1_name_of(field->name);

	/* Browsers write HTTP/2's own as ":method" and so on. */
	return name != HTTP1_HOST && !span_starts(field->name, SPAN_LITERAL(":")) &&
		   http1_name_may_pass(name, field->name) && !is_of_connection(request, field->name) &&
		   !span_is(field->value, REDACT_MARK);
}

/* -- checking -------------------------------------------------------------------------------- */

static bool is_value(struct span value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char byte = (unsigned char)value.p[i];

		if ((byte < ' ' && byte != '\t') || byte == 0x7f)
			return false;
	}
	return true;
}

static bool is_visible(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	return true;
}

int head_check(const struct har_request *request, struct err *err)
{
	if (!http1_is_token(request->method))
		return err_set(err, ERR_INVALID, "its method is none: \"%.*s\"",
			SPAN_ARG(span_first(request->method, 40)));
	if (!is_visible(last_segment(request->url)) || request->url.n > URL_BYTES_MAX)
		return err_set(err, ERR_INVALID, "its URL is none, or longer than %d bytes", URL_BYTES_MAX);
	for (size_t i = 0; i < request->field_count; i++) {
		const struct har_field *field = &request->fields[i];

		if (head_may_send(request, field) &&
			(!http1_is_token(field->name) || !is_value(field->value)))
			return err_set(err, ERR_INVALID, "its field \"%.*s\" is none",
				SPAN_ARG(span_first(field->name, 40)));
	}
	return 0;
}
