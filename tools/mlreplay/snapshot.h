/* snapshot: the picture that a request has sent, to be shown in a page: as the service saw it,
 * which does not turn it whatever its EXIF says, and without what it tells of where it was taken.
 */
#ifndef MLREPLAY_SNAPSHOT_H
#define MLREPLAY_SNAPSHOT_H

#include "io/capture_reader.h"
#include "wire/image.h"

enum { SNAPSHOT_BYTES_MAX = 2097152 };

struct snapshot {
	const char *type; /* "image/jpeg", … */
	struct image_size size;
	struct buf bytes;
};

/* False when there is none, or none that a browser shows: too large, of another kind, or broken;
 * why says which, and is empty where the request has no picture at all. */
bool snapshot_read(const struct capture_reader *reader, const struct har_entry *entry,
	struct snapshot *ret_snapshot, struct err *why);
void snapshot_deinit(struct snapshot *snapshot); /* takes a zeroed one */

#endif
