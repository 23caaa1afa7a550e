#include "wire/http1_head.h"

#include "base/ascii.h"
#include "wire/percent.h"

bool http1_find(const struct http1_head *head, const char *name, struct span *ret_value)
{
	struct span wanted = span_of(name);

	for (size_t i = 0; i < head->field_count; i++)
		if (span_equal_nocase(head->fields[i].name, wanted)) {
			*ret_value = head->fields[i].value;
			return true;
		}
	return false;
}

void http1_write_field(struct buf *out, const struct http1_field *field)
{
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

static bool is_token_byte(char c)
{
	return ascii_is_alphanumeric(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

bool http1_is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_token_byte(s.p[i]))
			return false;
	return s.n > 0;
}

/* RFC 3986, section 3.2.2: unreserved, sub-delims, percent-encoded; in brackets colons too. */
static bool is_host_text(struct span s, bool is_bracketed)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!ascii_is_alphanumeric(c) && !percent_is_escape(span_skip(s, i)) &&
			!(c == ':' && is_bracketed) && !memchr("-._~!$&'()*+,;=", c, 15))
			return false;
	}
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

/* Tokens are in any case. */
static bool list_has(struct span list, struct span token)
{
	while (list.n)
		if (span_equal_nocase(span_trim(span_cut(&list, ',')), token))
			return true;
	return false;
}

bool http1_connection_has(const struct http1_head *head, struct span token)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (span_equal_nocase(head->fields[i].name, SPAN_LITERAL("connection")) &&
			list_has(head->fields[i].value, token))
			return true;
	return false;
}

/* True when both have the same letters in the same order, whatever else is between them. */
static bool letters_equal(struct span a, struct span b)
{
	for (;;) {
		while (a.n && !ascii_is_letter(a.p[0]))
			a = span_skip(a, 1);
		while (b.n && !ascii_is_letter(b.p[0]))
			b = span_skip(b, 1);
		if (!a.n || !b.n)
			return a.n == b.n;
		if (ascii_lower(a.p[0]) != ascii_lower(b.p[0]))
			return false;
		a = span_skip(a, 1);
		b = span_skip(b, 1);
	}
}

bool http1_may_pass(const struct http1_head *head, struct span name)
{
	static const char *const hop_by_hop[] = {
		"connection",
		"expect",
		"http2-settings",
		"keep-alive",
		"proxy-authenticate",
		"proxy-authorization",
		"proxy-connection",
		"te",
		"trailer",
		"upgrade",
	};

	for (size_t i = 0; i < sizeof hop_by_hop / sizeof *hop_by_hop; i++)
		if (span_equal_nocase(name, span_of(hop_by_hop[i])))
			return false;
	return !letters_equal(name, SPAN_LITERAL("contentlength")) &&
		   !letters_equal(name, SPAN_LITERAL("transferencoding")) &&
		   !http1_connection_has(head, name);
}
