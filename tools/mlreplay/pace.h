/* pace: when which request is to be sent. Always by an absolute schedule: each moment follows from
 * the capture or from a rate, never from when an earlier answer came, so that lag does not add up
 * and a slow target is asked as often as a fast one. */
#ifndef MLREPLAY_PACE_H
#define MLREPLAY_PACE_H

#include "base/rng.h"
#include "base/span.h"

enum pace_kind {
	PACE_CAPTURED, /* as the capture has it, or so many times as fast */
	PACE_RATE,     /* evenly */
	PACE_POISSON,  /* at random, as many independent clients would */
	PACE_MAX,      /* no schedule: the next one when there is room for it */
};

struct pace_rule {
	enum pace_kind kind;
	double factor;      /* PACE_CAPTURED: how many times as fast */
	double rate;        /* PACE_RATE and PACE_POISSON: requests a second */
	uint64_t seed;      /* PACE_POISSON: the same one gives the same schedule */
	int64_t max_gap_ns; /* PACE_CAPTURED: a longer pause is cut down to that; 0: none is */
};

#define PACE_WANTED "original, xFACTOR, rate=PER_SECOND, poisson=PER_SECOND or max"

/* Reads one of these; seed and max_gap_ns stay as they are. False, with nothing set, for anything
 * else, and for a number that is 0 or beyond a million. */
bool pace_parse(struct span text, struct pace_rule *rule) __attribute__((warn_unused_result));

struct pace {
	struct pace_rule rule;
	struct rng rng;
	uint64_t count;     /* of requests so far */
	double at_ns;       /* of the last one */
	int64_t started_us; /* in the capture */
};

void pace_init(struct pace *pace, const struct pace_rule *rule);

/* When the next request is due, which the capture has at that time since 1970: in ns since the
 * run's begin, never less than for the one before it. -1 when there is no schedule. */
int64_t pace_next(struct pace *pace, int64_t started_us);

#endif
