/* show_page: all of one exchange, for people. */
#ifndef MLREPLAY_SHOW_PAGE_H
#define MLREPLAY_SHOW_PAGE_H

#include "mlreplay/walk.h"

enum { SHOW_PAGE_TEXT_BYTES = 2000 }; /* of a body; the rest of it is cut off */

void show_page_write(const struct walk *walk, struct buf *out);

#endif
