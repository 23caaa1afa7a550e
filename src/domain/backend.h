/* backend: what changes by itself about a backend: its health, the requests it has in hand, what
 * was counted. Shared by all workers.
 *
 * It outlives configurations: the registry has one for each name and URL, and snapshots that name
 * the same backend (config_bind()) refer to the same one, which is freed with the last of them. All
 * functions may be called by any thread.
 */
#ifndef DOMAIN_BACKEND_H
#define DOMAIN_BACKEND_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/span.h"
#include "domain/health.h"
#include "domain/names.h"

struct backends; /* the registry; one a process */

struct backends *backends_new(void) __attribute__((warn_unused_result));

/* Nobody may hold a backend any more. Takes NULL. */
void backends_free(struct backends *backends);

/* The name that has that number, see below; valid as long as the registry. */
struct span backends_name(struct backends *backends, unsigned number);

struct backend {
	struct span name;
	struct span url;
	unsigned number; /* of its name; see names_number() */
	atomic_uint in_flight;
	atomic_ullong requests;  /* begun, of all time */
	atomic_ullong failures;  /* of these: not answered, or with a 5xx */
	atomic_ullong failovers; /* of these: moved on to another backend */
	atomic_ullong changes;   /* of its status */
	/* private */
	struct backends *registry;
	struct list node;
	struct arena texts; /* name and URL */
	unsigned refs;      /* under the registry's lock */
	atomic_int status;
	atomic_bool is_perfect; /* as health_is_perfect() says: successes are then noted here alone: */
	atomic_llong success_ns;
	pthread_mutex_t lock; /* of health; held for a moment only */
	struct health health;
};

/* The backend of that name and URL, with a reference for the caller. */
struct backend *backend_take(struct backends *backends, struct span name, struct span url)
	__attribute__((warn_unused_result));
void backend_unref(struct backend *backend); /* takes NULL */

/* A request goes to it, and is over. */
void backend_begin(struct backend *backend);
void backend_end(struct backend *backend);

/* See health_note_…(). */
bool backend_note_status(
	struct backend *backend, int status, uint64_t request, bool is_strict, int64_t now_ns);
bool backend_note_failure(struct backend *backend, const char *why, int64_t now_ns);
bool backend_note_ping(struct backend *backend, const char *why, int64_t now_ns);

/* Its request goes on to another one. */
void backend_note_failover(struct backend *backend);

/* One look, without the lock: for whoever picks. */
enum health_status backend_status(const struct backend *backend);

/* A copy of all that is thought of it. */
struct health backend_health(struct backend *backend);

/* A backend's name where it is only shown: of a long one the beginning, in whole characters. */
struct span backend_label(struct span name);

/* Writes what is with the backend of that name: "backend 'NAME': WHAT". */
void backend_describe(struct span name, const char *what, struct buf *out);

#endif
