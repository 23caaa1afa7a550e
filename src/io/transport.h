/* transport: a connected stream socket, read into shared chunks and written from spans.
 *
 * The one place that touches the descriptor, so that TLS can stand behind it. */
#ifndef IO_TRANSPORT_H
#define IO_TRANSPORT_H

#include <sys/uio.h>

#include "base/err.h"
#include "io/loop.h"

enum transport_result {
	TRANSPORT_OK,
	TRANSPORT_AGAIN, /* nothing now: wait for the watch */
	TRANSPORT_END,   /* reading: the peer has sent FIN */
	TRANSPORT_BROKEN,
};

struct transport {
	struct loop *loop;
	int fd;    /* owned; -1 when closed */
	int error; /* errno, once broken */
	struct watch watch;
};

/* Takes a non-blocking descriptor over; `ready` is called as watch_set(&transport->watch) asks. */
void transport_init(struct transport *transport, struct loop *loop, int fd,
	void (*ready)(void *ctx, unsigned what), void *ctx);

/* Closes it; harmless when closed. */
void transport_close(struct transport *transport);

/* Closes it with RST, so that the peer knows that what it has is not the whole. */
void transport_reset(struct transport *transport);

/* Reads once. TRANSPORT_OK: ret_slice has the bytes, at least one, in a chunk of the loop's; who
 * wants them for longer takes a reference. */
enum transport_result transport_read(struct transport *transport, struct slice *ret_slice)
	__attribute__((warn_unused_result));

/* Writes once; *ret_sent may be less than all. */
enum transport_result transport_write(struct transport *transport, const struct iovec *iov,
	size_t count, size_t *ret_sent) __attribute__((warn_unused_result));

/* Sends FIN behind what was written. */
void transport_half_close(struct transport *transport);

#endif
