/* What reports say of a run that has one of everything, whatever the capture holds. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "io/files.h"
#include "mlreplay/judge.h"
#include "mlreplay/reports.h"
#include "rig/suite.h"
#include "wire/json.h"

enum { FILE_MAX = 67108864 };

static const struct tolerance *tolerance;
static const struct report_setup setup = {
	.capture = "cap\033ture",
	.target = "http://new",
	.baseline = "recorded",
	.tolerance = "default",
	.started_us = 1763712336544000,
};
static int fd;        /* of a file without a name … */
static char path[32]; /* … which nevertheless has this one */
static struct judge judge;
static struct arena arena;
static struct err err;
static uint64_t seq;

static void begin(void)
{
	ck_assert(!unsetenv("TMPDIR"));
	fd = memfd_create("report", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	tolerance = tolerance_profile(SPAN_LITERAL("default"));
	arena_init(&arena);
	judge_init(&judge, tolerance);
	seq = 0;
}

static void end(void)
{
	judge_deinit(&judge);
	arena_deinit(&arena);
	ck_assert(!close(fd));
}

/* -- what happens ---------------------------------------------------------------------------- */

static void tell(struct outcome outcome)
{
	struct har_entry entry = {.seq = ++seq,
		.id = SPAN_LITERAL("<id>\033"),
		.request = {.method = SPAN_LITERAL("POST"), .url = SPAN_LITERAL("http://h/predict")}};

	outcome.entry = &entry;
	outcome.intended_ns = 1000000 * (int64_t)seq;
	outcome.latency_ns = 2500000;
	judge_tell(&judge, &outcome);
}

static void tell_compared(const char *entries, const char *before, const char *after)
{
	struct outcome outcome = {.entries = span_of(entries),
		.before = {200, span_of(before)},
		.after = {200, span_of(after)}};
	struct findings findings;

	judge_compare(&judge, &arena, &outcome, &findings);
	tell(outcome);
}

static const char clip[] = "{\"clip\":{\"visual\":{\"modelName\":\"ViT<1>\"}}}";

static void tell_one_of_each(void)
{
	tell_compared(clip, "{\"clip\":\"[0.6,0.8]\"}", "{\"clip\":\"[0.6,0.8]\"}");
	tell_compared(clip, "{\"clip\":\"[0.6,0.8]\"}", "{\"clip\":\"[0.8,0.6]\"}");
	tell_compared("", "{\"a\":\"]]><b>\\u001b\"}", "{\"a\":\"\377\001&\"}");
	tell((struct outcome){.outcome = VERDICT_ERROR,
		.before = {200, SPAN_EMPTY},
		.error = SPAN_LITERAL("reset\033[2J")});
	tell((struct outcome){.outcome = VERDICT_SKIPPED, .error = SPAN_LITERAL("no body")});
	tell((struct outcome){.outcome = VERDICT_UNSTABLE,
		.was_asked_again = true,
		.error = SPAN_LITERAL("at first: vector.distance")});
}

static void finish(const char *fail_if)
{
	struct report_end how = {.latency = {.count = 6, .p50_ns = 2500000, .max_ns = 9000000},
		.fail_if = fail_if,
		.duration_ns = 1500000000};

	ck_assert_int_eq(reports_end(&judge, &how, &err), COMMAND_REGRESSION);
}

static void read_file(struct buf *out)
{
	ck_assert_msg(!files_read(path, FILE_MAX, out, &err), "%s", err.text);
	buf_add(out, (struct span){"", 1});
	out->n--;
}

static void check_has(const struct buf *text, const char *what)
{
	ck_assert_msg(strstr(text->bytes, what) != NULL, "no %s in:\n%s", what, text->bytes);
}

/* -- JSON ------------------------------------------------------------------------------------ */

START_TEST(json_begins_with_the_verdict_and_is_valid)
{
	BUF_AUTO struct buf text = {0};
	struct report *report;
	enum json_type type;

	ck_assert(!report_json_new(&setup, path, &report, &err));
	judge_add_report(&judge, report);
	tell_one_of_each();
	finish("p95>1*base");
	read_file(&text);
	ck_assert(span_starts(buf_span(&text),
		SPAN_LITERAL("{\"verdict\":\"regression\",\"requests\":6,\"compared\":4,\"regressions\":3,"
					 "\"warnings\":0,\"unstable\":1,\"errors\":1,\"skipped\":1,\"unreached\":0,")));
	ck_assert_msg(!json_check_whole(buf_span(&text), &type, &err), "%s\n%s", err.text, text.bytes);
	check_has(&text, "\"capture\":\"cap\\u001bture\",\"target\":\"http://new\"");
	check_has(&text, "\"started\":\"2025-11-21T08:05:36.544Z\"");
	check_has(&text, "\"interrupted\":false,\"mostlySkipped\":false,");
	check_has(&text, "\"failedIf\":\"p95>1*base\",\"durationMs\":1500,");
	check_has(&text, "{\"task\":\"clip\",\"level\":\"fail\",\"compared\":2,\"regressions\":1,");
	check_has(&text, "\"advice\":\"rerun\",\"toDo\":\"re-run smart search");
	check_has(&text,
		"\n{\"seq\":2,\"id\":\"<id>\\u001b\",\"method\":\"POST\",\"url\":\"http://h/predict\","
		"\"asked\":\"clip.visual\",\"models\":\"ViT<1>\",\"outcome\":\"compared\"");
	check_has(
		&text, "\"kind\":\"vector.distance\",\"task\":\"clip\",\"path\":\"clip\",\"value\":0.04");
	check_has(&text, "\"outcome\":\"error\",\"error\":\"reset\\u001b[2J\",\"askedAgain\":false,"
					 "\"statusBefore\":200,\"statusAfter\":0,\"intendedMs\":4,");
	check_has(&text,
		"\"outcome\":\"unstable\",\"error\":\"at first: vector.distance\",\"askedAgain\":true");
}
END_TEST

START_TEST(json_given_no_exchange_is_valid)
{
	struct report_end how = {0};
	BUF_AUTO struct buf text = {0};
	struct report *report;
	enum json_type type;

	ck_assert(!report_json_new(&setup, path, &report, &err));
	judge_add_report(&judge, report);
	ck_assert_int_eq(reports_end(&judge, &how, &err), COMMAND_INCONCLUSIVE);
	read_file(&text);
	ck_assert(!json_check_whole(buf_span(&text), &type, &err));
	check_has(&text, "{\"verdict\":\"inconclusive\",\"requests\":0,");
	check_has(&text, "\"newToNew\":null,");
}
END_TEST

START_TEST(json_given_many_exchanges_has_all)
{
	BUF_AUTO struct buf text = {0};
	struct report *report;
	enum json_type type;
	size_t lines = 0;

	ck_assert(!report_json_new(&setup, path, &report, &err));
	judge_add_report(&judge, report);
	for (int i = 0; i < 2000; i++)
		tell_compared(clip, "{\"clip\":\"[0.6,0.8]\"}", "{\"clip\":\"[0.8,0.6]\"}");
	finish(NULL);
	read_file(&text);
	ck_assert(!json_check_whole(buf_span(&text), &type, &err));
	for (const char *at = text.bytes; (at = strstr(at, "\n{\"seq\":")); at++)
		lines++;
	ck_assert_uint_eq(lines, 2000);
}
END_TEST

START_TEST(json_says_when_most_was_skipped)
{
	BUF_AUTO struct buf text = {0};
	struct report *report;

	ck_assert(!report_json_new(&setup, path, &report, &err));
	judge_add_report(&judge, report);
	tell_one_of_each();
	for (int i = 0; i < 5; i++)
		tell((struct outcome){.outcome = VERDICT_SKIPPED, .error = SPAN_LITERAL("no body")});
	finish(NULL);
	read_file(&text);
	check_has(&text, "\"mostlySkipped\":true,");
}
END_TEST

START_TEST(new_given_a_path_that_cannot_be_written_says_so)
{
	struct report *report;

	ck_assert_int_eq(report_json_new(&setup, "/nonexistent/x", &report, &err), -1);
	ck_assert_str_eq(err.text, "/nonexistent/x: No such file or directory");
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_int_eq(report_junit_new(&setup, "/", &report, &err), -1);
	ck_assert_str_eq(err.text, "/: Is a directory");
}
END_TEST

START_TEST(end_given_a_full_disk_is_no_success)
{
	struct report_end how = {0};
	struct report *report;

	ck_assert(!report_json_new(&setup, "/dev/full", &report, &err));
	judge_add_report(&judge, report);
	tell_compared(clip, "{\"clip\":\"[0.6,0.8]\"}", "{\"clip\":\"[0.6,0.8]\"}");
	ck_assert_int_eq(reports_end(&judge, &how, &err), COMMAND_INCONCLUSIVE);
	ck_assert_str_eq(err.text, "/dev/full: No space left on device");
}
END_TEST

/* What waits for the head finds no room, be there room enough where the report goes. */
START_TEST(end_given_no_room_for_what_waits_is_no_success)
{
	const struct rlimit none = {0, RLIM_INFINITY};
	struct report_end how = {0};
	struct rlimit before;
	struct report *report;

	ck_assert(!report_json_new(&setup, "/dev/null", &report, &err));
	judge_add_report(&judge, report);
	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ck_assert(!getrlimit(RLIMIT_FSIZE, &before));
	ck_assert(!setrlimit(RLIMIT_FSIZE, &none));
	for (int i = 0; i < 1000; i++)
		tell_compared(clip, "{\"clip\":\"[0.6,0.8]\"}", "{\"clip\":\"[0.6,0.8]\"}");
	ck_assert(!setrlimit(RLIMIT_FSIZE, &before));
	ck_assert_int_eq(reports_end(&judge, &how, &err), COMMAND_INCONCLUSIVE);
	ck_assert_str_eq(err.text, "/dev/null: /tmp: File too large");
}
END_TEST

/* -- JUnit ----------------------------------------------------------------------------------- */

START_TEST(junit_has_a_case_for_each_exchange)
{
	BUF_AUTO struct buf text = {0};
	struct report *report;

	ck_assert(!report_junit_new(&setup, path, &report, &err));
	judge_add_report(&judge, report);
	tell_one_of_each();
	finish("p95>1*base");
	read_file(&text);
	ck_assert_uint_eq(span_utf8_length(buf_span(&text)), text.n);
	check_has(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite "
					 "name=\"cap\xef\xbf\xbdture\" tests=\"7\" failures=\"3\" errors=\"1\" "
					 "skipped=\"1\" time=\"1.500000\" timestamp=\"2025-11-21T08:05:36.544Z\">");
	check_has(&text, "<testcase classname=\"clip.visual\" name=\"#1 ViT&#60;1&#62;\" "
					 "time=\"0.002500\"></testcase>\n");
	check_has(&text, "name=\"#2 ViT&#60;1&#62;\" time=\"0.002500\"><failure message=\"fail  clip: "
					 "vector.distance 0.04 (limit 0.001)");
	check_has(&text, "\"><error message=\"reset\\u001b[2J\"></error></testcase>\n");
	check_has(&text, "\"><skipped message=\"no body\"></skipped></testcase>\n");
	check_has(&text, "\"><system-out>unstable: ");
	check_has(&text, "<testcase classname=\"mlreplay\" name=\"p95&#62;1*base\"><failure ");
	check_has(&text, "</testsuite>\n</testsuites>\n");
	for (size_t i = 0; i < text.n; i++)
		ck_assert((unsigned char)text.bytes[i] >= ' ' || text.bytes[i] == '\n');
}
END_TEST

/* -- text ------------------------------------------------------------------------------------ */

static void read_stream(FILE *stream, struct buf *out)
{
	long n = ftell(stream);

	ck_assert_int_gt(n, 0);
	ck_assert(!fseek(stream, 0, SEEK_SET));
	ck_assert_uint_eq(fread(buf_reserve(out, (size_t)n), 1, (size_t)n, stream), n);
	out->n += (size_t)n;
	buf_add(out, (struct span){"", 1});
	out->n--;
}

START_TEST(text_has_the_worst_first_and_the_verdict_last)
{
	BUF_AUTO struct buf text = {0};
	FILE *stream = tmpfile();

	ck_assert_ptr_nonnull(stream);
	judge_add_report(&judge, report_text_new(&setup, stream, false));
	tell_one_of_each();
	finish(NULL);
	read_stream(stream, &text);
	ck_assert(!fclose(stream));
	ck_assert(span_starts(
		buf_span(&text), SPAN_LITERAL("cap\\u001bture against http://new, tolerance default\n"
									  "\n"
									  "#4  POST predict: error\n"
									  "    reset\\u001b[2J\n"
									  "#2  clip.visual ViT<1>: fail\n"
									  "    fail  clip: vector.distance 0.04 (limit 0.001)\n")));
	check_has(&text, "#6  POST predict: unstable\n    at first: vector.distance\n");
	check_has(&text, "\ntask                  compared  regressions  warnings  what to do\n");
	check_has(
		&text, "\nclip                         2            1         0  re-run smart search");
	check_has(&text, "\nlatency:  p50 2.5 ms, p90 0.0 ms, p95 0.0 ms, p99 0.0 ms, max 9.0 ms\n");
	check_has(&text, "\n6 requests, 4 compared, 3 regressions, 1 unstable, 1 errors, 1 skipped\n"
					 "verdict: regression\n");
}
END_TEST

START_TEST(text_given_many_keeps_the_worst)
{
	BUF_AUTO struct buf text = {0};
	FILE *stream = tmpfile();
	size_t titles = 0;

	ck_assert_ptr_nonnull(stream);
	judge_add_report(&judge, report_text_new(&setup, stream, true));
	for (int i = 0; i < 30; i++)
		tell((struct outcome){.outcome = VERDICT_SKIPPED, .error = SPAN_LITERAL("no body")});
	for (int i = 0; i < 4; i++)
		tell((struct outcome){
			.outcome = i % 2 ? VERDICT_ERROR : VERDICT_BROKEN, .error = SPAN_LITERAL("reset")});
	finish(NULL);
	read_stream(stream, &text);
	ck_assert(!fclose(stream));
	for (const char *at = text.bytes; (at = strstr(at, "\n#")); at++)
		titles++;
	ck_assert_uint_eq(titles, 10);
	check_has(&text, "default\n\n#31  POST predict: \033[31merror\033[0m\n    reset\n#32");
	check_has(&text, "\n#34  POST predict: \033[31merror\033[0m\n    reset\n#1  ");
	check_has(
		&text, "\n\033[33mmost were skipped: \033[0mthis is said of 4 of 34 requests alone\n");
	check_has(&text, "\nand 24 more exchanges that are not the same\n");
	check_has(&text, "\nverdict: \033[31mregression\033[0m\n");
}
END_TEST

/* Six boxes that have moved a bit, and then a vector. */
START_TEST(text_given_more_findings_than_are_shown_has_the_failure)
{
	BUF_AUTO struct buf text = {0};
	FILE *stream = tmpfile();
	struct outcome outcome = {.entries = span_of(clip)};
	struct findings_item item = {
		.level = FINDINGS_WARN, .kind = FINDINGS_BOX, .value = 0.8, .limit = 0.9};
	struct findings findings;

	ck_assert_ptr_nonnull(stream);
	judge_add_report(&judge, report_text_new(&setup, stream, false));
	findings_init(&findings, &arena);
	for (int i = 0; i < 6; i++)
		findings_add(&findings, &item);
	item = (struct findings_item){
		.level = FINDINGS_FAIL, .kind = FINDINGS_VECTOR_DISTANCE, .value = 0.04, .limit = 0.001};
	findings_add(&findings, &item);
	outcome.findings = &findings;
	tell(outcome);
	finish(NULL);
	read_stream(stream, &text);
	ck_assert(!fclose(stream));
	check_has(&text, ": fail\n    fail  vector.distance 0.04 (limit 0.001)\n    warn  box 0.8");
	check_has(&text, "\n    and 2 more\n");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_reports");
	TCase *tcase = suite_case(suite, "reports", begin, end);

	tcase_add_test(tcase, json_begins_with_the_verdict_and_is_valid);
	tcase_add_test(tcase, json_given_no_exchange_is_valid);
	tcase_add_test(tcase, json_given_many_exchanges_has_all);
	tcase_add_test(tcase, json_says_when_most_was_skipped);
	tcase_add_test(tcase, new_given_a_path_that_cannot_be_written_says_so);
	tcase_add_test(tcase, end_given_a_full_disk_is_no_success);
	tcase_add_test(tcase, end_given_no_room_for_what_waits_is_no_success);
	tcase_add_test(tcase, junit_has_a_case_for_each_exchange);
	tcase_add_test(tcase, text_has_the_worst_first_and_the_verdict_last);
	tcase_add_test(tcase, text_given_many_keeps_the_worst);
	tcase_add_test(tcase, text_given_more_findings_than_are_shown_has_the_failure);
	return suite;
}
