#include "io/transport.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig/pair.h"
#include "rig/suite.h"

struct fixture {
	struct loop *loop;
	struct transport transport;
	int peer;
};

static void on_ready(void *ctx, unsigned what)
{
	unsigned *told = ctx;

	*told |= what;
}

static void set_up(struct fixture *fixture, unsigned *told)
{
	int fds[2];

	pair_tcp(fds);
	fixture->peer = fds[1];
	fixture->loop = loop_new(&clock_monotonic);
	transport_init(&fixture->transport, fixture->loop, fds[0], on_ready, told);
}

static void tear_down(struct fixture *fixture)
{
	transport_close(&fixture->transport);
	if (fixture->peer >= 0)
		(void)close(fixture->peer);
	loop_free(fixture->loop);
}

static void wait_readable(struct fixture *fixture, unsigned *told)
{
	*told = 0;
	watch_set(&fixture->transport.watch, WATCH_READ);
	while (!*told)
		loop_turn(fixture->loop, CLOCK_S(10));
}

START_TEST(read_gives_bytes_then_again_then_the_end)
{
	struct fixture fixture;
	struct slice slice = {0};
	unsigned told;

	set_up(&fixture, &told);
	ck_assert_int_eq(transport_read(&fixture.transport, &slice), TRANSPORT_AGAIN);
	ck_assert_int_eq(send(fixture.peer, "hello", 5, 0), 5);
	wait_readable(&fixture, &told);
	ck_assert_int_eq(transport_read(&fixture.transport, &slice), TRANSPORT_OK);
	ck_assert(span_is(slice.bytes, "hello"));
	ck_assert_ptr_eq(slice.bytes.p, slice.chunk->bytes);
	ck_assert_int_eq(transport_read(&fixture.transport, &slice), TRANSPORT_AGAIN);
	(void)shutdown(fixture.peer, SHUT_WR);
	wait_readable(&fixture, &told);
	ck_assert_int_eq(transport_read(&fixture.transport, &slice), TRANSPORT_END);
	tear_down(&fixture);
}
END_TEST

START_TEST(read_given_slice_that_is_held_leaves_its_bytes)
{
	struct fixture fixture;
	struct slice first = {0};
	struct slice second = {0};
	unsigned told;

	set_up(&fixture, &told);
	ck_assert_int_eq(send(fixture.peer, "first", 5, 0), 5);
	wait_readable(&fixture, &told);
	ck_assert_int_eq(transport_read(&fixture.transport, &first), TRANSPORT_OK);
	first = slice_ref(first);
	ck_assert_int_eq(send(fixture.peer, "other", 5, 0), 5);
	wait_readable(&fixture, &told);
	ck_assert_int_eq(transport_read(&fixture.transport, &second), TRANSPORT_OK);
	ck_assert(span_is(first.bytes, "first"));
	ck_assert(span_is(second.bytes, "other"));
	ck_assert_ptr_eq(first.chunk, second.chunk);
	slice_unref(first);
	tear_down(&fixture);
}
END_TEST

