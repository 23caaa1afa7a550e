/* resolver: names to addresses, without blocking a loop.
 *
 * getaddrinfo() in a thread of its own for each question, since the system's resolver knows of
 * /etc/hosts, search domains and .local, and may take seconds. Literal addresses need no thread.
 */
#ifndef IO_RESOLVER_H
#define IO_RESOLVER_H

#include "base/err.h"
#include "io/address.h"
#include "io/loop.h"

enum { RESOLVER_ADDRESSES_MAX = 8, RESOLVER_HOST_MAX = 255 };

struct resolver_addresses {
	struct address list[RESOLVER_ADDRESSES_MAX];
	size_t count;
};

/* True when the host is a literal IPv4 or IPv6 address; then *ret_addresses is set. */
bool resolver_literal(struct span host, uint16_t port, struct resolver_addresses *ret_addresses);

struct resolver_query;

/* Asks. `done` is called in the loop's thread: with addresses, or with NULL and an error. */
struct resolver_query *resolver_ask(struct loop *loop, struct span host, uint16_t port,
	void (*done)(void *ctx, const struct resolver_addresses *addresses, const struct err *err),
	void *ctx) __attribute__((warn_unused_result));

/* The question is of no more interest: `done` is not called. The thread ends when it can. */
void resolver_cancel(struct resolver_query *query);

#endif
