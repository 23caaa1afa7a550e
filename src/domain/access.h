/* access: who may use the admin paths, /api and the like.
 *
 * mlproxy stands in networks in which people also open web pages, and a page can let a browser send
 * requests to anybody. So three questions are asked besides the one for the token:
 *
 * - Host: is it a name that only we can have? After DNS rebinding a page's own name leads to our
 *   address, and the browser takes our answers for the page's own; but it still sends that name. A
 *   request without Host is no browser's.
 * - Origin: does a call that changes something come from a page of ours? Browsers say where from.
 * - Content-Type: forms and "simple" requests, which need no leave to be sent across origins,
 * cannot say application/json.
 */
#ifndef DOMAIN_ACCESS_H
#define DOMAIN_ACCESS_H

#include "domain/config.h"
#include "wire/http1.h"

enum access {
	ACCESS_GRANTED,
	ACCESS_FOREIGN_HOST,
	ACCESS_NO_TOKEN,
	ACCESS_FOREIGN_ORIGIN,
	ACCESS_NOT_JSON,
};

/* The first thing that is wrong with the request, in that order. `machine` is the machine's name;
 * its first label, alone or before `.local`, is as good. access NULL: no names, no token. */
enum access access_judge(
	const struct config_access *access, struct span machine, const struct http1_head *head);

/* True when what an Authorization field says is the token; where there is none, nothing is. */
bool access_is_token(const struct config_access *access, struct span authorization);

#endif
