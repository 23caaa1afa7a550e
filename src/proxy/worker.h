/* worker: one thread's share of the proxy: its loop, its clients, its connections to backends.
 *
 * What workers share is in struct shared, which outlives them.
 */
#ifndef PROXY_WORKER_H
#define PROXY_WORKER_H

#include "base/log.h"
#include "base/rng.h"
#include "domain/backend.h"
#include "domain/config.h"
#include "io/httpd.h"
#include "io/recorder.h"
#include "io/upstream.h"
#include "proxy/body.h"
#include "proxy/metrics.h"

enum { WORKER_ADMINS_MAX = 32 };

/* What all workers share. */
struct shared {
	const struct log *log;
	const char *machine;     /* its name */
	struct worker **workers; /* all of them, which begin and end together */
	size_t worker_count;
	struct doors *doors;     /* where connections come from; worker 0's */
	struct keeper *keeper;   /* who changes their configuration */
	const char *config_path; /* where the configuration is or should be */
	struct backends *backends;
	struct body_budget budget;
	size_t pipes_max;     /* of each worker */
	uint64_t clients_max; /* as many have descriptors, whatever limits.connections says */
	struct spool *spool;
	struct parts *parts;          /* of what is recorded */
	struct records *records;      /* in memory */
	struct recorder *recorder;    /* to disk; NULL: there is none */
	const char *temp_dir;         /* where it writes when the configuration names no place */
	atomic_ullong spill_failures; /* requests that could not be kept on disk */
	atomic_ullong api_bytes;      /* what the bodies of calls under /api hold */
	atomic_uint api_tasks;        /* calls under /api that a thread works on */
	atomic_ullong tap_bytes;      /* what taps hold */
	atomic_ullong tap_dropped;    /* exchanges that held too much to be recorded */
	atomic_uint connections;      /* of clients */
	atomic_uint admins;      /* connections at access.adminListen, WORKER_ADMINS_MAX at the most */
	atomic_uint refused;     /* connections beyond the limit that are told so */
	atomic_uint exchanges;   /* under way */
	atomic_uint rounds;      /* and changes of the configuration under way */
	atomic_uint admin_door;  /* the one in force, see doors; DOORS_MAIN: there is none */
	atomic_bool is_draining; /* the process is about to end: nothing new is begun */
};

struct exchange;
struct exchange_handler;
struct worker;

/* What is done with requests, so that workers need not know who does it. */
struct worker_service {
	const struct httpd_events *events; /* of the worker's httpd; their ctx is the worker */
	/* Who answers a request; never NULL. */
	const struct exchange_handler *(*handler_of)(const struct exchange *exchange);
	/* Gives back the worker's exchanges, which have ended. */
	void (*free_exchanges)(struct worker *worker);
};

/* Used by its own thread alone, except what is atomic. */
struct worker {
	struct shared *shared;
	size_t index;            /* among shared->workers; 0 is the one that accepts */
	struct config *config;   /* a reference; NULL: none; requests are then told where to put one */
	atomic_uint connections; /* handed to it and not gone */
	struct loop *loop;
	struct httpd *httpd;
	struct upstream *upstream;
	struct pipes *pipes;
	struct rng rng;
	struct pinger *pinger;
	struct monitor *monitor;
	struct list exchanges;
	uint64_t serial;          /* of the last exchange: its index, and so many times worker_count */
	struct buf lines;         /* of the answer that begins; kept for the next one */
	struct arena_pool arenas; /* of exchanges */
	struct metrics metrics;
	struct loop_timer drain_timer;
	void (*drained)(void *ctx); /* NULL: not draining, or told */
	void *drained_ctx;
	const struct worker_service *service;
};

/* Without a configuration. The service outlives it. */
struct worker *worker_new(struct shared *shared, size_t index, struct loop *loop,
	const struct worker_service *service) __attribute__((warn_unused_result));

/* Ends what is under way. Takes NULL. */
void worker_free(struct worker *worker);

/* From now on this is the configuration (NULL: none) of what begins: exchanges, and requests on
 * connections that are there; what has begun keeps the one it began with. In its thread. */
void worker_set_config(struct worker *worker, struct config *config);

/* Takes over an accepted, non-blocking socket that is counted in its connections; the service says
 * worker_note_closed() when it is gone. */
void worker_adopt(struct worker *worker, int fd, unsigned door);
void worker_note_closed(struct worker *worker, unsigned door, bool was_refused);

/* Ends the connections without a request, and each other with its answer. `drained` is called once,
 * in the loop's thread, when there is no connection or timeouts.drain is over; what is under way
 * then, worker_free() cuts. */
void worker_drain(struct worker *worker, void (*drained)(void *ctx), void *ctx);

#endif
