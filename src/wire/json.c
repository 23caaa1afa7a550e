/* The walkers: they take text that has passed the check, so that a value's end is found by counting
 * brackets and stepping over strings, and nothing needs to be said about what else could be there.
 */
#include "wire/json.h"

#include <assert.h>
#include <limits.h>

#include "base/ascii.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

enum json_type json_type_begun(unsigned char first)
{
	switch (first) {
	case '{': return JSON_OBJECT;
	case '[': return JSON_ARRAY;
	case '"': return JSON_STRING;
	case 't': return JSON_TRUE;
	case 'f': return JSON_FALSE;
	case 'n': return JSON_NULL;
	default: return first == '-' || ascii_is_digit((char)first) ? JSON_NUMBER : JSON_NONE;
	}
}

static struct span skip_space(struct span s)
{
	while (s.n && is_space(s.p[0]))
		s = span_skip(s, 1);
	return s;
}

struct span json_trim(struct span value)
{
	value = skip_space(value);
	while (value.n && is_space(value.p[value.n - 1]))
		value.n--;
	return value;
}

enum json_type json_type_of(struct span value)
{
	value = skip_space(value);
	return value.n ? json_type_begun((unsigned char)value.p[0]) : JSON_NONE;
}

/* Behind an odd number of backslashes. */
static bool is_escaped(struct span string, const char *quote)
{
	size_t backslashes = 0;

	while (backslashes < (size_t)(quote - string.p) && quote[-1 - (ptrdiff_t)backslashes] == '\\')
		backslashes++;
	return backslashes % 2;
}

/* The length of the string at the front, with both quotes. */
static size_t string_length(struct span s)
{
	const char *quote = s.p;
	const char *end = s.p + s.n;

	do
		quote = memchr(quote + 1, '"', (size_t)(end - quote) - 1);
	while (quote && is_escaped(s, quote));
	return quote ? (size_t)(quote - s.p) + 1 : s.n;
}

/* What bytes outside strings are to the end of a value. */
enum { IS_NOTHING, OPENS, CLOSES, QUOTES, SEPARATES };

static const unsigned char kinds[UCHAR_MAX + 1] = {
	['{'] = OPENS,
	['['] = OPENS,
	['}'] = CLOSES,
	[']'] = CLOSES,
	['"'] = QUOTES,
	[','] = SEPARATES,
	[' '] = SEPARATES,
	['\t'] = SEPARATES,
	['\n'] = SEPARATES,
	['\r'] = SEPARATES,
};

/* The length of the value at the front of what is inside an object. */
static size_t value_length(struct span s)
{
	size_t at = 0;
	size_t depth = 0;

	while (at < s.n) {
		unsigned char kind = kinds[(unsigned char)s.p[at]];

		if (kind == SEPARATES && !depth)
			break;
		depth += kind == OPENS;
		depth -= kind == CLOSES;
		at += kind == QUOTES ? string_length(span_skip(s, at)) : 1;
	}
	return at;
}

/* What is inside an object or array, whose end needs no more trimming from then on. */
static struct span inside(struct span value)
{
	value = json_trim(value);
	return json_trim(span_skip(span_first(value, value.n - 1), 1));
}

static struct span skip_mark(struct span s, char mark)
{
	s = skip_space(s);
	if (s.n && s.p[0] == mark)
		s = skip_space(span_skip(s, 1));
	return s;
}

struct json_members json_members_of(struct span object)
{
	assert(json_type_of(object) == JSON_OBJECT);
	return (struct json_members){inside(object)};
}

bool json_members_next(struct json_members *walk, struct span *ret_key, struct span *ret_value)
{
	struct span rest = walk->rest;

	if (!rest.n)
		return false;
	*ret_key = span_first(rest, string_length(rest));
	rest = skip_mark(span_skip(rest, ret_key->n), ':');
	*ret_value = span_first(rest, value_length(rest));
	walk->rest = skip_mark(span_skip(rest, ret_value->n), ',');
	return true;
}

struct json_elements json_elements_of(struct span array)
{
	assert(json_type_of(array) == JSON_ARRAY);
	return (struct json_elements){inside(array)};
}

