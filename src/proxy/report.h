/* report: what one exchange came to, for those who only look: the log, later others. A view: what
 * it points to belongs to the exchange and lives as long as the call that it is given to.
 */
#ifndef PROXY_REPORT_H
#define PROXY_REPORT_H

#include "proxy/group.h"

struct report {
	const struct exchange *exchange; /* has still its httpd_exchange */
	bool is_complete;                /* the client has got the whole answer */
	int64_t ended_ns;
	/* Of a request whose way was found; else there are none. */
	const struct intake *intake;
	const struct group *groups; /* as in the intake's plan */
	size_t group_count;
};

#endif
