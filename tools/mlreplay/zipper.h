/* zipper: an archive of files (see io/unzip), to be written. The files wait in a scratch, so that
 * one of any size needs little memory: some 500 bytes for each file. */
#ifndef MLREPLAY_ZIPPER_H
#define MLREPLAY_ZIPPER_H

#include "mlreplay/scratch.h"

struct zipper;

/* A file: that part of a scratch, which outlives the zipper. */
struct zipper_file {
	const char *name; /* is copied */
	struct scratch *scratch;
	uint64_t at;
	uint64_t length;
	bool is_packed; /* else it is stored as it is, as pictures are small already */
};

/* Writes to a descriptor, from its begin on, which is the caller's. `path` is for people, and
 * outlives it. -1 (ERR_INTERNAL): `PATH: why`, as all here. */
int zipper_new(int fd, const char *path, struct zipper **ret_zipper, struct err *err)
	__attribute__((warn_unused_result));
void zipper_free(struct zipper *zipper); /* takes NULL */

bool zipper_has(const struct zipper *zipper, const char *name);

/* There is none of that name. */
int zipper_add(struct zipper *zipper, const struct zipper_file *file, struct err *err)
	__attribute__((warn_unused_result));

/* Reads all files, and writes the archive; how long it is. */
int zipper_end(struct zipper *zipper, uint64_t *ret_bytes, struct err *err)
	__attribute__((warn_unused_result));

#endif
