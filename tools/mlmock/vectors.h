/* vectors: embeddings that mean nothing, but are always the same for the same question, on every
 * machine: nothing in their making is left to a floating point unit. */
#ifndef MLMOCK_VECTORS_H
#define MLMOCK_VECTORS_H

#include "base/buf.h"
#include "mlmock/digest.h"

enum { VECTORS_DIMENSIONS_MAX = 2048 };

/* From which all that is made up for one model, task and payload is drawn. */
uint64_t vectors_seed(struct span model, struct span task, const struct digest *payload);

/* Adds `[…]`: that many float32 numbers, of unit length together; at most VECTORS_DIMENSIONS_MAX
 * and at least one. */
void vectors_add(struct buf *out, uint64_t seed, unsigned dimensions);

#endif
