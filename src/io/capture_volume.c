#include "io/capture_volume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int compare(const void *a, const void *b)
{
	const struct capture_volume *left = a;
	const struct capture_volume *right = b;

	if (left->first_seq != right->first_seq)
		return left->first_seq < right->first_seq ? -1 : 1;
	return strcmp(left->path, right->path);
}

void capture_volumes_sort(struct capture_volumes *volumes)
{
	if (volumes->count)
		qsort(volumes->items, volumes->count, sizeof *volumes->items, compare);
}

const struct capture_volume *capture_volumes_find(
	const struct capture_volumes *volumes, uint64_t seq)
{
	size_t i = volumes->count - 1;

	while (i && volumes->items[i].first_seq > seq)
		i--;
	return &volumes->items[i];
}

bool capture_volume_is_removed(
	const struct capture_volume *volume, const struct capture_folder *folder)
{
	struct stat status;

	if (volume->fd >= 0)
		return fstat(volume->fd, &status) == 0 && !status.st_nlink;
	if (volume->name)
		return fstatat(folder->fd, volume->name, &status, AT_SYMLINK_NOFOLLOW) < 0 &&
			   errno == ENOENT;
	return stat(volume->path, &status) < 0 && errno == ENOENT;
}

/* From its first to the next one's, or to the last that was read. */
static uint64_t count_entries(const struct capture_volumes *volumes, size_t i)
{
	const struct capture_volume *volume = &volumes->items[i];
	uint64_t first = volume->first_seq ? volume->first_seq : 1;

	if (i + 1 < volumes->count && volume[1].first_seq != UINT64_MAX)
		return volume[1].first_seq - first;
	return volume->last_seq < first ? 0 : volume->last_seq - first + 1;
}

uint64_t capture_volumes_removed(
	const struct capture_volumes *volumes, const struct capture_folder *folder)
{
	uint64_t removed = 0;

	for (size_t i = 0; i < volumes->count; i++)
		if (capture_volume_is_removed(&volumes->items[i], folder))
			removed += count_entries(volumes, i);
	return removed;
}
