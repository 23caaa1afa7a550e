/* The log writes to a pipe, which the test reads. */
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"
#include "rig/clock_fake.h"
#include "rig/suite.h"
#include "wire/json.h"

#define ROWS(row) (sizeof(row) / sizeof *(row))

enum { READ_MAX = 65536 };

static struct log logs;
static int from_log;
static char bytes[READ_MAX];

static void set_up(void)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
	from_log = fds[0];
	logs = (struct log){.level = LOG_DEBUG, .fd = fds[1]};
}

static void tear_down(void)
{
	(void)close(from_log);
	(void)close(logs.fd);
}

/* What was written since; empty when nothing was. */
static struct span read_log(void)
{
	ssize_t n = read(from_log, bytes, sizeof bytes);

	return (struct span){bytes, n > 0 ? (size_t)n : 0};
}

/* What was written is this, but for its time, which is 0 in `line`. */
static void expect_line(const char *line)
{
	struct span found = read_log();
	bool is_same = found.n == strlen(line);

	for (size_t i = 0; is_same && i < found.n; i++)
		if (found.p[i] >= '0' && found.p[i] <= '9' && line[i] == '0')
			bytes[i] = '0';
	ck_assert_msg(is_same && span_is(found, line), "found %.*s", SPAN_ARG(found));
}

#define TIME         "0000-00-00T00:00:00.000Z"
#define LOGFMT(rest) "time=" TIME " level=info event=e" rest "\n"
#define JSON(rest)   "{\"time\":\"" TIME "\",\"level\":\"info\",\"event\":\"e\"" rest "}\n"

START_TEST(parse_takes_the_names_of_levels_and_formats)
{
	enum log_level level = LOG_ERROR;
	enum log_format format = LOG_LOGFMT;

	ck_assert(log_level_parse("debug", &level));
	ck_assert_int_eq(level, LOG_DEBUG);
	ck_assert(!log_level_parse("Warn", &level));
	ck_assert(!log_level_parse("", &level));
	ck_assert_int_eq(level, LOG_DEBUG);
	ck_assert(log_format_parse("json", &format));
	ck_assert_int_eq(format, LOG_JSON);
	ck_assert(!log_format_parse("JSON", &format));
	ck_assert(!log_format_parse("", &format));
	ck_assert_int_eq(format, LOG_JSON);
	ck_assert(log_format_parse("logfmt", &format));
	ck_assert_int_eq(format, LOG_LOGFMT);
}
END_TEST

static void add_nothing(struct log_line *line)
{
	(void)line;
}

static void add_text(struct log_line *line)
{
	log_text(line, "k", SPAN_LITERAL("a b"));
	log_text(line, "k2", SPAN_LITERAL("c"));
}

static void add_numbers(struct log_line *line)
{
	log_number(line, "zero", 0);
	log_number(line, "most", UINT64_MAX);
}

static void add_times(struct log_line *line)
{
	log_ms(line, "none", 0);
	log_ms(line, "negative", -5);
	log_ms(line, "up", 1250000);
	log_ms(line, "down", 1249999);
	log_ms(line, "most", INT64_MAX);
}

static void add_flags(struct log_line *line)
{
	log_flag(line, "good", true);
	log_flag(line, "bad", false);
}

static void add_list(struct log_line *line, const char *key, const struct span *items, size_t count)
{
	log_list_begin(line, key);
	for (size_t i = 0; i < count; i++)
		log_list_add(line, items[i]);
	log_list_end(line);
}

static void add_lists(struct log_line *line)
{
	static const struct span two[] = {SPAN_LITERAL("a"), SPAN_LITERAL("b")};
	static const struct span odd[] = {SPAN_LITERAL("a b"), SPAN_LITERAL("c")};
	static const struct span commas[] = {SPAN_LITERAL(",a,\xc3\xa4,"), SPAN_LITERAL("b")};
	static const struct span empty[] = {SPAN_LITERAL(""), SPAN_LITERAL("b")};

	add_list(line, "none", two, 0);
	add_list(line, "one", two, 1);
	add_list(line, "two", two, 2);
	add_list(line, "odd", odd, 2);
	add_list(line, "commas", commas, 2);
	add_list(line, "empty", empty, 2);
	log_text(line, "after", SPAN_LITERAL("x"));
}

