/* capture_archive: all that is in a folder that is recorded to, but for the current file: those
 * that it was rotated to, and the blobs, which go with the last file that names them. */
#ifndef IO_CAPTURE_ARCHIVE_H
#define IO_CAPTURE_ARCHIVE_H

#include "io/capture_store.h"

enum { CAPTURE_ARCHIVE_NAME = 40 };

struct capture_archive {
	struct capture_store store;
	uint64_t last_seq; /* of the newest file when it was opened; 0: none */
	uint64_t removed;  /* files */
	/* private */
	const struct capture_folder *folder;
	uint64_t bytes;      /* of the files */
	uint64_t number;     /* of the newest file */
	struct list files;   /* the oldest first */
	struct list foreign; /* blobs that others' files name: those stay for good */
};

/* The folder outlives it. -1: `PATH: why`. */
int capture_archive_open(struct capture_archive *archive, const struct capture_folder *folder,
	struct err *err) __attribute__((warn_unused_result));
void capture_archive_close(struct capture_archive *archive); /* takes a zeroed one */

/* Gives the current file the next one's name; takes over the set of blobs that it names. */
int capture_archive_take(struct capture_archive *archive, uint64_t bytes, struct list *blobs,
	struct err *err) __attribute__((warn_unused_result));

/* Removes the oldest file, and what blobs it was the last to name; false when there is none. */
bool capture_archive_drop_oldest(struct capture_archive *archive);

/* Bytes of its files and of all blobs. */
uint64_t capture_archive_bytes(const struct capture_archive *archive);

#endif
