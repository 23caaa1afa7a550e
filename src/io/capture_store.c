#include "io/capture_store.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "io/digest.h"

#define TEMPORARY "tmp-"

enum {
	SHA256_BYTES = DIGEST_HEX / 2,
	BUCKETS_FIRST = 1024,
	NAME_BYTES = 3 + DIGEST_HEX + 1, /* "ab/ab12…" */
};

struct capture_blob {
	struct capture_blob *next; /* in its bucket */
	struct list node;          /* in a set */
	uint64_t length;
	unsigned char sha256[SHA256_BYTES];
	bool is_new; /* since the last time that what was added was kept */
};

static int fail(const struct capture_store *store, const char *what, int error, struct err *err)
{
	return capture_folder_fail(store->folder, "blobs", what, error, err);
}

/* -- names ----------------------------------------------------------------------------------- */

static void read_hex(struct span hex, unsigned char *ret_bytes)
{
	for (size_t i = 0; i < SHA256_BYTES; i++)
		ret_bytes[i] =
			(unsigned char)(ascii_hex_digit(hex.p[2 * i]) << 4 | ascii_hex_digit(hex.p[2 * i + 1]));
}

static void write_name(const struct capture_blob *blob, char ret_name[NAME_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA256_BYTES; i++) {
		ret_name[3 + 2 * i] = digits[blob->sha256[i] >> 4];
		ret_name[4 + 2 * i] = digits[blob->sha256[i] & 15];
	}
	memcpy(ret_name, ret_name + 3, 2);
	ret_name[2] = '/';
	ret_name[NAME_BYTES - 1] = '\0';
}

static void write_temporary_name(size_t i, char *ret_name, size_t n)
{
	(void)snprintf(ret_name, n, TEMPORARY "%zu", i);
}

/* -- what is known of them ------------------------------------------------------------------- */

static struct capture_blob **bucket_of(
	const struct capture_store *store, const unsigned char *sha256)
{
	uint64_t hash;

	memcpy(&hash, sha256, sizeof hash); /* as good a one as any */
	return &store->buckets[hash & (store->bucket_count - 1)];
}

static void grow(struct capture_store *store)
{
	struct capture_blob **old = store->buckets;
	size_t old_count = store->bucket_count;

	store->bucket_count = old_count ? 2 * old_count : BUCKETS_FIRST;
	store->buckets = mem_new(store->bucket_count, sizeof(struct capture_blob *));
	for (size_t i = 0; i < old_count; i++)
		while (old[i]) {
			struct capture_blob *blob = old[i];
			struct capture_blob **bucket = bucket_of(store, blob->sha256);

			old[i] = blob->next;
			blob->next = *bucket;
			*bucket = blob;
		}
	mem_free(old);
}

static struct capture_blob *find(const struct capture_store *store, struct span sha256)
{
	unsigned char bytes[SHA256_BYTES];
	struct capture_blob *blob;

	read_hex(sha256, bytes);
	blob = *bucket_of(store, bytes);
	while (blob && memcmp(blob->sha256, bytes, SHA256_BYTES) != 0)
		blob = blob->next;
	return blob;
}

static struct capture_blob *insert(
	struct capture_store *store, struct span sha256, uint64_t length, struct list *set)
{
	struct capture_blob *blob = mem_new(1, sizeof *blob);
	struct capture_blob **bucket;

	if (store->count == store->bucket_count)
		grow(store);
	read_hex(sha256, blob->sha256);
	blob->length = length;
	bucket = bucket_of(store, blob->sha256);
	blob->next = *bucket;
	*bucket = blob;
	list_append(set, &blob->node);
	store->count++;
	store->bytes += length;
	return blob;
}

static void forget(struct capture_store *store, struct capture_blob *blob)
{
	struct capture_blob **at = bucket_of(store, blob->sha256);

	while (*at != blob)
		at = &(*at)->next;
	*at = blob->next;
	list_unlink(&blob->node);
	store->count--;
	store->bytes -= blob->length;
	mem_free(blob);
}

static void move(struct capture_blob *blob, struct list *set)
{
	list_unlink(&blob->node);
	list_append(set, &blob->node);
}

static void remove_blob(struct capture_store *store, struct capture_blob *blob)
{
	char name[NAME_BYTES];

	write_name(blob, name);
	(void)unlinkat(store->folder->blobs, name, 0);
	forget(store, blob);
}

/* -- what there is when it is opened --------------------------------------------------------- */

static void scan_subfolder(struct capture_store *store, const char *sub)
{
	int fd = openat(store->folder->blobs, sub, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat status;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this one's stream */
	while (names && (entry = readdir(names))) {
		struct span name = span_of(entry->d_name);

		if (capture_is_sha256(name) && span_starts(name, span_of(sub)) &&
			fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISREG(status.st_mode))
			(void)insert(store, name, (uint64_t)status.st_size, &store->unnamed);
	}
	if (names)
		(void)closedir(names);
}

static bool is_subfolder(const char *name)
{
	return strlen(name) == 2 && strspn(name, "0123456789abcdef") == 2;
}

/* What is under a temporary name was never finished. */
static int scan(struct capture_store *store, struct err *err)
{
	int fd = openat(store->folder->blobs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!names)
		return fail(store, "cannot list it", errno, err);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this one's stream */
	while ((entry = readdir(names)))
		if (is_subfolder(entry->d_name))
			scan_subfolder(store, entry->d_name);
		else if (span_starts(span_of(entry->d_name), SPAN_LITERAL(TEMPORARY)))
			(void)unlinkat(fd, entry->d_name, 0);
	(void)closedir(names);
	return 0;
}

int capture_store_init(
	struct capture_store *store, const struct capture_folder *folder, struct err *err)
{
	*store = (struct capture_store){.folder = folder};
	list_init(&store->unnamed);
	list_init(&store->waiting);
	grow(store);
	return scan(store, err);
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
	assert(!store->count);
	mem_free(TAKE(store->buckets));
	store->folder = NULL;
}

void capture_store_name(struct capture_store *store, struct span sha256, struct list *set)
{
	struct capture_blob *blob = find(store, sha256);

	if (blob)
		move(blob, set);
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
		if (capture_write(fd, slices[i].bytes, at) < 0)
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
	char name[sizeof TEMPORARY + 20];
	int fd;

	write_temporary_name(store->pending_count, name, sizeof name);
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
	struct capture_blob *blob = find(store, sha256);
	uint64_t length = length_of(slices, count);
	int fd;

	if (blob && blob->length == length) {
		move(blob, &store->waiting);
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
	blob = insert(store, sha256, length, &store->waiting);
	blob->is_new = true;
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
	char temporary[sizeof TEMPORARY + 20];
	char name[NAME_BYTES];
	int result;

	write_temporary_name(i, temporary, sizeof temporary);
	write_name(blob, name);
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

		blob->is_new = false;
		move(blob, set);
	}
}

void capture_store_give_up(struct capture_store *store, struct list *set)
{
	for (size_t i = 0; i < store->pending_count; i++) {
		char name[sizeof TEMPORARY + 20];

		write_temporary_name(i, name, sizeof name);
		(void)unlinkat(store->folder->blobs, name, 0);
		close_pending(store, i);
	}
	store->pending_count = 0;
	LIST_EACH_SAFE(node, &store->waiting) {
		struct capture_blob *blob = LIST_OBJECT(node, struct capture_blob, node);

		if (blob->is_new)
			remove_blob(store, blob);
		else
			move(blob, set);
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
	LIST_EACH_SAFE(node, set)
		forget(store, LIST_OBJECT(node, struct capture_blob, node));
}
