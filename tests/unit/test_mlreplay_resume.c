#include "mlreplay/resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/files.h"
#include "rig/configs.h"
#include "rig/suite.h"

#define RUN     "capture \"a\", target b"
#define HEAD    "{\"mlreplay\":1,\"run\":\"capture \\\"a\\\", target b\"}\n"
#define LINE(n) "{\"n\":" n ",\"outcome\":\"skipped\",\"latencyNs\":-1,\"baselineNs\":5}\n"

static char folder[32];
static char path[64];
static struct arena arena;
static struct resume *resume;
static struct err err;
static struct resume_item found[8];
static int found_count;

static void on_found(void *ctx, const struct resume_item *item)
{
	ck_assert_ptr_eq(ctx, &arena);
	ck_assert_int_lt(found_count, COUNT_OF(found));
	found[found_count++] = *item;
}

static void set_up(void)
{
	(void)snprintf(folder, sizeof folder, "/tmp/resume-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/state", folder);
	arena_init(&arena);
	resume = NULL;
	found_count = 0;
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
	found_count = 0;
	return resume_open(path, SPAN_LITERAL(RUN), on_found, &arena, &resume, &err);
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

START_TEST(open_finds_what_was_added)
{
	struct findings findings;
	struct findings_task *task;

	findings_init(&findings, &arena);
	task = findings_task(&findings, SPAN_LITERAL("ocr"));
	*task = (struct findings_task){.name = task->name,
		.level = FINDINGS_FAIL,
		.failures = 1,
		.unexplained = 2,
		.dimensions = 3,
		.vectors = 4,
		.distance_max = 0.1,
		.distance_sum = 1e-300,
		.norm_max = 0.2,
		.faces_before = 5,
		.faces_after = 6,
		.faces_matched = 7,
		.texts_before = 8,
		.texts_after = 9,
		.texts_matched = 10,
		.texts_changed = 11,
		.characters = 12,
		.edits = 13,
		.score_max = 0.3,
		.iou_min = 0.7,
		.landmarks = 17,
		.landmark_max = 0.4,
		.duplicate_flips = 14,
		.match_flips = 15,
		.detection_flips = 16};
	findings.level = FINDINGS_FAIL;
	ck_assert(!open_again());
	ck_assert(!resume_add(
		resume, &(struct resume_item){1000, VERDICT_COMPARED, &findings, 123, -1}, &err));
	ck_assert(!resume_add(resume, &(struct resume_item){7, VERDICT_ERROR, NULL, -1, 9}, &err));
	ck_assert(resume_has(resume, 7) && resume_has(resume, 1000) && !resume_has(resume, 8));

	ck_assert_msg(!open_again(), "%s", err.text);
	ck_assert_int_eq(found_count, 2);
	ck_assert_uint_eq(found[0].number, 1000);
	ck_assert_int_eq(found[0].outcome, VERDICT_COMPARED);
	ck_assert_int_eq(found[0].latency_ns, 123);
	ck_assert_int_eq(found[0].baseline_ns, -1);
	ck_assert_int_eq(found[0].findings->level, FINDINGS_FAIL);
	ck_assert_uint_eq(found[0].findings->task_count, 1);
	ck_assert(span_is(found[0].findings->tasks[0].name, "ocr"));
	ck_assert_mem_eq((const char *)&found[0].findings->tasks[0] + sizeof(struct span),
		(const char *)task + sizeof(struct span), sizeof *task - sizeof(struct span));
	ck_assert_int_eq(found[1].outcome, VERDICT_ERROR);
	ck_assert_ptr_null(found[1].findings);
	ck_assert(resume_has(resume, 7) && resume_has(resume, 1000) && !resume_has(resume, 999));
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
		ck_assert_int_eq(found_count, 1);
		ck_assert(
			!resume_add(resume, &(struct resume_item){2, VERDICT_SKIPPED, NULL, -1, 5}, &err));
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
	{HEAD LINE("1") LINE("1"), ":3: this is no line of a state"},
	{HEAD LINE("-1"), ":2: this is no line of a state"},
	{HEAD LINE("1e99"), ":2: this is no line of a state"},
	{HEAD LINE("\"1\""), ":2: this is no line of a state"},
	{HEAD LINE("1") "[1]\n" LINE("2"), ":3: this is no line of a state"},
	{HEAD "{\"n\":1,\"outcome\":\"odd\",\"latencyNs\":-1,\"baselineNs\":5}\n",
		":2: this is no line of a state"},
	{HEAD "{\"n\":1,\"outcome\":\"compared\",\"latencyNs\":-1,\"baselineNs\":5,\"level\":3,"
		  "\"tasks\":[]}\n",
		":2: this is no line of a state"},
	{HEAD "{\"n\":1,\"outcome\":\"compared\",\"latencyNs\":-1,\"baselineNs\":5,\"level\":0,"
		  "\"tasks\":[{\"name\":\"\"}]}\n",
		":2: this is no line of a state"},
	{HEAD "{\"n\":1,\"outcome\":\"compared\",\"latencyNs\":-1,\"baselineNs\":5,\"level\":0,"
		  "\"tasks\":[{\"name\":\"clip\",\"level\":0}]}\n",
		":2: this is no line of a state"},
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
	ck_assert_int_eq(
		resume_open("/nonexistent/state", SPAN_LITERAL(RUN), on_found, NULL, &resume, &err), -1);
	ck_assert_str_eq(err.text, "/nonexistent/state: No such file or directory");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_resume");
	TCase *tcase = suite_case(suite, "resume", set_up, tear_down);

	tcase_add_test(tcase, open_given_no_file_makes_one);
	tcase_add_test(tcase, open_finds_what_was_added);
	tcase_add_test(tcase, open_given_half_a_line_cuts_it_off);
	tcase_add_test(tcase, open_given_half_a_head_begins_anew);
	tcase_add_loop_test(tcase, open_given_anything_else_leaves_it, 0, COUNT_OF(bad));
	tcase_add_test(tcase, open_given_no_folder_says_so);
	return suite;
}
