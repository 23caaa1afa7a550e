/* survey: a request that is answered by how the backends are at the moment. Those that are enabled
 * and of which nothing was learned lately are asked for their ping, all at once, and waited for,
 * but never longer than SURVEY_WAIT_MS: Immich gives up after 2 s.
 *
 *     survey_begin ─→ look ←─ a ping is over, or the time is
 */
#ifndef PROXY_SURVEY_H
#define PROXY_SURVEY_H

#include "proxy/exchange.h"

/* 0.1 s less than what is promised, for what is between the timer and the client. */
enum { SURVEY_WAIT_MS = 1700, SURVEY_FRESH_S = 2 };

struct survey {
	struct exchange *exchange;
	size_t running; /* backends that are waited for; 0: it is over */
	/* private */
	void (*look)(struct survey *survey);
	struct survey_wait *waits; /* one for each backend */
	struct loop_timer timer;
};

/* Becomes the exchange's state; without a configuration the exchange is answered by that instead.
 * `look` is called now, and whenever fewer are waited for, until it has answered: when nobody is,
 * it must. */
void survey_begin(struct exchange *exchange, void (*look)(struct survey *survey));

/* The handler's `ended` and `free`; also of an exchange that has begun no survey. */
void survey_ended(struct exchange *exchange);
void survey_free(struct exchange *exchange);

/* True while config->backends[index] is waited for. */
bool survey_waits_for(const struct survey *survey, size_t index);

#endif
