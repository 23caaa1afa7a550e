/* har_valid: whether an entry is one by HAR 1.2, as others may insist on who read it. What we read
 * ourselves (wire/har) may be less. */
#ifndef WIRE_HAR_VALID_H
#define WIRE_HAR_VALID_H

#include "base/err.h"
#include "base/span.h"

/* The entry has passed json_check as an object. -1 (ERR_INVALID) with the member's path and what is
 * wrong, by the rules of har-schema 2.0. */
int har_valid(struct span entry, struct err *err) __attribute__((warn_unused_result));

#endif
