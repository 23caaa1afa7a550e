/* fixture: the bytes of a file under fixtures/. */
#ifndef RIG_FIXTURE_H
#define RIG_FIXTURE_H

#include "base/buf.h"

/* Appends them; `path` is relative to fixtures/. Fails the running test when there is no such
 * file. */
void fixture_read(const char *path, struct buf *bytes);

#endif
