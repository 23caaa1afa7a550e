/* record_redact_body: what the rules leave of a request's body: its parts `entries`, `text` and
 * `image`, as far as rules are about them, with heads that say nothing else. Of record_redact.
 */
#ifndef IO_RECORD_REDACT_BODY_H
#define IO_RECORD_REDACT_BODY_H

#include "domain/capture_config.h"
#include "io/record_draft.h"

/* Where a rule is about parts, but the body is no form, or not all of one, it is left out. */
void record_redact_body(
	struct record_draft *draft, const struct capture_config *config, struct span key);

#endif
