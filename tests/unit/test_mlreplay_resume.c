#include "mlreplay/resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/files.h"
#include "rig/configs.h"
#include "rig/suite.h"

#define RUN   "capture \"a\", target b"
#define HEAD  "{\"mlreplay\":2,\"run\":\"capture \\\"a\\\", target b\"}\n"
#define TIMES "\"latencyNs\":-1,\"baselineNs\":5,\"intendedNs\":-1,\"sentNs\":0"
#define FRONT(n, outcome) \
	"{\"n\":" n ",\"seq\":3,\"outcome\":\"" outcome "\",\"again\":false,\"error\":\"e\","
#define LINE(n)     FRONT(n, "skipped") TIMES "}\n"
#define WITH(after) FRONT("1", "error") TIMES ",\"after\":" after "}\n"

static char folder[32];
static char path[64];
static struct arena arena;
static struct resume *resume;
static struct err err;

static const struct resume_item second = {.number = 2,
	.seq = 3,
	.outcome = {.outcome = VERDICT_SKIPPED,
		.error = SPAN_LITERAL("e"),
		.intended_ns = -1,
		.latency_ns = -1},
	.baseline_ns = 5};

static void set_up(void)
{
	(void)snprintf(folder, sizeof folder, "/tmp/resume-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/state", folder);
	arena_init(&arena);
	resume = NULL;
}

static void tear_down(void)
{
	resume_close(resume);
	arena_deinit(&arena);
	(void)unlink(path);
	ck_assert_int_eq(rmdir(folder), 0);
}

static int open_again(void)
{
	resume_close(resume);
	resume = NULL;
	return resume_open(path, SPAN_LITERAL(RUN), &resume, &err);
}

static void put(const char *text)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void expect_file(const char *text)
{
	BUF_AUTO struct buf bytes = {0};

	ck_assert(!files_read(path, 1 << 20, &bytes, &err));
	ck_assert_msg(span_is(buf_span(&bytes), text), "%.*s", SPAN_ARG(buf_span(&bytes)));
}

START_TEST(open_given_no_file_makes_one)
{
	struct stat status;

	ck_assert_msg(!open_again(), "%s", err.text);
	expect_file(HEAD);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	ck_assert(!resume_has(resume, 0));
	ck_assert(!resume_has(NULL, 0));
	ck_assert(!open_again());
	expect_file(HEAD);
}
END_TEST

static const struct resume_item items[] = {
	{.number = 1000,
		.seq = 8,
		.outcome = {.outcome = VERDICT_COMPARED,
			.was_asked_again = true,
			.before = {503, SPAN_LITERAL("\0\xff\"")},
			.after = {200, SPAN_LITERAL("{\"clip\":\"[1]\"}")},
			.intended_ns = 7,
			.sent_ns = 9,
			.latency_ns = 123},
		.baseline_ns = -1,
		.has_before = true,
		.has_after = true},
	{.number = 7,
		.seq = 9007199254740992,
		.outcome = {.outcome = VERDICT_BROKEN,
			.error = SPAN_LITERAL("at \"first\":\n\xc3\xa4"),
			.after = {0, SPAN_EMPTY},
			.intended_ns = -1,
			.sent_ns = -1,
			.latency_ns = -1},
		.baseline_ns = 100000000000000000,
		.has_after = true},
	{.number = 0, .outcome = {.outcome = VERDICT_UNSTABLE, .after = {200, SPAN_EMPTY}}},
	{.number = 3, .outcome = {.outcome = VERDICT_ERROR}, .has_before = true},
	{.number = 4, .outcome = {.outcome = VERDICT_UNREACHED}},
};

static void expect_answer(const struct compare_answer *found, const struct compare_answer *wanted)
{
	ck_assert_int_eq(found->status, wanted->status);
	ck_assert(span_equal(found->body, wanted->body));
}

