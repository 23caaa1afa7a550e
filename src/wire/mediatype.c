#include "wire/mediatype.h"

#include "base/ascii.h"

/* What str.strip() takes away from bytes read as Latin-1. */
static bool is_blank(char c)
{
	unsigned char byte = (unsigned char)c;

	if (byte > ' ')
		return byte == 0x85 || byte == 0xa0;
	return byte == ' ' || (byte >= '\t' && byte <= '\r') || byte >= 0x1c;
}

static struct span strip(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s = span_skip(s, 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Where a parameter with quotes in it ends. */
static size_t quoted_length(struct span s)
{
	bool is_quoted = false;
	size_t at;

	for (at = 0; at < s.n && (is_quoted || s.p[at] != ';'); at++)
		if (s.p[at] == '"' && (at == 0 || s.p[at - 1] != '\\'))
			is_quoted = !is_quoted;
	return at;
}

/* Cuts the bytes up to the next separator off the front of *rest. */
static struct span cut_param(struct span *rest)
{
	struct span whole = *rest;
	struct span param = span_cut(rest, ';');

	if (!param.n || !memchr(param.p, '"', param.n))
		return param;
	param = span_first(whole, quoted_length(whole));
	*rest = span_skip(whole, param.n + 1);
	return param;
}

struct span mediatype_value(struct span header, struct mediatype_params *ret_params)
{
	struct span value = cut_param(&header);

	ret_params->rest = header;
	return strip(value);
}

static bool is_enclosed(struct span s, char open, char close)
{
	return s.n > 1 && s.p[0] == open && s.p[s.n - 1] == close;
}

/* RFC 2231: `name*`, `name*3` or `name*3*`. */
static bool is_extended(struct span written, struct span name)
{
	struct span rest = span_skip(written, name.n);

	if (!rest.n || rest.p[0] != '*' || !span_equal_nocase(span_first(written, name.n), name))
		return false;
	rest = span_skip(rest, 1);
	if (!rest.n)
		return true;
	if (rest.n > 1 && rest.p[rest.n - 1] == '*')
		rest.n--;
	for (size_t i = 0; i < rest.n; i++)
		if (!ascii_is_digit(rest.p[i]))
			return false;
	return true;
}

static void note_param(struct mediatype_wanted *wanted, struct span written, struct span value)
{
	bool is_plain = span_equal_nocase(written, wanted->name);

	if (!is_plain && !is_extended(written, wanted->name))
		return;
	if (wanted->found != MEDIATYPE_NONE || !is_plain || is_enclosed(value, '<', '>'))
		wanted->found = MEDIATYPE_DOUBTFUL;
	else
		wanted->found = MEDIATYPE_ONE;
	if (is_enclosed(value, '"', '"'))
		value = span_between(value.p + 1, value.p + value.n - 1);
	wanted->value = value;
}

void mediatype_find(
	struct mediatype_params params, struct mediatype_wanted *wanted, size_t wanted_count)
{
	while (params.rest.n) {
		struct span value = cut_param(&params.rest);
		struct span written = strip(span_cut(&value, '='));

		value = strip(value);
		for (size_t i = 0; i < wanted_count; i++)
			note_param(&wanted[i], written, value);
	}
}
