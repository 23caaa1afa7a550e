/* records: the last requests, for whoever wants to know what arrived.
 *
 * Each is kept as the JSON that tells of it; what clients may make as long as they like is cut, so
 * that all of them together stay within some tens of megabytes at the worst.
 */
#ifndef MLMOCK_RECORDS_H
#define MLMOCK_RECORDS_H

#include "base/buf.h"
#include "mlmock/predict.h"

enum {
	RECORDS_MAX = 1000,
	RECORDS_TARGET_BYTES = 1024, /* of the target; the rest is cut off */
	RECORDS_ENTRIES_BYTES = 4096,
	RECORDS_NAME_BYTES = 64, /* of a part's name */
};

struct records {
	struct buf *ring; /* RECORDS_MAX of them */
	uint64_t count;   /* of all there were */
};

void records_init(struct records *records);
void records_deinit(struct records *records);

void records_add(struct records *records, struct span method, struct span target,
	const struct predict_seen *seen, int status);

/* {"name":…,"count":…,"requests":[{"n":…,"method":…,"target":…,"status":…,"entries":…,"parts":
 * [{"name":…,"bytes":…}…],"partCount":…,"payloadSha256":…}…]}, the oldest first; `entries` is null
 * when there are none, `payloadSha256` when there was neither image nor text. */
void records_write(const struct records *records, struct span name, struct buf *out);

#endif
