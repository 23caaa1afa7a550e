/* report: what one exchange came to, for those who only look: the log, Server-Timing, metrics. A
 * view: what it points to belongs to the exchange and lives as long as the call that it is given
 * to.
 *
 *     began ─ receive ─→ received
 *          planned ─ queue ─→ first byte to a backend
 *                                 received ─ backend ─→ the last answer whole
 *     began ─ total ─────────────────────────────────────────────→ now
 *
 * The client's bytes go on while they come, so that receiving and queueing overlap.
 */
#ifndef PROXY_REPORT_H
#define PROXY_REPORT_H

#include "proxy/group.h"

/* Times are the loop's; a time is 0 for what has not happened. */
struct report {
	const struct exchange *exchange; /* its status, bytes and times; it may be over */
	const struct http1_head *head;
	const char *client;
	bool is_complete; /* the client has got the whole answer */
	int64_t now_ns;
	/* Of a request whose way was found; else there are none. The groups are as in the plan; each
	 * has its tries, in order, of which the last may still run if the exchange does. */
	int64_t planned_ns;
	const struct intake *intake;
	const struct group *groups;
	size_t group_count;
};

enum report_phase {
	REPORT_RECEIVE, /* until the request's body was complete */
	REPORT_QUEUE,   /* from the plan until each group had a backend that took its first byte */
	REPORT_BACKEND, /* from there, or from the body's end if that came later, to the last answer */
	REPORT_TOTAL,
	REPORT_PHASE_COUNT,
};

/* -1: it has not come to that. */
int64_t report_phase_ns(const struct report *report, enum report_phase phase);

/* The last backend that was asked for that group; NULL: none was. */
const struct config_backend *report_backend(const struct group *group);

/* Writes a line `server-timing: queue;dur=0.1, backend;dur=12.0, total;dur=12.3`, milliseconds. */
void report_write_timing(const struct report *report, struct buf *out);

#endif
