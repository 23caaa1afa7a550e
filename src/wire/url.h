/* url: the absolute URLs of backends: http[s]://host[:port][/base], unix:/path/of/socket (RFC 3986,
 * as much of it as a backend needs). */
#ifndef WIRE_URL_H
#define WIRE_URL_H

#include "base/err.h"
#include "base/span.h"

enum { URL_BYTES_MAX = 2048 };

enum url_scheme { URL_HTTP, URL_HTTPS, URL_UNIX };

/* Spans point into the text it was read from. */
struct url {
	enum url_scheme scheme;
	struct span text;      /* all of it */
	struct span authority; /* host[:port] as written: what Host says; "localhost" for unix */
	struct span host;      /* without brackets; for unix the socket's path */
	uint16_t port;         /* 80 or 443 when none is named; 0 for unix */
	struct span base;      /* path before `predict`, beginning with '/' and without one at its end;
							  empty for none */
};

/* -1 (ERR_INVALID) with what is wrong, as a clause: another scheme, no host, a broken address, a
 * port outside 1–65535, user information, a query or fragment, bytes no URL may hold, over
 * URL_BYTES_MAX; a socket's path that is relative or longer than the system takes. */
int url_parse(struct span text, struct url *ret_url, struct err *err)
	__attribute__((warn_unused_result));

/* True for an address as a URL has it, an IPv6 one without its brackets. */
bool url_is_ipv4(struct span text);
bool url_is_ipv6(struct span text);

/* True for a host that needs no brackets: a name, or an IPv4 address. */
bool url_is_name(struct span text);

#endif
