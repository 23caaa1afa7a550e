/* buf: bytes that are put together, growing as needed. For heads, small answers and texts; bodies
 * are chains. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>

#include "base/span.h"

struct buf {
	char *bytes; /* owned; NULL while empty */
	size_t n;
	size_t capacity;
};

void buf_init(struct buf *buf);
void buf_deinit(struct buf *buf);

/* Empties it and keeps the memory. */
void buf_reset(struct buf *buf);

/* Makes room for n more bytes and returns where they go; buf->n is the caller's to raise. */
char *buf_reserve(struct buf *buf, size_t n);

void buf_add(struct buf *buf, struct span bytes);
void buf_add_text(struct buf *buf, const char *text);

/* A NUL stands behind the text until the next change, and does not count. */
void buf_add_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_add_args(struct buf *buf, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* As a JSON string with its quotes: '"', '\' and control characters escaped, also U+007F to U+009F,
 * which terminals obey; bytes that are not UTF-8 replaced by U+FFFD. */
void buf_add_json(struct buf *buf, struct span text);

static inline struct span buf_span(const struct buf *buf)
{
	return (struct span){buf->bytes, buf->n};
}

#define BUF_AUTO __attribute__((cleanup(buf_deinit)))

#endif
