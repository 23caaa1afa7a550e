/* files: a small file as a whole: read up to a limit, or replaced so that whoever looks sees the
 * old one or the new one, and never half of one, however the process or the machine ends.
 *
 *     loop ─ files_fetch, files_replace ─→ a thread of its own: open, read | write, fsync, rename
 *     loop ←────────── done ←──── mail ←──┘
 *
 * A disk may block whoever touches it, so loops leave it to a thread, which is there for that one
 * file: these are rare.
 */
#ifndef IO_FILES_H
#define IO_FILES_H

#include "base/buf.h"
#include "base/err.h"
#include "io/loop.h"

struct files_job; /* one under way */

/* Adds the file's bytes, but not more than bytes_max + 1: so one sees that there are too many.
 * Waits for the disk: before there is a loop. -1 (ERR_INVALID) with `PATH: why`. */
int files_read(const char *path, size_t bytes_max, struct buf *bytes, struct err *err)
	__attribute__((warn_unused_result));

/* The same off the loop, and of a regular file alone: no other might ever end.
 *
 * `done` is how each job ends, from the loop: with err NULL when all is done. `read` is what was
 * read, the callee's; empty after files_replace(). The job must not be used any more. */
struct files_job *files_fetch(struct loop *loop, const char *path, size_t bytes_max,
	void (*done)(void *ctx, struct buf *read, const struct err *err), void *ctx)
	__attribute__((warn_unused_result));

/* Puts a file with these bytes, which are copied, in the place of the one at the path, or makes one
 * (0600). Mode, owner and group stay, as far as the system allows; a symbolic link stays, too, and
 * what it leads to is replaced. One at a time of a path. An error (ERR_INTERNAL) says `PATH: why`
 * and what can be done about it; then the old file is as it was. */
struct files_job *files_replace(struct loop *loop, const char *path, struct span bytes,
	void (*done)(void *ctx, struct buf *read, const struct err *err), void *ctx)
	__attribute__((warn_unused_result));

/* Waits until the thread has ended; a file that was being replaced is the new one then, unless that
 * failed. `done` is not called. Takes NULL. */
void files_cancel(struct files_job *job);

#endif
