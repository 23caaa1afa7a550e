/* base64: bytes as letters (RFC 4648, section 4), with padding and without line ends. */
#ifndef WIRE_BASE64_H
#define WIRE_BASE64_H

#include "base/buf.h"

void base64_encode(struct span bytes, struct buf *out);

/* False, with nothing added, unless it is what base64_encode() writes for some bytes. */
bool base64_decode(struct span text, struct buf *out) __attribute__((warn_unused_result));

#endif
