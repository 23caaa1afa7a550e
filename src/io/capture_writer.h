/* capture_writer: a capture's folder while it is recorded: capture.har, which is a valid file at
 * all times, what it was rotated to (capture-N.har), and the blobs that their lines name.
 *
 *     blob… → entry… → flush: sync and rename the blobs ─→ append the lines ─→ sync the file
 *
 * A line is in the file only when its blobs are in the folder for good. It blocks: for the
 * recorder's thread. One process writes to a folder at a time, which a lock sees to.
 */
#ifndef IO_CAPTURE_WRITER_H
#define IO_CAPTURE_WRITER_H

#include "base/chunk.h"
#include "base/err.h"
#include "wire/har.h"

struct capture_writer;

struct capture_limits {
	uint64_t max_bytes;    /* of all files and blobs; the oldest files go first, then the blobs that
							  none names any more; 0: no limit */
	uint64_t rotate_bytes; /* of capture.har; 0: any size */
	int64_t rotate_ns;     /* from its first entry; 0: any age */
};

/* For metrics and status. */
struct capture_stats {
	uint64_t entries; /* written since it was opened */
	uint64_t bytes;   /* of all files and blobs there are */
	uint64_t blobs;   /* written since it was opened */
	uint64_t shared;  /* blobs that were there already */
	uint64_t rotations;
	uint64_t removed;   /* files that the quota has cost */
	uint64_t recovered; /* entries found in an unfinished file when it was opened */
	uint64_t lost;      /* bytes of unfinished lines that were cut off then */
};

/* Opens the folder, or makes it (0700); completes what a crash has left. -1 (ERR_INVALID): `PATH:
 * why`, as everywhere here. */
int capture_writer_open(const char *folder, const struct capture_limits *limits,
	struct capture_writer **ret_writer, struct err *err) __attribute__((warn_unused_result));

/* What was not flushed is lost. Takes NULL. */
void capture_writer_close(struct capture_writer *writer);

void capture_writer_set_limits(struct capture_writer *writer, const struct capture_limits *limits);

/* Makes sure that there will be a blob with these bytes, whose hash it is, before the next entry's
 * line is. When it fails all that was added since the last flush is given up, as when that does. */
int capture_writer_blob(struct capture_writer *writer, struct span sha256,
	const struct slice *slices, size_t count, struct err *err) __attribute__((warn_unused_result));

/* The seq that the next entry will have. */
uint64_t capture_writer_next_seq(const struct capture_writer *writer);

/* Adds a line, with the next seq, to those that the next flush appends. */
void capture_writer_entry(struct capture_writer *writer, const struct har_entry *entry);

/* Bytes that wait for a flush. */
size_t capture_writer_waiting(const struct capture_writer *writer);

/* All that was added is on disk when this is 0; now_us is the time since 1970. -1 when the disk is
 * full or broken; then the file is as it was before, what was added is given up, as are the seqs it
 * had, and the next flush may fare better. */
int capture_writer_flush(struct capture_writer *writer, int64_t now_us, struct err *err)
	__attribute__((warn_unused_result));

const struct capture_stats *capture_writer_stats(const struct capture_writer *writer);

#endif
