/* api: what the calls under /api have in common: they take JSON, of at most EXCHANGE_API_BODY_MAX
 * bytes, and answer with JSON; what they refuse, and what is refused of them, says `error`. */
#ifndef PROXY_API_H
#define PROXY_API_H

#include "proxy/exchange.h"

/* What the bodies of all calls may hold together: apart from limits.keptBytes, since somebody may
 * want to change that just because it is used up. */
enum { API_BYTES_MAX = 16 * EXCHANGE_API_BODY_MAX };

/* A body that is read whole before anything is done with it. */
struct api_body {
	struct shared *shared;
	struct buf text;
};

void api_body_init(struct api_body *body, struct exchange *exchange);
void api_body_deinit(struct api_body *body);

/* More of it has come. Beyond API_BYTES_MAX the exchange is refused with 503, and is over. */
void api_body_add(struct api_body *body, struct exchange *exchange, struct span bytes);

/* The same for a call whose state is nothing but its body: rows of its handler. */
void api_body_on_begin(struct exchange *exchange);
void api_body_on_bytes(struct exchange *exchange, struct slice bytes);
void api_body_on_free(struct exchange *exchange);

void api_answer(struct exchange *exchange, int status, struct span json);

/* {"error":…}, with the path of what is wrong in the body unless that is empty. */
void api_refuse(struct exchange *exchange, int status, struct span error, struct span path);

/* The same for a fault, whose path is left out when it is about all of the body. */
void api_refuse_fault(struct exchange *exchange, int status, const struct config_fault *fault);

#endif
