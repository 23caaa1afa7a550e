/* new_file: a file that is there when all of it is: until then it has no name, so that whoever
 * gives up, or is killed, leaves nothing. Where the file system has no such files, it has another
 * name beside it, and whoever is killed leaves it. It is its owner's alone (0600): it tells of
 * photos. */
#ifndef MLREPLAY_NEW_FILE_H
#define MLREPLAY_NEW_FILE_H

#include "base/err.h"
#include "base/span.h"

struct new_file;

/* The path outlives it. -1 with `PATH: why`: ERR_INVALID when there is something at that place
 * already, unless it is a regular file that may be replaced; ERR_INTERNAL when none can be made. */
int new_file_begin(const char *path, bool may_replace, struct new_file **ret_file, struct err *err)
	__attribute__((warn_unused_result));

/* Adds behind what was added. -1 (ERR_INTERNAL), as below. */
int new_file_add(struct new_file *file, struct span bytes, struct err *err)
	__attribute__((warn_unused_result));

/* For who writes wherever in it, and adds nothing. */
int new_file_descriptor(const struct new_file *file);

/* Puts it in its place; -1 also when something has come there that may not be replaced. */
int new_file_end(struct new_file *file, struct err *err) __attribute__((warn_unused_result));

void new_file_free(struct new_file *file); /* takes NULL */

#endif
