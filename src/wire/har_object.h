/* har_object: an object of an entry as it is written, member by member.
 *
 * A text that is not UTF-8 has a character U+0000 to U+00FF for each byte instead, and the object's
 * last member, `_latin1`, then lists the keys of such texts. */
#ifndef WIRE_HAR_OBJECT_H
#define WIRE_HAR_OBJECT_H

#include "base/buf.h"

enum { HAR_OBJECT_TEXTS = 8 }; /* of one object */

#define HAR_LATIN1 "_latin1"

/* How an entry with a checksum ends, when `front` is all that stands before that. */
#define HAR_CHECKSUM_END ",\"_crc32c\":\"00000000\"}"
void har_checksum_end(struct span front, char ret_end[sizeof HAR_CHECKSUM_END]);

/* What HAR has for the type of a body that has none. */
#define HAR_UNKNOWN_TYPE "x-unknown"

struct har_object {
	struct buf *out;
	bool has_members;
	size_t latin1_count;
	const char *latin1[HAR_OBJECT_TEXTS];
};

struct har_object har_object_begin(struct buf *out);
void har_object_end(struct har_object *object);

/* What follows goes to out: the member's value. Keys need no escapes. */
void har_object_key(struct har_object *object, const char *key);

void har_object_text(struct har_object *object, const char *key, struct span text);
void har_object_text_if(
	struct har_object *object, const char *key, struct span text); /* not empty */
void har_object_number(struct har_object *object, const char *key, uint64_t number);

/* Nanoseconds as milliseconds, exactly; less than 0 is -1. */
void har_object_ms(struct har_object *object, const char *key, int64_t ns);

/* A value as it is written in JSON. */
void har_object_json(struct har_object *object, const char *key, const char *json);

#endif
