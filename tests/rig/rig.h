/* rig: a worker of the proxy, fake backends and raw clients on one loop with a clock that the test
 * turns: real sockets, no threads, no sleeps. With RIG_WORKERS=4 there are four workers, each with
 * a loop and a thread, which all make their turn while the test's loop makes its own.
 *
 *     struct rig rig;
 *     rig_init(&rig, 2, CONFIG);          // "$1", "#1" stand for 127.0.0.1:PORT and PORT
 *     rig_answers(&rig, 0, "HTTP/1.1 200 OK\r\n…");
 *     struct peer *client = rig_client(&rig);
 *     peer_send_text(client, "GET /ping …");
 *     RIG_UNTIL(&rig, peer_has(client, "pong"));
 *     rig_deinit(&rig);                   // asserts that nothing is left
 */
#ifndef RIG_RIG_H
#define RIG_RIG_H

#include <check.h>

#include "io/listener.h"
#include "proxy/crew.h"
#include "rig/clock_fake.h"
#include "rig/peer.h"
#include "rig/turner.h"

enum { RIG_BACKENDS_MAX = 4 };

struct rig_backend {
	struct rig *rig;
	struct listener *listener;
	uint16_t port;
	int held_port;       /* while it refuses: a descriptor that keeps the port from others */
	struct list peers;   /* in the order they connected */
	struct buf requests; /* the bytes of all whole requests, one behind the other */
	size_t request_count;
	struct buf answer; /* sent for every whole request; empty: none */
	bool closes;       /* after each answer */
	bool is_deaf;      /* new connections are not read */
};

struct rig {
	struct clock_fake clock;
	struct loop *loop;
	struct log log;
	int log_end; /* to read from; -1: nobody listens */
	struct shared shared;
	struct config *config;                /* the workers'; NULL: none */
	struct loop *loops[TURNER_LOOPS_MAX]; /* the workers'; the only one's is the test's, too */
	struct crew crew;
	struct worker *worker; /* the first */
	struct turner turner;
	struct listener *listener;
	struct rig_backend backends[RIG_BACKENDS_MAX];
	size_t backend_count;
	struct list clients;
	bool is_drained;
	char folder[32];        /* when it has one */
	struct buf config_path; /* in it */
};

/* config NULL: none. */
void rig_init(struct rig *rig, size_t backend_count, const char *config);

/* With one worker in any case: for what is each worker's own, as connections that rest. */
void rig_init_alone(struct rig *rig, size_t backend_count, const char *config);
void rig_deinit(struct rig *rig);

/* A configuration with $1… and #1… replaced, whose backends are reached by the wire in use; bound,
 * with one reference. */
struct config *rig_config(struct rig *rig, const char *text);

/* The text of it. */
void rig_config_text(struct rig *rig, const char *text, struct buf *filled);

/* From now on the configuration's file is in a folder of the rig's own, and goes with it. */
void rig_has_folder(struct rig *rig);

/* That of backends whose URL was written with http. */
const char *rig_scheme(void);

struct peer *rig_client(struct rig *rig); /* freed with the rig */
void rig_answers(struct rig *rig, size_t backend, const char *answer);
void rig_answers_bytes(struct rig *rig, size_t backend, struct span answer);
void rig_refuses(struct rig *rig, size_t backend); /* its port is closed from now on */
void rig_listens(struct rig *rig, size_t backend); /* again, there */

/* What the process does at SIGTERM; is_drained says when it would end. */
void rig_drain(struct rig *rig);

/* A connection to the struct rig_backend, which may be listened for elsewhere, too. */
void rig_accepted(void *backend, int fd);

/* A client that has sent these bytes. */
struct peer *rig_asks(struct rig *rig, struct span bytes);

/* The last connection to a backend; NULL when there was none. */
struct peer *rig_peer(struct rig *rig, size_t backend);

/* From now on the log is kept, at level info, for rig_logged(): the lines since its last call. */
void rig_listen(struct rig *rig);
const char *rig_logged(struct rig *rig);

/* Turns the clock and lets the loop see it. */
void rig_pass(struct rig *rig, int64_t ns);

/* One turn that sleeps until something happens, but at most so long; false when there was something
 * to do before, anywhere. */
bool rig_look(struct rig *rig, int64_t max_wait_ns);

/* The same; false when far too many went by without the condition (real time, only to end a test
 * that hangs). */
bool rig_turn(struct rig *rig, int *turns);

/* Turns the loop until it holds. */
#define RIG_UNTIL(rig, condition)                                                       \
	do {                                                                                \
		int turns_ = 0;                                                                 \
		while (!(condition))                                                            \
			ck_assert_msg(rig_turn((rig), &turns_), "never came true: %s", #condition); \
	} while (0)

/* Turns the loop until nothing more happens. */
void rig_settle(struct rig *rig);

/* The same, and has waited for the kernel, too, which may take some more bytes when it has sent a
 * delayed ACK. */
void rig_settle_kernel(struct rig *rig);

/* The file's bytes, under fixtures/. */
struct buf rig_fixture(const char *path);

#endif
