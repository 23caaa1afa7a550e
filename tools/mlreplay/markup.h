/* markup: any bytes as text of XML 1.0, in an element or in an attribute between '"'; which HTML
 * takes, too. */
#ifndef MLREPLAY_MARKUP_H
#define MLREPLAY_MARKUP_H

#include "base/buf.h"

/* '&', '<', '>', '"', ''' and white space but blanks become references; what no such document may
 * hold, U+FFFD: most control characters, U+FFFE, U+FFFF, and bytes that are not UTF-8. */
void markup_add(struct buf *out, struct span text);

#endif
