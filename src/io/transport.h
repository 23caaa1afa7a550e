/* transport: a connected stream socket, read into shared chunks and written from spans.
 *
 * The one place that touches the descriptor, so that TLS can stand behind it: a transport begins
 * plain, and transport_secure() puts a session of io/tls between. */
#ifndef IO_TRANSPORT_H
#define IO_TRANSPORT_H

#include <sys/uio.h>

#include "base/err.h"
#include "io/pipe.h"
#include "io/tls.h"

enum transport_result {
	TRANSPORT_OK,
	TRANSPORT_AGAIN, /* nothing now: wait for the watch */
	TRANSPORT_END,   /* reading: the peer has sent FIN, or TLS's close_notify */
	TRANSPORT_BROKEN,
};

struct transport {
	struct loop *loop;
	int fd;                  /* owned; -1 when closed */
	int error;               /* errno, once broken; 0 when it is not the system's */
	struct tls_session *tls; /* NULL: plain; owns the descriptor */
	size_t full_read;        /* a read that gives less has probably taken all that there was */
	struct watch watch;
};

/* Takes a non-blocking descriptor over; `ready` is called as watch_set(&transport->watch) asks. */
void transport_init(struct transport *transport, struct loop *loop, int fd,
	void (*ready)(void *ctx, unsigned what), void *ctx);

/* Begins TLS on a connection that has just come about; until `done`, with NULL or an error, there
 * is nothing to do but to close it. See tls_open(). */
void transport_secure(struct transport *transport, struct tls *tls, const struct tls_peer *peer,
	void (*done)(void *ctx, const struct err *err), void *ctx);

/* Closes it; harmless when closed. */
void transport_close(struct transport *transport);

/* Closes it with RST, so that the peer knows that what it has is not the whole. */
void transport_reset(struct transport *transport);

/* Reads once. TRANSPORT_OK: ret_slice has the bytes, at least one, in a chunk of the loop's; who
 * wants them for longer takes a reference. */
enum transport_result transport_read(struct transport *transport, struct slice *ret_slice)
	__attribute__((warn_unused_result));

/* Writes once; *ret_sent may be less than all. After TRANSPORT_AGAIN the next write must go on with
 * the same bytes; TLS has taken note of them and may count some that are not offered again. */
enum transport_result transport_write(struct transport *transport, const struct iovec *iov,
	size_t count, size_t *ret_sent) __attribute__((warn_unused_result));

/* Reads once, at most `max` bytes, into a pipe; of a plain one. TRANSPORT_AGAIN also when the pipe
 * takes no more, which it says itself. */
enum transport_result transport_splice_in(struct transport *transport, struct pipe *pipe,
	uint64_t max, size_t *ret_n) __attribute__((warn_unused_result));

/* Writes once what is in a pipe, which is not empty; to a plain one. SIGPIPE is ignored. */
enum transport_result transport_splice_out(struct transport *transport, struct pipe *pipe,
	size_t *ret_n) __attribute__((warn_unused_result));

/* Why it is broken. */
const char *transport_error(const struct transport *transport);

/* Sends FIN behind what was written; of a plain one only. */
void transport_half_close(struct transport *transport);

#endif
