/* What a file names is found without a look at what its lines say, so that it is fast, and finds
 * more rather than less where a file is broken: a hash in quotes behind a key that ends in "sha256"
 * is none of what clients sent, since there a quote has a backslash before it. */
#include "io/capture_archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/capture_lines.h"
#include "io/digest.h"

#define BEFORE_NUMBER "capture-"
#define BEHIND_NUMBER ".har"
#define BEFORE_HASH   "sha256\":\""

struct archived {
	struct list node;
	struct list blobs; /* that it was the last to name */
	uint64_t bytes;
	uint64_t number;
};

static void write_name(uint64_t number, char ret_name[CAPTURE_ARCHIVE_NAME])
{
	(void)snprintf(ret_name, CAPTURE_ARCHIVE_NAME, BEFORE_NUMBER "%llu" BEHIND_NUMBER,
		(unsigned long long)number);
}

/* False for a file that was not made by rotation. */
static bool read_name(const char *name, uint64_t *ret_number)
{
	struct span digits = span_skip(span_of(name), strlen(BEFORE_NUMBER));
	char again[CAPTURE_ARCHIVE_NAME];

	if (!span_starts(span_of(name), SPAN_LITERAL(BEFORE_NUMBER)) ||
		digits.n <= strlen(BEHIND_NUMBER))
		return false;
	digits.n -= strlen(BEHIND_NUMBER);
	if (!span_to_number(digits, INT64_MAX, ret_number))
		return false;
	write_name(*ret_number, again);
	return strcmp(name, again) == 0;
}

static struct archived *archived_new(
	struct capture_archive *archive, uint64_t number, uint64_t bytes)
{
	struct archived *file = mem_new(1, sizeof *file);

	list_init(&file->blobs);
	list_append(&archive->files, &file->node);
	file->number = number;
	file->bytes = bytes;
	archive->bytes += bytes;
	if (number > archive->number)
		archive->number = number;
	return file;
}

/* -- what there is when it is opened --------------------------------------------------------- */

static void name_blobs(struct capture_archive *archive, struct span line, struct list *set)
{
	const char *at;

	while (line.n && (at = memmem(line.p, line.n, BEFORE_HASH, strlen(BEFORE_HASH)))) {
		struct span hash;

		line = span_between(at + strlen(BEFORE_HASH), line.p + line.n);
		hash = span_first(line, DIGEST_HEX);
		if (capture_is_sha256(hash))
			capture_store_name(&archive->store, hash, set);
	}
}

static void read_seq(struct capture_archive *archive, struct span line)
{
	struct har_entry entry;
	struct arena arena;
	struct err err;

	arena_init(&arena);
	if (capture_lines_entry(line, &arena, &entry, &err) == 0 && entry.seq > archive->last_seq)
		archive->last_seq = entry.seq;
	arena_deinit(&arena);
}

struct found {
	const char *name;
	bool is_ours;
	uint64_t number; /* then */
};

static int read_file(
	struct capture_archive *archive, const struct found *found, bool is_newest, struct err *err)
{
	struct list *set = &archive->foreign;
	struct capture_lines lines;
	struct span line;
	int fd = capture_folder_file(archive->folder, found->name, O_RDONLY, err);
	int result;

	if (fd < 0)
		return found->is_ours ? -1 : 0; /* what cannot be read of others' names nothing */
	if (found->is_ours) {
		off_t size = lseek(fd, 0, SEEK_END);

		set = &archived_new(archive, found->number, size > 0 ? (uint64_t)size : 0)->blobs;
	}
	capture_lines_init(&lines, fd);
	while ((result = capture_lines_next(&lines, &line)) > 0) {
		name_blobs(archive, line, set);
		if (is_newest)
			read_seq(archive, line);
	}
	if (result < 0)
		result = capture_folder_fail(archive->folder, found->name, "cannot be read", errno, err);
	capture_lines_deinit(&lines);
	(void)close(fd);
	return result;
}

/* The oldest first, then what is not ours. */
static int compare_found(const void *a, const void *b)
{
	const struct found *left = a;
	const struct found *right = b;

	if (left->is_ours != right->is_ours)
		return left->is_ours ? -1 : 1;
	return left->number < right->number ? -1 : left->number > right->number;
}

static int read_files(struct capture_archive *archive, struct arena *arena, struct err *err)
{
	const char **names;
	size_t count;
	size_t ours = 0;
	struct found *found;

	if (capture_folder_list(archive->folder, arena, &names, &count, err) < 0)
		return -1;
	found = arena_new(arena, count + 1, sizeof *found);
	for (size_t i = 0; i < count; i++) {
		found[i].name = names[i];
		found[i].is_ours = read_name(names[i], &found[i].number);
		ours += found[i].is_ours;
	}
	qsort(found, count, sizeof *found, compare_found);
	for (size_t i = 0; i < count; i++)
		if (strcmp(found[i].name, CAPTURE_CURRENT) != 0 &&
			read_file(archive, &found[i], i + 1 == ours, err) < 0)
			return -1;
	return 0;
}

int capture_archive_open(
	struct capture_archive *archive, const struct capture_folder *folder, struct err *err)
{
	struct arena arena;
	int result;

	*archive = (struct capture_archive){.folder = folder};
	list_init(&archive->files);
	list_init(&archive->foreign);
	if (capture_store_init(&archive->store, folder, err) < 0)
		return -1;
	arena_init(&arena);
	result = read_files(archive, &arena, err);
	arena_deinit(&arena);
	return result;
}

static void archived_free(struct capture_archive *archive, struct archived *file)
{
	archive->bytes -= file->bytes;
	list_unlink(&file->node);
	mem_free(file);
}

void capture_archive_close(struct capture_archive *archive)
{
	if (!archive->folder)
		return;
	LIST_EACH_SAFE(node, &archive->files) {
		struct archived *file = LIST_OBJECT(node, struct archived, node);

		capture_store_forget(&archive->store, &file->blobs);
		archived_free(archive, file);
	}
	capture_store_forget(&archive->store, &archive->foreign);
	capture_store_deinit(&archive->store);
	archive->folder = NULL;
}

/* -- files come and go ----------------------------------------------------------------------- */

int capture_archive_take(
	struct capture_archive *archive, uint64_t bytes, struct list *blobs, struct err *err)
{
	int folder = archive->folder->fd;
	char name[CAPTURE_ARCHIVE_NAME];
	struct archived *file;

	write_name(archive->number + 1, name);
	if (renameat(folder, CAPTURE_CURRENT, folder, name) < 0)
		return capture_folder_fail(archive->folder, name, "cannot be made", errno, err);
	file = archived_new(archive, archive->number + 1, bytes);
	LIST_EACH_SAFE(node, blobs) {
		list_unlink(node);
		list_append(&file->blobs, node);
	}
	return 0;
}

bool capture_archive_drop_oldest(struct capture_archive *archive)
{
	char name[CAPTURE_ARCHIVE_NAME];
	struct archived *file;

	if (list_is_empty(&archive->files))
		return false;
	file = LIST_OBJECT(archive->files.next, struct archived, node);
	write_name(file->number, name);
	(void)unlinkat(archive->folder->fd, name, 0);
	capture_store_drop(&archive->store, &file->blobs);
	archived_free(archive, file);
	archive->removed++;
	return true;
}

uint64_t capture_archive_bytes(const struct capture_archive *archive)
{
	return archive->bytes + archive->store.blobs.bytes;
}
