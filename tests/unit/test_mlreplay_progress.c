#include "mlreplay/progress.h"

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include "base/clock.h"
#include "rig/configs.h"
#include "rig/suite.h"

static const struct {
	struct progress_facts facts;
	const char *text;
} rows[] = {
	{{.total = 40}, "0/40 0%, 0 regressions"},
	{{0}, "0/0, 0 regressions"},
	{{.done = 10, .total = 40, .elapsed_ns = CLOCK_S(4)},
		"10/40 25% 2.5/s, 0:12 to go, 0 regressions"},
	{{.done = 10, .total = 40, .elapsed_ns = 0}, "10/40 25%, 0 regressions"},
	{{.done = 40, .total = 40, .regressions = 1, .elapsed_ns = CLOCK_S(4)},
		"40/40 100% 10.0/s, 1 regression"},
	{{.done = 399, .total = 400, .regressions = 2, .unstable = 3, .elapsed_ns = CLOCK_S(399)},
		"399/400 99% 1.0/s, 0:01 to go, 2 regressions, 3 unstable"},
	{{.done = 1, .total = 3601, .elapsed_ns = CLOCK_S(1)},
		"1/3601 0% 1.0/s, 1:00:00 to go, 0 regressions"},
	{{.done = 1, .total = 12, .asks_again = true, .elapsed_ns = CLOCK_S(60)},
		"1/12 8% 0.0/s, 11:00 to go, 0 regressions, asking again one by one"},
	/* What an earlier run has done was not done at this one's rate. */
	{{.done = 30, .total = 40, .before = 20, .elapsed_ns = CLOCK_S(10)},
		"30/40 75% 1.0/s, 0:10 to go, 0 regressions"},
	{{.done = 20, .total = 40, .before = 20, .elapsed_ns = CLOCK_S(10)},
		"20/40 50%, 0 regressions"},
};

START_TEST(write_says_how_far_it_is)
{
	BUF_AUTO struct buf out = {0};

	progress_write(&rows[_i].facts, &out);
	ck_assert_msg(span_is(buf_span(&out), rows[_i].text), "%.*s", SPAN_ARG(buf_span(&out)));
}
END_TEST

/* Tells at these times, and reads what came. */
static void tell(int to, int from, const int *ms, int count, const char *wanted)
{
	struct progress progress;
	char got[512];
	size_t n = 0;

	progress_init(&progress, to);
	for (int i = 0; i < count; i++)
		progress_tell(&progress,
			&(struct progress_facts){
				.done = (uint64_t)i, .before = (uint64_t)i, .elapsed_ns = CLOCK_MS(ms[i])});
	progress_clear(&progress);
	/* A terminal passes on what it likes to at a time. */
	while (n < strlen(wanted)) {
		ssize_t more = read(from, got + n, sizeof got - n);

		ck_assert_int_gt(more, 0);
		n += (size_t)more;
	}
	ck_assert_msg(span_equal((struct span){got, n}, span_of(wanted)), "%.*s", (int)n, got);
}

START_TEST(tell_given_pipe_writes_a_line_now_and_then)
{
	static const int ms[] = {0, 9999, 10000, 10001, 19999, 20000};
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	tell(fds[1], fds[0], ms, COUNT_OF(ms), "2/0, 0 regressions\n5/0, 0 regressions\n");
	ck_assert_int_eq(close(fds[0]) + close(fds[1]), 0);
}
END_TEST

START_TEST(tell_given_terminal_writes_one_line_over_and_over)
{
	static const int ms[] = {0, 199, 200, 300, 400};
	int master;
	int slave;

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	tell(slave, master, ms, COUNT_OF(ms),
		"\r\x1b[K2/0, 0 regressions\r\x1b[K4/0, 0 regressions\r\x1b[K");
	ck_assert_int_eq(close(master) + close(slave), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_progress");
	TCase *tcase = tcase_create("progress");

	tcase_add_loop_test(tcase, write_says_how_far_it_is, 0, COUNT_OF(rows));
	tcase_add_test(tcase, tell_given_pipe_writes_a_line_now_and_then);
	tcase_add_test(tcase, tell_given_terminal_writes_one_line_over_and_over);
	suite_add_tcase(suite, tcase);
	return suite;
}
