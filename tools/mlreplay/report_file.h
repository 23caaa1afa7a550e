/* report_file: the file of a report whose first lines are known last: what follows them waits in a
 * file without a name, so that a run of any length needs no more memory. */
#ifndef MLREPLAY_REPORT_FILE_H
#define MLREPLAY_REPORT_FILE_H

#include "mlreplay/scratch.h"

struct report_file {
	const char *path;
	int fd;
	struct scratch *scratch;
	bool has_failed; /* what was added is not all there */
	struct err why;
};

/* Opens the file, which is empty then, and its owner's alone when it is new: it tells of photos.
 * The path outlives it. -1 (ERR_INVALID): `PATH: why`. */
int report_file_open(struct report_file *ret_file, const char *path, struct err *err)
	__attribute__((warn_unused_result));

/* Adds to what comes behind the head. */
void report_file_add(struct report_file *file, struct span bytes);

/* Writes the head, what was added, and the tail. -1 (ERR_INTERNAL) also when something was not
 * added. */
int report_file_end(struct report_file *file, struct span head, struct span tail, struct err *err)
	__attribute__((warn_unused_result));

void report_file_close(struct report_file *file); /* takes a zeroed one */

#endif
