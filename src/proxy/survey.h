/* survey: how all enabled backends are at the moment, for whoever asks: those of which nothing was
 * learned lately are asked for their ping, all at once, and waited for, but never longer than
 * SURVEY_WAIT_MS: Immich gives up after 2 s. */
#ifndef PROXY_SURVEY_H
#define PROXY_SURVEY_H

#include "io/loop.h"
#include "proxy/pinger.h"

/* 0.1 s less than what is promised, for what is between the timer and the client. */
enum { SURVEY_WAIT_MS = 1700 };

struct survey {
	struct worker *worker;
	struct config *config;
	size_t running;                         /* backends that are waited for; 0: it is over */
	void (*changed)(struct survey *survey); /* one less of them, or all of them at once */
	/* private */
	struct survey_wait *waits; /* one for each backend */
	struct loop_timer timer;
};

/* The configuration outlives it. `changed` comes from the loop, and not at all when nobody needs to
 * be asked: running is 0 then. */
void survey_init(struct survey *survey, struct worker *worker, struct config *config,
	void (*changed)(struct survey *survey));

/* Waits no more. */
void survey_stop(struct survey *survey);

/* Gives back its memory; not from `changed`. */
void survey_deinit(struct survey *survey);

/* True while config->backends[index] is waited for. */
bool survey_waits_for(const struct survey *survey, size_t index);

#endif
