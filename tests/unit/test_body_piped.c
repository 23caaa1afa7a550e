/* A body whose front is in memory, while the rest comes by a pipe. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/body.h"
#include "rig/suite.h"

enum { FRONT = 50000, REST = 30 };

struct fixture {
	struct body body;
	struct body_budget budget;
	struct body_view view;
	struct pipes *pipes;
	struct pipe *pipe;
	int from[2]; /* the first is what the pipe is filled from */
	int to[2];   /* the first is what it is drained to */
	int drained;
};

static void on_drained(void *ctx)
{
	struct fixture *fixture = ctx;

	fixture->drained++;
	ck_assert(!body_is_full(&fixture->body));
}

static int add(struct fixture *fixture, size_t n)
{
	static const char bytes[FRONT];
	struct err err;

	return body_add(&fixture->body, (struct slice){NULL, {bytes, n}}, &err);
}

/* Its front is sent. */
static void set_up(struct fixture *fixture)
{
	static const struct body_events events = {.drained = on_drained};
	struct iovec iov;

	*fixture = (struct fixture){.pipes = pipes_new(1)};
	body_init(&fixture->body, FRONT + REST, NULL, &fixture->budget, &events, fixture);
	ck_assert_int_eq(add(fixture, FRONT), 0);
	body_view_open(&fixture->view, &fixture->body, 0, 0, (struct buf){0});
	fixture->pipe = pipes_take(fixture->pipes);
	ck_assert_ptr_nonnull(fixture->pipe);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fixture->from), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fixture->to), 0);
	body_splice(&fixture->body, fixture->pipe);
	ck_assert_uint_eq(source_peek(&fixture->view.source, 0, &iov, 1), 1);
	ck_assert_uint_eq(iov.iov_len, FRONT);
	source_done(&fixture->view.source, FRONT);
}

static void tear_down(struct fixture *fixture)
{
	body_view_close(&fixture->view);
	body_deinit(&fixture->body);
	ck_assert_uint_eq(atomic_load(&fixture->budget.used), 0);
	pipes_give(fixture->pipes, fixture->pipe);
	pipes_free(fixture->pipes);
	for (int i = 0; i < 2; i++) {
		(void)close(fixture->from[i]);
		(void)close(fixture->to[i]);
	}
}

static void fill(struct fixture *fixture, size_t n)
{
	static const char bytes[REST];

	ck_assert_int_eq(send(fixture->from[1], bytes, n, 0), (ssize_t)n);
	ck_assert_int_eq(pipe_fill(fixture->pipe, fixture->from[0], UINT64_MAX), (ssize_t)n);
	body_piped(&fixture->body);
}

/* Finds the pipe full, as one that holds bytes and gets no more is taken to be. */
static void fill_in_vain(struct fixture *fixture)
{
	ck_assert_int_eq(pipe_fill(fixture->pipe, fixture->from[0], UINT64_MAX), -1);
	body_piped(&fixture->body);
}

static struct pipe *pipe_at(const struct fixture *fixture, uint64_t position)
{
	return source_pipe(&fixture->view.source, position);
}

/* Moves out what the pipe holds, from that position on. */
static void drain(struct fixture *fixture, uint64_t position)
{
	size_t n = pipe_held(fixture->pipe);

	ck_assert_ptr_eq(pipe_at(fixture, position), fixture->pipe);
	ck_assert_int_eq(pipe_drain(fixture->pipe, fixture->to[0]), (ssize_t)n);
	source_done(&fixture->view.source, position + n);
}

START_TEST(view_shows_the_pipe_behind_what_is_in_memory)
{
	struct fixture fixture;
	struct iovec iov;

	set_up(&fixture);
	ck_assert_ptr_null(pipe_at(&fixture, FRONT));
	fill(&fixture, 10);
	fill(&fixture, 5);
	ck_assert_uint_eq(source_peek(&fixture.view.source, FRONT, &iov, 1), 0);
	ck_assert_ptr_null(pipe_at(&fixture, FRONT - 1));
	drain(&fixture, FRONT);
	ck_assert_ptr_null(pipe_at(&fixture, FRONT + 15));
	fill(&fixture, 15);
	body_end(&fixture.body);
	ck_assert(!source_is_end(&fixture.view.source, FRONT + 15));
	drain(&fixture, FRONT + 15);
	ck_assert(source_is_end(&fixture.view.source, FRONT + 30));
	tear_down(&fixture);
}
END_TEST

START_TEST(front_is_held_until_a_byte_has_left_the_pipe)
{
	struct fixture fixture;

	set_up(&fixture);
	fill(&fixture, 10);
	ck_assert(source_is_held(&fixture.view.source, 0));
	ck_assert(body_is_whole(&fixture.body));
	source_done(&fixture.view.source, 0); /* again, on another connection */
	source_done(&fixture.view.source, FRONT);
	ck_assert(source_is_held(&fixture.view.source, 0));
	drain(&fixture, FRONT);
	ck_assert(!source_is_held(&fixture.view.source, 0));
	ck_assert(!source_is_held(&fixture.view.source, FRONT));
	ck_assert(source_is_held(&fixture.view.source, FRONT + 10));
	ck_assert(!body_is_whole(&fixture.body));
	ck_assert_uint_eq(chain_length(&fixture.body.chain), 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(body_given_full_pipe_is_full_until_it_is_drained)
{
	struct fixture fixture;

	set_up(&fixture);
	fill(&fixture, 10);
	ck_assert(!body_is_full(&fixture.body));
	fill_in_vain(&fixture);
	ck_assert(body_is_full(&fixture.body));
	ck_assert_int_eq(fixture.drained, 0);
	drain(&fixture, FRONT);
	ck_assert(!body_is_full(&fixture.body));
	ck_assert_int_eq(fixture.drained, 1);
	tear_down(&fixture);
}
END_TEST

START_TEST(body_given_full_pipe_and_no_view_any_more_is_not_full)
{
	struct fixture fixture;

	set_up(&fixture);
	fill(&fixture, 10);
	fill_in_vain(&fixture);
	body_view_close(&fixture.view);
	ck_assert(!body_is_full(&fixture.body));
	ck_assert_int_eq(fixture.drained, 1);
	ck_assert_int_eq(add(&fixture, 20), 0); /* nobody's */
	ck_assert(!body_is_whole(&fixture.body));
	tear_down(&fixture);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("body_piped");
	TCase *tcase = tcase_create("body_piped");

	tcase_add_test(tcase, view_shows_the_pipe_behind_what_is_in_memory);
	tcase_add_test(tcase, front_is_held_until_a_byte_has_left_the_pipe);
	tcase_add_test(tcase, body_given_full_pipe_is_full_until_it_is_drained);
	tcase_add_test(tcase, body_given_full_pipe_and_no_view_any_more_is_not_full);
	suite_add_tcase(suite, tcase);
	return suite;
}
