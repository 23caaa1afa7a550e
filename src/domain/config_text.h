/* config_text: the configuration as a text to show, and to put another one in its place. */
#ifndef DOMAIN_CONFIG_TEXT_H
#define DOMAIN_CONFIG_TEXT_H

#include "base/buf.h"
#include "domain/config.h"

/* Adds the text as it was written, byte for byte, with CONFIG_MASK for every secret: basicAuth, the
 * values of headers, access.adminToken, those that are written again later among them; of what is
 * there all of it when it is not what it should be. */
void config_text_mask(const struct config *config, struct buf *out);

/* The configuration that results when `posted` takes the place of `current` (NULL: there is none):
 *  - backends and defaultBackend it must have; of the other keys at the top taskRouting and
 *    modelTypeRouting become {} when it lacks them, the rest stays as it is in the current one;
 *  - keys that are unknown or written again later are left out, at any depth; of the unknown ones
 *    the outcome's warnings tell;
 *  - where a secret's value is CONFIG_MASK it stays what it is now: that of the backend of the same
 *    name, if its URL still has the same scheme, host and port, and its certificate is checked as
 *    strictly.
 * (*ret_config)->text is what belongs into the file: reading it gives the same configuration. -1
 * with a fault as config_parse(). */
int config_text_update(const struct config *current, struct span posted, struct config **ret_config,
	struct config_fault *fault) __attribute__((warn_unused_result));

#endif
