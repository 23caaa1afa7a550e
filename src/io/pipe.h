/* pipe: bytes on their way from one socket to another within the kernel, by splice(2).
 *
 *     socket ─ pipe_fill → pipe ─ pipe_drain → socket
 *
 * A pipe is taken from its thread's pool, which keeps a few of them, and given back there. Where
 * splice() does not work, or there are as many pipes as may be, there is none to take, and reading
 * and writing serves instead.
 */
#ifndef IO_PIPE_H
#define IO_PIPE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"

/* What one may hold: memory of the kernel's, which a stalled peer occupies. Of twice as much 5 MB
 * cost 6 % less CPU, of half as much 1 MB costs 18 % more; and users without privileges get 64 MiB
 * in all. */
enum { PIPE_BYTES = 524288 };

struct pipe {
	struct list node;
	int ends[2];  /* to read from, to write to; both non-blocking */
	uint64_t in;  /* bytes so far */
	uint64_t out; /* of those */
	bool is_full; /* it takes no more until it is empty */
};

static inline size_t pipe_held(const struct pipe *pipe)
{
	return (size_t)(pipe->in - pipe->out);
}

/* Moves at most `max` bytes in from a socket. As recv(); EAGAIN also when there is no room: what is
 * neither empty nor takes any more is full, for a pipe has a number of places, and bytes that came
 * in small packets take many, so that only the kernel knows. */
ssize_t pipe_fill(struct pipe *pipe, int fd, uint64_t max) __attribute__((warn_unused_result));

/* Moves what it holds out to a socket, as far as that takes it. As send(), SIGPIPE included. */
ssize_t pipe_drain(struct pipe *pipe, int fd) __attribute__((warn_unused_result));

/* -- the pool -------------------------------------------------------------------------------- */

struct pipes;

/* For at most `max` pipes at a time; 0 when splice() does not work here, which is tried. */
struct pipes *pipes_new(size_t max) __attribute__((warn_unused_result));

/* All have been given back. Takes NULL. */
void pipes_free(struct pipes *pipes);

/* An empty one; NULL when there is none to be had. */
struct pipe *pipes_take(struct pipes *pipes) __attribute__((warn_unused_result));

/* What is still in it is thrown away. Takes NULL. */
void pipes_give(struct pipes *pipes, struct pipe *pipe);

#endif
