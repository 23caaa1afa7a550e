/* Pipes between the ends of loopback connections. */
#include "io/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "rig/descriptors.h"
#include "rig/pair.h"
#include "rig/suite.h"

struct fixture {
	struct pipes *pipes;
	struct pipe *pipe;
	int from[2]; /* the first is what the pipe is filled from */
	int to[2];   /* the first is what it is drained to */
};

static void set_up(struct fixture *fixture)
{
	fixture->pipes = pipes_new(4);
	fixture->pipe = pipes_take(fixture->pipes);
	ck_assert_ptr_nonnull(fixture->pipe);
	pair_tcp(fixture->from);
	pair_tcp(fixture->to);
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void tear_down(struct fixture *fixture)
{
	for (int i = 0; i < 2; i++) {
		close_end(&fixture->from[i]);
		close_end(&fixture->to[i]);
	}
	pipes_give(fixture->pipes, fixture->pipe);
	pipes_free(fixture->pipes);
}

static void expect_holds(const struct pipe *pipe, size_t held, bool is_full)
{
	ck_assert_uint_eq(pipe_held(pipe), held);
	ck_assert_int_eq(pipe->is_full, is_full);
}

static void expect_again(ssize_t result)
{
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(errno, EAGAIN);
}

START_TEST(fill_and_drain_move_bytes_and_count_them)
{
	struct fixture fixture;
	char text[6] = "";

	set_up(&fixture);
	expect_again(pipe_fill(fixture.pipe, fixture.from[0], 100));
	expect_holds(fixture.pipe, 0, false);
	ck_assert_int_eq(send(fixture.from[1], "hello", 5, 0), 5);
	ck_assert_int_eq(pipe_fill(fixture.pipe, fixture.from[0], 3), 3);
	expect_holds(fixture.pipe, 3, false);
	ck_assert_int_eq(pipe_fill(fixture.pipe, fixture.from[0], 100), 2);
	ck_assert_int_eq(pipe_drain(fixture.pipe, fixture.to[0]), 5);
	expect_holds(fixture.pipe, 0, false);
	ck_assert_uint_eq(fixture.pipe->in, 5);
	ck_assert_uint_eq(fixture.pipe->out, 5);
	ck_assert_int_eq(recv(fixture.to[1], text, 5, MSG_WAITALL), 5);
	ck_assert_str_eq(text, "hello");
	tear_down(&fixture);
}
END_TEST

START_TEST(fill_given_the_end_says_so)
{
	struct fixture fixture;

	set_up(&fixture);
	ck_assert_int_eq(send(fixture.from[1], "x", 1, 0), 1);
	close_end(&fixture.from[1]);
	ck_assert_int_eq(pipe_fill(fixture.pipe, fixture.from[0], 100), 1);
	ck_assert_int_eq(pipe_fill(fixture.pipe, fixture.from[0], 100), 0);
	tear_down(&fixture);
}
END_TEST

/* splice() goes no further than to it, although there is more to read. */
START_TEST(fill_given_urgent_byte_goes_on_behind_it)
{
	struct fixture fixture;
	char text[5] = "";

	set_up(&fixture);
	ck_assert_int_eq(send(fixture.from[1], "ab", 2, 0), 2);
	ck_assert_int_eq(send(fixture.from[1], "!", 1, MSG_OOB), 1);
	ck_assert_int_eq(send(fixture.from[1], "cd", 2, 0), 2);
	ck_assert_int_eq(pipe_fill(fixture.pipe, fixture.from[0], 100), 2);
	expect_again(pipe_fill(fixture.pipe, fixture.from[0], 100));
	ck_assert_int_eq(pipe_drain(fixture.pipe, fixture.to[0]), 2);
	ck_assert_int_eq(pipe_fill(fixture.pipe, fixture.from[0], 100), 1);
	ck_assert_int_eq(pipe_fill(fixture.pipe, fixture.from[0], 100), 1);
	expect_holds(fixture.pipe, 2, false);
	ck_assert_int_eq(pipe_drain(fixture.pipe, fixture.to[0]), 2);
	ck_assert_int_eq(recv(fixture.to[1], text, 4, MSG_WAITALL), 4);
	ck_assert_str_eq(text, "abcd");
	tear_down(&fixture);
}
END_TEST

START_TEST(fill_given_nothing_to_read_and_something_inside_is_full_until_it_is_drained)
{
	struct fixture fixture;

	set_up(&fixture);
	ck_assert_int_eq(send(fixture.from[1], "x", 1, 0), 1);
	ck_assert_int_eq(pipe_fill(fixture.pipe, fixture.from[0], 100), 1);
	expect_again(pipe_fill(fixture.pipe, fixture.from[0], 100));
	expect_holds(fixture.pipe, 1, true);
	ck_assert_int_eq(pipe_drain(fixture.pipe, fixture.to[0]), 1);
	expect_holds(fixture.pipe, 0, false);
	tear_down(&fixture);
}
END_TEST

/* Sends as much as goes, and fills the pipe until it takes no more. */
static void fill_up(struct fixture *fixture, size_t piece)
{
	static char bytes[PIPE_BYTES];
	int left = 100000;

	(void)fcntl(fixture->from[1], F_SETFL, O_NONBLOCK);
	while (!fixture->pipe->is_full && left--) {
		(void)!send(fixture->from[1], bytes, piece, 0);
		(void)!pipe_fill(fixture->pipe, fixture->from[0], UINT64_MAX);
	}
	ck_assert(fixture->pipe->is_full);
}

START_TEST(fill_given_very_much_stops_at_the_limit)
{
	struct fixture fixture;

	set_up(&fixture);
	fill_up(&fixture, PIPE_BYTES);
	ck_assert_uint_gt(pipe_held(fixture.pipe), 65536);
	ck_assert_uint_le(pipe_held(fixture.pipe), PIPE_BYTES);
	expect_again(pipe_fill(fixture.pipe, fixture.from[0], UINT64_MAX));
	ck_assert(fixture.pipe->is_full);
	tear_down(&fixture);
}
END_TEST

/* Each takes a place of its own, so that there are none left long before the limit. */
START_TEST(fill_given_very_small_packets_is_full_with_few_bytes)
{
	struct fixture fixture;

	set_up(&fixture);
	fill_up(&fixture, 1);
	ck_assert_uint_lt(pipe_held(fixture.pipe), 65536);
	tear_down(&fixture);
}
END_TEST

START_TEST(drain_given_peer_that_takes_nothing_says_again)
{
	struct fixture fixture;
	ssize_t n;
	size_t before;

	set_up(&fixture);
	do {
		fill_up(&fixture, PIPE_BYTES);
		before = pipe_held(fixture.pipe);
		n = pipe_drain(fixture.pipe, fixture.to[0]);
	} while (n == (ssize_t)before);
	n = pipe_held(fixture.pipe) ? pipe_drain(fixture.pipe, fixture.to[0]) : -1;
	expect_again(n);
	ck_assert(fixture.pipe->is_full);
	tear_down(&fixture);
}
END_TEST

START_TEST(drain_given_peer_that_has_gone_is_broken)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};
	struct fixture fixture;

	set_up(&fixture);
	ck_assert_int_eq(send(fixture.from[1], "x", 1, 0), 1);
	ck_assert_int_eq(pipe_fill(fixture.pipe, fixture.from[0], 100), 1);
	(void)setsockopt(fixture.to[1], SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	close_end(&fixture.to[1]);
	ck_assert_int_eq(pipe_drain(fixture.pipe, fixture.to[0]), -1);
	ck_assert(errno == EPIPE || errno == ECONNRESET);
	tear_down(&fixture);
}
END_TEST

