/* server: the service behind sockets, and what can be asked about it besides.
 *
 * A request is collected whole, at most SERVER_BODY_BYTES_MAX, then answered in one go. Pictures
 * are decoded, and vectors made, on the loop's thread: for tens of milliseconds nothing else is
 * served. That is good enough for a mock, and like the service, which has one worker too.
 *
 * GET /__mock/requests tells what has arrived (records.h); nothing under /__mock/ is recorded.
 */
#ifndef MLMOCK_SERVER_H
#define MLMOCK_SERVER_H

#include "io/httpd.h"
#include "mlmock/predict.h"

enum {
	SERVER_BODY_BYTES_MAX = 256 << 20, /* the service has no limit */
	SERVER_IDLE_S = 2,                 /* the service's keep-alive, of which it does not tell */
};

struct server_setup {
	struct span name;   /* which of several mocks this is */
	int64_t latency_ns; /* from the end of a request to /predict to its answer */
	struct predict_setup predict;
};

struct server;

/* The setup outlives the server. */
struct server *server_new(struct loop *loop, const struct server_setup *setup)
	__attribute__((warn_unused_result));

/* Closes every connection. Takes NULL. */
void server_free(struct server *server);

/* Takes over an accepted, non-blocking socket. */
void server_adopt(struct server *server, int fd);

#endif
