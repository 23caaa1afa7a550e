/* record_redact: takes out of a draft what the configuration's rules say, before anything of it
 * touches the disk. What a rule is about but cannot be read, such as a picture of a kind that
 * nobody here knows, is left out whole.
 */
#ifndef IO_RECORD_REDACT_H
#define IO_RECORD_REDACT_H

#include "domain/capture_config.h"
#include "io/record_draft.h"

enum { RECORD_REDACT_KEY_BYTES = 32 };

/* Draws the key for texts, which nobody else knows: one text has one hash for as long as it is
 * used. */
void record_redact_draw_key(char ret_key[RECORD_REDACT_KEY_BYTES]);

/* After digest_load(). */
void record_redact(struct record_draft *draft, const struct capture_config *config,
	const char key[RECORD_REDACT_KEY_BYTES]);

#endif
