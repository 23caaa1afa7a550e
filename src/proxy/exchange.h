/* exchange: one request's life in the proxy: its id, its configuration, its answer and its line in
 * the log. What is done with it, a handler says.
 *
 *     httpd ─ request → site picks the handler → begin, body…, body_end, drained, ended
 */
#ifndef PROXY_EXCHANGE_H
#define PROXY_EXCHANGE_H

#include "domain/area.h"
#include "proxy/worker.h"

enum {
	EXCHANGE_ID_MAX = 128,
	EXCHANGE_API_BODY_MAX = 1048576, /* bytes, under /api, whatever limits.body says */
};

struct exchange;
struct report;
struct tap;

/* Members that are NULL are not of interest. `state` is the handler's own. */
struct exchange_handler {
	void (*begin)(struct exchange *exchange);
	void (*body)(struct exchange *exchange, struct slice bytes);
	/* Behind httpd_splice(): there is more of it in the pipe, or no room for more. */
	void (*piped)(struct exchange *exchange);
	void (*body_end)(struct exchange *exchange);
	void (*drained)(struct exchange *exchange);
	/* The exchange is over, answered or not; it must not be answered any more. */
	void (*ended)(struct exchange *exchange);
	/* Adds what it knows of the exchange: when its answer begins, and after `ended`. */
	void (*report)(const struct exchange *exchange, struct report *report);
	/* The last call, at the end of a turn: gives the state back. */
	void (*free)(struct exchange *exchange);
};

struct exchange {
	struct worker *worker;
	struct arena arena; /* has the exchange itself and what lives as long, the handler's too */
	struct httpd_exchange *http; /* NULL once ended */
	struct config *config;       /* a reference; NULL: none */
	const struct exchange_handler *handler;
	void *state;
	char id[EXCHANGE_ID_MAX + 1]; /* X-Request-Id: the client's if it is sane, else made */
	enum area area;               /* of its path */
	uint64_t serial;              /* no two of the process are the same */
	int64_t began_ns;
	int64_t received_ns; /* when the request's body was complete; 0: never */
	int64_t answered_ns; /* when the answer's head was queued; 0: never */
	uint64_t bytes_in;   /* of the request's body, as far as it was read */
	uint64_t bytes_out;  /* of the answer's body, as far as it was queued */
	int status;          /* of the answer; 0: none was begun */
	struct buf error;    /* for the line in the log: what went wrong; empty: nothing */
	struct buf fields;   /* further lines for the answer's head */
	struct tap *tap;     /* what it is recorded by; NULL: nobody does */
	struct list node;
	struct loop_task free_task;
};

/* For the worker's httpd. */
extern const struct httpd_events exchange_httpd_events;

/* Begins an answer with the exchange's id; the rest is as in httpd_begin(). */
void exchange_begin(struct exchange *exchange, const struct httpd_answer *answer);

/* Some of its body, as httpd_send(). */
void exchange_send(struct exchange *exchange, struct slice bytes);

/* All of its body was sent. */
void exchange_end(struct exchange *exchange);

/* It cannot be completed, and is broken off, as httpd_abort(); the error says why. */
void exchange_abort(struct exchange *exchange, const struct err *err);

/* A whole answer. `fields` are further lines. */
void exchange_answer(struct exchange *exchange, int status, struct span content_type,
	struct span fields, struct span body);

/* {"detail":…} as the service says it, under /api {"error":…}. `fields` are further lines. */
void exchange_refuse(struct exchange *exchange, int status, struct span fields, struct span why);

/* The same with the status that fits the error, which is noted: its text, or {"detail":…} with
 * detail_json where that is not NULL. */
void exchange_fail(struct exchange *exchange, const struct err *err, const char *detail_json);

/* What the line in the log says went wrong; of several texts the last. */
void exchange_note_error(struct exchange *exchange, struct span text);

/* 503 that says where to put a configuration. */
void exchange_fail_unconfigured(struct exchange *exchange);

/* Frees all of a worker's exchanges, which have ended. */
void exchange_free_all(struct worker *worker);

#endif
