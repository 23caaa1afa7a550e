/* splice: whether the rest of a request's body goes through a pipe, from socket to socket, instead
 * of through our memory, where nobody would look at it: but for who records it.
 *
 *     read and kept                    | in the kernel
 *     head, entries, payload's header… | …payload
 */
#ifndef PROXY_SPLICE_H
#define PROXY_SPLICE_H

#include "proxy/group.h"

enum {
	/* Of a body are read and kept before that, for a stale connection that has taken no more to be
	 * replaced: 64 KB with the request's head, which is one read. */
	SPLICE_FRONT_BYTES = CHUNK_BYTES - 4096,
	/* For less to come it is not worth the calls. */
	SPLICE_REST_MIN = 65536,
};

/* The pipe that the body of a request with only this group goes by from now on, which is the
 * caller's to give back to the worker's pipes; NULL when it goes on as it is. */
struct pipe *splice_begin(const struct group *group) __attribute__((warn_unused_result));

#endif
