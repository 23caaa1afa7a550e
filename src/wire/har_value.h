/* har_value: a value of an entry as it is read, which knows where it stands, so that what is wrong
 * with it can be said: `response.headers[3].value: wanted a string`. Null is nothing, since other
 * programs write it where they know nothing.
 */
#ifndef WIRE_HAR_VALUE_H
#define WIRE_HAR_VALUE_H

#include "base/arena.h"
#include "base/err.h"
#include "wire/json.h"

struct har_value {
	struct span json;           /* empty: there is none */
	const struct har_value *in; /* NULL: it is the entry */
	const char *key;            /* NULL: it is an element */
	size_t at;                  /* of an element */
	bool is_latin1;             /* a text that har_object.h speaks of */
};

/* Fails with ERR_INVALID, where the value stands, and what is wrong. */
#define har_value_refuse(value, err, ...) (har_value_blame(value, err, __VA_ARGS__), -1)
void har_value_blame(const struct har_value *value, struct err *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* True when there is one. */
static inline bool har_value_is(const struct har_value *value)
{
	return value->json.n > 0;
}

/* All that follow give what there is; where there is nothing they change nothing, and neither when
 * they fail, because it has another type. */

/* The members with these keys, the last of each, of an object that outlives them. */
int har_value_members(const struct har_value *object, const char *const *keys, size_t count,
	struct har_value *ret_members, struct err *err) __attribute__((warn_unused_result));

/* The elements of an array, at most max. */
int har_value_elements(const struct har_value *array, size_t max, struct arena *arena,
	struct har_value **ret_elements, size_t *ret_count, struct err *err)
	__attribute__((warn_unused_result));

int har_value_text(const struct har_value *value, struct arena *arena, struct span *ret_text,
	struct err *err) __attribute__((warn_unused_result));

/* A whole number, not negative. */
int har_value_number(const struct har_value *value, uint64_t max, uint64_t *ret_number,
	struct err *err) __attribute__((warn_unused_result));

/* Milliseconds; negative ones are -1. */
int har_value_ms(const struct har_value *value, int64_t *ret_ns, struct err *err)
	__attribute__((warn_unused_result));

/* SHA-256 in lower case. */
int har_value_sha256(const struct har_value *value, struct arena *arena, struct span *ret_sha256,
	struct err *err) __attribute__((warn_unused_result));

/* The place in a list of words. */
int har_value_word(const struct har_value *value, const char *const *words, size_t count,
	size_t *ret_place, struct err *err) __attribute__((warn_unused_result));

#endif
