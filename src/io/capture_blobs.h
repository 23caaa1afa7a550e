/* capture_blobs: what is known of the blobs of a folder, found by their hashes; and how they are
 * listed. */
#ifndef IO_CAPTURE_BLOBS_H
#define IO_CAPTURE_BLOBS_H

#include "base/list.h"
#include "io/capture_folder.h"

enum {
	CAPTURE_BLOB_BYTES = 32, /* of a hash */
	CAPTURE_BLOB_NAME = 68,  /* "ab/ab12…", with a NUL */
};

struct capture_blob {
	struct capture_blob *next; /* in its bucket */
	struct list node;          /* in a set, which is its owner's */
	uint64_t length;
	unsigned char sha256[CAPTURE_BLOB_BYTES];
	unsigned char mark; /* the owner's */
};

struct capture_blobs {
	uint64_t bytes; /* of all */
	/* private */
	struct capture_blob **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
};

void capture_blobs_init(struct capture_blobs *blobs);
void capture_blobs_deinit(struct capture_blobs *blobs); /* there is none any more */

/* NULL when there is none of that hash, which is one. */
struct capture_blob *capture_blobs_find(const struct capture_blobs *blobs, struct span sha256);

/* There is none of that hash. */
struct capture_blob *capture_blobs_add(
	struct capture_blobs *blobs, struct span sha256, uint64_t length, struct list *set);

void capture_blobs_forget(struct capture_blobs *blobs, struct capture_blob *blob);
void capture_blobs_forget_all(struct capture_blobs *blobs, struct list *set);

void capture_blob_move(struct capture_blob *blob, struct list *set);

/* Its path in the folder `blobs`. */
void capture_blob_name(const struct capture_blob *blob, char ret_name[CAPTURE_BLOB_NAME]);

/* Adds all that are in the folder, where there is one of blobs, to the set. -1: `PATH: why`. */
int capture_blobs_list(struct capture_blobs *blobs, const struct capture_folder *folder,
	struct list *set, struct err *err) __attribute__((warn_unused_result));

#endif
