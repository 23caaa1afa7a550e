/* The log writes to a pipe, which the test reads. */
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "rig/suite.h"

#define ROWS(row) (sizeof(row) / sizeof *(row))

enum { READ_MAX = 8192 };

/* What one call wrote, without its time; the form of that is checked. */
static void expect_line(int fd, const char *line)
{
	static const char form[] = "time=0000-00-00T00:00:00.000Z ";
	char bytes[READ_MAX];
	ssize_t n = read(fd, bytes, sizeof bytes);

	ck_assert_int_ge(n, (ssize_t)sizeof form);
	for (size_t i = 0; form[i]; i++)
		ck_assert(form[i] == '0' ? bytes[i] >= '0' && bytes[i] <= '9' : bytes[i] == form[i]);
	ck_assert(span_is(span_skip((struct span){bytes, (size_t)n}, sizeof form - 1), line));
}

START_TEST(level_parse_takes_the_names_of_the_levels)
{
	enum log_level level = LOG_ERROR;

	ck_assert(log_level_parse("debug", &level));
	ck_assert_int_eq(level, LOG_DEBUG);
	ck_assert(!log_level_parse("Warn", &level));
	ck_assert(!log_level_parse("", &level));
	ck_assert_int_eq(level, LOG_DEBUG);
}
END_TEST

static struct log open_log(enum log_level level, int *ret_fd)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	*ret_fd = fds[0];
	return (struct log){level, fds[1]};
}

static void close_log(const struct log *log, int fd)
{
	char byte;

	ck_assert_int_eq(read(fd, &byte, 1), -1); /* there is nothing more */
	(void)close(fd);
	(void)close(log->fd);
}

START_TEST(write_gives_a_line_with_time_and_level)
{
	int fd;
	struct log log = open_log(LOG_DEBUG, &fd);

	log_write(&log, LOG_INFO, "event=start port=%d", 3004);
	expect_line(fd, "level=info event=start port=3004\n");
	log_write(&log, LOG_ERROR, "a=%s", "b");
	expect_line(fd, "level=error a=b\n");
	log_write(&log, LOG_WARN, "x=1");
	expect_line(fd, "level=warn x=1\n");
	log_write(&log, LOG_DEBUG, "x=1");
	expect_line(fd, "level=debug x=1\n");
	close_log(&log, fd);
}
END_TEST

START_TEST(write_given_more_talkative_level_writes_nothing)
{
	int fd;
	struct log log = open_log(LOG_WARN, &fd);

	log_write(&log, LOG_INFO, "x=1");
	log_write(&log, LOG_DEBUG, "x=1");
	ck_assert(!log_has(&log, LOG_INFO));
	log_write(&log, LOG_WARN, "x=2");
	expect_line(fd, "level=warn x=2\n");
	close_log(&log, fd);
}
END_TEST

START_TEST(write_given_long_text_writes_all_of_it)
{
	int fd;
	struct log log = open_log(LOG_INFO, &fd);
	char bytes[READ_MAX];
	ssize_t n;

	log_write(&log, LOG_INFO, "x=%07000d", 1);
	n = read(fd, bytes, sizeof bytes);
	ck_assert_int_gt(n, 7000);
	ck_assert_ptr_eq(memchr(bytes, '\n', (size_t)n), bytes + n - 1);
	close_log(&log, fd);
}
END_TEST

static const struct {
	struct span value;
	const char *text;
} values[] = {
	{SPAN_LITERAL("plain/1.5-x_y"), " k=plain/1.5-x_y"},
	{SPAN_LITERAL(""), " k=\"\""},
	{SPAN_LITERAL("a b"), " k=\"a b\""},
	{SPAN_LITERAL("a=b"), " k=\"a=b\""},
	{SPAN_LITERAL("a\"b"), " k=\"a\\\"b\""},
	{SPAN_LITERAL("a\\b"), " k=\"a\\\\b\""},
	{SPAN_LITERAL("a\nlevel=error"), " k=\"a\\u000alevel=error\""},
	{SPAN_LITERAL("\0"), " k=\"\\u0000\""},
	{SPAN_LITERAL("\xc3\xa4"), " k=\"\xc3\xa4\""},
	{SPAN_LITERAL("\xff"), " k=\"\xef\xbf\xbd\""},
	{SPAN_LITERAL("\xc2\x9b"
				  "2J"),
		" k=\"\\u009b2J\""}, /* terminals obey it */
	{SPAN_LITERAL("\xc2\xa0"), " k=\"\xc2\xa0\""},
};

START_TEST(add_quotes_what_is_not_plain)
{
	BUF_AUTO struct buf line = {0};

	log_add(&line, "k", values[_i].value);
	ck_assert_msg(span_is(buf_span(&line), values[_i].text), "%.*s", SPAN_ARG(buf_span(&line)));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("log");

	tcase_add_test(tcase, level_parse_takes_the_names_of_the_levels);
	tcase_add_test(tcase, write_gives_a_line_with_time_and_level);
	tcase_add_test(tcase, write_given_more_talkative_level_writes_nothing);
	tcase_add_test(tcase, write_given_long_text_writes_all_of_it);
	tcase_add_loop_test(tcase, add_quotes_what_is_not_plain, 0, ROWS(values));
	suite_add_tcase(suite, tcase);
	return suite;
}
