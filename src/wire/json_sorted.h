/* json_sorted: the members of an object in the order of their names, for comparing objects whose
 * keys may come in any order. */
#ifndef WIRE_JSON_SORTED_H
#define WIRE_JSON_SORTED_H

#include "base/arena.h"
#include "base/span.h"

struct json_sorted_item {
	struct span name;  /* the key, decoded */
	struct span value; /* of doubled keys the last one's */
};

struct json_sorted {
	struct json_sorted_item *items;
	size_t count;
};

/* Reads an object that has passed json_check, in n log n for n members. Spans point into it or into
 * the arena. False when more than max members are written, doubled ones included. */
bool json_sorted_read(struct span object, size_t max, struct arena *arena,
	struct json_sorted *ret_sorted) __attribute__((warn_unused_result));

/* Walks over the names that two of them have, in their order; a value is empty where that name is
 * not there. */
struct json_sorted_pairs {
	const struct json_sorted *left;
	const struct json_sorted *right;
	size_t left_at;
	size_t right_at;
};

bool json_sorted_next(struct json_sorted_pairs *walk, struct span *ret_name, struct span *ret_left,
	struct span *ret_right);

/* As bytes compare. */
int json_sorted_compare(struct span a, struct span b);

#endif
