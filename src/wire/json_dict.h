/* json_dict: the members of an object as Python's dict keeps them, for whom a key counts once: of
 * doubled keys the last value, at the first one's place. */
#ifndef WIRE_JSON_DICT_H
#define WIRE_JSON_DICT_H

#include "base/arena.h"
#include "base/span.h"

struct json_dict_item {
	struct span name;  /* the key, decoded */
	struct span key;   /* the key as first written, with its quotes */
	struct span value; /* as last written */
};

struct json_dict {
	struct json_dict_item *items;
	size_t count;
	size_t capacity; /* private */
};

/* Reads an object that has passed json_check. Spans point into it or into the arena. False when
 * more than max members are written, doubled ones included, so that the work stays bounded. */
bool json_dict_read(struct span object, size_t max, struct arena *arena, struct json_dict *ret_dict)
	__attribute__((warn_unused_result));

/* NULL when there is none of the name. */
const struct json_dict_item *json_dict_find(const struct json_dict *dict, struct span name);

#endif
