/* httpd_conn: a connection of httpd's: its states, what they wait for and how long. Shared by
 * httpd's own sources and nobody else:
 *
 *     httpd.c (life) → httpd_input.c (requests) → httpd_output.c (answers) → httpd_conn.c
 */
#ifndef IO_HTTPD_CONN_H
#define IO_HTTPD_CONN_H

#include "base/chain.h"
#include "io/address.h"
#include "io/httpd.h"
#include "io/transport.h"
#include "wire/content.h"

enum httpd_input {
	INPUT_IDLE,    /* no byte of a request yet */
	INPUT_HEAD,    /* inside a head */
	INPUT_BODY,    /* inside a body */
	INPUT_WAITING, /* the request is complete, the answer is not */
	INPUT_DRAIN,   /* the last answer is there: what comes is thrown away */
	INPUT_CLOSED,
};

enum httpd_output {
	OUTPUT_NONE,
	OUTPUT_BEGUN,
	OUTPUT_ENDED, /* queued as a whole, perhaps not sent */
};

enum { HTTPD_QUEUE_HIGH = 262144, HTTPD_QUEUE_LOW = 65536 }; /* bytes of an answer */

struct httpd_exchange {
	struct httpd *httpd;
	struct list node;
	struct transport transport;
	struct httpd_limits limits; /* httpd's, as they were when the head or the request began */
	char peer[ADDRESS_TEXT_MAX];
	unsigned door;
	bool was_refused; /* when it was taken over */

	enum httpd_input input;
	struct http1 http1;
	struct content content;
	uint64_t body_bytes; /* received so far */
	uint64_t body_max;   /* of this request */
	bool is_active;      /* the handler has it: from `request` to `ended` */
	bool is_paused;
	bool has_fin; /* the client will send nothing more */
	bool sent_continue;
	struct pipe *pipe;     /* where the body goes; not owned; NULL: to the handler */
	struct slice pending;  /* received, not to be read yet; empty: none */
	struct loop_task work; /* reads pending, flushes, frees */

	enum httpd_output output;
	struct chain queue;
	bool is_chunked;  /* the answer is framed so */
	bool is_bodiless; /* HEAD, 204, 304: what is sent is dropped */
	bool is_last;     /* the connection ends with this answer */
	bool is_half_closed;
	bool was_full;

	struct loop_timer timer;
	int64_t since_ns; /* the last progress */
	uint64_t drained; /* bytes thrown away after the end */
	void *user;
};

struct httpd {
	struct loop *loop;
	struct httpd_limits limits; /* in force */
	const struct httpd_events *events;
	void *ctx;
	struct list connections;
	struct buf head; /* of the answer that begins; kept for the next one */
	bool is_draining;
};

/* One place changes the state; it asserts that the move is legal. */
void httpd_conn_set_input(struct httpd_exchange *conn, enum httpd_input input);

/* When the state's time is up; INT64_MAX for never. */
int64_t httpd_conn_deadline_ns(const struct httpd_exchange *conn);

/* Sets the watch and the timer to what the state calls for; after every change. */
void httpd_conn_update(struct httpd_exchange *conn);

/* True when the rest of the request's body is short enough to be read and thrown away. */
bool httpd_conn_can_skip_body(const struct httpd_exchange *conn);

void httpd_conn_finish(struct httpd_exchange *conn, bool is_complete); /* tells the handler, once */
void httpd_conn_close(struct httpd_exchange *conn);

/* -- httpd_input.c --------------------------------------------------------------------------- */

void httpd_read(struct httpd_exchange *conn);
void httpd_read_pending(struct httpd_exchange *conn);

/* -- httpd_output.c -------------------------------------------------------------------------- */

void httpd_flush(struct httpd_exchange *conn);
void httpd_refuse(struct httpd_exchange *conn, const struct err *err);

#endif
