/* secure: the server's side of one TLS connection, on bytes in memory: bytes off the wire in, plain
 * bytes out, and the other way round. */
#ifndef RIG_SECURE_H
#define RIG_SECURE_H

#include "base/buf.h"
#include "rig/certificate.h"

struct secure {
	SSL *ssl;
	BIO *in;  /* off the wire, not read yet */
	BIO *out; /* for the wire, not sent yet */
};

/* The context of a server with that certificate; freed with SSL_CTX_free(). */
SSL_CTX *secure_context(const struct certificate *certificate);

struct secure *secure_new(SSL_CTX *context);
void secure_free(struct secure *secure); /* takes NULL */

/* Takes bytes off the wire and goes on with the handshake. */
void secure_take(struct secure *secure, struct span bytes);

/* True when the handshake is over. */
bool secure_is_open(const struct secure *secure);

/* Appends all plain bytes that there are. True when the client has said that there are no more. */
bool secure_read(struct secure *secure, struct buf *plain);

/* True when it holds bytes that secure_read() might give. */
bool secure_has_unread(const struct secure *secure);

/* False when it has ended already. */
bool secure_write(struct secure *secure, struct span plain);

/* Says that there are no more. */
void secure_end(struct secure *secure);

/* What is to go on the wire now; valid until it is changed. */
struct span secure_wire(struct secure *secure);
void secure_sent(struct secure *secure, size_t n);

#endif
