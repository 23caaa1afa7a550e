/* config_environment: a configuration out of the variables that routers made of nginx take, for who
 * puts mlproxy in such a one's place:
 *
 *     ML_DEFAULT_URL   the backend "default", which gets what the others do not
 *     ML_TEXT_URL      the backend "text", which gets requests with a text
 *     ML_IMAGE_URL     the backend "image", which gets requests with a picture
 *     MAX_BODY_SIZE    limits.body, as nginx has sizes: 32m, 512k, 1g, bytes; 0 for none
 */
#ifndef DOMAIN_CONFIG_ENVIRONMENT_H
#define DOMAIN_CONFIG_ENVIRONMENT_H

#include "domain/config_node.h"

/* get_env is getenv(), but for tests; a variable that is empty is not set. 1 when no URL is set;
 * -1 with a fault whose path is the variable's name. */
int config_environment_read(char *(*get_env)(const char *name), struct config **ret_config,
	struct config_fault *fault) __attribute__((warn_unused_result));

/* The variable that a value comes from that is written in such a configuration. */
const char *config_environment_variable(
	const struct config *config, const struct config_node *node);

#endif
