/* told: findings as a text that a test can compare, one line for each:
 *
 *     fail vector.dimension clip: 512 numbers > 768 numbers
 *     warn vector.distance clip [0.0005 > 0.0001]
 */
#ifndef RIG_TOLD_H
#define RIG_TOLD_H

#include "base/buf.h"
#include "domain/findings.h"

/* "" when there are none. */
void told_write(const struct findings *findings, struct buf *out);

#endif
