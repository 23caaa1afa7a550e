#include "io/job.h"

#include <signal.h>

#include "rig/suite.h"

struct counting {
	struct job job;
	int from;
	int to; /* found by the work */
	bool is_done;
	pthread_t worked_in;
	bool blocks_signals;
};

static void count(struct job *job)
{
	struct counting *counting = LIST_OBJECT(job, struct counting, job);
	sigset_t mask;

	counting->to = counting->from + 1;
	counting->worked_in = pthread_self();
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
	counting->blocks_signals = sigismember(&mask, SIGTERM) && sigismember(&mask, SIGXFSZ);
}

static void note_done(struct job *job)
{
	struct counting *counting = LIST_OBJECT(job, struct counting, job);

	ck_assert_int_eq(counting->to, counting->from + 1);
	counting->is_done = true;
}

START_TEST(job_works_in_another_thread_and_is_done_in_the_loop)
{
	struct loop *loop = loop_new(&clock_monotonic);
	struct counting all[8] = {0};

	for (int i = 0; i < 8; i++) {
		all[i].from = i;
		job_start(&all[i].job, loop, count, note_done);
		ck_assert(!all[i].is_done);
	}
	for (int i = 0; i < 8; i++) {
		while (!all[i].is_done)
			loop_turn(loop, CLOCK_S(10));
		ck_assert(!pthread_equal(all[i].worked_in, pthread_self()));
		ck_assert(all[i].blocks_signals);
	}
	loop_free(loop);
}
END_TEST

static void start_again(struct job *job)
{
	struct counting *counting = LIST_OBJECT(job, struct counting, job);

	counting->from = counting->to;
	if (counting->from < 3)
		job_start(job, job->loop, count, start_again);
	else
		counting->is_done = true;
}

START_TEST(job_may_be_started_again_when_it_is_done)
{
	struct loop *loop = loop_new(&clock_monotonic);
	struct counting counting = {0};

	job_start(&counting.job, loop, count, start_again);
	while (!counting.is_done)
		loop_turn(loop, CLOCK_S(10));
	ck_assert_int_eq(counting.to, 3);
	loop_free(loop);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("job");
	TCase *tcase = tcase_create("job");

	tcase_add_test(tcase, job_works_in_another_thread_and_is_done_in_the_loop);
	tcase_add_test(tcase, job_may_be_started_again_when_it_is_done);
	suite_add_tcase(suite, tcase);
	return suite;
}
