/* resume_line: a line of a state, but for the first: see resume.h. */
#ifndef MLREPLAY_RESUME_LINE_H
#define MLREPLAY_RESUME_LINE_H

#include "mlreplay/resume.h"

/* Whether it could be read again: a capture may have any numbers. */
bool resume_line_fits(const struct resume_item *item);

/* One that fits: adds it, with its line end. */
void resume_line_write(const struct resume_item *item, struct buf *out);

/* Of a line without its end; what it has lives as long as the line and the arena. False for
 * anything else. */
bool resume_line_read(struct span line, struct arena *arena, struct resume_item *ret_item)
	__attribute__((warn_unused_result));

#endif
