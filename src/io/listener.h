/* listener: sockets that accept, and hand what they accept to somebody. */
#ifndef IO_LISTENER_H
#define IO_LISTENER_H

#include "base/err.h"
#include "io/loop.h"
#include "wire/hostport.h"

enum { LISTENER_STOP_MS = 50 };

struct listener;

/* `accepted` takes over non-blocking descriptors. -1 (ERR_INTERNAL) says why it cannot listen
 * there. */
int listener_open(struct loop *loop, const struct host_port *address,
	void (*accepted)(void *ctx, int fd), void *ctx, struct listener **ret_listener, struct err *err)
	__attribute__((warn_unused_result));
void listener_close(struct listener *listener); /* takes NULL */

/* To be called LISTENER_STOP_MS before closing, which resets who has connected and was not
 * accepted. From now on nobody new is heard: whoever asks will ask again, and be refused. But who
 * is about to connect, and may send a request any moment, is still accepted. */
void listener_stop(struct listener *listener);

/* Accepts whoever has connected by now. */
void listener_accept_all(struct listener *listener);

/* The port it listens on, also when it was opened with 0. */
uint16_t listener_port(const struct listener *listener);

/* ADDR:PORT in numbers, as a text for people. */
const char *listener_text(const struct listener *listener);

#endif
