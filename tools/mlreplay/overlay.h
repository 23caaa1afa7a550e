/* overlay: a picture with what was found in it drawn over, before and after, as SVG: faces and
 * lines of text, in the pixels of the picture as it was sent. */
#ifndef MLREPLAY_OVERLAY_H
#define MLREPLAY_OVERLAY_H

#include "mlreplay/outcome.h"
#include "mlreplay/snapshot.h"

/* Adds an <svg> element; boxes have the classes "before" and "after". */
void overlay_add(const struct outcome *outcome, const struct snapshot *snapshot, struct buf *out);

#endif
