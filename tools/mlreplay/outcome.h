/* outcome: what came of one exchange: what is said of it in every report. */
#ifndef MLREPLAY_OUTCOME_H
#define MLREPLAY_OUTCOME_H

#include "domain/compare.h"
#include "domain/verdict.h"
#include "wire/har.h"

/* A view; lives as long as the call that it is given to. */
struct outcome {
	const struct har_entry *entry;
	enum verdict_outcome outcome;
	struct span entries; /* the request's `entries` text; empty: none */
	struct compare_answer before;
	struct compare_answer after;     /* its status is 0 when there is none */
	const struct findings *findings; /* NULL unless both were compared */
	struct span error;               /* why there is no answer, or nothing to compare */
	bool was_asked_again;
	int64_t intended_ns; /* since the run's begin: when it should have been sent; -1: it was not */
	int64_t sent_ns;
	int64_t latency_ns; /* from the intended time to the answer's last byte; -1: none */
};

#endif
