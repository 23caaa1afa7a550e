#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/mem.h"

void buf_deinit(struct buf *buf)
{
	if (!buf->arena)
		mem_free(buf->bytes);
	*buf = (struct buf){.arena = buf->arena};
}

void buf_reset(struct buf *buf)
{
	buf->n = 0;
}

char *buf_grow(struct buf *buf, size_t n)
{
	size_t capacity = buf->capacity ? buf->capacity : 256;
	size_t need;

	if (__builtin_add_overflow(buf->n, n, &need))
		need = SIZE_MAX; /* which mem_resize() refuses */
	while (capacity < need && capacity <= SIZE_MAX / 2)
		capacity *= 2;
	buf->capacity = capacity < need ? need : capacity;
	buf->bytes = buf->arena ? arena_resize(buf->arena, buf->bytes, buf->n, buf->capacity)
							: mem_resize(buf->bytes, buf->capacity, 1);
	return buf->bytes + buf->n;
}

void buf_add_args(struct buf *buf, const char *format, va_list args)
{
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	assert(n >= 0);
	(void)vsnprintf(buf_reserve(buf, (size_t)n + 1), (size_t)n + 1, format, args);
	buf->n += (size_t)n;
}

void buf_add_format(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_add_args(buf, format, args);
	va_end(args);
}

void buf_add_number(struct buf *buf, uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	buf_add(buf, (struct span){digits + at, sizeof digits - at});
}

void buf_add_ms(struct buf *buf, int64_t ns)
{
	uint64_t tenths = ns > 0 ? ((uint64_t)ns + 50000) / 100000 : 0;
	char decimal[] = {'.', (char)('0' + tenths % 10)};

	buf_add_number(buf, tenths / 10);
	buf_add(buf, (struct span){decimal, sizeof decimal});
}

/* -- JSON ------------------------------------------------------------------------------------ */

/* What terminals and viewers obey instead of showing it: control characters, line separators, and
 * what turns the direction of writing. */
static bool is_obeyed(unsigned character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
		   (character >= 0x200e && character <= 0x200f) ||
		   (character >= 0x2028 && character <= 0x202e) ||
		   (character >= 0x2066 && character <= 0x2069);
}

/* A valid character of up to three bytes; longer ones are shown. */
static unsigned decode(const char *p, size_t n)
{
	unsigned c = (unsigned char)p[0];

	if (n == 1)
		return c;
	c &= 0xffU >> (n + 1);
	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3f);
	return c;
}

static size_t character_length(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static void add_escape(struct buf *buf, unsigned character)
{
	static const char digits[] = "0123456789abcdef";
	char text[] = "\\u0000";

	for (size_t at = sizeof text - 2; character; character >>= 4)
		text[at--] = digits[character & 15];
	buf_add(buf, (struct span){text, sizeof text - 1});
}

/* The character at the front, which is not plain. Returns how many bytes it is. */
static size_t add_character(struct buf *buf, struct span text)
{
	size_t n = character_length((unsigned char)text.p[0]);
	unsigned character;

	if (span_utf8_length(span_first(text, n)) < n) {
		buf_add_text(buf, "\xef\xbf\xbd");
		return 1;
	}
	character = decode(text.p, n);
	if (is_obeyed(character))
		add_escape(buf, character);
	else if (n == 1)
		buf_add(buf, (struct span){(char[]){'\\', text.p[0]}, 2});
	else
		buf_add(buf, span_first(text, n));
	return n;
}

void buf_add_json_text(struct buf *buf, struct span text)
{
	while (text.n) {
		size_t plain = span_plain_length(text);

		buf_add(buf, span_first(text, plain));
		text = span_skip(text, plain);
		if (text.n)
			text = span_skip(text, add_character(buf, text));
	}
}

void buf_add_json(struct buf *buf, struct span text)
{
	buf_add_text(buf, "\"");
	buf_add_json_text(buf, text);
	buf_add_text(buf, "\"");
}

void buf_add_visible(struct buf *buf, struct span text)
{
	while (text.n) {
		size_t plain = span_plain_length(text);

		if (plain < text.n && (text.p[plain] == '"' || text.p[plain] == '\\'))
			plain++;
		buf_add(buf, span_first(text, plain));
		text = span_skip(text, plain);
		if (text.n && !plain)
			text = span_skip(text, add_character(buf, text));
	}
}
