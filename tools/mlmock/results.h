/* results: what each task found out, as the JSON values the service writes. */
#ifndef MLMOCK_RESULTS_H
#define MLMOCK_RESULTS_H

#include "base/buf.h"
#include "mlmock/asked.h"
#include "mlmock/digest.h"
#include "mlmock/picture.h"

/* What it is all drawn from. */
struct results_payload {
	bool is_image;
	struct picture picture; /* of images */
	struct digest digest;
};

/* Each adds one value. False when the service trips: over a minScore that is no number, or, with
 * faces but no recognition, over several faces. `recognition` is NULL when only detection was asked
 * for. */
void results_add_vector(
	struct buf *out, const struct results_payload *payload, const struct asked_run *run);
bool results_add_faces(struct buf *out, const struct results_payload *payload,
	const struct asked_run *detection, const struct asked_run *recognition)
	__attribute__((warn_unused_result));
bool results_add_lines(struct buf *out, const struct results_payload *payload,
	const struct asked_run *detection, const struct asked_run *recognition)
	__attribute__((warn_unused_result));

#endif
