/* descriptors: few of them, to see what becomes of whom when there are none left. */
#ifndef RIG_DESCRIPTORS_H
#define RIG_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

struct descriptors {
	struct rlimit before;
};

/* From now on only `count` more can be opened. False, with nothing changed, under valgrind, which
 * counts for itself, and closes clients that it has no number for. */
bool descriptors_leave(struct descriptors *descriptors, size_t count)
	__attribute__((warn_unused_result));

/* As many as before. */
void descriptors_restore(struct descriptors *descriptors);

#endif