static const struct {
	void (*add)(struct log_line *line);
	const char *logfmt;
	const char *json;
} lines[] = {
	{add_nothing, LOGFMT(""), JSON("")},
	{add_text, LOGFMT(" k=\"a b\" k2=c"), JSON(",\"k\":\"a b\",\"k2\":\"c\"")},
	{add_numbers, LOGFMT(" zero=0 most=18446744073709551615"),
		JSON(",\"zero\":0,\"most\":18446744073709551615")},
	{add_times, LOGFMT(" none=0.0 negative=0.0 up=1.3 down=1.2 most=9223372036854.8"),
		JSON(",\"none\":0.0,\"negative\":0.0,\"up\":1.3,\"down\":1.2,\"most\":9223372036854.8")},
	{add_flags, LOGFMT(" good=yes bad=no"), JSON(",\"good\":true,\"bad\":false")},
	{add_lists,
		LOGFMT(" none=\"\" one=a two=a,b odd=\"a b,c\""
			   " commas=\"\\u002ca\\u002c\xc3\xa4\\u002c,b\" empty=\",b\" after=x"),
		JSON(",\"none\":[],\"one\":[\"a\"],\"two\":[\"a\",\"b\"],\"odd\":[\"a b\",\"c\"],"
			 "\"commas\":[\",a,\xc3\xa4,\",\"b\"],\"empty\":[\"\",\"b\"],\"after\":\"x\"")},
};

static void write_line(void (*add)(struct log_line *line))
{
	LOG_LINE_AUTO struct log_line line;

	ck_assert(log_begin(&line, &logs, LOG_INFO, "e"));
	add(&line);
	log_end(&line);
}

START_TEST(line_given_values_shows_them_in_either_format)
{
	write_line(lines[_i].add);
	expect_line(lines[_i].logfmt);
	logs.format = LOG_JSON;
	write_line(lines[_i].add);
	expect_line(lines[_i].json);
}
END_TEST

static bool try_level(enum log_level level)
{
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, &logs, level, "e"))
		return false;
	log_end(&line);
	return true;
}

START_TEST(begin_given_more_talkative_level_does_nothing)
{
	logs.level = LOG_WARN;
	ck_assert(!try_level(LOG_INFO));
	ck_assert(!try_level(LOG_DEBUG));
	ck_assert(!log_has(&logs, LOG_INFO));
	ck_assert_uint_eq(read_log().n, 0);
	ck_assert(try_level(LOG_WARN));
	expect_line("time=" TIME " level=warn event=e\n");
	ck_assert(try_level(LOG_ERROR));
	expect_line("time=" TIME " level=error event=e\n");
}
END_TEST

static bool try_limited(enum log_level level, const char *event)
{
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin_limited(&line, &logs, level, event))
		return false;
	log_end(&line);
	return true;
}

START_TEST(begin_limited_given_many_lines_says_how_many_were_not_written)
{
	struct clock_fake now;
	struct limiter limiter;

	clock_fake_init(&now);
	limiter_init(&limiter, &now.clock);
	for (int i = 0; i < 1000; i++)
		ck_assert(try_limited(LOG_INFO, "e")); /* there is no limit without a limiter */
	logs.limiter = &limiter;
	logs.level = LOG_INFO;
	for (int i = 0; i < 100; i++)
		ck_assert(!try_limited(LOG_DEBUG, "e")); /* which takes nothing from it */
	for (int i = 0; i < LIMITER_BURST; i++)
		ck_assert(try_limited(LOG_INFO, "e"));
	for (int i = 0; i < 5; i++)
		ck_assert(!try_limited(LOG_INFO, "e"));
	ck_assert(try_limited(LOG_INFO, "other"));
	while (read_log().n)
		;
	now.now += CLOCK_S(LIMITER_PAUSE_S);
	ck_assert(try_limited(LOG_INFO, "e"));
	expect_line("time=" TIME " level=info event=e suppressed=5\n");
}
END_TEST

