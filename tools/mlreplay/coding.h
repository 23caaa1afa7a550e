/* coding: content codings (RFC 9110, section 8.4.1) undone, so that answers are compared and not
 * how they were packed. */
#ifndef MLREPLAY_CODING_H
#define MLREPLAY_CODING_H

#include "base/buf.h"
#include "base/err.h"

enum { CODING_MAX = 4 }; /* one on top of the other */

/* Unpacks the body, which has the codings of a Content-Encoding field's value (gzip, deflate, br,
 * zstd), the last one on top. -1 (ERR_UPSTREAM), with the body as it was, when it is broken, cut
 * off, has a coding nobody here knows, or would be longer than max. */
int coding_undo(struct span codings, size_t max, struct buf *body, struct err *err)
	__attribute__((warn_unused_result));

#endif
