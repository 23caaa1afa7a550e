/* tls: TLS sessions to backends, made by libcurl over sockets that are connected already.
 *
 *     tls_open(fd) ─→ handshake, on the loop ─→ done ─→ tls_read, tls_write ─→ tls_close
 *
 * libcurl connects, checks certificates and encrypts (CURLOPT_CONNECT_ONLY, then curl_easy_recv()
 * and curl_easy_send()); HTTP on it is spoken by the same code as on plain sockets. So an answer
 * that comes early, a body that is sent again, lenient framing and a paused transfer are not
 * libcurl's to decide, and resolving, connecting and time limits are the same on every wire.
 */
#ifndef IO_TLS_H
#define IO_TLS_H

#include <sys/uio.h>

#include "base/err.h"
#include "base/span.h"
#include "io/loop.h"

enum { TLS_RECORD_BYTES = 16384 }; /* the most that one read gives or one write takes */

enum tls_result {
	TLS_OK,
	TLS_AGAIN, /* nothing now: wait for the socket */
	TLS_END,   /* reading: the peer has said that this was all */
	TLS_BROKEN,
};

struct tls; /* one a loop: libcurl's multi handle */
struct tls_session;

struct tls_peer {
	struct span authority; /* HOST[:PORT] as in a URL: the name that the certificate must be for */
	struct span ca_file;   /* who may have signed it; empty: whom the system trusts */
	bool is_insecure;      /* the certificate is not looked at */
	bool is_plain;         /* no TLS at all, only libcurl's reading and writing */
};

/* Loads libcurl with the thirty libraries that it brings, once for the process; any thread may. -1
 * (ERR_BUSY) with a text that says what is missing. */
int tls_prepare(struct err *err) __attribute__((warn_unused_result));

/* As tls_prepare(), after which it takes no time. NULL (ERR_BUSY) when there is no libcurl. */
struct tls *tls_new(struct loop *loop, struct err *err) __attribute__((warn_unused_result));

/* All sessions must have been closed. Takes NULL. */
void tls_free(struct tls *tls);

/* Takes over a TCP socket that connect() has just connected without blocking. `done` is called from
 * the loop, with NULL or an error (ERR_UPSTREAM) that says what is wrong with the other side; it
 * may close the session. There is no limit to the time but tls_close(). */
struct tls_session *tls_open(struct tls *tls, int fd, const struct tls_peer *peer,
	void (*done)(void *ctx, const struct err *err), void *ctx) __attribute__((warn_unused_result));

/* Closes it in whichever state, and its socket. */
void tls_close(struct tls_session *session);

/* Reads once; room is at least TLS_RECORD_BYTES, so that no byte stays behind where the loop does
 * not see it. */
enum tls_result tls_read(struct tls_session *session, char *to, size_t room, size_t *ret_n)
	__attribute__((warn_unused_result));

/* Writes once. After TLS_AGAIN the bytes that it was given are what is written first, whatever it
 * is given then; *ret_sent counts them when they have gone. */
enum tls_result tls_write(struct tls_session *session, const struct iovec *iov, size_t count,
	size_t *ret_sent) __attribute__((warn_unused_result));

/* Why it is broken; valid until it is closed. */
const char *tls_error(const struct tls_session *session);

#endif