static void expect_item(const struct resume_item *wanted)
{
	const struct compare_answer none = {0};
	struct resume_item found;

	ck_assert(resume_has(resume, wanted->number));
	ck_assert_msg(!resume_read(resume, wanted->number, &arena, &found, &err), "%s", err.text);
	ck_assert_uint_eq(found.number, wanted->number);
	ck_assert_uint_eq(found.seq, wanted->seq);
	ck_assert_int_eq(found.baseline_ns, wanted->baseline_ns);
	ck_assert_int_eq(found.has_before, wanted->has_before);
	ck_assert_int_eq(found.has_after, wanted->has_after);
	ck_assert_int_eq(found.outcome.outcome, wanted->outcome.outcome);
	ck_assert_int_eq(found.outcome.was_asked_again, wanted->outcome.was_asked_again);
	ck_assert_int_eq(found.outcome.intended_ns, wanted->outcome.intended_ns);
	ck_assert_int_eq(found.outcome.sent_ns, wanted->outcome.sent_ns);
	ck_assert_int_eq(found.outcome.latency_ns, wanted->outcome.latency_ns);
	ck_assert(span_equal(found.outcome.error, wanted->outcome.error));
	expect_answer(&found.outcome.before, wanted->has_before ? &wanted->outcome.before : &none);
	expect_answer(&found.outcome.after, wanted->has_after ? &wanted->outcome.after : &none);
}

START_TEST(open_finds_what_was_added)
{
	ck_assert(!open_again());
	for (int i = 0; i < COUNT_OF(items); i++)
		ck_assert(!resume_add(resume, &items[i], &err));
	ck_assert(!resume_has(resume, 7)); /* only what was there before is told once more */
	for (int times = 0; times < 2; times++) {
		ck_assert_msg(!open_again(), "%s", err.text);
		for (int i = 0; i < COUNT_OF(items); i++)
			expect_item(&items[i]);
		ck_assert(!resume_has(resume, 999));
	}
}
END_TEST

/* An answer that is larger than a line may be: its exchange is asked again. */
START_TEST(add_given_too_much_leaves_it_out)
{
	BUF_AUTO struct buf much = {0};
	struct resume_item large = items[0];

	memset(buf_reserve(&much, RESUME_LINE_MAX), 'x', RESUME_LINE_MAX);
	much.n = RESUME_LINE_MAX;
	large.outcome.after.body = buf_span(&much);
	ck_assert(!open_again());
	ck_assert(!resume_add(resume, &large, &err));
	ck_assert(!resume_add(resume, &second, &err));
	ck_assert_msg(!open_again(), "%s", err.text);
	ck_assert(!resume_has(resume, large.number));
	ck_assert(resume_has(resume, 2));
}
END_TEST

/* Whoever made the capture may have numbered it so that a double does not count it. */
START_TEST(add_given_what_could_not_be_read_leaves_it_out)
{
	struct resume_item odd[] = {items[0], items[0], items[0]};

	odd[0].seq = ((uint64_t)1 << 53) + 1;
	odd[1].number = (uint64_t)1 << 60;
	odd[2].outcome.intended_ns = 200000000000000000;
	ck_assert(!open_again());
	for (size_t i = 0; i < COUNT_OF(odd); i++)
		ck_assert(!resume_add(resume, &odd[i], &err));
	expect_file(HEAD);
}
END_TEST

START_TEST(open_given_one_that_another_run_has_leaves_it)
{
	struct resume *other;

	ck_assert(!open_again());
	ck_assert_int_eq(resume_open(path, SPAN_LITERAL(RUN), &other, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, ": another run is at it"));
	expect_file(HEAD);
}
END_TEST

START_TEST(read_given_another_file_by_now_says_so)
{
	struct resume_item found;

	put(HEAD LINE("1"));
	ck_assert(!open_again());
	put(HEAD LINE("2"));
	ck_assert_int_eq(resume_read(resume, 1, &arena, &found, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, ": somebody has changed it"));
	put(HEAD);
	ck_assert_int_eq(resume_read(resume, 1, &arena, &found, &err), -1);
}
END_TEST

/* Wherever the last write was cut. */
START_TEST(open_given_half_a_line_cuts_it_off)
{
	static const char whole[] = HEAD LINE("1") LINE("2");
	size_t kept = sizeof HEAD LINE("1") - 1;

	for (size_t n = kept; n < sizeof whole - 1; n++) {
		char text[sizeof whole];

		memcpy(text, whole, n);
		text[n] = '\0';
		put(text);
		ck_assert_msg(!open_again(), "%s", err.text);
		ck_assert(resume_has(resume, 1) && !resume_has(resume, 2));
		ck_assert(!resume_add(resume, &second, &err));
		expect_file(whole);
	}
}
END_TEST

