/* Watches over real sockets: what is told, how often, and that nothing spins. */
#include <sys/socket.h>
#include <unistd.h>

#include "io/loop.h"
#include "rig/clock_fake.h"
#include "rig/pair.h"
#include "rig/suite.h"

struct fixture {
	struct loop *loop;
	int fd;
	int peer;
	struct watch watch;
	unsigned last; /* what was told last */
	int told;
	unsigned closes_at; /* deinits the watch when this is told */
	int closes_after;   /* or when so much was; 0: never */
};

static void on_ready(void *ctx, unsigned what)
{
	struct fixture *fixture = ctx;

	fixture->last = what;
	fixture->told++;
	if (what == fixture->closes_at || fixture->told == fixture->closes_after)
		watch_deinit(&fixture->watch);
}

static void set_up(struct fixture *fixture, const int fds[2])
{
	*fixture = (struct fixture){.loop = loop_new(&clock_monotonic), .fd = fds[0], .peer = fds[1]};
	watch_init(&fixture->watch, fixture->loop, fixture->fd, on_ready, fixture);
}

static void set_up_unix(struct fixture *fixture)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	set_up(fixture, fds);
}

static void set_up_tcp(struct fixture *fixture)
{
	int fds[2];

	pair_tcp(fds);
	set_up(fixture, fds);
}

static void tear_down(struct fixture *fixture)
{
	watch_deinit(&fixture->watch);
	(void)close(fixture->fd);
	if (fixture->peer >= 0)
		(void)close(fixture->peer);
	loop_free(fixture->loop);
}

static void send_byte(const struct fixture *fixture)
{
	ck_assert_int_eq(send(fixture->peer, "x", 1, 0), 1);
}

