/* progress: how far a run has come, for people who wait: on a terminal a line that is written over
 * and over, elsewhere one now and then. */
#ifndef MLREPLAY_PROGRESS_H
#define MLREPLAY_PROGRESS_H

#include "base/buf.h"

struct progress_facts {
	uint64_t done;
	uint64_t total;
	uint64_t before; /* of those done: in an earlier run that this one goes on with */
	uint64_t regressions;
	uint64_t unstable;
	bool asks_again;    /* one by one, what differed */
	int64_t elapsed_ns; /* of this run */
};

/* Adds "120/400 30% 12.5/s, 0:22 to go, 3 regressions". */
void progress_write(const struct progress_facts *facts, struct buf *out);

struct progress {
	int fd;           /* -1: nobody wants to know */
	bool is_terminal; /* of that */
	int64_t next_ns;  /* when the next line is due, since the run's begin */
	bool has_line;    /* on a terminal: which is to be written over */
};

/* The descriptor outlives it. */
void progress_init(struct progress *progress, int fd);

/* Writes a line when one is due. */
void progress_tell(struct progress *progress, const struct progress_facts *facts);

/* How long until the next one is due. */
int64_t progress_period_ns(const struct progress *progress);

/* Takes the line away, so that others can be written where it was. */
void progress_clear(struct progress *progress);

#endif
