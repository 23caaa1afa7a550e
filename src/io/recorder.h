/* recorder: writes what was recorded to disk, in a thread of its own, so that whoever hands it over
 * never waits: a queue that is full takes no more, and counts that.
 *
 *     workers ─ recorder_submit ─→ bounded queue ─→ one thread: settle, redact, blobs, lines, sync
 *
 * What it took is in the file within a second. A disk that is full or fails stops it, which its
 * status says, until it is told to go on; it never stops the proxy.
 */
#ifndef IO_RECORDER_H
#define IO_RECORDER_H

#include "base/log.h"
#include "domain/capture_config.h"
#include "io/capture_writer.h"
#include "io/record.h"

enum {
	RECORDER_QUEUE_MAX = 4096,            /* records */
	RECORDER_QUEUE_BYTES_MAX = 268435456, /* that they hold */
	RECORDER_EXCHANGE_RECORDS_MAX = 1024, /* of one exchange */
};

struct recorder; /* one a process */

struct recorder_status {
	bool is_enabled; /* it takes what is submitted */
	bool has_failed; /* the disk has, and it takes nothing until it is enabled again */
	struct err why;  /* of that */
	uint64_t queued; /* records */
	uint64_t queued_bytes;
	uint64_t dropped; /* records that found no room, or were given up by a failure */
	struct capture_stats stats;
};

struct recorder *recorder_new(const struct log *log, struct parts *parts)
	__attribute__((warn_unused_result));

/* Writes what is in the queue first. Takes NULL. */
void recorder_free(struct recorder *recorder);

/* From now on goes by that; copies it. The thread starts with the first one that is enabled, and
 * opens the folder; what goes wrong there the status says. Any thread may. */
void recorder_set(struct recorder *recorder, const struct capture_config *config);

/* Cheap; for any thread. Takes NULL, which is not. */
bool recorder_is_enabled(const struct recorder *recorder);

/* All records of one exchange, the client's first; takes references of its own. */
void recorder_submit(struct recorder *recorder, struct record **records, size_t count);

/* Counts records that will not be submitted, since there was no room to hold them until then. */
void recorder_miss(struct recorder *recorder, size_t count);

void recorder_status(struct recorder *recorder, struct recorder_status *ret_status);

/* Waits until all that was set and submitted so far is on disk or given up; for who may wait. */
void recorder_flush(struct recorder *recorder);

#endif