static void reset_by_peer(struct fixture *fixture)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	ck_assert_int_eq(setsockopt(fixture->peer, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
	(void)close(fixture->peer);
	fixture->peer = -1;
}

/* Turns until something is told. */
static void expect_told(struct fixture *fixture, unsigned what)
{
	int64_t end = clock_monotonic.now_ns(&clock_monotonic) + CLOCK_S(10);
	int before = fixture->told;

	while (fixture->told == before && clock_monotonic.now_ns(&clock_monotonic) < end)
		loop_turn(fixture->loop, CLOCK_S(1));
	ck_assert_int_eq(fixture->told, before + 1);
	ck_assert_uint_eq(fixture->last, what);
}

/* Nothing is told, and the loop sleeps rather than spin: in 40 ms of at most 10 ms of sleep each
 * there are few turns. */
static void expect_quiet(struct fixture *fixture)
{
	int64_t end = clock_monotonic.now_ns(&clock_monotonic) + CLOCK_MS(40);
	int before = fixture->told;
	int turns = 0;

	for (; clock_monotonic.now_ns(&clock_monotonic) < end; turns++)
		loop_turn(fixture->loop, CLOCK_MS(10));
	ck_assert_int_eq(fixture->told, before);
	ck_assert_msg(turns < 10, "%d turns", turns);
}

START_TEST(read_is_told_as_long_as_there_are_bytes)
{
	struct fixture fixture;
	char byte;

	set_up_unix(&fixture);
	watch_set(&fixture.watch, WATCH_READ);
	expect_quiet(&fixture);
	send_byte(&fixture);
	expect_told(&fixture, WATCH_READ);
	expect_told(&fixture, WATCH_READ);
	ck_assert_int_eq(recv(fixture.fd, &byte, 1, 0), 1);
	expect_quiet(&fixture);
	send_byte(&fixture);
	watch_set(&fixture.watch, 0);
	expect_quiet(&fixture);
	watch_set(&fixture.watch, WATCH_READ);
	expect_told(&fixture, WATCH_READ);
	tear_down(&fixture);
}
END_TEST

START_TEST(write_is_told_while_there_is_room)
{
	static const char bytes[65536];
	struct fixture fixture;

	set_up_unix(&fixture);
	watch_set(&fixture.watch, WATCH_WRITE);
	expect_told(&fixture, WATCH_WRITE);
	while (send(fixture.fd, bytes, sizeof bytes, MSG_NOSIGNAL) > 0)
		;
	expect_quiet(&fixture);
	tear_down(&fixture);
}
END_TEST

/* Else what is deferred, and every timer, would wait until all sockets are silent. */
START_TEST(write_given_turn_that_may_not_wait_is_told_once)
{
	struct fixture fixture;

	set_up_unix(&fixture);
	fixture.closes_after = 100;
	watch_set(&fixture.watch, WATCH_WRITE);
	loop_turn(fixture.loop, 0);
	ck_assert_int_eq(fixture.told, 1);
	loop_turn(fixture.loop, 0);
	ck_assert_int_eq(fixture.told, 2);
	tear_down(&fixture);
}
END_TEST

START_TEST(read_and_write_are_told_each)
{
	struct fixture fixture;

	set_up_unix(&fixture);
	send_byte(&fixture);
	watch_set(&fixture.watch, WATCH_READ | WATCH_WRITE);
	loop_turn(fixture.loop, CLOCK_S(10));
	ck_assert_int_eq(fixture.told, 2);
	watch_set(&fixture.watch, WATCH_READ);
	expect_told(&fixture, WATCH_READ);
	watch_set(&fixture.watch, WATCH_WRITE);
	expect_told(&fixture, WATCH_WRITE);
	tear_down(&fixture);
}
END_TEST

START_TEST(callback_that_deinits_hears_no_more)
{
	static const unsigned either[] = {WATCH_READ, WATCH_WRITE};

	for (size_t i = 0; i < 2; i++) {
		struct fixture fixture;

		set_up_unix(&fixture);
		fixture.closes_at = either[i];
		send_byte(&fixture);
		watch_set(&fixture.watch, WATCH_READ | WATCH_WRITE);
		loop_turn(fixture.loop, CLOCK_S(10));
		ck_assert(fixture.told == 1 || fixture.last == either[i]);
		expect_quiet(&fixture);
		tear_down(&fixture);
	}
}
END_TEST

START_TEST(closed_given_fin_behind_unread_bytes_is_told_once)
{
	struct fixture fixture;

	set_up_tcp(&fixture);
	send_byte(&fixture);
	watch_set(&fixture.watch, WATCH_CLOSED);
	expect_quiet(&fixture);
	send_byte(&fixture);
	expect_quiet(&fixture);
	ck_assert_int_eq(shutdown(fixture.peer, SHUT_WR), 0);
	expect_told(&fixture, WATCH_CLOSED);
	ck_assert_uint_eq(fixture.watch.wanted, 0);
	expect_quiet(&fixture);
	tear_down(&fixture);
}
END_TEST

START_TEST(closed_given_fin_that_was_there_before_is_told)
{
	struct fixture fixture;

	set_up_tcp(&fixture);
	watch_set(&fixture.watch, WATCH_READ);
	send_byte(&fixture);
	ck_assert_int_eq(shutdown(fixture.peer, SHUT_WR), 0);
	expect_told(&fixture, WATCH_READ);
	watch_set(&fixture.watch, WATCH_CLOSED);
	expect_told(&fixture, WATCH_CLOSED);
	expect_quiet(&fixture);
	tear_down(&fixture);
}
END_TEST

START_TEST(closed_given_reset_is_told_once_and_does_not_spin)
{
	for (int unread = 0; unread < 2; unread++) {
		struct fixture fixture;

		set_up_tcp(&fixture);
		if (unread)
			send_byte(&fixture);
		watch_set(&fixture.watch, WATCH_CLOSED);
		expect_quiet(&fixture);
		reset_by_peer(&fixture);
		expect_told(&fixture, WATCH_CLOSED);
		expect_quiet(&fixture);
		tear_down(&fixture);
	}
}
END_TEST

START_TEST(closed_given_end_of_a_unix_socket_is_told_once)
{
	struct fixture fixture;

	set_up_unix(&fixture);
	send_byte(&fixture);
	watch_set(&fixture.watch, WATCH_CLOSED);
	expect_quiet(&fixture);
	(void)close(fixture.peer);
	fixture.peer = -1;
	expect_told(&fixture, WATCH_CLOSED);
	expect_quiet(&fixture);
	tear_down(&fixture);
}
END_TEST

START_TEST(closed_given_our_own_half_close_is_not_told)
{
	struct fixture fixture;

	set_up_tcp(&fixture);
	watch_set(&fixture.watch, WATCH_CLOSED);
	ck_assert_int_eq(shutdown(fixture.fd, SHUT_WR), 0);
	expect_quiet(&fixture);
	ck_assert_int_eq(shutdown(fixture.peer, SHUT_WR), 0);
	expect_told(&fixture, WATCH_CLOSED);
	tear_down(&fixture);
}
END_TEST

START_TEST(closed_given_reading_in_between_is_told_later)
{
	struct fixture fixture;
	char byte;

	set_up_tcp(&fixture);
	for (int i = 0; i < 3; i++) {
		watch_set(&fixture.watch, WATCH_CLOSED);
		send_byte(&fixture);
		expect_quiet(&fixture);
		watch_set(&fixture.watch, WATCH_READ);
		expect_told(&fixture, WATCH_READ);
		ck_assert_int_eq(recv(fixture.fd, &byte, 1, 0), 1);
	}
	watch_set(&fixture.watch, WATCH_CLOSED);
	reset_by_peer(&fixture);
	expect_told(&fixture, WATCH_CLOSED);
	expect_quiet(&fixture);
	tear_down(&fixture);
}
END_TEST

/* -- before timers --------------------------------------------------------------------------- */

enum { MANY = 300 }; /* more than libevent tells at once */

struct crowd {
	struct loop *loop;
	struct clock_fake clock;
	struct loop_timer timer;
	struct watch watches[MANY];
	int fds[MANY][2];
	int told;
	int told_before_timer; /* -1: it has not fired */
};

static void on_crowd_ready(void *ctx, unsigned what)
{
	struct crowd *crowd = ctx;

	(void)what;
	crowd->told++;
}

static void on_crowd_time(void *ctx)
{
	struct crowd *crowd = ctx;

	crowd->told_before_timer = crowd->told;
}

static void crowd_init(struct crowd *crowd)
{
	*crowd = (struct crowd){.told_before_timer = -1};
	clock_fake_init(&crowd->clock);
	crowd->loop = loop_new(&crowd->clock.clock);
	for (size_t i = 0; i < MANY; i++) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, crowd->fds[i]), 0);
		watch_init(&crowd->watches[i], crowd->loop, crowd->fds[i][0], on_crowd_ready, crowd);
		watch_set(&crowd->watches[i], WATCH_READ);
	}
	loop_timer_init(&crowd->timer, on_crowd_time, crowd);
	loop_timer_set(crowd->loop, &crowd->timer, crowd->clock.now + CLOCK_S(30));
}

