/* net: sockets of the bench, on 127.0.0.1 and nowhere else, none of which blocks, and epoll. */
#ifndef BENCH_NET_H
#define BENCH_NET_H

#include <stdint.h>

#include "base/err.h"

/* Both return a descriptor. */
int net_connect(uint16_t port, struct err *err) __attribute__((warn_unused_result));
int net_accept(int listen_fd);

/* *port 0 takes a free one, and becomes that. Returns a descriptor. */
int net_listen(uint16_t *port, struct err *err) __attribute__((warn_unused_result));

int net_epoll(struct err *err) __attribute__((warn_unused_result));

/* Whenever something can be read or written that could not before, epoll says so with that pointer.
 */
int net_watch(int epoll_fd, int fd, void *object, struct err *err)
	__attribute__((warn_unused_result));

/* -1, after filling err with what was tried and errno. */
int net_fail(struct err *err, const char *what);

#endif
