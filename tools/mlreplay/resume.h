/* resume: a file that says how far a run has come, so that one that was ended, in whichever way,
 * goes on from there: a line of JSON for the run, then one for each exchange that is settled, with
 * its answers. So all of it can be judged, and told in every report, once more.
 *
 *     {"mlreplay":2,"run":"…"}
 *     {"n":7,"seq":8,"outcome":"compared","again":false,"error":"",
 *      "latencyNs":…,"baselineNs":…,"intendedNs":…,"sentNs":…,"after":{"status":200,"body":"…"}}
 *
 * A body is base64. There is no "before" where it is what the capture has, and no "after" where it
 * is the same as that, byte for byte, as most are. A line is written in one go; half of one at the
 * end, as a crash of the machine may leave, is cut off and its exchange asked again. So is what was
 * too large to be written down: the file is bounded, and so are the numbers in it.
 */
#ifndef MLREPLAY_RESUME_H
#define MLREPLAY_RESUME_H

#include "base/arena.h"
#include "mlreplay/outcome.h"

enum {
	RESUME_BYTES_MAX = 1073741824,
	RESUME_LINE_MAX = 16777216,
	RESUME_ITEMS_MAX = 1000000,
};

struct resume;

/* An exchange that is settled. */
struct resume_item {
	uint64_t number;        /* of a struct feed_item */
	uint64_t seq;           /* of its entry */
	struct outcome outcome; /* of one that was read neither its entry nor its findings */
	int64_t baseline_ns;    /* -1: none */
	bool has_before;        /* the old answer is in here, not in the capture */
	bool has_after;         /* the new one is; else it is the same as the old one */
};

/* Opens the file, or makes it (0600). `run` says in all that matters which run it is. The path
 * outlives it. -1 (ERR_INVALID) when it is another run's, or one is at it now, or no such file:
 * `PATH: why`. */
int resume_open(const char *path, struct span run, struct resume **ret_resume, struct err *err)
	__attribute__((warn_unused_result));
void resume_close(struct resume *resume); /* takes NULL */

/* True when it was there when the file was opened. Takes NULL, which has none. */
bool resume_has(const struct resume *resume, uint64_t number);

/* Reads it again, which is there, into the arena. -1 (ERR_INVALID) when somebody has changed it. */
int resume_read(const struct resume *resume, uint64_t number, struct arena *arena,
	struct resume_item *ret_item, struct err *err) __attribute__((warn_unused_result));

/* -1 (ERR_INTERNAL) when it cannot be written. */
int resume_add(struct resume *resume, const struct resume_item *item, struct err *err)
	__attribute__((warn_unused_result));

#endif
