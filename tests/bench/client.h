/* client: one keep-alive connection of the load generator, and the request it is about. It sends
 * what it may and compares the answer with the one that must come, every byte of it. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "base/err.h"
#include "base/span.h"

enum { CLIENT_IN_MAX = 32768 };

/* What all clients of a run have in common. */
struct client_question {
	int epoll_fd; /* its events carry a pointer to the client */
	uint16_t port;
	struct span request;
	struct span answer; /* body */
};

struct client {
	const struct client_question *question;
	int fd;
	bool is_busy; /* a request is begun and not answered */
	size_t sent;
	int64_t begun_ns;
	size_t n;
	char in[CLIENT_IN_MAX];
};

/* Connects. Fails for want of a descriptor and the like; that nobody listens is said later. */
int client_open(struct client *client, const struct client_question *question, struct err *err)
	__attribute__((warn_unused_result));

/* Nothing is done for a client that is not open. */
void client_close(struct client *client);

/* Begins a request and sends of it what goes, at most up to `limit`. -1 when the connection broke.
 */
int client_begin(struct client *client, size_t limit, struct err *err)
	__attribute__((warn_unused_result));

/* Goes on sending, up to `limit`. */
int client_send(struct client *client, size_t limit, struct err *err)
	__attribute__((warn_unused_result));

/* Takes what is there: 1 when that ends the answer, 0 when more must come; -1 when it is not the
 * one that must come, or the connection broke. */
int client_receive(struct client *client, struct err *err) __attribute__((warn_unused_result));

#endif
