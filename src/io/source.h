/* source: a body to pull from, by whoever sends it on.
 *
 * The owner fills it; a reader asks for the bytes at a position of its own, sends them and says how
 * far it is. Positions count from the body's first byte. A reader that must start again says that
 * it is at position 0, which works as long as the owner still holds it (source_is_held).
 *
 * Behind a certain position the bytes may be in a pipe instead, for the reader to splice out in
 * order, each once.
 */
#ifndef IO_SOURCE_H
#define IO_SOURCE_H

#include <sys/uio.h>

#include "base/span.h"

#define SOURCE_LENGTH_UNKNOWN UINT64_MAX

struct pipe;
struct source;

struct source_ops {
	size_t (*peek)(struct source *source, uint64_t position, struct iovec *iov, size_t max);
	void (*done)(struct source *source, uint64_t position);
	bool (*is_end)(const struct source *source, uint64_t position);
	bool (*is_held)(const struct source *source, uint64_t position);
	struct pipe *(*pipe)(const struct source *source, uint64_t position);
};

struct source {
	const struct source_ops *ops;
	uint64_t length; /* bytes in all, or SOURCE_LENGTH_UNKNOWN: to be sent chunked */
};

/* Points up to max iovecs at what is there from position on. 0: nothing yet, the end, or it is in a
 * pipe. */
static inline size_t source_peek(
	struct source *source, uint64_t position, struct iovec *iov, size_t max)
{
	return source->ops->peek(source, position, iov, max);
}

/* The reader has sent everything before position. May let the owner read on, never calls back. */
static inline void source_done(struct source *source, uint64_t position)
{
	source->ops->done(source, position);
}

/* True when the body is complete and position is its end. */
static inline bool source_is_end(const struct source *source, uint64_t position)
{
	return source->ops->is_end(source, position);
}

/* True while the bytes from position on can still be had. */
static inline bool source_is_held(const struct source *source, uint64_t position)
{
	return source->ops->is_held(source, position);
}

/* The pipe that the bytes from position on are in, one at least; NULL when there is none. */
static inline struct pipe *source_pipe(const struct source *source, uint64_t position)
{
	return source->ops->pipe(source, position);
}

#endif
