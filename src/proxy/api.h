/* api: what the calls under /api have in common: they take JSON, of at most EXCHANGE_API_BODY_MAX
 * bytes, and answer with JSON; what they refuse, and what is refused of them, says `error`. */
#ifndef PROXY_API_H
#define PROXY_API_H

#include "proxy/exchange.h"

void api_answer(struct exchange *exchange, int status, struct span json);

/* {"error":…}, with the path of what is wrong in the body unless that is empty. */
void api_refuse(struct exchange *exchange, int status, struct span error, struct span path);

#endif
