#include "io/capture_store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/files.h"

enum { TEMPORARY_BYTES = 24 };

/* What a blob's mark says. */
enum { IS_OLD, IS_NEW /* since the last time that what was added was kept */ };

static int fail(const struct capture_store *store, const char *what, int error, struct err *err)
{
	return capture_folder_fail(store->folder, "blobs", what, error, err);
}

/* -- names ----------------------------------------------------------------------------------- */

static void write_temporary_name(size_t i, char ret_name[TEMPORARY_BYTES])
{
	(void)snprintf(ret_name, TEMPORARY_BYTES, "tmp-%zu", i);
}

static void remove_blob(struct capture_store *store, struct capture_blob *blob)
{
	char name[CAPTURE_BLOB_NAME];

	capture_blob_name(blob, name);
	(void)unlinkat(store->folder->blobs, name, 0);
	capture_blobs_forget(&store->blobs, blob);
}

/* -- what there is when it is opened --------------------------------------------------------- */

/* What is under a temporary name was never finished. */
static void remove_temporary(const struct capture_store *store, size_t i)
{
	char name[TEMPORARY_BYTES];

	write_temporary_name(i, name);
	(void)unlinkat(store->folder->blobs, name, 0);
}

int capture_store_init(
	struct capture_store *store, const struct capture_folder *folder, struct err *err)
{
	*store = (struct capture_store){.folder = folder};
	list_init(&store->unnamed);
	list_init(&store->waiting);
	capture_blobs_init(&store->blobs);
	for (size_t i = 0; i < CAPTURE_STORE_PENDING_MAX; i++)
		remove_temporary(store, i);
	return capture_blobs_list(&store->blobs, folder, &store->unnamed, err);
}

void capture_store_deinit(struct capture_store *store)
{
	struct list none;

	if (!store->folder)
		return;
	list_init(&none);
	capture_store_give_up(store, &none);
	capture_store_forget(store, &none);
	capture_store_forget(store, &store->unnamed);
	capture_blobs_deinit(&store->blobs);
	store->folder = NULL;
}

void capture_store_name(struct capture_store *store, struct span sha256, struct list *set)
{
	struct capture_blob *blob = capture_blobs_find(&store->blobs, sha256);

	if (blob)
		capture_blob_move(blob, set);
}

/* -- writing --------------------------------------------------------------------------------- */

static uint64_t length_of(const struct slice *slices, size_t count)
{
	uint64_t length = 0;

	for (size_t i = 0; i < count; i++)
		length += slices[i].bytes.n;
	return length;
}

/* Begins to write it out, so that there is less to wait for when it is settled. */
static int write_slices(int fd, const struct slice *slices, size_t count)
{
	uint64_t at = 0;

	for (size_t i = 0; i < count; i++) {
		if (files_write_at(fd, slices[i].bytes, at) < 0)
			return -1;
		at += slices[i].bytes.n;
	}
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return 0;
}

/* Writes it under a temporary name. Its descriptor, or -1. */
static int write_temporary(
	struct capture_store *store, const struct slice *slices, size_t count, struct err *err)
{
	char name[TEMPORARY_BYTES];
	int fd;

