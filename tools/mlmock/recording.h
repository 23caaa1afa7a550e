/* recording: the answers of a capture, for who asks its questions again.
 *
 *     capture ── question → hash ──┐
 *                                  ├─ the same → its next answer, or the last one again
 *     request ── question → hash ──┘
 *
 * They are in memory, all of them.
 */
#ifndef MLMOCK_RECORDING_H
#define MLMOCK_RECORDING_H

#include "base/arena.h"
#include "base/err.h"
#include "mlmock/reply.h"
#include "wire/har.h"

enum { RECORDING_BYTES_MAX = 256 << 20 }; /* of mlmock --from */

struct recording;

/* Reads what was answered to clients, or what backends answered. -1: ERR_INVALID when the capture
 * is broken, ERR_TOO_LARGE when its answers, with what it takes to find them, are more than
 * max_bytes.
 */
int recording_open(const char *path, enum har_side side, size_t max_bytes,
	struct recording **ret_recording, struct err *err) __attribute__((warn_unused_result));
void recording_free(struct recording *recording); /* takes NULL */

/* The answer to POST /predict, as it was recorded; 404 when nobody has asked this. */
void recording_answer(struct recording *recording, struct span content_type, struct span body,
	struct arena *arena, struct reply *reply);

#endif
