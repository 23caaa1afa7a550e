/* http1_name: the names of fields that mean something here, as numbers. A name is read once, when
 * its line ends; who looks for one, or asks whether it goes further, compares numbers from then on.
 */
#ifndef WIRE_HTTP1_NAME_H
#define WIRE_HTTP1_NAME_H

#include "base/span.h"

enum http1_name {
	HTTP1_OTHER, /* any name that is not here */
	/* those that never pass: hop-by-hop, or each sender's own */
	HTTP1_CONNECTION,
	HTTP1_CONTENT_LENGTH,
	HTTP1_EXPECT,
	HTTP1_HTTP2_SETTINGS,
	HTTP1_KEEP_ALIVE,
	HTTP1_PROXY_AUTHENTICATE,
	HTTP1_PROXY_AUTHORIZATION,
	HTTP1_PROXY_CONNECTION,
	HTTP1_TE,
	HTTP1_TRAILER,
	HTTP1_TRANSFER_ENCODING,
	HTTP1_UPGRADE,
	/* those that pass */
	HTTP1_ACCEPT,
	HTTP1_ACCEPT_ENCODING,
	HTTP1_AUTHORIZATION,
	HTTP1_CONTENT_ENCODING,
	HTTP1_CONTENT_TYPE,
	HTTP1_HOST,
	HTTP1_ORIGIN,
	HTTP1_SEC_FETCH_SITE,
	HTTP1_X_REQUEST_ID,
	HTTP1_NAME_COUNT,
};

/* In any case. */
enum http1_name http1_name_of(struct span text);

/* True when a field of that name may be passed on: not hop-by-hop (RFC 9110, section 7.6.1), and
 * not like Transfer-Encoding or Content-Length, in that only bytes that are no letters differ: some
 * servers read Transfer_Encoding so. Content-Length, Transfer-Encoding, Trailer and Expect are the
 * sender's own and so never pass; Host passes. */
bool http1_name_may_pass(enum http1_name name, struct span text);

#endif
