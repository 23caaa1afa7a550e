/* utc: a moment as text. What the C library has for it takes a lock that all threads share. */
#ifndef BASE_UTC_H
#define BASE_UTC_H

#include "base/span.h"

enum { UTC_LENGTH = 24 };

/* Writes "2026-11-21T08:05:36.544Z" (RFC 3339), without a NUL, for seconds since 1970 in the years
 * 0001 to 9999 and milliseconds below 1,000. */
void utc_write(int64_t seconds, unsigned ms, char ret_text[UTC_LENGTH]);

/* Reads such a moment (RFC 3339), of any number of decimals, those beyond microseconds cut off, and
 * with any offset. False, with *ret_us untouched, for anything else, and what is outside those
 * years. */
bool utc_read(struct span text, int64_t *ret_us) __attribute__((warn_unused_result));

#endif
