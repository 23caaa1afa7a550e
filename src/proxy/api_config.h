/* api_config: the configuration, to be read and changed while it is in use.
 *
 *     GET /api/config               as it was written, with masks for secrets; {} for none
 *     GET /api/config?effective=1   what is in force, see domain/config_effective.h
 *     POST /api/config              puts another one to use, in memory and in the file
 *     POST /api/config?dry=1        only says what would come of it
 */
#ifndef PROXY_API_CONFIG_H
#define PROXY_API_CONFIG_H

#include "proxy/exchange.h"

extern const struct exchange_handler api_config_get_handler;
extern const struct exchange_handler api_config_post_handler;

#endif
