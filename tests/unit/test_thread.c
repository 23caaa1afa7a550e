#include "base/thread.h"

#include <signal.h>

#include "rig/suite.h"

static struct sleeper {
	struct thread thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool is_ending;
	bool has_ended;
	sigset_t blocked;
} sleeper;

static void set_up(void)
{
	sleeper = (struct sleeper){.is_ending = false};
	pthread_mutex_init(&sleeper.lock, NULL);
	pthread_cond_init(&sleeper.wake, NULL);
}

static void tear_down(void)
{
	pthread_cond_destroy(&sleeper.wake);
	pthread_mutex_destroy(&sleeper.lock);
}

static void *sleep_until_the_end(void *ctx)
{
	struct sleeper *self = ctx;

	pthread_mutex_lock(&self->lock);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &self->blocked);
	while (!self->is_ending)
		pthread_cond_wait(&self->wake, &self->lock);
	self->has_ended = true;
	pthread_mutex_unlock(&self->lock);
	return NULL;
}

static void end(void)
{
	thread_end(&sleeper.thread, &sleeper.lock, &sleeper.wake, &sleeper.is_ending);
}

START_TEST(end_wakes_it_and_waits)
{
	ck_assert_int_eq(thread_start(&sleeper.thread, sleep_until_the_end, &sleeper), 0);
	ck_assert(sleeper.thread.is_there);
	end();
	ck_assert(sleeper.has_ended);
	ck_assert(!sleeper.thread.is_there);
}
END_TEST

START_TEST(end_given_none_says_so)
{
	end();
	ck_assert(sleeper.is_ending && !sleeper.has_ended);
}
END_TEST

START_TEST(start_given_one_that_is_there_leaves_it)
{
	pthread_t id;

	ck_assert_int_eq(thread_start(&sleeper.thread, sleep_until_the_end, &sleeper), 0);
	id = sleeper.thread.id;
	ck_assert_int_eq(thread_start(&sleeper.thread, sleep_until_the_end, &sleeper), 0);
	ck_assert(pthread_equal(id, sleeper.thread.id));
	end();
}
END_TEST

/* Of which this thread's own are no part. */
START_TEST(signals_do_not_come_to_it)
{
	static const int some[] = {SIGTERM, SIGHUP, SIGXFSZ, SIGPIPE};
	sigset_t own;

	ck_assert_int_eq(thread_start(&sleeper.thread, sleep_until_the_end, &sleeper), 0);
	end();
	(void)pthread_sigmask(SIG_SETMASK, NULL, &own);
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		ck_assert(sigismember(&sleeper.blocked, some[i]));
		ck_assert(!sigismember(&own, some[i]));
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("thread");
	TCase *tcase = suite_case(suite, "thread", set_up, tear_down);

	tcase_add_test(tcase, end_wakes_it_and_waits);
	tcase_add_test(tcase, end_given_none_says_so);
	tcase_add_test(tcase, start_given_one_that_is_there_leaves_it);
	tcase_add_test(tcase, signals_do_not_come_to_it);
	return suite;
}