	write_temporary_name(store->pending_count, name);
	fd = openat(
		store->folder->blobs, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(store, "cannot make a file", errno, err);
	if (write_slices(fd, slices, count) == 0)
		return fd;
	(void)fail(store, "cannot write", errno, err);
	(void)unlinkat(store->folder->blobs, name, 0);
	(void)close(fd);
	return -1;
}

/* What has another length was broken by somebody, and is written again. */
int capture_store_add(struct capture_store *store, struct span sha256, const struct slice *slices,
	size_t count, struct err *err)
{
	struct capture_blob *blob = capture_blobs_find(&store->blobs, sha256);
	uint64_t length = length_of(slices, count);
	int fd;

	if (blob && blob->length == length) {
		capture_blob_move(blob, &store->waiting);
		store->shared++;
		return 0;
	}
	if (blob)
		remove_blob(store, blob);
	if (store->pending_count == CAPTURE_STORE_PENDING_MAX && capture_store_settle(store, err) < 0)
		return -1;
	fd = write_temporary(store, slices, count, err);
	if (fd < 0)
		return -1;
	blob = capture_blobs_add(&store->blobs, sha256, length, &store->waiting);
	blob->mark = IS_NEW;
	store->pending[store->pending_count].blob = blob;
	store->pending[store->pending_count++].fd = fd;
	store->written++;
	return 0;
}

/* -- settling -------------------------------------------------------------------------------- */

static int rename_pending(struct capture_store *store, size_t i, struct err *err)
{
	const struct capture_blob *blob = store->pending[i].blob;
	int blobs = store->folder->blobs;
	char temporary[TEMPORARY_BYTES];
	char name[CAPTURE_BLOB_NAME];
	int result;

	write_temporary_name(i, temporary);
	capture_blob_name(blob, name);
	result = renameat(blobs, temporary, blobs, name);
	if (result < 0 && errno == ENOENT) {
		name[2] = '\0';
		store->is_grown = mkdirat(blobs, name, 0700) == 0 || store->is_grown;
		name[2] = '/';
		result = renameat(blobs, temporary, blobs, name);
	}
	if (result < 0)
		return fail(store, "cannot rename a file in it", errno, err);
	store->is_changed[blob->sha256[0]] = true;
	return 0;
}

static int sync_folder(const struct capture_store *store, const char *name, struct err *err)
{
	int fd = openat(store->folder->blobs, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int result = fd < 0 ? -1 : fsync(fd);

	if (result < 0)
		result = fail(store, "cannot sync it", errno, err);
	if (fd >= 0)
		(void)close(fd);
	return result;
}

static int sync_folders(struct capture_store *store, struct err *err)
{
	for (unsigned i = 0; i < 256; i++) {
		char name[4];

		(void)snprintf(name, sizeof name, "%02x", i);
		if (store->is_changed[i] && sync_folder(store, name, err) < 0)
			return -1;
		store->is_changed[i] = false;
	}
	if (store->is_grown && sync_folder(store, ".", err) < 0)
		return -1;
	store->is_grown = false;
	return 0;
}

static void close_pending(struct capture_store *store, size_t i)
{
	if (store->pending[i].fd >= 0)
		(void)close(store->pending[i].fd);
	store->pending[i].fd = -1;
}

int capture_store_settle(struct capture_store *store, struct err *err)
{
	for (size_t i = 0; i < store->pending_count; i++)
		if (fdatasync(store->pending[i].fd) < 0)
			return fail(store, "cannot write", errno, err);
	for (size_t i = 0; i < store->pending_count; i++) {
		if (rename_pending(store, i, err) < 0)
			return -1;
		close_pending(store, i);
	}
	store->pending_count = 0;
	return sync_folders(store, err);
}

/* -- what becomes of what was added ---------------------------------------------------------- */

void capture_store_keep(struct capture_store *store, struct list *set)
{
	assert(!store->pending_count);
	LIST_EACH_SAFE(node, &store->waiting) {
		struct capture_blob *blob = LIST_OBJECT(node, struct capture_blob, node);

		blob->mark = IS_OLD;
		capture_blob_move(blob, set);
	}
}

void capture_store_give_up(struct capture_store *store, struct list *set)
{
	for (size_t i = 0; i < store->pending_count; i++) {
		remove_temporary(store, i);
		close_pending(store, i);
	}
	store->pending_count = 0;
	LIST_EACH_SAFE(node, &store->waiting) {
		struct capture_blob *blob = LIST_OBJECT(node, struct capture_blob, node);

		if (blob->mark == IS_NEW)
			remove_blob(store, blob);
		else
			capture_blob_move(blob, set);
	}
}

void capture_store_drop(struct capture_store *store, struct list *set)
{
	LIST_EACH_SAFE(node, set)
		remove_blob(store, LIST_OBJECT(node, struct capture_blob, node));
}

void capture_store_drop_unnamed(struct capture_store *store)
{
	capture_store_drop(store, &store->unnamed);
}

void capture_store_forget(struct capture_store *store, struct list *set)
{
	capture_blobs_forget_all(&store->blobs, set);
}
