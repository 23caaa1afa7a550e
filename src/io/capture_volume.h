/* capture_volume: the files that a capture is in, for its reader: which of them an entry is from,
 * and which are not there any more, as a quota removes the oldest ones. */
#ifndef IO_CAPTURE_VOLUME_H
#define IO_CAPTURE_VOLUME_H

#include "io/capture_folder.h"

struct capture_volume {
	const char *path;
	const char *name;   /* in the folder; NULL: it is the one that was asked for */
	uint64_t first_seq; /* UINT64_MAX: it has none */
	uint64_t last_seq;  /* as far as it was read; 0: nothing was */
	uint64_t size;
	int fd; /* of the current one, which may get another name; else -1: it is opened in its turn */
};

/* Of several ones, in the order of their first entries. */
struct capture_volumes {
	struct capture_volume *items;
	size_t count;
};

void capture_volumes_sort(struct capture_volumes *volumes);

/* The one that has that entry; there is one at least. */
const struct capture_volume *capture_volumes_find(
	const struct capture_volumes *volumes, uint64_t seq);

/* True when nobody finds it any more, be it that it had got another name before. */
bool capture_volume_is_removed(
	const struct capture_volume *volume, const struct capture_folder *folder);

/* How many entries are in those of which that is true, as far as it is known. */
uint64_t capture_volumes_removed(
	const struct capture_volumes *volumes, const struct capture_folder *folder);

#endif
