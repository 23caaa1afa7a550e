/* resume: a file that says how far a run has come, so that one that was ended, in whichever way,
 * goes on from there: a line of JSON for the run, then one for each exchange that is settled.
 *
 *     {"mlreplay":1,"run":"…"}
 *     {"n":7,"outcome":"compared","latencyNs":…,"baselineNs":…,"tasks":[{"name":"clip",…}]}
 *
 * A line is written in one go; half of one at the end, as a crash of the machine may leave, is cut
 * off and its exchange asked again.
 */
#ifndef MLREPLAY_RESUME_H
#define MLREPLAY_RESUME_H

#include "base/err.h"
#include "domain/verdict.h"

enum { RESUME_BYTES_MAX = 268435456, RESUME_NUMBER_MAX = 100000000 };

struct resume;

/* An exchange that is settled. */
struct resume_item {
	uint64_t number; /* of a struct feed_item */
	enum verdict_outcome outcome;
	const struct findings *findings; /* NULL: none; of one that was read only its level and tasks */
	int64_t latency_ns;              /* -1: none */
	int64_t baseline_ns;
};

/* Opens the file, or makes it (0600), and tells `found` of each exchange in it; what it is told
 * lives as long as the struct resume. `run` says in all that matters which run it is. The path
 * outlives it. -1 (ERR_INVALID) when it is another run's, or no such file: `PATH: why`. */
int resume_open(const char *path, struct span run,
	void (*found)(void *ctx, const struct resume_item *item), void *ctx, struct resume **ret_resume,
	struct err *err) __attribute__((warn_unused_result));
void resume_close(struct resume *resume); /* takes NULL */

/* True when it was found, or added. Takes NULL, which has none. */
bool resume_has(const struct resume *resume, uint64_t number);

/* -1 (ERR_INTERNAL) when it cannot be written. */
int resume_add(struct resume *resume, const struct resume_item *item, struct err *err)
	__attribute__((warn_unused_result));

#endif