START_TEST(line_given_long_text_shows_all_of_it)
{
	LOG_LINE_AUTO struct log_line line;
	char text[7000];
	struct span found;

	memset(text, 'x', sizeof text);
	ck_assert(log_begin(&line, &logs, LOG_INFO, "e"));
	log_text(&line, "k", (struct span){text, sizeof text});
	log_end(&line);
	found = read_log();
	ck_assert_uint_gt(found.n, sizeof text);
	ck_assert_ptr_eq(memchr(found.p, '\n', found.n), found.p + found.n - 1);
}
END_TEST

static const struct {
	struct span value;
	const char *text;
} values[] = {
	{SPAN_LITERAL("plain/1.5-x_y"), "plain/1.5-x_y"},
	{SPAN_LITERAL(""), "\"\""},
	{SPAN_LITERAL("a b"), "\"a b\""},
	{SPAN_LITERAL("a=b"), "\"a=b\""},
	{SPAN_LITERAL("a\"b"), "\"a\\\"b\""},
	{SPAN_LITERAL("a\\b"), "\"a\\\\b\""},
	{SPAN_LITERAL("a\nlevel=error"), "\"a\\u000alevel=error\""},
	{SPAN_LITERAL("\0"), "\"\\u0000\""},
	{SPAN_LITERAL("\xc3\xa4"), "\"\xc3\xa4\""},
	{SPAN_LITERAL("\xff"), "\"\xef\xbf\xbd\""},
	{SPAN_LITERAL("\xc2\x9b"
				  "2J"),
		"\"\\u009b2J\""}, /* terminals obey it */
	{SPAN_LITERAL("\xe2\x80\xa8"), "\"\\u2028\""},
	{SPAN_LITERAL("\xc2\xa0"), "\"\xc2\xa0\""},
};

START_TEST(text_quotes_what_is_not_plain)
{
	LOG_LINE_AUTO struct log_line line;
	struct span found;

	ck_assert(log_begin(&line, &logs, LOG_INFO, "e"));
	log_text(&line, "k", values[_i].value);
	log_end(&line);
	found = span_skip(read_log(), strlen(LOGFMT(" k=")) - 1);
	ck_assert(found.p && found.n);
	ck_assert_msg(
		span_is(span_first(found, found.n - 1), values[_i].text) && found.p[found.n - 1] == '\n',
		"%.*s", SPAN_ARG(found));
}
END_TEST

/* -- threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, LINES = 12, LONG = 3 * 65536 }; /* more than a pipe holds */

static void *write_long_lines(void *ctx)
{
	MEM_AUTO char *text = mem_new(LONG, 1);

	memset(text, *(const char *)ctx, LONG);
	for (int i = 0; i < LINES; i++) {
		LOG_LINE_AUTO struct log_line line;

		if (!log_begin(&line, &logs, LOG_INFO, "e"))
			break;
		log_text(&line, "k", (struct span){text, LONG});
		log_end(&line);
	}
	return NULL;
}

/* Reads one line, which must be one thread's. */
static void expect_one_letter(void)
{
	static const size_t before = sizeof LOGFMT(" k=") - 2;
	MEM_AUTO char *line = mem_new(before + LONG + 1, 1);
	size_t n = 0;

	while (n < before + LONG + 1) {
		ssize_t more = read(from_log, line + n, before + LONG + 1 - n);

		ck_assert_int_gt(more, 0);
		n += (size_t)more;
	}
	ck_assert_int_eq(memcmp(line + before, line + before + 1, LONG - 1), 0);
	ck_assert_int_eq(line[n - 1], '\n');
}

START_TEST(line_given_threads_and_a_full_pipe_stays_whole)
{
	static char letters[THREADS] = {'a', 'b', 'c', 'd'};
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_t threads[THREADS];

	logs.lock = &lock;
	ck_assert_int_eq(fcntl(from_log, F_SETFL, 0), 0);
	ck_assert_int_eq(fcntl(logs.fd, F_SETFL, 0), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_long_lines, &letters[i]), 0);
	for (int i = 0; i < THREADS * LINES; i++)
		expect_one_letter();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

/* -- hostile bytes --------------------------------------------------------------------------- */

/* Bytes of which few are harmless. */
static struct span make_hostile(struct rng *rng, char *text, size_t size)
{
	static const char bad[] =
		"\"\\,\n\r\t ={}[]:\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xac\xff\xf0\x9f\x98\x80\xed";
	size_t n = rng_next(rng) % size;

