#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

void buf_init(struct buf *buf)
{
	*buf = (struct buf){0};
}

void buf_deinit(struct buf *buf)
{
	mem_free(buf->bytes);
	buf_init(buf);
}

void buf_reset(struct buf *buf)
{
	buf->n = 0;
}

char *buf_reserve(struct buf *buf, size_t n)
{
	size_t need;

	if (__builtin_add_overflow(buf->n, n, &need))
		need = SIZE_MAX; /* which mem_resize() refuses */
	if (need > buf->capacity) {
		size_t capacity = buf->capacity ? buf->capacity : 256;

		while (capacity < need && capacity <= SIZE_MAX / 2)
			capacity *= 2;
		buf->capacity = capacity < need ? need : capacity;
		buf->bytes = mem_resize(buf->bytes, buf->capacity, 1);
	}
	return buf->bytes + buf->n;
}

void buf_add(struct buf *buf, struct span bytes)
{
	if (bytes.n) {
		memcpy(buf_reserve(buf, bytes.n), bytes.p, bytes.n);
		buf->n += bytes.n;
	}
}

void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, span_of(text));
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

/* The byte there, or the two of a control character. Returns how many. */
static size_t add_json_byte(struct buf *buf, const char *at)
{
	unsigned char c = (unsigned char)at[0];
	bool is_control = c < 0x20 || c == 0x7f;
	size_t n = 1;

	if (c == 0xc2 && (unsigned char)at[1] < 0xa0) { /* U+0080 to U+009F */
		c = (unsigned char)at[1];
		is_control = true;
		n = 2;
	}
	if (is_control)
		buf_add_format(buf, "\\u%04x", c);
	else if (c == '"' || c == '\\')
		buf_add_format(buf, "\\%c", c);
	else
		buf_add(buf, (struct span){at, n});
	return n;
}

void buf_add_json(struct buf *buf, struct span text)
{
	buf_add_text(buf, "\"");
	while (text.n) {
		size_t valid = span_utf8_length(text);

		for (size_t i = 0; i < valid;)
			i += add_json_byte(buf, text.p + i);
		text = span_skip(text, valid);
		if (text.n) {
			buf_add_text(buf, "\xef\xbf\xbd");
			text = span_skip(text, 1);
		}
	}
	buf_add_text(buf, "\"");
}
