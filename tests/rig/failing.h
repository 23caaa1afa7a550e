/* failing: the ways in which a backend leaves a request without an answer, so that another one is
 * asked; and what is said of each. */
#ifndef RIG_FAILING_H
#define RIG_FAILING_H

#include "rig/rig.h"

enum failing_close { FAILING_STAYS, FAILING_FIN, FAILING_RST };

struct failing {
	const char *name;
	const char *bytes; /* what it sends when it has been asked; NULL: it refuses the connection */
	enum failing_close close;
	int drops;        /* times that the seconds pass and a blank is sent */
	int seconds;      /* and once without */
	int status;       /* of ours when nobody else is left */
	const char *says; /* what our word on it begins with */
	const char *body; /* of its own answer, passed on when nobody else is left; NULL: it is not */
};

/* The time-outs with which the table holds; seconds are of it. */
#define FAILING_TIMEOUTS "\"timeouts\":{\"connect\":2,\"backend\":10,\"stall\":4,\"request\":60}"

enum { FAILING_COUNT = 28 };

extern const struct failing failings[FAILING_COUNT];

/* Before the request: whatever can be done then. */
void failing_prepare(struct rig *rig, size_t backend, const struct failing *failing);

/* Waits until the backend is asked, and lets it fail. */
void failing_happen(struct rig *rig, size_t backend, const struct failing *failing);

#endif
