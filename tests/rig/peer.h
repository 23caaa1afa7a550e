/* peer: one end of a raw connection, as a client or as a backend sees it: bytes in, bytes out. */
#ifndef RIG_PEER_H
#define RIG_PEER_H

#include "base/buf.h"
#include "base/chain.h"
#include "io/transport.h"
#include "rig/secure.h"

struct peer {
	struct list node;
	struct transport transport;
	struct buf in;                      /* all that has come */
	struct chain out;                   /* what is still to be sent */
	struct secure *secure;              /* NULL: plain */
	uint64_t moved;                     /* bytes on the wire, either way */
	size_t taken;                       /* of in, by whoever answers requests automatically */
	size_t requests;                    /* so taken */
	bool has_fin;                       /* the other side has sent FIN */
	bool is_broken;                     /* or RST */
	bool is_deaf;                       /* does not read */
	bool fins;                          /* when all is sent */
	bool closes;                        /* the same */
	void (*changed)(struct peer *peer); /* may be NULL */
	void *ctx;
};

/* Takes over a non-blocking descriptor. */
struct peer *peer_new(struct loop *loop, int fd, void (*changed)(struct peer *peer), void *ctx);
struct peer *peer_connect(struct loop *loop, uint16_t port);
void peer_free(struct peer *peer); /* closes it; takes NULL */

/* From the first byte on it speaks TLS, as the server. */
void peer_secure(struct peer *peer, SSL_CTX *context);

void peer_send(struct peer *peer, struct span bytes);

/* Into the socket, all of it, while the loop does not turn. */
void peer_send_now(struct peer *peer, struct span bytes);
void peer_send_text(struct peer *peer, const char *text);
void peer_fin(struct peer *peer);   /* all is sent; with TLS's own end before it */
void peer_reset(struct peer *peer); /* at once */
void peer_set_deaf(struct peer *peer, bool is_deaf);

/* Bytes that the other side has not taken yet. */
size_t peer_unsent(const struct peer *peer);

/* True when the text is among what has come. */
bool peer_has(const struct peer *peer, const char *text);

/* The number of times it is. */
size_t peer_count(const struct peer *peer, const char *text);

/* True when everything that was to come has: FIN, RST, or closed by us. */
bool peer_is_over(const struct peer *peer);

/* The first whole message among the bytes: 0 when it is not complete; else its length in bytes,
 * with its head's and decoded body's bytes. `is_response` says what it is; a response until close
 * is complete when `is_end`. Aborts the test on what is no HTTP. */
struct message {
	size_t n;
	size_t head_n;
	struct buf body;
};
bool message_read(struct span bytes, bool is_response, bool is_end, struct message *ret_message);
void message_deinit(struct message *message);

#endif
