/* tape: a folder of a test's own in which a capture is made, and what is on it then. */
#ifndef RIG_TAPE_H
#define RIG_TAPE_H

#include "io/capture_reader.h"

enum { TAPE_ENTRIES_MAX = 64 };

struct tape {
	char folder[32]; /* there, and empty at first */
	char path[40];   /* of the capture in it; there is none yet */
	struct arena arena;
	struct har_entry entries[TAPE_ENTRIES_MAX]; /* as of the last tape_read() */
	size_t count;
	struct buf body; /* of the last tape_body() */
};

void tape_init(struct tape *tape);
void tape_deinit(struct tape *tape); /* removes the folder with all that is in it */

/* Reads all entries of the capture at that path, all of which must be whole. */
void tape_read(struct tape *tape, const char *path);

/* The body of a request that was read, from that path, which must be what its hash says. */
struct span tape_body(struct tape *tape, const char *path, const struct har_entry *entry);

#endif
