/* json: strict JSON (RFC 8259, UTF-8) read as spans, so that what is passed on keeps its bytes.
 *
 * First a checker, which is resumable at any byte; then walkers over text that has passed it. The
 * walkers take whole values and cannot fail. Numbers stay text: 0.70 and 9007199254740993 are
 * never turned into anything else.
 */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "base/utf8.h"

enum { JSON_DEPTH_MAX = 64 }; /* arrays and objects inside one another */

enum json_type {
	JSON_NONE, /* nothing but white space so far */
	JSON_OBJECT,
	JSON_ARRAY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

/* Checks a text that comes in pieces. Refused are a BOM, control characters in strings, invalid
 * UTF-8, NaN, leading zeros, trailing commas and bytes behind the value, as well as more than
 * JSON_DEPTH_MAX levels. Lone surrogates written as escapes pass: the grammar allows them, and
 * what to think of them is the reader's to say. */
struct json_check {
	enum json_type type; /* of the outermost value, as soon as it is known */
	uint64_t position;   /* of the next byte; after a failure, of what is wrong */
	/* private */
	unsigned char state;
	bool is_key;            /* the string at hand is a member's key */
	unsigned char hex_left; /* digits of a \u escape to come */
	struct utf8_rest utf8;  /* of the character at hand */
	unsigned depth;
	const char *literal; /* what is left of true, false or null */
	uint64_t is_object;  /* one bit a level */
};

void json_check_init(struct json_check *check);

/* Takes all of the bytes. 0, or -1 with what is wrong and where: ERR_INVALID, or ERR_TOO_LARGE for
 * too many levels. After a failure the check is of no more use. */
int json_check_feed(struct json_check *check, struct span bytes, struct err *err)
	__attribute__((warn_unused_result));

/* The text ends here. 0 when it is one whole value. */
int json_check_end(struct json_check *check, struct err *err) __attribute__((warn_unused_result));

/* Init, feed and end in one. */
int json_check_whole(struct span text, enum json_type *ret_type, struct err *err)
	__attribute__((warn_unused_result));

/* Without white space at both ends. */
struct span json_trim(struct span value);

/* The type of a value that begins with that byte; JSON_NONE when none does. */
enum json_type json_type_begun(unsigned char first);

/* The type of a value, which may have white space around it. */
enum json_type json_type_of(struct span value);

/* Walks over the members of an object, which it must be, in the order they are written, doubled
 * keys included:
 *     struct json_members walk = json_members_of(object);
 *     while (json_members_next(&walk, &key, &value)) … */
struct json_members {
	struct span rest;
};

struct json_members json_members_of(struct span object);

/* The key with its quotes and escapes, the value without white space around it. */
bool json_members_next(struct json_members *walk, struct span *ret_key, struct span *ret_value);

/* The same for the elements of an array, which it must be. */
struct json_elements {
	struct span rest;
};

struct json_elements json_elements_of(struct span array);
bool json_elements_next(struct json_elements *walk, struct span *ret_value);

/* The last member whose decoded key is `key`; false when there is none. */
bool json_member(struct span object, struct span key, struct span *ret_value);

/* Decodes a string with its quotes into the arena. A lone surrogate becomes its three bytes. When
 * nothing is escaped the span points into the text itself. */
struct span json_string(struct span string, struct arena *arena);

/* True when the string (with its quotes) says `text` once its escapes are decoded. */
bool json_string_is(struct span string, struct span text);

#endif
