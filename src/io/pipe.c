#include "io/pipe.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	RESTING_MAX = 32,
	CAPACITY_MIN = 65536, /* bytes; one of less, as when the user has too many, is not worth it */
};

struct pipes {
	struct list resting;
	size_t resting_count;
	size_t taken_count;
	size_t max;
};

/* -- bytes ----------------------------------------------------------------------------------- */

/* Into an empty one. */
static ssize_t carry_one(const struct pipe *pipe, int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, 0);

	return n > 0 ? write(pipe->ends[1], &byte, 1) : n;
}

/* From TCP, splice() says "again" for as long as an urgent byte is next (MSG_OOB), which makes the
 * socket readable; reading leaves it out. */
ssize_t pipe_fill(struct pipe *pipe, int fd, uint64_t max)
{
	uint64_t room = PIPE_BYTES - pipe_held(pipe);
	ssize_t n = -1;

	errno = EAGAIN;
	if (room)
		n = splice(fd, NULL, pipe->ends[1], NULL, (size_t)(max < room ? max : room),
			SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n < 0 && errno == EAGAIN && !pipe_held(pipe))
		n = carry_one(pipe, fd);
	if (n > 0)
		pipe->in += (uint64_t)n;
	pipe->is_full = n < 0 && errno == EAGAIN && pipe_held(pipe);
	return n;
}

ssize_t pipe_drain(struct pipe *pipe, int fd)
{
	ssize_t n =
		splice(pipe->ends[0], NULL, fd, NULL, pipe_held(pipe), SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	if (n > 0)
		pipe->out += (uint64_t)n;
	if (!pipe_held(pipe))
		pipe->is_full = false;
	return n;
}

/* -- the pool -------------------------------------------------------------------------------- */

static void pipe_free(struct pipe *pipe)
{
	(void)close(pipe->ends[0]);
	(void)close(pipe->ends[1]);
	mem_free(pipe);
}

static struct pipe *pipe_new(void)
{
	struct pipe *pipe = mem_new(1, sizeof *pipe);

	if (pipe2(pipe->ends, O_NONBLOCK | O_CLOEXEC)) {
		mem_free(pipe);
		return NULL;
	}
	list_init(&pipe->node);
	/* where that is more than is allowed it stays as it is */
	(void)fcntl(pipe->ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	if (fcntl(pipe->ends[1], F_GETPIPE_SZ) >= CAPACITY_MIN)
		return pipe;
	pipe_free(pipe);
	return NULL;
}

struct pipe *pipes_take(struct pipes *pipes)
{
	struct pipe *pipe = NULL;

	if (pipes->resting_count) {
		pipe = LIST_OBJECT(pipes->resting.next, struct pipe, node);
		list_unlink(&pipe->node);
		pipes->resting_count--;
	} else if (pipes->taken_count < pipes->max) {
		pipe = pipe_new();
	}
	pipes->taken_count += pipe != NULL;
	return pipe;
}

void pipes_give(struct pipes *pipes, struct pipe *pipe)
{
	if (!pipe)
		return;
	pipes->taken_count--;
	if (pipe_held(pipe) || pipes->resting_count == RESTING_MAX || !mem_reuses()) {
		pipe_free(pipe);
		return;
	}
	pipe->in = pipe->out = 0;
	list_prepend(&pipes->resting, &pipe->node);
	pipes->resting_count++;
}

/* Some bytes out of one socket and into another. */
static bool can_pass(struct pipe *pipe, const int ends[2])
{
	char byte = 'x';

	return write(ends[0], &byte, 1) == 1 && pipe_fill(pipe, ends[1], 1) == 1 &&
		   pipe_drain(pipe, ends[1]) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'x';
}

static bool works(struct pipe *pipe)
{
	int ends[2];
	bool can;

	if (!pipe || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends))
		return false;
	can = can_pass(pipe, ends);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return can;
}

struct pipes *pipes_new(size_t max)
{
	struct pipes *pipes = mem_new(1, sizeof *pipes);
	struct pipe *pipe;

	list_init(&pipes->resting);
	pipes->max = max;
	pipe = pipes_take(pipes);
	if (!works(pipe))
		pipes->max = 0;
	pipes_give(pipes, pipe);
	return pipes;
}

void pipes_free(struct pipes *pipes)
{
	if (!pipes)
		return;
	assert(!pipes->taken_count);
	LIST_EACH_SAFE(node, &pipes->resting)
		pipe_free(LIST_OBJECT(node, struct pipe, node));
	mem_free(pipes);
}
