/* buf: bytes that are put together, growing as needed. For heads, small answers and texts; bodies
 * are chains. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>

#include "base/span.h"

struct arena;

struct buf {
	char *bytes; /* NULL while empty */
	size_t n;
	size_t capacity;
	struct arena *arena; /* has the bytes, which then live as long; NULL: the buf owns them */
};

/* Empties it; one of an arena stays that. */
void buf_deinit(struct buf *buf);

/* Empties it and keeps the memory. */
void buf_reset(struct buf *buf);

/* What buf_reserve() does when there is not room enough. */
char *buf_grow(struct buf *buf, size_t n);

/* Makes room for n more bytes and returns where they go; buf->n is the caller's to raise. */
static inline char *buf_reserve(struct buf *buf, size_t n)
{
	return n <= buf->capacity - buf->n ? buf->bytes + buf->n : buf_grow(buf, n);
}

static inline void buf_add(struct buf *buf, struct span bytes)
{
	if (bytes.n) {
		memcpy(buf_reserve(buf, bytes.n), bytes.p, bytes.n);
		buf->n += bytes.n;
	}
}

static inline void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, span_of(text));
}

/* A NUL stands behind the text until the next change, and does not count. */
void buf_add_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_add_args(struct buf *buf, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* In decimal. */
void buf_add_number(struct buf *buf, uint64_t number);

/* Nanoseconds as milliseconds with one decimal; less than 0 is 0. */
void buf_add_ms(struct buf *buf, int64_t ns);

/* As a JSON string with its quotes: '"' and '\' escaped, and what is obeyed rather than shown:
 * control characters, also U+007F to U+009F, line separators, changes of the direction of writing;
 * bytes that are not UTF-8 are replaced by U+FFFD. */
void buf_add_json(struct buf *buf, struct span text);

/* The same without the quotes. */
void buf_add_json_text(struct buf *buf, struct span text);

/* The same, but '"' and '\' as they are: for people, on a terminal. */
void buf_add_visible(struct buf *buf, struct span text);

static inline struct span buf_span(const struct buf *buf)
{
	return (struct span){buf->bytes, buf->n};
}

#define BUF_AUTO __attribute__((cleanup(buf_deinit)))

#endif