static void crowd_deinit(struct crowd *crowd)
{
	loop_timer_clear(crowd->loop, &crowd->timer);
	for (size_t i = 0; i < MANY; i++) {
		watch_deinit(&crowd->watches[i]);
		(void)close(crowd->fds[i][0]);
		(void)close(crowd->fds[i][1]);
	}
	loop_free(crowd->loop);
}

START_TEST(timer_given_clock_that_jumps_fires_after_all_that_is_ready)
{
	struct crowd crowd;

	crowd_init(&crowd);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_int_eq(send(crowd.fds[i][1], "x", 1, 0), 1);
	crowd.clock.now += CLOCK_S(86400);
	loop_turn(crowd.loop, CLOCK_S(1));
	ck_assert_int_ge(crowd.told_before_timer, MANY);
	crowd_deinit(&crowd);
}
END_TEST

struct late {
	struct loop_mail mail;
	struct crowd *crowd;
};

static void send_late(struct loop_mail *mail)
{
	struct crowd *crowd = LIST_OBJECT(mail, struct late, mail)->crowd;

	ck_assert_int_eq(send(crowd->fds[0][1], "x", 1, 0), 1);
	loop_timer_set(crowd->loop, &crowd->timer, 0);
}

START_TEST(timer_given_bytes_that_come_within_the_turn_fires_after_they_are_told)
{
	struct crowd crowd;
	struct late late = {.mail.deliver = send_late, .crowd = &crowd};

	crowd_init(&crowd);
	list_init(&late.mail.node);
	loop_post(crowd.loop, &late.mail);
	loop_turn(crowd.loop, CLOCK_S(1));
	ck_assert_int_eq(crowd.told_before_timer, 1);
	crowd_deinit(&crowd);
}
END_TEST

/* Sockets that stay ready are not told without end. */
START_TEST(timer_given_sockets_that_stay_ready_fires)
{
	struct crowd crowd;

	crowd_init(&crowd);
	for (size_t i = 0; i < MANY; i++)
		watch_set(&crowd.watches[i], WATCH_WRITE);
	loop_timer_set(crowd.loop, &crowd.timer, 0);
	loop_turn(crowd.loop, CLOCK_S(1));
	ck_assert_int_ge(crowd.told_before_timer, MANY);
	ck_assert_int_lt(crowd.told_before_timer / MANY, 10);
	crowd_deinit(&crowd);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("loop watch");
	TCase *tcase = tcase_create("watch");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, read_is_told_as_long_as_there_are_bytes);
	tcase_add_test(tcase, write_is_told_while_there_is_room);
	tcase_add_test(tcase, write_given_turn_that_may_not_wait_is_told_once);
	tcase_add_test(tcase, read_and_write_are_told_each);
	tcase_add_test(tcase, callback_that_deinits_hears_no_more);
	tcase_add_test(tcase, closed_given_fin_behind_unread_bytes_is_told_once);
	tcase_add_test(tcase, closed_given_fin_that_was_there_before_is_told);
	tcase_add_test(tcase, closed_given_reset_is_told_once_and_does_not_spin);
	tcase_add_test(tcase, closed_given_end_of_a_unix_socket_is_told_once);
	tcase_add_test(tcase, closed_given_our_own_half_close_is_not_told);
	tcase_add_test(tcase, closed_given_reading_in_between_is_told_later);
	tcase_add_test(tcase, timer_given_clock_that_jumps_fires_after_all_that_is_ready);
	tcase_add_test(tcase, timer_given_bytes_that_come_within_the_turn_fires_after_they_are_told);
	tcase_add_test(tcase, timer_given_sockets_that_stay_ready_fires);
	suite_add_tcase(suite, tcase);
	return suite;
}
