/* golden: fixture bytes and the log of the events they give.
 *
 * Each fixtures/FOLDER/NAME.input is fed to a reader in pieces of every size, from single bytes to
 * all at once, and the log must be that of NAME.events each time. A piece is a heap block of its
 * own, freed after the feed, so that the sanitizers see whoever reads beyond or after it.
 */
#ifndef RIG_GOLDEN_H
#define RIG_GOLDEN_H

#include "base/buf.h"
#include "base/span.h"

struct golden_reader {
	/* The log outlives the reader, which writes its events to it. */
	void *(*open)(struct buf *log);
	void (*feed)(void *reader, struct span piece);
	/* The input is at its end; frees the reader. */
	void (*close)(void *reader);
};

/* Fails the running test at the first log that differs, and where there is no input. */
void golden_check(const char *folder, const struct golden_reader *reader);

/* Writes bytes to a log: printable ASCII as it is, a backslash doubled, the rest as \r, \n, \xNN.
 */
void golden_log_bytes(struct buf *log, struct span bytes);

#endif
