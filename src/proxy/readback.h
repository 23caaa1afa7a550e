/* readback: a window on what a body has on disk, for one of its readers.
 *
 *     readback_peek ── not in the window: 0, and a job reads there ── filled ── peek again
 */
#ifndef PROXY_READBACK_H
#define PROXY_READBACK_H

#include <sys/uio.h>

#include "io/spool.h"

enum { READBACK_BYTES = 131072 }; /* at a time */

struct readback {
	struct spool_job *job; /* reads the window; NULL: none does */
	struct chunk *window;
	uint64_t begin; /* the window's position in the file, read already or not */
	uint64_t held;  /* bytes of memory */
	/* There is a window, or err says why not. From the loop. */
	void (*filled)(void *ctx, const struct err *err);
	void *ctx;
};

void readback_init(
	struct readback *readback, void (*filled)(void *ctx, const struct err *err), void *ctx);

/* Lets go of the window and of a job. */
void readback_deinit(struct readback *readback);

/* Points at what is there from the position on, which lies before `end`, the file's. 0: nothing
 * yet; `filled` will tell. What was pointed at before is gone then. */
size_t readback_peek(struct readback *readback, struct spool_file *file, uint64_t position,
	uint64_t end, struct iovec *iov);

/* Nothing before the position is needed for now. */
void readback_done(struct readback *readback, uint64_t position);

#endif
