/* config_parse: what config_parse() consists of, for whoever needs a part of it. */
#ifndef DOMAIN_CONFIG_PARSE_H
#define DOMAIN_CONFIG_PARSE_H

#include "domain/config_object.h"

struct config_draft;

/* The keys of the file, into a struct config, in the order in which they are read. */
extern const struct config_fields config_file_fields;

/* -1 when the text is too long or is not JSON as a configuration must be. */
int config_check(struct span text, struct config_fault *fault) __attribute__((warn_unused_result));

/* What a text says that is strict JSON, of any length. Of the draft, which may be NULL, the edits
 * are of config->text. */
int config_parse_checked(struct span text, struct config_draft *draft, struct config **ret_config,
	struct config_fault *fault) __attribute__((warn_unused_result));

#endif