START_TEST(write_given_several_spans_sends_them_then_the_end)
{
	char text[] = "hello";
	struct iovec iov[2] = {{text, 3}, {text + 3, 2}};
	struct fixture fixture;
	size_t sent = 0;
	char bytes[10];
	unsigned told;

	set_up(&fixture, &told);
	ck_assert_int_eq(transport_write(&fixture.transport, iov, 2, &sent), TRANSPORT_OK);
	ck_assert_uint_eq(sent, 5);
	transport_half_close(&fixture.transport);
	ck_assert_int_eq(recv(fixture.peer, bytes, 5, MSG_WAITALL), 5);
	ck_assert_int_eq(memcmp(bytes, "hello", 5), 0);
	ck_assert_int_eq(recv(fixture.peer, bytes, 1, 0), 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(write_given_any_pieces_sends_them_in_their_order)
{
	static const size_t lengths[][4] = {{8192}, {8193}, {1, 8191}, {1, 8192}, {8191, 1, 1}, {0, 5},
		{3, 0, 8000, 189}, {3, 0, 8000, 190}, {8000, 8000}, {300, 20000}};
	char bytes[4][20000];
	char got[sizeof bytes];

	for (size_t k = 0; k < 4; k++)
		memset(bytes[k], 'a' + (int)k, sizeof bytes[k]);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct iovec iov[4];
		struct fixture fixture;
		size_t sent = 0;
		size_t all = 0;
		unsigned told;

		set_up(&fixture, &told);
		for (size_t k = 0; k < 4; k++)
			iov[k] = (struct iovec){bytes[k], lengths[i][k]};
		ck_assert_int_eq(transport_write(&fixture.transport, iov, 4, &sent), TRANSPORT_OK);
		ck_assert_int_eq(recv(fixture.peer, got, sent, MSG_WAITALL), sent);
		for (size_t k = 0; k < 4; k++) {
			ck_assert_int_eq(memcmp(got + all, bytes[k], lengths[i][k]), 0);
			all += lengths[i][k];
		}
		ck_assert_uint_eq(sent, all);
		tear_down(&fixture);
	}
}
END_TEST

START_TEST(write_given_peer_that_takes_nothing_says_again)
{
	static char bytes[65536];
	struct iovec iov = {bytes, sizeof bytes};
	struct fixture fixture;
	enum transport_result result;
	size_t sent = 0;
	unsigned told;

	set_up(&fixture, &told);
	do
		result = transport_write(&fixture.transport, &iov, 1, &sent);
	while (result == TRANSPORT_OK);
	ck_assert_int_eq(result, TRANSPORT_AGAIN);
	tear_down(&fixture);
}
END_TEST

START_TEST(reset_is_seen_by_the_peer_and_close_may_follow)
{
	struct fixture fixture;
	unsigned told;
	char byte;

	set_up(&fixture, &told);
	transport_reset(&fixture.transport);
	ck_assert_int_eq(fixture.transport.fd, -1);
	ck_assert_int_eq(recv(fixture.peer, &byte, 1, 0), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	transport_reset(&fixture.transport);
	transport_close(&fixture.transport);
	tear_down(&fixture);
}
END_TEST

START_TEST(read_and_write_given_reset_are_broken)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};
	char text[] = "x";
	struct iovec iov = {text, 1};
	struct fixture fixture;
	struct slice slice = {0};
	size_t sent = 0;
	unsigned told;

	set_up(&fixture, &told);
	(void)setsockopt(fixture.peer, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	(void)close(fixture.peer);
	wait_readable(&fixture, &told);
	ck_assert_int_eq(transport_read(&fixture.transport, &slice), TRANSPORT_BROKEN);
	ck_assert_int_eq(fixture.transport.error, ECONNRESET);
	ck_assert_int_eq(transport_write(&fixture.transport, &iov, 1, &sent), TRANSPORT_BROKEN);
	ck_assert_int_eq(fixture.transport.error, EPIPE);
	fixture.peer = -1;
	tear_down(&fixture);
}
END_TEST

START_TEST(splice_moves_bytes_then_again_then_the_end)
{
	struct pipes *pipes = pipes_new(1);
	struct pipe *pipe = pipes_take(pipes);
	struct fixture fixture;
	unsigned told;
	char text[3];
	size_t n = 0;

	ck_assert_ptr_nonnull(pipe);
	set_up(&fixture, &told);
	ck_assert_int_eq(transport_splice_in(&fixture.transport, pipe, 100, &n), TRANSPORT_AGAIN);
	ck_assert_int_eq(send(fixture.peer, "hello", 5, 0), 5);
	wait_readable(&fixture, &told);
	ck_assert_int_eq(transport_splice_in(&fixture.transport, pipe, 3, &n), TRANSPORT_OK);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(transport_splice_out(&fixture.transport, pipe, &n), TRANSPORT_OK);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(recv(fixture.peer, text, 3, MSG_WAITALL), 3);
	ck_assert_int_eq(memcmp(text, "hel", 3), 0);
	ck_assert_int_eq(transport_splice_in(&fixture.transport, pipe, 100, &n), TRANSPORT_OK);
	ck_assert_uint_eq(n, 2);
	(void)shutdown(fixture.peer, SHUT_WR);
	wait_readable(&fixture, &told);
	ck_assert_int_eq(transport_splice_in(&fixture.transport, pipe, 100, &n), TRANSPORT_END);
	tear_down(&fixture);
	pipes_give(pipes, pipe);
	pipes_free(pipes);
}
END_TEST

START_TEST(splice_given_reset_is_broken)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};
	struct pipes *pipes = pipes_new(1);
	struct pipe *pipe = pipes_take(pipes);
	struct fixture fixture;
	unsigned told;
	size_t n = 0;

	ck_assert_ptr_nonnull(pipe);
	set_up(&fixture, &told);
	ck_assert_int_eq(send(fixture.peer, "x", 1, 0), 1);
	wait_readable(&fixture, &told);
	ck_assert_int_eq(transport_splice_in(&fixture.transport, pipe, 100, &n), TRANSPORT_OK);
	(void)setsockopt(fixture.peer, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	(void)close(fixture.peer);
	fixture.peer = -1;
	wait_readable(&fixture, &told);
	ck_assert_int_eq(transport_splice_in(&fixture.transport, pipe, 100, &n), TRANSPORT_BROKEN);
	ck_assert_int_eq(fixture.transport.error, ECONNRESET);
	ck_assert_int_eq(transport_splice_out(&fixture.transport, pipe, &n), TRANSPORT_BROKEN);
	ck_assert_int_eq(fixture.transport.error, EPIPE);
	tear_down(&fixture);
	pipes_give(pipes, pipe);
	pipes_free(pipes);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("transport");
	TCase *tcase = tcase_create("transport");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, read_gives_bytes_then_again_then_the_end);
	tcase_add_test(tcase, read_given_slice_that_is_held_leaves_its_bytes);
	tcase_add_test(tcase, write_given_several_spans_sends_them_then_the_end);
	tcase_add_test(tcase, write_given_any_pieces_sends_them_in_their_order);
	tcase_add_test(tcase, write_given_peer_that_takes_nothing_says_again);
	tcase_add_test(tcase, reset_is_seen_by_the_peer_and_close_may_follow);
	tcase_add_test(tcase, read_and_write_given_reset_are_broken);
	tcase_add_test(tcase, splice_moves_bytes_then_again_then_the_end);
	tcase_add_test(tcase, splice_given_reset_is_broken);
	suite_add_tcase(suite, tcase);
	return suite;
}
