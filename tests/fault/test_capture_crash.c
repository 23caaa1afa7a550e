/* A process that records is killed, at fifty moments and before each of its system calls: whatever
 * it was told is on disk is there, and what there is is valid, with every blob that is named. */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rng.h"
#include "rig/captures.h"
#include "rig/suite.h"

enum { KILLS = 50, FLUSHES = 10, BATCH = 3, PHOTOS = 40 };

static const struct capture_limits limits = {.rotate_bytes = 20000};
static char path[CAPTURES_PATH];

static void begin(void)
{
	captures_begin(path);
}

static void end(void)
{
	captures_end(path);
}

/* Says after each flush how many entries there are, and waits to be killed if it was not yet. */
static void record(int acknowledge)
{
	struct capture_writer *writer = captures_open(path, &limits);
	struct err err;

	for (int flushes = 0; flushes < FLUSHES; flushes++) {
		uint64_t done;

		for (int i = 0; i < BATCH; i++)
			if (captures_add(writer, (unsigned)(capture_writer_next_seq(writer) % PHOTOS), &err) <
				0)
				_exit(1);
		if (capture_writer_flush(writer, 1, &err) < 0)
			_exit(1);
		done = capture_writer_next_seq(writer) - 1;
		if (write(acknowledge, &done, sizeof done) != sizeof done)
			_exit(1);
	}
	for (;;)
		(void)pause();
}

/* The number of entries that were acknowledged before it was dead. */
static uint64_t record_and_kill(struct rng *rng)
{
	unsigned count = (unsigned)(rng_next(rng) % FLUSHES);
	unsigned yields = (unsigned)(rng_next(rng) % 256);
	uint64_t done = 0;
	int ends[2];
	int status;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		record(ends[1]);
	(void)close(ends[1]);
	while (count-- && read(ends[0], &done, sizeof done) > 0)
		;
	while (yields--)
		(void)sched_yield();
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	while (read(ends[0], &done, sizeof done) > 0)
		;
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status));
	(void)close(ends[0]);
	return done;
}

/* Opens it again; there must be all entries up to some number, which is returned. */
static uint64_t expect_all(uint64_t done)
{
	struct capture_writer *writer = captures_open(path, &limits);
	uint64_t found = capture_writer_next_seq(writer) - 1;
	BUF_AUTO struct buf wanted = {0};
	size_t other;

	ck_assert_uint_ge(found, done);
	for (uint64_t i = 1; i <= found; i++)
		buf_add_format(&wanted, "%llu ", (unsigned long long)(i % PHOTOS));
	captures_expect(path, wanted.n ? wanted.bytes : "");
	ck_assert_uint_le(captures_count_blobs(path, &other), PHOTOS);
	ck_assert_uint_eq(other, 0);
	capture_writer_close(writer);
	return found;
}

START_TEST(what_was_flushed_outlives_a_process_killed_at_any_moment)
{
	uint64_t found = 0;
	struct rng rng;

	rng_init_random(&rng);
	for (int i = 0; i < KILLS; i++) {
		uint64_t done = record_and_kill(&rng);

		found = expect_all(done > found ? done : found);
	}
	ck_assert_uint_gt(found, KILLS);
}
END_TEST

/* The entries lie in one file and then another, and the second one's photo is there already. */
static void record_few(void)
{
	static const struct capture_limits small = {.rotate_bytes = 2000};
	struct capture_writer *writer;

	ck_assert_int_eq(ptrace(PTRACE_TRACEME, 0, NULL, NULL), 0);
	ck_assert_int_eq(raise(SIGSTOP), 0);
	writer = captures_open(path, &small);
	captures_record(writer, 1);
	captures_record(writer, 2);
	capture_writer_close(writer);
	_exit(0);
}

/* Kills it before its n-th system call; false when it made fewer. */
static bool kill_at_call(unsigned n)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		record_few();
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	for (unsigned stops = 0; WIFSTOPPED(status) && stops < 2 * n - 1; stops++) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
	}
	if (WIFEXITED(status)) {
		ck_assert_int_eq(WEXITSTATUS(status), 0);
		return false;
	}
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return true;
}

START_TEST(what_was_flushed_outlives_a_process_killed_before_any_system_call)
{
	uint64_t before = 0;

	for (unsigned n = 1; kill_at_call(n); n++) {
		uint64_t found = access(path, F_OK) == 0 ? expect_all(0) : 0;

		ck_assert_uint_le(found, 2);
		ck_assert_uint_ge(found, before); /* what was there a call earlier */
		before = found;
		captures_end(path);
		captures_begin(path);
	}
	ck_assert_uint_eq(expect_all(2), 2);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("capture_crash");
	TCase *tcase = suite_case(suite, "capture_crash", begin, end);

	tcase_add_test(tcase, what_was_flushed_outlives_a_process_killed_at_any_moment);
	tcase_add_test(tcase, what_was_flushed_outlives_a_process_killed_before_any_system_call);
	return suite;
}
