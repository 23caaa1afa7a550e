/* digits: numbers as the service writes its float32: the fewest digits that tell it from its
 * neighbours, `690.0`, `0.0000028898378`, `4.7e-7`. In integers alone, so that every machine writes
 * the same. */
#ifndef MLMOCK_DIGITS_H
#define MLMOCK_DIGITS_H

#include "base/buf.h"

enum { DIGITS_SHIFT_MAX = 40 };

/* Adds the float32 nearest to numerator / 2^shift, which lies between -2^19 and 2^19; shift is at
 * most DIGITS_SHIFT_MAX. */
void digits_add(struct buf *out, int64_t numerator, unsigned shift);

#endif
