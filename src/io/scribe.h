/* scribe: puts records into a capture, an exchange at a time: large parts into blobs, and the rest
 * into their lines. It blocks; of the recorder's thread.
 */
#ifndef IO_SCRIBE_H
#define IO_SCRIBE_H

#include "domain/capture_config.h"
#include "io/capture_writer.h"
#include "io/record.h"

struct scribe;

/* Opens the configuration's folder. The parts and the configuration outlive it. -1 when the folder
 * cannot be used, or there is no libcrypto. */
int scribe_open(struct parts *parts, const struct capture_config *config,
	struct scribe **ret_scribe, struct err *err) __attribute__((warn_unused_result));

/* What was not flushed is lost. Takes NULL. */
void scribe_close(struct scribe *scribe);

/* From now on goes by that one, which has the same folder. */
void scribe_set(struct scribe *scribe, const struct capture_config *config);

/* The records of one exchange, the client's first; with the next flush they are on disk. -1
 * (ERR_INTERNAL) when that is full or broken. */
int scribe_write(struct scribe *scribe, struct record *const *records, size_t count,
	struct err *err) __attribute__((warn_unused_result));

/* True when so much waits for a flush that it should be now. */
bool scribe_is_full(const struct scribe *scribe);
int scribe_flush(struct scribe *scribe, struct err *err) __attribute__((warn_unused_result));

const struct capture_stats *scribe_stats(const struct scribe *scribe);

#endif
