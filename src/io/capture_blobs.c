/* A hash is as good as any for finding a bucket by: a sender who finds many that share one pays for
 * each with a file. */
#include "io/capture_blobs.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/mem.h"

enum { BUCKETS_FIRST = 1024 };

/* -- names ----------------------------------------------------------------------------------- */

static void read_hex(struct span hex, unsigned char *ret_bytes)
{
	for (size_t i = 0; i < CAPTURE_BLOB_BYTES; i++)
		ret_bytes[i] =
			(unsigned char)(ascii_hex_digit(hex.p[2 * i]) << 4 | ascii_hex_digit(hex.p[2 * i + 1]));
}

void capture_blob_name(const struct capture_blob *blob, char ret_name[CAPTURE_BLOB_NAME])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < CAPTURE_BLOB_BYTES; i++) {
		ret_name[3 + 2 * i] = digits[blob->sha256[i] >> 4];
		ret_name[4 + 2 * i] = digits[blob->sha256[i] & 15];
	}
	memcpy(ret_name, ret_name + 3, 2);
	ret_name[2] = '/';
	ret_name[CAPTURE_BLOB_NAME - 1] = '\0';
}

/* -- what is known of them ------------------------------------------------------------------- */

static struct capture_blob **bucket_of(
	const struct capture_blobs *blobs, const unsigned char *sha256)
{
	uint64_t hash;

	memcpy(&hash, sha256, sizeof hash);
	return &blobs->buckets[hash & (blobs->bucket_count - 1)];
}

static void grow(struct capture_blobs *blobs)
{
	struct capture_blob **old = blobs->buckets;
	size_t old_count = blobs->bucket_count;

	blobs->bucket_count = old_count ? 2 * old_count : BUCKETS_FIRST;
	blobs->buckets = mem_new(blobs->bucket_count, sizeof(struct capture_blob *));
	for (size_t i = 0; i < old_count; i++)
		while (old[i]) {
			struct capture_blob *blob = old[i];
			struct capture_blob **bucket = bucket_of(blobs, blob->sha256);

			old[i] = blob->next;
			blob->next = *bucket;
			*bucket = blob;
		}
	mem_free(old);
}

struct capture_blob *capture_blobs_find(const struct capture_blobs *blobs, struct span sha256)
{
	unsigned char bytes[CAPTURE_BLOB_BYTES];
	struct capture_blob *blob;

	read_hex(sha256, bytes);
	blob = *bucket_of(blobs, bytes);
	while (blob && memcmp(blob->sha256, bytes, CAPTURE_BLOB_BYTES) != 0)
		blob = blob->next;
	return blob;
}

struct capture_blob *capture_blobs_add(
	struct capture_blobs *blobs, struct span sha256, uint64_t length, struct list *set)
{
	struct capture_blob *blob = mem_new(1, sizeof *blob);
	struct capture_blob **bucket;

	if (blobs->count == blobs->bucket_count)
		grow(blobs);
	read_hex(sha256, blob->sha256);
	blob->length = length;
	bucket = bucket_of(blobs, blob->sha256);
	blob->next = *bucket;
	*bucket = blob;
	list_append(set, &blob->node);
	blobs->count++;
	blobs->bytes += length;
	return blob;
}

void capture_blobs_forget(struct capture_blobs *blobs, struct capture_blob *blob)
{
	struct capture_blob **at = bucket_of(blobs, blob->sha256);

	while (*at != blob)
		at = &(*at)->next;
	*at = blob->next;
	list_unlink(&blob->node);
	blobs->count--;
	blobs->bytes -= blob->length;
	mem_free(blob);
}

void capture_blob_move(struct capture_blob *blob, struct list *set)
{
	list_unlink(&blob->node);
	list_append(set, &blob->node);
}

void capture_blobs_forget_all(struct capture_blobs *blobs, struct list *set)
{
	LIST_EACH_SAFE(node, set)
		capture_blobs_forget(blobs, LIST_OBJECT(node, struct capture_blob, node));
}

void capture_blobs_init(struct capture_blobs *blobs)
{
	*blobs = (struct capture_blobs){0};
	grow(blobs);
}

void capture_blobs_deinit(struct capture_blobs *blobs)
{
	assert(!blobs->count);
	mem_free(TAKE(blobs->buckets));
}

/* -- what there is --------------------------------------------------------------------------- */

static void list_subfolder(
	struct capture_blobs *blobs, int folder, const char *sub, struct list *set)
{
	int fd = openat(folder, sub, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat status;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this one's stream */
	while (names && (entry = readdir(names))) {
		struct span name = span_of(entry->d_name);

		if (capture_is_sha256(name) && span_starts(name, span_of(sub)) &&
			fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISREG(status.st_mode))
			(void)capture_blobs_add(blobs, name, (uint64_t)status.st_size, set);
	}
	if (names)
		(void)closedir(names);
}

static bool is_subfolder(const char *name)
{
	return strlen(name) == 2 && strspn(name, "0123456789abcdef") == 2;
}

int capture_blobs_list(struct capture_blobs *blobs, const struct capture_folder *folder,
	struct list *set, struct err *err)
{
	const struct dirent *entry;
	DIR *names;
	int fd;

	if (folder->blobs < 0)
		return 0;
	fd = openat(folder->blobs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	names = fd < 0 ? NULL : fdopendir(fd);
	if (!names)
		return capture_folder_fail(folder, "blobs", "cannot list it", errno, err);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this one's stream */
	while ((entry = readdir(names)))
		if (is_subfolder(entry->d_name))
			list_subfolder(blobs, fd, entry->d_name, set);
	(void)closedir(names);
	return 0;
}
