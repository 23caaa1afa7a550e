/* The framer over a socket pair, from a source that has the first half of a body in memory and gets
 * the rest by a pipe. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rng.h"
#include "io/framer.h"
#include "rig/suite.h"

enum { BODY = 100000 };

struct halves {
	struct source source;
	char bytes[BODY];
	size_t all;    /* bytes of the body */
	size_t memory; /* of those, in memory */
	struct pipe *pipe;
	uint64_t done;
};

static struct halves *halves_of(const struct source *source)
{
	return (struct halves *)(uintptr_t)source;
}

/* The position behind what has come. */
static uint64_t end_of(const struct halves *halves)
{
	return halves->memory + halves->pipe->in;
}

static size_t peek(struct source *source, uint64_t position, struct iovec *iov, size_t max)
{
	struct halves *halves = halves_of(source);

	ck_assert_uint_gt(max, 0);
	if (position >= halves->memory)
		return 0;
	*iov = (struct iovec){halves->bytes + position, halves->memory - (size_t)position};
	return 1;
}

static void done(struct source *source, uint64_t position)
{
	struct halves *halves = halves_of(source);

	ck_assert_uint_gt(position, halves->done);
	ck_assert_uint_le(position, end_of(halves));
	halves->done = position;
}

static bool is_end(const struct source *source, uint64_t position)
{
	return position == halves_of(source)->all;
}

static bool is_held(const struct source *source, uint64_t position)
{
	(void)source;
	(void)position;
	return true;
}

static struct pipe *pipe_at(const struct source *source, uint64_t position)
{
	const struct halves *halves = halves_of(source);

	ck_assert_uint_eq(position, halves->memory + halves->pipe->out);
	return pipe_held(halves->pipe) ? halves->pipe : NULL;
}

struct fixture {
	struct loop *loop;
	struct transport transport;
	int peer;
	struct framer framer;
	struct halves halves;
	struct pipes *pipes;
	int from[2];    /* what is written to the second goes into the pipe */
	struct buf got; /* what has come to the peer */
};

static void on_ready(void *ctx, unsigned what)
{
	(void)ctx;
	(void)what;
}

static void set_up(struct fixture *fixture, size_t body_n)
{
	static const struct source_ops ops = {peek, done, is_end, is_held, pipe_at};
	struct halves *halves = &fixture->halves;
	int fds[2];

	*fixture = (struct fixture){.loop = loop_new(&clock_monotonic), .pipes = pipes_new(1)};
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fixture->from), 0);
	fixture->peer = fds[1];
	transport_init(&fixture->transport, fixture->loop, fds[0], on_ready, NULL);
	halves->source = (struct source){&ops, body_n};
	halves->all = body_n;
	halves->memory = body_n / 2;
	halves->pipe = pipes_take(fixture->pipes);
	ck_assert_ptr_nonnull(halves->pipe);
	for (size_t i = 0; i < BODY; i++)
		halves->bytes[i] = (char)(i * 13 + i / 251);
	framer_init(&fixture->framer, SPAN_LITERAL("head"), &halves->source);
}

static void tear_down(struct fixture *fixture)
{
	transport_close(&fixture->transport);
	if (fixture->peer >= 0)
		(void)close(fixture->peer);
	(void)close(fixture->from[0]);
	(void)close(fixture->from[1]);
	pipes_give(fixture->pipes, fixture->halves.pipe);
	pipes_free(fixture->pipes);
	buf_deinit(&fixture->got);
	loop_free(fixture->loop);
}

static enum framer_result send_on(struct fixture *fixture)
{
	return framer_send(&fixture->framer, &fixture->transport);
}

/* Puts up to n more bytes of the body into the pipe. */
static void fill(struct fixture *fixture, size_t n)
{
	struct halves *halves = &fixture->halves;
	uint64_t position = end_of(halves);
	uint64_t left = halves->all - position;

	n = n < left ? n : (size_t)left;
	if (!n)
		return;
	ck_assert_int_eq(send(fixture->from[1], halves->bytes + position, n, 0), (ssize_t)n);
	ck_assert_int_eq(pipe_fill(halves->pipe, fixture->from[0], n), (ssize_t)n);
}

/* Takes at most n bytes of what has come. */
static void receive(struct fixture *fixture, size_t n)
{
	ssize_t got = recv(fixture->peer, buf_reserve(&fixture->got, n), n, 0);

	fixture->got.n += got > 0 ? (size_t)got : 0;
}

/* Takes all that was sent: the head and the body. */
static void expect_all(struct fixture *fixture)
{
	struct span got;

	while (fixture->got.n < fixture->framer.sent)
		receive(fixture, BODY);
	got = buf_span(&fixture->got);
	ck_assert(span_starts(got, SPAN_LITERAL("head")));
	ck_assert(
		span_equal(span_skip(got, 4), (struct span){fixture->halves.bytes, fixture->halves.all}));
	ck_assert_uint_eq(fixture->halves.done, fixture->halves.all);
}

START_TEST(send_given_pipe_sends_what_it_holds_behind_what_is_in_memory)
{
	struct fixture fixture;

	set_up(&fixture, 10);
	fill(&fixture, 2);
	ck_assert_int_eq(send_on(&fixture), FRAMER_STARVED);
	ck_assert_uint_eq(fixture.framer.position, 7);
	ck_assert_uint_eq(fixture.halves.done, 7);
	ck_assert_int_eq(send_on(&fixture), FRAMER_STARVED);
	fill(&fixture, 3);
	ck_assert_int_eq(send_on(&fixture), FRAMER_SENT);
	expect_all(&fixture);
	tear_down(&fixture);
}
END_TEST

START_TEST(send_given_pipe_and_peer_that_has_gone_is_broken)
{
	struct fixture fixture;

	set_up(&fixture, 10);
	ck_assert_int_eq(send_on(&fixture), FRAMER_STARVED);
	fill(&fixture, 5);
	(void)close(fixture.peer);
	fixture.peer = -1;
	ck_assert_int_eq(send_on(&fixture), FRAMER_BROKEN);
	ck_assert_int_eq(fixture.transport.error, EPIPE);
	tear_down(&fixture);
}
END_TEST

/* The peer reads, and the pipe is filled, a little at a time. */
START_TEST(send_given_small_socket_buffer_sends_the_same)
{
	bool was_blocked = false;
	enum framer_result result;
	struct fixture fixture;
	struct rng rng;
	int small = 1;

	rng_init(&rng, (uint64_t)_i);
	set_up(&fixture, BODY / 2 + rng_next(&rng) % (BODY / 2));
	ck_assert_int_eq(
		setsockopt(fixture.transport.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
	do {
		result = send_on(&fixture);
		ck_assert_int_ne(result, FRAMER_BROKEN);
		was_blocked |= result == FRAMER_BLOCKED && pipe_held(fixture.halves.pipe);
		if (!pipe_held(fixture.halves.pipe))
			fill(&fixture, rng_next(&rng) % 20000);
		if (result == FRAMER_BLOCKED)
			receive(&fixture, 1 + rng_next(&rng) % 20000);
	} while (result != FRAMER_SENT);
	expect_all(&fixture);
	ck_assert(was_blocked);
	tear_down(&fixture);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("framer_pipe");
	TCase *tcase = tcase_create("framer_pipe");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, send_given_pipe_sends_what_it_holds_behind_what_is_in_memory);
	tcase_add_test(tcase, send_given_pipe_and_peer_that_has_gone_is_broken);
	tcase_add_loop_test(tcase, send_given_small_socket_buffer_sends_the_same, 0, 20);
	suite_add_tcase(suite, tcase);
	return suite;
}
