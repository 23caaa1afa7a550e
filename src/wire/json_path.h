/* json_path: where a value is in JSON, as text that people can read and write:
 *
 *     facial-recognition[2].boundingBox.x1      quality["a key. with marks"]
 *
 * and patterns of such paths, in which * is any key, [*] any element, and ** any number of steps,
 * also none: `**.version` fits every member of that name.
 */
#ifndef WIRE_JSON_PATH_H
#define WIRE_JSON_PATH_H

#include "base/buf.h"

enum { JSON_PATH_STEPS_MAX = 62 }; /* of a pattern */

enum json_path_kind {
	JSON_PATH_KEY,
	JSON_PATH_QUOTED, /* a key as JSON has it, with its quotes */
	JSON_PATH_INDEX,
	JSON_PATH_ANY_KEY,
	JSON_PATH_ANY_INDEX,
	JSON_PATH_ANY,
};

struct json_path_step {
	enum json_path_kind kind;
	struct span key;
	size_t index;
};

/* Takes the first step off the front of *rest. False at the end, and, with *rest not empty, where
 * it is no path. */
bool json_path_next(struct span *rest, struct json_path_step *ret_step);

/* A path or pattern of one step or more, up to JSON_PATH_STEPS_MAX. */
bool json_path_check(struct span path);

/* Adds a step. A key that would read as something else is quoted. */
void json_path_add_key(struct buf *path, struct span key);
void json_path_add_index(struct buf *path, size_t index);

/* A pattern, which has passed json_path_check, is followed from the outermost value inwards: the
 * states say how much of it has been met, in all the ways that can be. */
uint64_t json_path_begin(struct span pattern);

/* The step is a key, decoded and not quoted, or an index. */
uint64_t json_path_follow(struct span pattern, uint64_t states, const struct json_path_step *step);

/* All of the pattern has been met. */
bool json_path_fits(uint64_t states);

#endif
