/* head: as much of HTTP's heads as the bench must know to tell a whole message from a broken one.
 * It is not wire/http1, whose faults it would share. */
#ifndef BENCH_HEAD_H
#define BENCH_HEAD_H

#include "base/span.h"

struct head {
	struct span line;  /* the first one, without its end */
	size_t n;          /* bytes up to and including the empty line */
	size_t body_bytes; /* Content-Length, 0 where there is none */
};

/* 1 when the bytes begin with a whole head, 0 when it takes more of them, -1 when it is none that
 * the bench has a use for: not HTTP/1.1, framed otherwise than by one Content-Length, or about to
 * close the connection. */
int head_read(struct span bytes, struct head *ret_head) __attribute__((warn_unused_result));

#endif
