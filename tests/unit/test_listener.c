/* Who is accepted while a listener comes to its end. What it does without descriptors is in
 * flow/test_descriptors.c. */
#include "io/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "rig/suite.h"

enum { CLIENTS = 100 }; /* more than are accepted in one turn */

static struct loop *loop;
static struct listener *listener;
static int accepted;
static int clients[CLIENTS];

static void on_accepted(void *ctx, int fd)
{
	(void)ctx;
	accepted++;
	(void)close(fd);
}

static void set_up(void)
{
	struct err err;

	accepted = 0;
	loop = loop_new(&clock_monotonic);
	ck_assert_int_eq(listener_open(loop, &(struct host_port){SPAN_LITERAL("127.0.0.1"), 0},
						 on_accepted, NULL, &listener, &err),
		0);
	for (size_t i = 0; i < CLIENTS; i++)
		clients[i] = -1;
}

static void tear_down(void)
{
	for (size_t i = 0; i < CLIENTS; i++)
		if (clients[i] >= 0)
			(void)close(clients[i]);
	listener_close(listener);
	loop_free(loop);
}

/* False when it hangs. */
static bool connect_client(size_t index)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(listener_port(listener)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct pollfd look = {.events = POLLOUT};

	look.fd = clients[index] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(look.fd, 0);
	if (connect(look.fd, (struct sockaddr *)&address, sizeof address))
		ck_assert_int_eq(errno, EINPROGRESS);
	return poll(&look, 1, 0) > 0;
}

START_TEST(accept_all_takes_everybody_without_a_turn)
{
	for (size_t i = 0; i < CLIENTS; i++)
		ck_assert(connect_client(i));
	listener_accept_all(listener);
	ck_assert_int_eq(accepted, CLIENTS);
}
END_TEST

START_TEST(stop_given_who_has_connected_accepts_him_and_hears_nobody_else)
{
	ck_assert(connect_client(0));
	listener_stop(listener);
	ck_assert(!connect_client(1));
	loop_turn(loop, CLOCK_S(1));
	listener_accept_all(listener);
	ck_assert_int_eq(accepted, 1);
}
END_TEST

START_TEST(close_resets_who_was_not_accepted)
{
	char byte;

	ck_assert(connect_client(0));
	listener_close(TAKE(listener));
	ck_assert_int_eq(recv(clients[0], &byte, 1, 0), -1);
	ck_assert_int_eq(errno, ECONNRESET);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("listener");
	TCase *tcase = tcase_create("listener");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, accept_all_takes_everybody_without_a_turn);
	tcase_add_test(tcase, stop_given_who_has_connected_accepts_him_and_hears_nobody_else);
	tcase_add_test(tcase, close_resets_who_was_not_accepted);
	suite_add_tcase(suite, tcase);
	return suite;
}
