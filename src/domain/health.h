/* health: what is thought of a backend, and why: learned from its answers to requests and to pings.
 *
 *     UNKNOWN ─ it answered ─→ HEALTHY ⇄ UNHEALTHY ←─ it did not ─ UNKNOWN
 *
 * Pure: the time is passed in. A client's error says nothing about a backend, and a single photo
 * that it stumbles over must not take it out: a 500 counts only as the third in a row that came of
 * different requests. A ping does not end such a row, since a service whose models all fail still
 * says `pong`.
 */
#ifndef DOMAIN_HEALTH_H
#define DOMAIN_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { HEALTH_STUMBLES_MAX = 3, HEALTH_BACK_OFF_MAX_S = 60 };

enum health_status { HEALTH_UNKNOWN, HEALTH_HEALTHY, HEALTH_UNHEALTHY };

/* All zero is the health of one that nothing is known of. */
struct health {
	enum health_status status;
	int64_t since_ns;         /* when the status became that; 0: it never changed */
	int64_t checked_ns;       /* when something was learned last; 0: never */
	unsigned failures;        /* in a row: pings and requests */
	char error[ERR_TEXT_MAX]; /* what happened last; empty unless unhealthy */
	/* private */
	unsigned pings_failed; /* in a row */
	unsigned stumbles;     /* answers with 500 in a row, at most as many as are remembered here: */
	uint64_t stumbled_over[HEALTH_STUMBLES_MAX - 1];
};

/* "unknown", "healthy", "unhealthy". */
const char *health_status_text(enum health_status status);

/* What health_note_status() takes for a success. */
bool health_is_success(int status, bool is_strict);

/* True when one more success would change nothing but checked_ns. */
bool health_is_perfect(const struct health *health);

/* All health_note_…() are true when the status has changed. */

/* A request was answered as it should be. */
bool health_note_success(struct health *health, int64_t now_ns);

/* A request was answered with that status: 2xx is a success; 502, 503 and 504 are failures; any
 * other 5xx is a stumble; the rest says nothing. Strict: anything but 200 is a failure. `request`
 * is the same number for all that belongs to one request of a client. */
bool health_note_status(
	struct health *health, int status, uint64_t request, bool is_strict, int64_t now_ns);

/* A request was not answered: no connection, no time left, broken off, or what came was no answer.
 */
bool health_note_failure(struct health *health, const char *why, int64_t now_ns);

/* A ping was answered: with `pong` when why is NULL. */
bool health_note_ping(struct health *health, const char *why, int64_t now_ns);

/* How long after one ping the next is due: the interval; when pings have failed in a row up to
 * twice as long for each, at most HEALTH_BACK_OFF_MAX_S or the interval if that is longer, less up
 * to a quarter by chance, so that not everybody comes at once. */
int64_t health_next_ping_ns(const struct health *health, int64_t interval_ns, uint64_t random);

#endif
