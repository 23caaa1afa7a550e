/* span: bytes somewhere, not owned, not NUL-terminated. How all bytes from the wire are named. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

#define SPAN_LITERAL(text) ((struct span){"" text, sizeof(text) - 1})
#define SPAN_EMPTY         ((struct span){NULL, 0})

/* For printf's "%.*s". */
#define SPAN_ARG(s) ((int)((s).n > 4096 ? 4096 : (s).n)), ((s).n ? (s).p : "")

static inline struct span span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

/* The bytes from p up to, not including, end. */
static inline struct span span_between(const char *p, const char *end)
{
	return (struct span){p, (size_t)(end - p)};
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span a, const char *text)
{
	return span_equal(a, span_of(text));
}

/* Without the first n bytes, or without all of them if there are fewer. */
static inline struct span span_skip(struct span s, size_t n)
{
	return n < s.n ? (struct span){s.p + n, s.n - n} : SPAN_EMPTY;
}

/* The first n bytes, or all of them if there are fewer. */
static inline struct span span_first(struct span s, size_t n)
{
	return (struct span){s.p, n < s.n ? n : s.n};
}

static inline bool span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && span_equal(span_first(s, prefix.n), prefix);
}

static inline bool span_ends(struct span s, struct span suffix)
{
	return s.n >= suffix.n && span_equal(span_skip(s, s.n - suffix.n), suffix);
}

/* ASCII letters compare without regard to case. */
bool span_equal_nocase(struct span a, struct span b);

/* For secrets: how long it takes tells nothing of the second one, nor where they differ. */
bool span_equal_secret(struct span given, struct span secret);

/* Without spaces and tabs at both ends (RFC 9110's OWS). */
struct span span_trim(struct span s);

/* Cuts the bytes up to the first separator off the front of *rest and returns them; *rest keeps
 * what follows it. Without a separator all is returned and *rest becomes empty. */
static inline struct span span_cut(struct span *rest, char separator)
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

/* The number of valid UTF-8 bytes at the front; s.n when all of it is valid (RFC 3629: no
 * surrogates, no overlong forms, at most U+10FFFF). */
size_t span_utf8_length(struct span s);

/* The number of bytes at the front that a JSON string takes as they are and that are printable
 * ASCII. */
size_t span_plain_length(struct span s);

/* A decimal number of digits alone, at most max. Returns false, with *ret untouched, for anything
 * else: no digits, a sign, blanks, overflow. */
bool span_to_number(struct span s, uint64_t max, uint64_t *ret);

/* A heap copy with a NUL behind it; the caller frees it with mem_free(). */
char *span_dup(struct span s) __attribute__((warn_unused_result));

#endif
