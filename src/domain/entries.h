/* entries: what a request asks for: the JSON of the `entries` part, in Immich's words
 *     {task: {type: {"modelName": …, "options": …}}}
 * judged as the service judges it, and kept as the bytes it was.
 */
#ifndef DOMAIN_ENTRIES_H
#define DOMAIN_ENTRIES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum { ENTRIES_TASKS_MAX = 256, ENTRIES_TYPES_MAX = 256 };

struct entries_type {
	struct span name;  /* decoded */
	struct span model; /* decoded modelName */
};

struct entries_task {
	struct span name;  /* decoded */
	struct span key;   /* as written, with its quotes */
	struct span value; /* as written */
	struct entries_type *types;
	size_t type_count;
};

/* In the order asked for; of doubled keys the last value, at the first one's place, as Python's
 * dict keeps them. Spans point into the text or the arena given to entries_parse(). */
struct entries {
	struct entries_task *tasks;
	size_t task_count;
};

/* -1, with ERR_INVALID: what the service answers 422 to (no JSON object, a task that is no object,
 * modelName missing or no string), and, where it has 500, invalid UTF-8 and a type that is no
 * object; ERR_TOO_LARGE: more tasks, or types in a task, than the limits above, doubled ones
 * included. */
int entries_parse(struct span text, struct arena *arena, struct entries *ret_entries,
	struct err *err) __attribute__((warn_unused_result));

/* Writes the entries of the tasks whose `wanted` is true, their keys and values as they were. */
void entries_write(const struct entries *entries, const bool *wanted, struct buf *out);

#endif
