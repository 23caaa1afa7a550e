#include "base/span.h"

#include "base/ascii.h"
#include "base/mem.h"

bool span_equal_nocase(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct span span_trim(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s = span_skip(s, 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct span span_cut(struct span *rest, char separator)
{
	struct span whole = *rest;
	const char *at = whole.n ? memchr(whole.p, separator, whole.n) : NULL;

	if (!at) {
		*rest = SPAN_EMPTY;
		return whole;
	}
	*rest = span_between(at + 1, whole.p + whole.n);
	return span_between(whole.p, at);
}

/* The length of the well-formed sequence at the front, 0 if there is none. The ranges of the
 * second byte are those of RFC 3629, section 4. */
static size_t utf8_sequence(const unsigned char *p, size_t n)
{
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	size_t length;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		length = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (n < length)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return length;
}

size_t span_utf8_length(struct span s)
{
	size_t at = 0;

	while (at < s.n) {
		size_t n = utf8_sequence((const unsigned char *)s.p + at, s.n - at);

		if (!n)
			break;
		at += n;
	}
	return at;
}

bool span_to_number(struct span s, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (!s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		uint64_t digit = (uint64_t)(unsigned char)s.p[i] - '0';

		if (digit > 9 || value > (max - digit) / 10 || digit > max)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	return true;
}

char *span_dup(struct span s)
{
	char *copy = mem_new(s.n + 1, 1);

	if (s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}
