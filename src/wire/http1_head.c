#include "wire/http1_head.h"

#include "wire/percent.h"

enum { TOKEN = 1, HOST = 2 };

/* What a byte may be part of. HOST: RFC 3986's unreserved and sub-delims. */
static const unsigned char classes[256] = {
	['0' ... '9'] = TOKEN | HOST,
	['A' ... 'Z'] = TOKEN | HOST,
	['a' ... 'z'] = TOKEN | HOST,
	['!'] = TOKEN | HOST,
	['#'] = TOKEN,
	['$'] = TOKEN | HOST,
	['%'] = TOKEN,
	['&'] = TOKEN | HOST,
	['\''] = TOKEN | HOST,
	['('] = HOST,
	[')'] = HOST,
	['*'] = TOKEN | HOST,
	['+'] = TOKEN | HOST,
	[','] = HOST,
	['-'] = TOKEN | HOST,
	['.'] = TOKEN | HOST,
	[';'] = HOST,
	['='] = HOST,
	['^'] = TOKEN,
	['_'] = TOKEN | HOST,
	['`'] = TOKEN,
	['|'] = TOKEN,
	['~'] = TOKEN | HOST,
};

bool http1_find(const struct http1_head *head, enum http1_name name, struct span *ret_value)
{
	for (size_t i = 0; head->names & HTTP1_NAME_BIT(name) && i < head->field_count; i++)
		if (head->fields[i].which == name) {
			*ret_value = head->fields[i].value;
			return true;
		}
	return false;
}

void http1_write_field(struct buf *out, const struct http1_field *field)
{
	if (field->is_plain) {
		buf_add(out, span_between(field->name.p, field->value.p + field->value.n + 2));
		return;
	}
	buf_add(out, field->name);
	buf_add_text(out, ": ");
	buf_add(out, field->value);
	buf_add_text(out, "\r\n");
}

bool http1_lines_have(struct span lines, struct span name)
{
	while (lines.n) {
		struct span line = span_cut(&lines, '\n');

		if (span_equal_nocase(span_cut(&line, ':'), name))
			return true;
	}
	return false;
}

bool http1_is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(classes[(unsigned char)s.p[i]] & TOKEN))
			return false;
	return s.n > 0;
}

/* RFC 3986, section 3.2.2; in brackets colons too. */
static bool is_host_text(struct span s, bool is_bracketed)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(classes[(unsigned char)s.p[i]] & HOST) && !(s.p[i] == ':' && is_bracketed) &&
			!percent_is_escape(span_skip(s, i)))
			return false;
	return s.n > 0;
}

bool http1_is_host(struct span s)
{
	bool is_bracketed = span_starts(s, SPAN_LITERAL("["));
	struct span port = is_bracketed ? span_skip(s, 1) : s;
	struct span host = span_cut(&port, is_bracketed ? ']' : ':');
	uint64_t number;

	/* behind a bracket there is nothing or a colon */
	if (is_bracketed && (!port.p || span_cut(&port, ':').n))
		return false;
	return is_host_text(host, is_bracketed) && (!port.n || span_to_number(port, 65535, &number));
}
