/* guard: who may have an answer of the admin paths; the rules are domain/access's. */
#ifndef PROXY_GUARD_H
#define PROXY_GUARD_H

#include "proxy/exchange.h"

/* Who refuses an exchange on an admin path; NULL when nobody does. `is_served`: somebody answers
 * that path and method; else what the body would have to be does not matter. */
const struct exchange_handler *guard_refusal(const struct exchange *exchange, bool is_served);

#endif