/* -- the pool -------------------------------------------------------------------------------- */

START_TEST(take_gives_what_was_given_back_empty)
{
	struct fixture fixture;
	struct pipe *before;

	set_up(&fixture);
	ck_assert_int_eq(send(fixture.from[1], "x", 1, 0), 1);
	ck_assert_int_eq(pipe_fill(fixture.pipe, fixture.from[0], 100), 1);
	ck_assert_int_eq(pipe_drain(fixture.pipe, fixture.to[0]), 1);
	before = fixture.pipe;
	pipes_give(fixture.pipes, fixture.pipe);
	fixture.pipe = pipes_take(fixture.pipes);
	ck_assert_int_eq(fixture.pipe == before, mem_reuses());
	ck_assert_uint_eq(fixture.pipe->in, 0);
	ck_assert_uint_eq(fixture.pipe->out, 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(take_given_one_that_was_given_back_with_bytes_gives_another)
{
	struct fixture fixture;
	char byte;

	set_up(&fixture);
	ck_assert_int_eq(send(fixture.from[1], "x", 1, 0), 1);
	ck_assert_int_eq(pipe_fill(fixture.pipe, fixture.from[0], 100), 1);
	pipes_give(fixture.pipes, fixture.pipe);
	fixture.pipe = pipes_take(fixture.pipes);
	expect_holds(fixture.pipe, 0, false);
	expect_again(read(fixture.pipe->ends[0], &byte, 1));
	tear_down(&fixture);
}
END_TEST

START_TEST(take_given_as_many_as_may_be_gives_none)
{
	struct pipes *pipes = pipes_new(2);
	struct pipe *first = pipes_take(pipes);
	struct pipe *second = pipes_take(pipes);

	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_null(pipes_take(pipes));
	pipes_give(pipes, first);
	first = pipes_take(pipes);
	ck_assert_ptr_nonnull(first);
	pipes_give(pipes, first);
	pipes_give(pipes, second);
	pipes_give(pipes, NULL);
	pipes_free(pipes);
	pipes = pipes_new(0);
	ck_assert_ptr_null(pipes_take(pipes));
	pipes_free(pipes);
	pipes_free(NULL);
}
END_TEST

START_TEST(take_given_no_descriptors_gives_none)
{
	struct pipes *pipes = pipes_new(2);
	struct descriptors few;
	struct pipe *first = pipes_take(pipes);
	struct pipe *second;

	if (descriptors_leave(&few, 1)) {
		second = pipes_take(pipes);
		descriptors_restore(&few);
		ck_assert_ptr_null(second);
	}
	second = pipes_take(pipes); /* that there was none counts as none */
	ck_assert_ptr_nonnull(second);
	pipes_give(pipes, first);
	pipes_give(pipes, second);
	pipes_free(pipes);
}
END_TEST

START_TEST(give_given_very_many_keeps_some)
{
	enum { MANY = 100 };
	struct pipes *pipes = pipes_new(MANY);
	struct pipe *taken[MANY];

	for (int i = 0; i < MANY; i++)
		taken[i] = pipes_take(pipes);
	ck_assert_ptr_nonnull(taken[MANY - 1]);
	for (int i = 0; i < MANY; i++)
		pipes_give(pipes, taken[i]);
	for (int i = 0; i < MANY; i++)
		taken[i] = pipes_take(pipes);
	ck_assert_ptr_nonnull(taken[MANY - 1]);
	for (int i = 0; i < MANY; i++)
		pipes_give(pipes, taken[i]);
	pipes_free(pipes);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pipe");
	TCase *tcase = tcase_create("pipe");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, fill_and_drain_move_bytes_and_count_them);
	tcase_add_test(tcase, fill_given_the_end_says_so);
	tcase_add_test(tcase, fill_given_urgent_byte_goes_on_behind_it);
	tcase_add_test(
		tcase, fill_given_nothing_to_read_and_something_inside_is_full_until_it_is_drained);
	tcase_add_test(tcase, fill_given_very_much_stops_at_the_limit);
	tcase_add_test(tcase, fill_given_very_small_packets_is_full_with_few_bytes);
	tcase_add_test(tcase, drain_given_peer_that_takes_nothing_says_again);
	tcase_add_test(tcase, drain_given_peer_that_has_gone_is_broken);
	tcase_add_test(tcase, take_gives_what_was_given_back_empty);
	tcase_add_test(tcase, take_given_one_that_was_given_back_with_bytes_gives_another);
	tcase_add_test(tcase, take_given_as_many_as_may_be_gives_none);
	tcase_add_test(tcase, take_given_no_descriptors_gives_none);
	tcase_add_test(tcase, give_given_very_many_keeps_some);
	suite_add_tcase(suite, tcase);
	return suite;
}
