/* scratch: a file without a name, in $TMPDIR or /tmp, for what would be too much for memory; it is
 * gone with the process, however that ends. */
#ifndef MLREPLAY_SCRATCH_H
#define MLREPLAY_SCRATCH_H

#include "base/buf.h"
#include "base/err.h"

struct scratch;

/* -1 (ERR_INTERNAL): `FOLDER: why`, as all here. One that has failed is of no more use. */
int scratch_new(struct scratch **ret_scratch, struct err *err) __attribute__((warn_unused_result));
void scratch_free(struct scratch *scratch); /* takes NULL */

/* How much was added: where what is added next begins. */
uint64_t scratch_length(const struct scratch *scratch);

int scratch_add(struct scratch *scratch, struct span bytes, struct err *err)
	__attribute__((warn_unused_result));

/* Adds n bytes from a place on, which were added, to out. */
int scratch_read(struct scratch *scratch, uint64_t at, size_t n, struct buf *out, struct err *err)
	__attribute__((warn_unused_result));

#endif
