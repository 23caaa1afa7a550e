/* config_parse: the two halves of config_parse(), for texts that are to take the place of another
 * configuration's. */
#ifndef DOMAIN_CONFIG_PARSE_H
#define DOMAIN_CONFIG_PARSE_H

#include "domain/config.h"

struct config_draft;

/* -1 when the text is too long or is not JSON as a configuration must be. */
int config_check(struct span text, struct config_fault *fault) __attribute__((warn_unused_result));

/* What a text says that is strict JSON, of any length. Of the draft, which may be NULL, the edits
 * are of config->text. */
int config_parse_checked(struct span text, struct config_draft *draft, struct config **ret_config,
	struct config_fault *fault) __attribute__((warn_unused_result));

#endif
