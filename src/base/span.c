#include "base/span.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "base/word.h"

bool span_equal_nocase(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	if (span_equal(a, b))
		return true;
	for (size_t i = 0; i < a.n; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

/* Each byte given is looked at; what is volatile no compiler may end early. */
bool span_equal_secret(struct span given, struct span secret)
{
	volatile unsigned difference = given.n != secret.n;

	for (size_t i = 0; i < given.n; i++)
		difference |= (unsigned char)given.p[i] ^ (i < secret.n ? (unsigned char)secret.p[i] : 0U);
	return !difference;
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

/* The length of the character at the front, 0 if there is none. */
static size_t character_length(struct span s)
{
	struct utf8_rest rest;
	size_t n = 1;

	if ((unsigned char)s.p[0] < 0x80)
		return 1;
	if (!utf8_begin((unsigned char)s.p[0], &rest))
		return 0;
	for (; rest.left; n++)
		if (n == s.n || !utf8_next(&rest, (unsigned char)s.p[n]))
			return 0;
	return n;
}

/* The number of ASCII bytes at the front. */
static size_t ascii_length(struct span s)
{
	size_t at = 0;

	while (s.n - at >= WORD_BYTES && !(word_load(s.p + at) & WORD_TOP_BITS))
		at += WORD_BYTES;
	while (at < s.n && (unsigned char)s.p[at] < 0x80)
		at++;
	return at;
}

size_t span_utf8_length(struct span s)
{
	size_t at = ascii_length(s);

	while (at < s.n) {
		size_t n = character_length(span_skip(s, at));

		if (!n)
			break;
		at += n;
	}
	return at;
}

static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* False for some words that are, too. With its bit 1 flipped '"' is 20, and it and the control
 * characters are less than 21, which all other ASCII is not; adding 1 finds 7F. */
static bool is_plain_word(uint64_t word)
{
	uint64_t found = word | (word + WORD_EACH(1)) | ((word ^ WORD_EACH(0x02)) - WORD_EACH(0x21)) |
					 ((word ^ WORD_EACH('\\')) - WORD_EACH(1));

	return !(found & WORD_TOP_BITS);
}

size_t span_plain_length(struct span s)
{
	size_t n = 0;

	while (s.n - n >= WORD_BYTES && is_plain_word(word_load(s.p + n)))
		n += WORD_BYTES;
	while (n < s.n && is_plain((unsigned char)s.p[n]))
		n++;
	return n;
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
