/* listener: sockets that accept, and hand what they accept to somebody. */
#ifndef IO_LISTENER_H
#define IO_LISTENER_H

#include "base/err.h"
#include "io/loop.h"

struct listener;

/* Reads ADDR:PORT: 127.0.0.1:3004, [::1]:3004, or :3004 and *:3004 for all addresses, for which the
 * host is empty. False, with nothing set, for anything else. */
bool listener_parse(struct span text, struct span *ret_host, uint16_t *ret_port)
	__attribute__((warn_unused_result));

/* host: an address, or empty for all of them, IPv4 and IPv6 on one socket. `accepted` takes over
 * non-blocking descriptors. -1 (ERR_INTERNAL) says why it cannot listen there. */
int listener_open(struct loop *loop, struct span host, uint16_t port,
	void (*accepted)(void *ctx, int fd), void *ctx, struct listener **ret_listener, struct err *err)
	__attribute__((warn_unused_result));
void listener_close(struct listener *listener); /* takes NULL */

/* The port it listens on, also when it was opened with 0. */
uint16_t listener_port(const struct listener *listener);

/* ADDR:PORT in numbers, as a text for people. */
const char *listener_text(const struct listener *listener);

#endif