	for (size_t i = 0; i < n; i++) {
		uint64_t number = rng_next(rng);

		text[i] = number & 256 ? bad[number % sizeof bad] : (char)number;
	}
	return (struct span){text, n};
}

static void write_hostile(struct rng *rng)
{
	LOG_LINE_AUTO struct log_line line;
	char text[64];

	ck_assert(log_begin(&line, &logs, LOG_INFO, "e"));
	log_text(&line, "text", make_hostile(rng, text, sizeof text));
	log_list_begin(&line, "list");
	for (uint64_t i = rng_next(rng) % 4; i; i--)
		log_list_add(&line, make_hostile(rng, text, sizeof text));
	log_list_end(&line);
	log_flag(&line, "last", true);
	log_end(&line);
}

/* One line, nothing in it that a terminal obeys, and of valid characters. */
static void expect_harmless(struct span line)
{
	static const char turn[] = {'\xe2', '\x80', '\xae'}; /* the direction of writing */

	ck_assert_uint_eq(span_utf8_length(line), line.n);
	ck_assert_ptr_eq(memchr(line.p, '\n', line.n), line.p + line.n - 1);
	for (size_t i = 0; i + 1 < line.n; i++)
		ck_assert_uint_ge((unsigned char)line.p[i], ' ');
	ck_assert_ptr_null(memmem(line.p, line.n, "\xc2\x9b", 2));
	ck_assert_ptr_null(memmem(line.p, line.n, turn, sizeof turn));
}

START_TEST(line_given_hostile_bytes_is_valid_json)
{
	struct rng rng;

	rng_init(&rng, 5);
	logs.format = LOG_JSON;
	for (int i = 0; i < 2000; i++) {
		struct json_check check;
		struct span line;
		struct err err;

		write_hostile(&rng);
		line = read_log();
		expect_harmless(line);
		json_check_init(&check);
		ck_assert_msg(json_check_feed(&check, span_first(line, line.n - 1), &err) == 0 &&
						  json_check_end(&check, &err) == 0 && check.type == JSON_OBJECT,
			"%.*s", SPAN_ARG(line));
	}
}
END_TEST

/* Where the value that begins there ends; quotes are only ended by bare ones. */
static size_t value_end(struct span line, size_t at)
{
	bool is_quoted = line.p[at] == '"';

	for (at += is_quoted; at < line.n; at++) {
		if (is_quoted ? line.p[at] == '"' : line.p[at] == ' ' || line.p[at] == '\n')
			break;
		at += is_quoted && line.p[at] == '\\';
	}
	return at + is_quoted;
}

START_TEST(line_given_hostile_bytes_is_logfmt_with_our_keys_alone)
{
	static const char *const keys[] = {"time=", "level=", "event=", "text=", "list=", "last="};
	struct rng rng;

	rng_init(&rng, 6);
	for (int i = 0; i < 2000; i++) {
		struct span line;
		size_t at = 0;

		write_hostile(&rng);
		line = read_log();
		expect_harmless(line);
		for (size_t k = 0; k < ROWS(keys); k++) {
			ck_assert_msg(
				span_starts(span_skip(line, at), span_of(keys[k])), "%.*s", SPAN_ARG(line));
			at = value_end(line, at + strlen(keys[k])) + 1;
		}
		ck_assert_uint_eq(at, line.n);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("log");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, parse_takes_the_names_of_levels_and_formats);
	tcase_add_loop_test(tcase, line_given_values_shows_them_in_either_format, 0, ROWS(lines));
	tcase_add_test(tcase, begin_given_more_talkative_level_does_nothing);
	tcase_add_test(tcase, begin_limited_given_many_lines_says_how_many_were_not_written);
	tcase_add_test(tcase, line_given_long_text_shows_all_of_it);
	tcase_add_test(tcase, line_given_threads_and_a_full_pipe_stays_whole);
	tcase_add_loop_test(tcase, text_quotes_what_is_not_plain, 0, ROWS(values));
	tcase_add_test(tcase, line_given_hostile_bytes_is_valid_json);
	tcase_add_test(tcase, line_given_hostile_bytes_is_logfmt_with_our_keys_alone);
	suite_add_tcase(suite, tcase);
	return suite;
}
