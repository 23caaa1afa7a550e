/* hostport: a host and a port as one text: where to listen, whom a request is for. */
#ifndef WIRE_HOSTPORT_H
#define WIRE_HOSTPORT_H

#include "base/span.h"

/* The span points into the text it was read from. */
struct host_port {
	struct span host; /* without brackets; to listen on: empty for all addresses */
	uint16_t port;    /* to listen on: 0 for a free one; else: 0 when none is named */
};

/* Where to listen, ADDR:PORT: 127.0.0.1:3004, [::1]:3004, or :3004 and *:3004 for all addresses,
 * IPv4 and IPv6 on one socket. False, with nothing set, for anything else. */
bool hostport_parse_listen(struct span text, struct host_port *ret_address)
	__attribute__((warn_unused_result));

/* HOST[:PORT] as a Host field has it (RFC 9110, 7.2): a name, an IPv4 address or an IPv6 address in
 * brackets; a port of 1 to 65535, or none behind a colon. False, with nothing set, for anything
 * else. */
bool hostport_parse(struct span text, struct host_port *ret_host)
	__attribute__((warn_unused_result));

#endif
