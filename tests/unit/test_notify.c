/* What a service manager, played by a socket, is told. */
#include "io/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rig/clock_fake.h"
#include "rig/manager.h"
#include "rig/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

static struct clock_fake clock;
static struct manager manager;
static struct notify *notify;

static void set_up(void)
{
	clock_fake_init(&clock);
	manager_init(&manager);
	notify = manager_notify(&manager, &clock.clock);
}

static void tear_down(void)
{
	notify_close(notify);
	manager_deinit(&manager);
}

/* -- what is told ---------------------------------------------------------------------------- */

static const struct {
	enum notify_state state;
	const char *status;
	const char *message;
} told[] = {
	{NOTIFY_READY, NULL, "READY=1"},
	{NOTIFY_READY, "serving 2 backends", "READY=1\nSTATUS=serving 2 backends"},
	{NOTIFY_READY, "", "READY=1\nSTATUS="},
	{NOTIFY_READY, "two\nREADY=0\n", "READY=1\nSTATUS=two READY=0 "},
	{NOTIFY_RELOADING, NULL, "RELOADING=1\nMONOTONIC_USEC=7000001"},
	{NOTIFY_RELOADING, "reading", "RELOADING=1\nMONOTONIC_USEC=7000001\nSTATUS=reading"},
	{NOTIFY_STOPPING, "answering 3", "STOPPING=1\nSTATUS=answering 3"},
	{NOTIFY_ALIVE, NULL, "WATCHDOG=1"},
};

START_TEST(tell_sends_one_datagram)
{
	clock.now = CLOCK_S(7) + 1999;
	notify_tell(notify, told[_i].state, told[_i].status);
	ck_assert_str_eq(manager_heard(&manager), told[_i].message);
	ck_assert_str_eq(manager_heard(&manager), "");
}
END_TEST

START_TEST(tell_given_a_full_socket_does_not_wait)
{
	size_t n = 0;

	for (size_t i = 0; i < 100000; i++)
		notify_tell(notify, NOTIFY_ALIVE, NULL);
	while (*manager_heard(&manager))
		n++;
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_lt(n, 100000);
	notify_tell(notify, NOTIFY_READY, NULL);
	ck_assert_str_eq(manager_heard(&manager), "READY=1");
}
END_TEST

START_TEST(tell_given_a_manager_that_has_left_does_nothing)
{
	struct manager successor;

	manager_init(&successor);
	ck_assert_int_eq(dup2(successor.fd, manager.fd), manager.fd); /* closes it */
	notify_tell(notify, NOTIFY_READY, NULL);
	ck_assert_str_eq(manager_heard(&successor), "");
	manager_deinit(&successor);
}
END_TEST

/* -- where ----------------------------------------------------------------------------------- */

START_TEST(open_given_a_path_reaches_who_is_there)
{
	struct sockaddr_un there = {.sun_family = AF_UNIX};
	struct notify *other = NULL;
	struct err err = {0};
	char folder[] = "/tmp/test_notify-XXXXXX";
	char message[16] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(there.sun_path, sizeof there.sun_path, "%s/socket", folder);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&there, sizeof there), 0);
	ck_assert_msg(notify_open(there.sun_path, &clock.clock, &other, &err) == 0, "%s", err.text);
	notify_tell(other, NOTIFY_READY, NULL);
	ck_assert_int_eq(recv(fd, message, sizeof message, 0), 7);
	ck_assert_str_eq(message, "READY=1");
	notify_close(other);
	(void)close(fd);
	(void)unlink(there.sun_path);
	(void)rmdir(folder);
}
END_TEST

START_TEST(open_given_nothing_leaves_null_which_is_told_nothing)
{
	const char *const none[] = {NULL, ""};
	struct err err;

	for (size_t i = 0; i < 2; i++) {
		struct notify *other = notify;

		ck_assert_int_eq(notify_open(none[i], &clock.clock, &other, &err), 0);
		ck_assert_ptr_null(other);
		notify_tell(other, NOTIFY_READY, "nobody hears this");
		notify_close(other);
	}
	ck_assert_str_eq(manager_heard(&manager), "");
}
END_TEST

#define TEN     "1234567890"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *path;
	const char *text;
} bad[] = {
	{"notify", "NOTIFY_SOCKET: found \"notify\", wanted /PATH or @NAME"},
	{"vsock:2:1234", "NOTIFY_SOCKET: found \"vsock:2:1234\", wanted /PATH or @NAME"},
	{"/" HUNDRED "1234567", "NOTIFY_SOCKET: longer than 107 bytes"},
	{"/" HUNDRED "123456", "NOTIFY_SOCKET: No such file or directory"},
	{"@" HUNDRED "1234567", "NOTIFY_SOCKET: longer than 107 bytes"},
	{"@" HUNDRED "123456", "NOTIFY_SOCKET: Connection refused"},
};

START_TEST(open_given_nobody_there_says_why)
{
	struct notify *other = NULL;
	struct err err = {0};

	ck_assert_int_eq(notify_open(bad[_i].path, &clock.clock, &other, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, bad[_i].text);
	ck_assert_ptr_null(other);
}
END_TEST

/* -- the watchdog ---------------------------------------------------------------------------- */

static const struct {
	const char *usec;
	const char *pid;
	int64_t ns;
} watchdogs[] = {
	{NULL, NULL, 0},
	{NULL, "42", 0},
	{"", "42", 0},
	{"0", NULL, 0},
	{"30000000", NULL, CLOCK_S(15)},
	{"30000000", "42", CLOCK_S(15)},
	{"30000000", "43", 0},
	{"30000000", "", 0},
	{"30000000", "-42", 0},
	{"1", "42", 500},
	{"-1", "42", 0},
	{"30s", "42", 0},
	{"9223372036854775", "42", 4611686018427387500},
	{"9223372036854776", "42", 0},
};

START_TEST(watchdog_is_due_at_half_of_its_time)
{
	ck_assert_int_eq(
		notify_watchdog_ns(watchdogs[_i].usec, watchdogs[_i].pid, 42), watchdogs[_i].ns);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("notify");
	TCase *tcase = suite_case(suite, "notify", set_up, tear_down);

	tcase_add_loop_test(tcase, tell_sends_one_datagram, 0, ROWS(told));
	tcase_add_test(tcase, tell_given_a_full_socket_does_not_wait);
	tcase_add_test(tcase, tell_given_a_manager_that_has_left_does_nothing);
	tcase_add_test(tcase, open_given_a_path_reaches_who_is_there);
	tcase_add_test(tcase, open_given_nothing_leaves_null_which_is_told_nothing);
	tcase_add_loop_test(tcase, open_given_nobody_there_says_why, 0, ROWS(bad));
	tcase_add_loop_test(tcase, watchdog_is_due_at_half_of_its_time, 0, ROWS(watchdogs));
	return suite;
}
