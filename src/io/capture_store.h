/* capture_store: the blobs of a folder that is recorded to: which there are, which file was the
 * last that named each, and so which go when a file does.
 *
 *     found (unnamed) ── name ─→ the last file's set ── drop ─→ gone
 *     add ─→ waiting ── settle ── keep ─→ the current file's set
 *                  └─ give_up ─→ gone, or, of one that was there before, the current file's set
 *
 * Of each blob 80 bytes are in memory. A new one is written under a temporary name; settling syncs
 * and renames all of them, so that the disk has many to sync in one go.
 */
#ifndef IO_CAPTURE_STORE_H
#define IO_CAPTURE_STORE_H

#include "base/chunk.h"
#include "io/capture_blobs.h"

enum { CAPTURE_STORE_PENDING_MAX = 64 }; /* descriptors that are open at a time */

struct capture_store {
	struct capture_blobs blobs;
	uint64_t written; /* blobs */
	uint64_t shared;  /* of those added that were there already */
	/* private */
	const struct capture_folder *folder;
	struct list unnamed; /* sets are lists of blobs */
	struct list waiting;
	struct {
		struct capture_blob *blob;
		int fd;
	} pending[CAPTURE_STORE_PENDING_MAX]; /* written, neither synced nor renamed */
	size_t pending_count;
	bool is_changed[256]; /* subfolders that have something new in them */
	bool is_grown;        /* subfolders are new */
};

/* Looks at what is in the folder's `blobs`, where there must be one, and outlives it. -1: `PATH:
 * why`, as everywhere here. */
int capture_store_init(struct capture_store *store, const struct capture_folder *folder,
	struct err *err) __attribute__((warn_unused_result));

/* Every set must be empty, or forgotten with capture_store_forget(). Takes a zeroed one. */
void capture_store_deinit(struct capture_store *store);

/* A line has the blob in that file's set; files are read from the oldest on. */
void capture_store_name(struct capture_store *store, struct span sha256, struct list *set);

/* Makes sure that there will be such a blob once it is settled. */
int capture_store_add(struct capture_store *store, struct span sha256, const struct slice *slices,
	size_t count, struct err *err) __attribute__((warn_unused_result));

/* All that was added is on disk for good when this is 0. */
int capture_store_settle(struct capture_store *store, struct err *err)
	__attribute__((warn_unused_result));

/* What was added since the last time is named by the file of the set. */
void capture_store_keep(struct capture_store *store, struct list *set);

/* No line names what was added since the last time. */
void capture_store_give_up(struct capture_store *store, struct list *set);

/* Removes the blobs of a set from the disk. */
void capture_store_drop(struct capture_store *store, struct list *set);

/* Removes those that no file names. */
void capture_store_drop_unnamed(struct capture_store *store);

/* Frees what is known of the set's blobs, which stay on disk. */
void capture_store_forget(struct capture_store *store, struct list *set);

#endif