START_TEST(open_given_half_a_head_begins_anew)
{
	for (size_t n = 0; n < sizeof HEAD - 1; n++) {
		char text[sizeof HEAD];

		memcpy(text, HEAD, n);
		text[n] = '\0';
		put(text);
		ck_assert_msg(!open_again(), "%s", err.text);
		expect_file(HEAD);
	}
}
END_TEST

static const struct {
	const char *text;
	const char *says;
} bad[] = {
	{"precious", "it is of another run: another capture, target or option"},
	{"precious\n", "it is of another run: another capture, target or option"},
	{"{\"mlreplay\":1,\"run\":\"other\"}\n",
		"it is of another run: another capture, target or option"},
	{HEAD "{}\n", ":2: this is no line of a state"},
	{HEAD LINE("1") "\n", ":3: this is no line of a state"},
	{HEAD LINE("1") LINE("1"), ": an exchange is in it twice"},
	{HEAD LINE("-1"), ":2: this is no line of a state"},
	{HEAD LINE("1e99"), ":2: this is no line of a state"},
	{HEAD LINE("1.5"), ":2: this is no line of a state"},
	{HEAD LINE("\"1\""), ":2: this is no line of a state"},
	{HEAD LINE("1") "[1]\n" LINE("2"), ":3: this is no line of a state"},
	{HEAD FRONT("1", "odd") TIMES "}\n", ":2: this is no line of a state"},
	{HEAD FRONT("1", "error") "\"latencyNs\":1}\n", ":2: this is no line of a state"},
	{HEAD FRONT("1", "error") "\"sentNs\":1e18," TIMES "}\n" WITH("1"),
		":3: this is no line of a state"}, /* of doubled keys the last one counts */
	{HEAD FRONT("1", "error") TIMES ",\"sentNs\":2e17}\n", ":2: this is no line of a state"},
	{HEAD WITH("{\"status\":200}"), ":2: this is no line of a state"},
	{HEAD WITH("{\"status\":1000,\"body\":\"\"}"), ":2: this is no line of a state"},
	{HEAD WITH("{\"status\":200,\"body\":\"YQ\"}"), ":2: this is no line of a state"},
	{HEAD WITH("{\"status\":200,\"body\":[]}"), ":2: this is no line of a state"},
};

START_TEST(open_given_anything_else_leaves_it)
{
	put(bad[_i].text);
	ck_assert_int_eq(open_again(), -1);
	ck_assert_msg(strncmp(err.text, path, strlen(path)) == 0, "%s", err.text);
	ck_assert_msg(strstr(err.text, bad[_i].says), "%s", err.text);
	expect_file(bad[_i].text);
}
END_TEST

START_TEST(open_given_no_folder_says_so)
{
	ck_assert_int_eq(resume_open("/nonexistent/state", SPAN_LITERAL(RUN), &resume, &err), -1);
	ck_assert_str_eq(err.text, "/nonexistent/state: No such file or directory");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_resume");
	TCase *tcase = suite_case(suite, "resume", set_up, tear_down);

	tcase_add_test(tcase, open_given_no_file_makes_one);
	tcase_add_test(tcase, open_finds_what_was_added);
	tcase_add_test(tcase, add_given_too_much_leaves_it_out);
	tcase_add_test(tcase, add_given_what_could_not_be_read_leaves_it_out);
	tcase_add_test(tcase, open_given_one_that_another_run_has_leaves_it);
	tcase_add_test(tcase, read_given_another_file_by_now_says_so);
	tcase_add_test(tcase, open_given_half_a_line_cuts_it_off);
	tcase_add_test(tcase, open_given_half_a_head_begins_anew);
	tcase_add_loop_test(tcase, open_given_anything_else_leaves_it, 0, COUNT_OF(bad));
	tcase_add_test(tcase, open_given_no_folder_says_so);
	return suite;
}
