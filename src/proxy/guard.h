/* guard: who may have an answer of the admin paths; the rules are domain/access's. */
#ifndef PROXY_GUARD_H
#define PROXY_GUARD_H

#include "proxy/exchange.h"

/* True when the exchange has come by a door behind which there is no such path: with adminListen,
 * main doors have no admin paths and the admin door has nothing else, except for who asks how the
 * process is. A door that was closed since has nothing. */
bool guard_is_elsewhere(const struct exchange *exchange);

/* Who refuses an exchange on an admin path; NULL when nobody does. `is_served`: somebody answers
 * that path and method; else what the body would have to be does not matter. */
const struct exchange_handler *guard_refusal(const struct exchange *exchange, bool is_served);

#endif
