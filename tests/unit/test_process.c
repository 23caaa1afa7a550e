#include "io/process.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "rig/suite.h"

static void note(void *ctx, int number)
{
	int *noted = ctx;

	*noted = number;
}

START_TEST(signals_come_as_events_and_sigpipe_does_nothing)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct loop *loop = loop_new(&clock_monotonic);
	struct process_signals signals;
	int noted = 0;
	struct err err;

	ck_assert_int_eq(process_watch_signals(&signals, loop, note, &noted, &err), 0);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(kill(getpid(), numbers[i]), 0);
		ck_assert_int_eq(kill(getpid(), SIGPIPE), 0);
		loop_turn(loop, CLOCK_S(1));
		ck_assert_int_eq(noted, numbers[i]);
	}
	process_unwatch_signals(&signals);
	process_unwatch_signals(&signals); /* harmless */
	loop_free(loop);
}
END_TEST

START_TEST(descriptor_limit_is_raised_to_what_is_granted)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max / 2;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(process_raise_descriptor_limit(), limit.rlim_max);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, limit.rlim_max);
}
END_TEST

START_TEST(machine_has_the_name_that_uname_says)
{
	char name[PROCESS_MACHINE_MAX];
	struct utsname system;

	ck_assert_int_eq(uname(&system), 0);
	process_name_machine(name);
	ck_assert_str_eq(name, system.nodename);
}
END_TEST

START_TEST(usage_tells_of_this_process)
{
	struct process_usage before;
	struct process_usage after;
	struct rlimit limit;
	int fd;

	process_read_usage(&before);
	fd = dup(STDOUT_FILENO);
	process_read_usage(&after);
	(void)close(fd);
	ck_assert_uint_eq(after.descriptors, before.descriptors + 1);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_uint_eq(before.descriptors_max, limit.rlim_cur);
	ck_assert_uint_ge(before.resident_bytes, (uint64_t)sysconf(_SC_PAGESIZE));
	ck_assert_uint_ge(before.virtual_bytes, before.resident_bytes);
	ck_assert_uint_gt(before.cpu_ns, 0);
	ck_assert_uint_ge(after.cpu_ns, before.cpu_ns);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("process");
	TCase *tcase = tcase_create("process");

	tcase_add_test(tcase, signals_come_as_events_and_sigpipe_does_nothing);
	tcase_add_test(tcase, descriptor_limit_is_raised_to_what_is_granted);
	tcase_add_test(tcase, machine_has_the_name_that_uname_says);
	tcase_add_test(tcase, usage_tells_of_this_process);
	suite_add_tcase(suite, tcase);
	return suite;
}
