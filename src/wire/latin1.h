/* latin1: bytes as the characters U+0000 to U+00FF of a JSON text, which is how some tools put what
 * is no text into one. */
#ifndef WIRE_LATIN1_H
#define WIRE_LATIN1_H

#include "base/buf.h"

/* Adds a JSON string, with its quotes. */
void latin1_write_json(struct span bytes, struct buf *out);

/* Takes the characters of a decoded string for bytes again. False, with nothing added, when there
 * are others among them. */
bool latin1_read(struct span text, struct buf *out) __attribute__((warn_unused_result));

#endif