bool json_elements_next(struct json_elements *walk, struct span *ret_value)
{
	if (!walk->rest.n)
		return false;
	*ret_value = span_first(walk->rest, value_length(walk->rest));
	walk->rest = skip_mark(span_skip(walk->rest, ret_value->n), ',');
	return true;
}

bool json_member(struct span object, struct span key, struct span *ret_value)
{
	struct json_members walk = json_members_of(object);
	struct span written;
	struct span value;
	bool found = false;

	while (json_members_next(&walk, &written, &value)) {
		if (json_string_is(written, key)) {
			*ret_value = value;
			found = true;
		}
	}
	return found;
}

static uint32_t hex_unit(const char *digits)
{
	uint32_t unit = 0;

	for (size_t i = 0; i < 4; i++)
		unit = unit << 4 | (unsigned)ascii_hex_digit(digits[i]);
	return unit;
}

/* The code point of the \u escape at the front, which may take two of them. */
static uint32_t take_code_point(struct span *rest)
{
	uint32_t point = hex_unit(rest->p + 2);

	*rest = span_skip(*rest, 6);
	if (point >= 0xd800 && point <= 0xdbff && span_starts(*rest, SPAN_LITERAL("\\u"))) {
		uint32_t low = hex_unit(rest->p + 2);

		if (low >= 0xdc00 && low <= 0xdfff) {
			point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
			*rest = span_skip(*rest, 6);
		}
	}
	return point;
}

static size_t encode_utf8(uint32_t point, char ret_bytes[4])
{
	static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t n = (size_t)1 + (point >= 0x80) + (point >= 0x800) + (point >= 0x10000);

	for (size_t i = n - 1; i > 0; i--) {
		ret_bytes[i] = (char)(0x80 | (point & 0x3f));
		point >>= 6;
	}
	ret_bytes[0] = (char)(marks[n] | point);
	return n;
}

/* Takes the next byte or escape off the front; at most 4 bytes of what it says. */
static size_t take_character(struct span *rest, char ret_bytes[4])
{
	static const char escapes[] = "b\bf\fn\nr\rt\t"; /* the others say themselves */
	const char *escape;

	if (rest->p[0] != '\\') {
		ret_bytes[0] = rest->p[0];
		*rest = span_skip(*rest, 1);
		return 1;
	}
	if (rest->p[1] == 'u')
		return encode_utf8(take_code_point(rest), ret_bytes);
	escape = strchr(escapes, rest->p[1]);
	ret_bytes[0] = escape ? escape[1] : rest->p[1];
	*rest = span_skip(*rest, 2);
	return 1;
}

/* What is between the quotes. */
static struct span string_inside(struct span string)
{
	string = json_trim(string);
	assert(string.n > 1 && string.p[0] == '"');
	return span_between(string.p + 1, string.p + string.n - 1);
}

/* What stands before the first escape. */
static struct span plain_front(struct span inside)
{
	return span_cut(&inside, '\\');
}

static bool has_escapes(struct span inside)
{
	return plain_front(inside).n < inside.n;
}

struct span json_string(struct span string, struct arena *arena)
{
	struct span rest = string_inside(string);
	struct span text = {rest.p, 0};
	char *bytes;

	if (!has_escapes(rest))
		return rest;
	bytes = arena_new(arena, rest.n, 1); /* an escape is never shorter than what it says */
	text.p = bytes;
	while (rest.n) {
		struct span plain = plain_front(rest);

		memcpy(bytes + text.n, plain.p, plain.n);
		text.n += plain.n;
		rest = span_skip(rest, plain.n);
		if (rest.n)
			text.n += take_character(&rest, bytes + text.n);
	}
	return text;
}

bool json_string_is(struct span string, struct span text)
{
	struct span rest = string_inside(string);

	if (!has_escapes(rest))
		return span_equal(rest, text);
	while (rest.n) {
		char character[4];
		size_t n = take_character(&rest, character);

		if (!span_starts(text, (struct span){character, n}))
			return false;
		text = span_skip(text, n);
	}
	return !text.n;
}
