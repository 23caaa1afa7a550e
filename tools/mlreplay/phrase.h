/* phrase: what is said of an exchange and of what differs in it, in a line or less. All of it may
 * be shown on a terminal, whatever the capture says. */
#ifndef MLREPLAY_PHRASE_H
#define MLREPLAY_PHRASE_H

#include "mlreplay/outcome.h"

enum { PHRASE_WORD_BYTES = 100 }; /* of a name; the rest of it is cut off */

/* What a request asks for: "clip.visual", "facial-recognition"; of several tasks with " + "
 * between. Without entries that can be read "POST predict". */
void phrase_add_tasks(const struct har_request *request, struct span entries, struct buf *out);

/* The models it asks for, with that mark in front; nothing where there are none. */
void phrase_add_models(struct span entries, const char *mark, struct buf *out);

/* `fail  ocr.text[3]: text.changed 0.12 (limit 0): "EXIT" -> "EX1T"` */
void phrase_add_finding(const struct findings_item *item, struct buf *out);

/* "compared", "unstable", … */
extern const char *const phrase_outcomes[];

/* "same", "warn", "fail" */
extern const char *const phrase_levels[];

/* "safe", "rerun", "look", "unknown" */
extern const char *const phrase_advices[];

#endif
