/* capture_folder: where things lie in a capture's folder, and how they are opened: it may come from
 * anybody, so that no link in it leads anywhere, and nothing but regular files is read.
 *
 *     DIR/capture.har            the current file
 *     DIR/capture-N.har          older ones
 *     DIR/blobs/ab/ab12…         a blob, under its SHA-256
 */
#ifndef IO_CAPTURE_FOLDER_H
#define IO_CAPTURE_FOLDER_H

#include "base/arena.h"
#include "base/err.h"

#define CAPTURE_CURRENT "capture.har"

enum { CAPTURE_FILES_MAX = 65536 };

struct capture_folder {
	char *path; /* as people know it */
	int fd;
	int blobs; /* a descriptor of that folder; -1: there is none */
};

/* Makes it, and the folders that it is to be in, where there are none yet; they are their owner's
 * alone. -1 (ERR_INVALID): `PATH: why`, as everywhere here. */
int capture_folder_make(const char *path, struct err *err) __attribute__((warn_unused_result));

int capture_folder_open(const char *path, struct capture_folder *ret_folder, struct err *err)
	__attribute__((warn_unused_result));
void capture_folder_close(struct capture_folder *folder); /* takes a zeroed one */

/* Nobody else writes to it as long as it is open. -1 when somebody does. */
int capture_folder_lock(const struct capture_folder *folder, struct err *err)
	__attribute__((warn_unused_result));

/* Makes the folder of blobs when there is none. */
int capture_folder_make_blobs(struct capture_folder *folder, struct err *err)
	__attribute__((warn_unused_result));

/* Lists the files whose names end in ".har", in the order of their names, into the arena; a
 * caller's pointer to each. */
int capture_folder_list(const struct capture_folder *folder, struct arena *arena,
	const char ***ret_names, size_t *ret_count, struct err *err)
	__attribute__((warn_unused_result));

/* Opens a file in it. The descriptor, or -1. */
int capture_folder_file(const struct capture_folder *folder, const char *name, int flags,
	struct err *err) __attribute__((warn_unused_result));

/* The same for a file that people name, which may be a link, to read it. */
int capture_file_open(const char *path, struct err *err) __attribute__((warn_unused_result));

/* Opens a blob. The descriptor, or -1. */
int capture_folder_blob(const struct capture_folder *folder, struct span sha256,
	uint64_t *ret_length, struct err *err) __attribute__((warn_unused_result));

/* True for 64 digits in lower case. */
bool capture_is_sha256(struct span name);

/* Fills err with `PATH/NAME: what: why`; -1. */
int capture_folder_fail(const struct capture_folder *folder, const char *name, const char *what,
	int error, struct err *err);

#endif
