/* hex: bytes as pairs of hexadecimal digits (RFC 4648, section 8). */
#ifndef WIRE_HEX_H
#define WIRE_HEX_H

#include "base/buf.h"

/* Digits in any case. False, with nothing added, for anything but pairs of them. */
bool hex_decode(struct span text, struct buf *out) __attribute__((warn_unused_result));

#endif
