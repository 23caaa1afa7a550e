/* spool: bytes that memory has no room for, in files that nobody else sees.
 *
 *     loop ─ spool_write, spool_read, spool_close ─→ queue ─→ one thread: open, write, read, close
 *     loop ←────────────────── done ←────────────── mail ←──┘
 *
 * A disk may block whoever touches it, so one thread does it for all loops, in the order asked for;
 * it starts with the first job. Jobs are few and small, since each waits for its outcome before it
 * asks for more. A file has no name or loses it at once, so that nothing is left however the
 * process ends; only its owner may read it (0600).
 */
#ifndef IO_SPOOL_H
#define IO_SPOOL_H

#include <stdatomic.h>

#include "base/err.h"
#include "io/loop.h"

enum {
	SPOOL_SLICES_MAX = 64,    /* of one write */
	SPOOL_WRITE_MAX = 262144, /* bytes of one write, about: the thread has others to serve */
};

/* Each file goes by the limits it was opened with. */
struct spool_limits {
	struct span folder;
	uint64_t bytes; /* of all files together */
};

struct spool; /* one a process */
struct spool_file;
struct spool_job;

struct spool *spool_new(void) __attribute__((warn_unused_result));

/* All files are closed. Waits until the thread has ended. Takes NULL. */
void spool_free(struct spool *spool);

/* Bytes of all files; until the disk has them back. */
uint64_t spool_used(const struct spool *spool);

/* An empty file, for the loop's thread alone. The disk learns of it with the first write, so this
 * cannot fail. */
struct spool_file *spool_open(struct spool *spool, struct loop *loop,
	const struct spool_limits *limits) __attribute__((warn_unused_result));

/* No job of it is under way. Takes NULL. */
void spool_close(struct spool_file *file);

/* Appends; one write at a time. The slices are shared, not copied.
 *
 * `done` is how each job ends, from the loop: with err NULL when all is done; else what was in the
 * file before still is, but nothing more may be written. The chunk that was read is the callee's;
 * NULL for a write. The job must not be used any more. */
struct spool_job *spool_write(struct spool_file *file, const struct slice *slices, size_t count,
	void (*done)(void *ctx, struct chunk *read, const struct err *err), void *ctx)
	__attribute__((warn_unused_result));

/* Reads the n bytes at a position, all of which were written. */
struct spool_job *spool_read(struct spool_file *file, uint64_t position, size_t n,
	void (*done)(void *ctx, struct chunk *read, const struct err *err), void *ctx)
	__attribute__((warn_unused_result));

/* Its outcome is of no more interest: `done` is not called. Takes NULL. */
void spool_cancel(struct spool_job *job);

#endif
