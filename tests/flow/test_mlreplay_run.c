/* A run against fake servers on a clock that the test turns: what is sent and when, what is asked
 * again, and what it all comes to. */
#include <unistd.h>

#include "mlreplay/restore.h"
#include "rig/configs.h"
#include "rig/form.h"
#include "rig/runs.h"
#include "rig/suite.h"

#define CLIP  "{\"clip\":{\"textual\":{\"modelName\":\"m\"}}}"
#define SAME  "{\"clip\":\"[1,0]\"}"
#define OTHER "{\"clip\":\"[0,1]\"}"

#define ANSWER_OF(body, n) \
	"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " n "\r\n\r\n" body
#define ANSWER_SAME  ANSWER_OF(SAME, "16")
#define ANSWER_OTHER ANSWER_OF(OTHER, "16")
#define ANSWER_503   "HTTP/1.1 503 Sad\r\ncontent-length: 2\r\n\r\n{}"

static const struct exchange_row rows[] = {
	{CLIP, "one", 200, SAME, 0, NULL},
	{CLIP, "two", 200, SAME, 1000, NULL},
	{CLIP, "three", 200, SAME, 1500, NULL},
};

static struct runs now;

static void set_up(void)
{
	runs_init(&now);
}

static void tear_down(void)
{
	runs_deinit(&now);
}

/* -- what is sent ---------------------------------------------------------------------------- */

START_TEST(run_given_same_answers_is_the_same)
{
	rig_answers(&now.rig, 0, ANSWER_SAME);
	runs_begin(&now, rows, 3);
	runs_finish(&now, RUN_COMPLETE);
	runs_expect_totals(&now, 3, 0, 0);
	ck_assert_int_eq(verdict_word(now.judge.verdict), VERDICT_SAME);
	ck_assert_uint_eq(now.ledger.done, 3);
	ck_assert_uint_eq(now.ledger.latencies[LEDGER_TARGET].count, 3);
	ck_assert_int_eq(now.ledger.latencies[LEDGER_BASELINE].max_ns, CLOCK_MS(40));
	ck_assert_int_eq(latency_percentile(&now.ledger.latencies[LEDGER_BASELINE], 50), CLOCK_MS(40));
}
END_TEST

START_TEST(run_sends_the_captured_bytes_below_the_target)
{
	BUF_AUTO struct buf body = exchanges_body(CLIP, "one");
	BUF_AUTO struct buf wanted = {0};

	rig_answers(&now.rig, 0, ANSWER_SAME);
	runs_begin(&now, rows, 1);
	runs_finish(&now, RUN_COMPLETE);
	buf_add_format(&wanted,
		"POST /base/predict HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
		"content-type: multipart/form-data; boundary=" FORM_BOUNDARY
		"\r\nContent-Length: %zu\r\n\r\n",
		now.rig.backends[0].port, body.n);
	buf_add(&wanted, buf_span(&body));
	ck_assert_msg(span_equal(buf_span(&now.rig.backends[0].requests), buf_span(&wanted)), "%.*s",
		SPAN_ARG(buf_span(&now.rig.backends[0].requests)));
}
END_TEST

START_TEST(run_given_filter_limit_and_loop_sends_those)
{
	static const struct exchange_row mixed[] = {
		{"{\"ocr\":{\"detection\":{\"modelName\":\"m\"}}}", "no", 200, "{}", 0, NULL},
		{CLIP, "yes", 200, SAME, 0, NULL},
		{CLIP, "backend's", 200, SAME, 0, "gpu"},
		{CLIP, "yes", 200, SAME, 0, NULL},
		{CLIP, "beyond the limit", 200, SAME, 0, NULL},
	};

	ck_assert(filter_parse(SPAN_LITERAL("task=clip"), &now.filter));
	now.feed_setup.limit = 2;
	now.feed_setup.rounds = 3;
	rig_answers(&now.rig, 0, ANSWER_SAME);
	runs_begin(&now, mixed, 5);
	ck_assert_uint_eq(now.setup.total, 6);
	runs_finish(&now, RUN_COMPLETE);
	runs_expect_totals(&now, 6, 0, 0);
	ck_assert_uint_eq(runs_asked(&now, 0), 6);
	for (int i = 0; i < 6; i++)
		ck_assert_uint_eq(now.kept[i].seq, i % 2 ? 4 : 2);
}
END_TEST

START_TEST(run_given_warmup_sends_the_first_twice_and_judges_once)
{
	now.setup.warmup = 2;
	rig_answers(&now.rig, 0, ANSWER_SAME);
	runs_begin(&now, rows, 3);
	runs_finish(&now, RUN_COMPLETE);
	ck_assert_uint_eq(runs_asked(&now, 0), 5);
	runs_expect_totals(&now, 3, 0, 0);
}
END_TEST

START_TEST(run_given_nothing_to_compare_sends_nothing)
{
	static const struct exchange_row unfit[] = {
		{NULL, "x", 200, SAME, 0, NULL},
		{CLIP, "x", 0, "", 0, NULL},
	};

	rig_answers(&now.rig, 0, ANSWER_SAME);
	runs_begin(&now, unfit, 2);
	runs_finish(&now, RUN_COMPLETE);
	ck_assert_uint_eq(runs_asked(&now, 0), 0);
	ck_assert_uint_eq(verdict_totals(now.judge.verdict)->skipped, 2);
	ck_assert_int_eq(verdict_word(now.judge.verdict), VERDICT_INCONCLUSIVE);
	ck_assert_str_eq(now.kept[1].error, "the capture has no answer to it");
	ck_assert_int_eq(now.kept[1].intended_ns, -1);
}
END_TEST

/* -- what differs ---------------------------------------------------------------------------- */

START_TEST(run_alone_counts_a_difference_at_once)
{
	rig_answers(&now.rig, 0, ANSWER_OTHER);
	runs_begin(&now, rows, 3);
	runs_finish(&now, RUN_COMPLETE);
	runs_expect_totals(&now, 3, 3, 0);
	ck_assert_uint_eq(runs_asked(&now, 0), 3);
	ck_assert(!now.kept[0].was_asked_again);
}
END_TEST

/* Two at once; one of them is told nonsense. */
static void answer_two(const char *first, const char *second)
{
	now.setup.concurrency = 2;
	runs_begin(&now, rows, 2);
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == 2);
	peer_send_text(runs_peer(&now, 0), first);
	rig_settle(&now.rig);
	ck_assert_uint_eq(runs_asked(&now, 0), 2); /* nobody is asked while the other is under way */
	peer_send_text(runs_peer(&now, 1), second);
}

START_TEST(run_asks_again_alone_what_differed_beside_others)
{
	answer_two(ANSWER_OTHER, ANSWER_SAME);
	rig_answers(&now.rig, 0, ANSWER_SAME);
	runs_finish(&now, RUN_COMPLETE);
	ck_assert_uint_eq(runs_asked(&now, 0), 3);
	runs_expect_totals(&now, 2, 0, 1);
	ck_assert_int_eq(now.kept[1].outcome, VERDICT_UNSTABLE);
	ck_assert(now.kept[1].was_asked_again);
	ck_assert_str_eq(now.kept[1].error, "at first: vector.distance at clip");
}
END_TEST

START_TEST(run_counts_what_differs_alone_too)
{
	answer_two(ANSWER_OTHER, ANSWER_503);
	rig_answers(&now.rig, 0, ANSWER_OTHER);
	runs_finish(&now, RUN_COMPLETE);
	ck_assert_uint_eq(runs_asked(&now, 0), 4);
	runs_expect_totals(&now, 2, 2, 0);
	ck_assert(now.kept[0].was_asked_again && now.kept[1].was_asked_again);
}
END_TEST

START_TEST(run_given_no_answer_alone_asks_no_other_like_it_again)
{
	now.setup.concurrency = 3;
	runs_begin(&now, rows, 3);
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == 3);
	for (size_t i = 0; i < 3; i++)
		peer_reset(runs_peer(&now, i));
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == 4);
	peer_reset(rig_peer(&now.rig, 0));
	runs_finish(&now, RUN_COMPLETE);
	ck_assert_uint_eq(runs_asked(&now, 0), 4);
	runs_expect_totals(&now, 0, 0, 0);
	ck_assert_uint_eq(verdict_totals(now.judge.verdict)->errors, 3);
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(strstr(now.kept[i].error, "reset"));
}
END_TEST

/* What the target does with each of three requests, one after the other and each on a connection of
 * its own: it answers as captured, with a 503, with the beginning of an answer, or not at all. */
static const struct {
	const char *deeds;
	enum verdict_word word;
	uint64_t regressions;
	uint64_t errors;
} services[] = {
	{"---", VERDICT_INCONCLUSIVE, 0, 3},
	{"s--", VERDICT_REGRESSION, 2, 2},
	{"--s", VERDICT_REGRESSION, 2, 2},
	{"-5-", VERDICT_REGRESSION, 3, 2},
	{"-b-", VERDICT_REGRESSION, 3, 3},
	{"bbb", VERDICT_REGRESSION, 3, 3},
	{"555", VERDICT_REGRESSION, 3, 0},
	{"sss", VERDICT_SAME, 0, 0},
};

#define CLOSING(status, length) \
	"HTTP/1.1 " status "\r\nconnection: close\r\ncontent-length: " length "\r\n\r\n"

static void serve(char deed)
{
	struct peer *peer = rig_peer(&now.rig, 0);

	switch (deed) {
	case 's': peer_send_text(peer, CLOSING("200 OK", "16") SAME); break;
	case '5': peer_send_text(peer, CLOSING("503 Sad", "2") "{}"); break;
	case 'b': peer_send_text(peer, CLOSING("200 OK", "16") "{"); break;
	default: peer_reset(peer); return;
	}
	RIG_UNTIL(&now.rig, !peer_unsent(peer));
	peer_fin(peer);
}

START_TEST(run_given_no_answer_at_all_is_inconclusive)
{
	const struct verdict_totals *totals = verdict_totals(now.judge.verdict);

	runs_begin(&now, rows, 3);
	for (size_t i = 0; i < 3; i++) {
		RIG_UNTIL(&now.rig, runs_asked(&now, 0) == i + 1);
		serve(services[_i].deeds[i]);
	}
	runs_finish(&now, RUN_COMPLETE);
	ck_assert_int_eq(verdict_word(now.judge.verdict), services[_i].word);
	ck_assert_uint_eq(totals->regressions, services[_i].regressions);
	ck_assert_uint_eq(totals->errors, services[_i].errors);
}
END_TEST

/* As above: what broke off is not asked again by those whose turn comes after a deaf one. */
START_TEST(run_given_a_broken_answer_before_the_target_is_deaf_believes_it)
{
	now.setup.concurrency = 3;
	runs_begin(&now, rows, 3);
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == 3);
	for (size_t i = 0; i < 3; i++)
		peer_send_text(runs_peer(&now, i), CLOSING("200 OK", "16") "{");
	for (size_t i = 0; i < 3; i++) {
		RIG_UNTIL(&now.rig, !peer_unsent(runs_peer(&now, i)));
		peer_fin(runs_peer(&now, i));
	}
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == 4);
	peer_reset(rig_peer(&now.rig, 0));
	runs_finish(&now, RUN_COMPLETE);
	ck_assert_uint_eq(runs_asked(&now, 0), 4);
	runs_expect_totals(&now, 0, 3, 0);
	ck_assert_int_eq(now.kept[0].outcome, VERDICT_ERROR);
	ck_assert_int_eq(now.kept[1].outcome, VERDICT_BROKEN);
	ck_assert_int_eq(now.kept[2].outcome, VERDICT_BROKEN);
}
END_TEST

/* More than are kept: they are asked in between, and none is lost. */
START_TEST(run_given_many_differences_asks_again_in_between)
{
	enum { MANY = 3 * RUN_SUSPECTS_MAX };
	struct exchange_row many[MANY];

	for (int i = 0; i < MANY; i++)
		many[i] = rows[0];
	now.setup.concurrency = 8;
	rig_answers(&now.rig, 0, ANSWER_OTHER);
	runs_begin(&now, many, MANY);
	runs_finish(&now, RUN_COMPLETE);
	runs_expect_totals(&now, MANY, MANY, 0);
	ck_assert_uint_gt(runs_asked(&now, 0), MANY);
	ck_assert_uint_le(runs_asked(&now, 0), 2UL * MANY);
}
END_TEST

START_TEST(run_given_baseline_url_compares_with_that)
{
	rig_answers(&now.rig, 0, ANSWER_OTHER);
	rig_answers(&now.rig, 1, ANSWER_OTHER);
	runs_prepare(&now, rows, 3, true);
	run_begin(now.run);
	runs_finish(&now, RUN_COMPLETE);
	ck_assert_uint_eq(runs_asked(&now, 1), 3);
	runs_expect_totals(&now, 3, 0, 0);
	ck_assert_uint_eq(now.ledger.latencies[LEDGER_BASELINE].count, 3);
}
END_TEST

START_TEST(run_given_broken_baseline_compares_nothing)
{
	rig_answers(&now.rig, 0, ANSWER_OTHER);
	rig_answers(&now.rig, 1, "HTTP/1.1 nonsense\r\n\r\n");
	runs_prepare(&now, rows, 1, true);
	run_begin(now.run);
	runs_finish(&now, RUN_COMPLETE);
	ck_assert_uint_eq(verdict_totals(now.judge.verdict)->skipped, 1);
	ck_assert_ptr_nonnull(strstr(now.kept[0].error, "the baseline gave no answer: "));
}
END_TEST

/* -- when ------------------------------------------------------------------------------------ */

START_TEST(run_given_schedule_sends_when_it_is_due)
{
	now.setup.pace = (struct pace_rule){.kind = PACE_CAPTURED, .factor = 1};
	now.setup.concurrency = 8;
	rig_answers(&now.rig, 0, ANSWER_SAME);
	runs_begin(&now, rows, 3);
	rig_settle(&now.rig);
	ck_assert_uint_eq(runs_asked(&now, 0), 1);
	rig_pass(&now.rig, CLOCK_MS(999));
	ck_assert_uint_eq(runs_asked(&now, 0), 1);
	rig_pass(&now.rig, CLOCK_MS(1));
	ck_assert_uint_eq(runs_asked(&now, 0), 2);
	rig_pass(&now.rig, CLOCK_MS(500));
	runs_finish(&now, RUN_COMPLETE);
	ck_assert_int_eq(now.kept[2].intended_ns - now.kept[0].intended_ns, CLOCK_MS(1500));
}
END_TEST

START_TEST(run_given_max_gap_waits_no_longer)
{
	now.setup.pace =
		(struct pace_rule){.kind = PACE_CAPTURED, .factor = 1, .max_gap_ns = CLOCK_MS(200)};
	now.setup.concurrency = 8;
	rig_answers(&now.rig, 0, ANSWER_SAME);
	runs_begin(&now, rows, 3);
	rig_settle(&now.rig);
	for (size_t i = 1; i < 3; i++) {
		rig_pass(&now.rig, CLOCK_MS(199));
		ck_assert_uint_eq(runs_asked(&now, 0), i);
		rig_pass(&now.rig, CLOCK_MS(1));
		ck_assert_uint_eq(runs_asked(&now, 0), i + 1);
	}
	runs_finish(&now, RUN_COMPLETE);
}
END_TEST

/* The second was due while the first one was still waited for, which counts as the target's fault.
 */
START_TEST(run_counts_latency_from_when_it_was_due)
{
	now.setup.pace = (struct pace_rule){.kind = PACE_RATE, .rate = 1};
	runs_begin(&now, rows, 2);
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == 1);
	rig_pass(&now.rig, CLOCK_S(3));
	ck_assert_uint_eq(runs_asked(&now, 0), 1);
	peer_send_text(runs_peer(&now, 0), ANSWER_SAME);
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == 2);
	peer_send_text(rig_peer(&now.rig, 0), ANSWER_SAME);
	runs_finish(&now, RUN_COMPLETE);
	ck_assert_int_eq(now.kept[0].latency_ns, CLOCK_S(3));
	ck_assert_int_eq(now.kept[1].latency_ns, CLOCK_S(2));
	ck_assert_int_eq(now.kept[1].intended_ns, CLOCK_S(1));
}
END_TEST

/* As many as are kept differ at once: nobody is asked again before the last one is done, and that
 * it takes ten seconds then is not held against those that were due in the meantime. */
START_TEST(run_asking_again_has_its_clock_stand_still)
{
	enum { FIRST = RUN_SUSPECTS_MAX + 1, ALL = RUN_SUSPECTS_MAX + 10 };
	struct exchange_row many[ALL];

	for (int i = 0; i < ALL; i++)
		many[i] = rows[0];
	now.setup.pace = (struct pace_rule){.kind = PACE_RATE, .rate = 1000};
	now.setup.concurrency = FIRST;
	runs_begin(&now, many, ALL);
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == 1);
	rig_pass(&now.rig, CLOCK_MS(FIRST - 1));
	ck_assert_uint_eq(runs_asked(&now, 0), FIRST);
	for (size_t i = 1; i < FIRST; i++)
		peer_send_text(runs_peer(&now, i), ANSWER_OTHER);
	rig_settle(&now.rig);
	ck_assert_uint_eq(runs_asked(&now, 0), FIRST);
	peer_send_text(runs_peer(&now, 0), ANSWER_SAME);
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == FIRST + 1);
	rig_pass(&now.rig, CLOCK_S(10));
	ck_assert_uint_eq(runs_asked(&now, 0), FIRST + 1);
	rig_answers(&now.rig, 0, ANSWER_SAME);
	for (size_t i = 0; i < FIRST; i++)
		if (runs_peer(&now, i)->requests == 2)
			peer_send_text(runs_peer(&now, i), ANSWER_SAME);
	RIG_UNTIL(&now.rig, now.ledger.done == FIRST);
	rig_pass(&now.rig, CLOCK_MS(ALL));
	runs_finish(&now, RUN_COMPLETE);
	runs_expect_totals(&now, ALL, 0, RUN_SUSPECTS_MAX);
	ck_assert_int_le(latency_percentile(&now.ledger.latencies[LEDGER_TARGET], 100), CLOCK_MS(ALL));
	ck_assert_int_eq(now.kept[ALL - 1].intended_ns, CLOCK_S(10) + CLOCK_MS(ALL - 1));
}
END_TEST

/* A capture's lines are in the order in which its exchanges ended. */
START_TEST(run_sends_in_the_order_of_the_begins)
{
	static const struct exchange_row unordered[] = {
		{CLIP, "3", 200, SAME, 30, NULL},
		{CLIP, "1", 200, SAME, 10, NULL},
		{CLIP, "2", 200, SAME, 20, NULL},
		{CLIP, "2b", 200, SAME, 20, NULL},
	};
	static const uint64_t order[] = {2, 3, 4, 1};

	rig_answers(&now.rig, 0, ANSWER_SAME);
	runs_begin(&now, unordered, 4);
	runs_finish(&now, RUN_COMPLETE);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(now.kept[i].seq, order[i]);
}
END_TEST

/* -- ends ------------------------------------------------------------------------------------ */

START_TEST(run_given_nobody_there_ends_at_once)
{
	rig_refuses(&now.rig, 0);
	runs_begin(&now, rows, 3);
	runs_finish(&now, RUN_UNREACHED);
	ck_assert_int_eq(now.kept_count, 1);
	ck_assert_str_eq(now.kept[0].error, "the target cannot be reached: Connection refused");
	ck_assert_int_eq(verdict_word(now.judge.verdict), VERDICT_INCONCLUSIVE);
}
END_TEST

START_TEST(run_given_no_baseline_there_ends_at_once)
{
	rig_refuses(&now.rig, 1);
	runs_prepare(&now, rows, 3, true);
	run_begin(now.run);
	runs_finish(&now, RUN_UNREACHED);
	ck_assert_uint_eq(runs_asked(&now, 0), 0);
	ck_assert_str_eq(now.kept[0].error, "the baseline cannot be reached: Connection refused");
}
END_TEST

START_TEST(run_stopped_tells_what_is_there)
{
	now.setup.concurrency = 2;
	runs_begin(&now, rows, 3);
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == 2);
	peer_send_text(runs_peer(&now, 0), ANSWER_SAME);
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == 3);
	run_stop(now.run);
	runs_finish(&now, RUN_STOPPED);
	runs_expect_totals(&now, 1, 0, 0);
	run_stop(now.run); /* again is harmless */
}
END_TEST

/* A run that keeps its state there, with what an earlier one has settled; not begun. */
static enum command_end prepare_from(const char *path, bool has_baseline)
{
	struct err err;

	runs_prepare(&now, rows, 3, has_baseline);
	now.ledger.has_baseline = has_baseline;
	ck_assert_msg(!resume_open(path, SPAN_LITERAL("r"), &now.ledger.resume, &err), "%s", err.text);
	return restore(now.setup.feed, now.reader, &now.ledger, &err);
}

/* The first is answered, and the run ended while the second is under way; then all is as if the
 * program had been started again. */
static void stop_after_one(const char *path, const char *answer, bool has_baseline)
{
	ck_assert_int_eq(prepare_from(path, has_baseline), COMMAND_SAME);
	ck_assert_uint_eq(now.ledger.before, 0);
	run_begin(now.run);
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == 1);
	rig_pass(&now.rig, CLOCK_S(2));
	peer_send_text(runs_peer(&now, 0), answer);
	RIG_UNTIL(&now.rig, runs_asked(&now, 0) == 2);
	run_stop(now.run);
	runs_end(&now);
	runs_forget(&now);
}

START_TEST(run_goes_on_from_a_state)
{
	char path[] = "/tmp/state-XXXXXX";
	struct runs_kept first;

	ck_assert_int_eq(close(mkstemp(path)), 0);
	stop_after_one(path, ANSWER_OTHER, false);
	first = now.kept[0];
	ck_assert_int_eq(prepare_from(path, false), COMMAND_SAME);
	ck_assert_uint_eq(now.ledger.before, 1);
	ck_assert_int_eq(now.kept_count, 1);
	ck_assert_mem_eq(&now.kept[0], &first, sizeof first);
	ck_assert_int_eq(first.latency_ns, CLOCK_S(2));
	rig_answers(&now.rig, 0, ANSWER_SAME);
	run_begin(now.run);
	runs_finish(&now, RUN_COMPLETE);
	ck_assert_uint_eq(runs_asked(&now, 0), 4);
	runs_expect_totals(&now, 3, 1, 0);
	ck_assert_uint_eq(now.ledger.latencies[LEDGER_TARGET].count, 3);
	ck_assert_int_ge(now.kept[1].intended_ns, CLOCK_S(2)); /* its time goes on */
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* The baseline's answers are in no capture. */
START_TEST(run_goes_on_with_what_the_baseline_has_said)
{
	char path[] = "/tmp/state-XXXXXX";

	ck_assert_int_eq(close(mkstemp(path)), 0);
	rig_answers(&now.rig, 1, ANSWER_OTHER);
	stop_after_one(path, ANSWER_SAME, true);
	ck_assert_int_eq(prepare_from(path, true), COMMAND_SAME);
	runs_expect_totals(&now, 1, 1, 0);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* A line that is a state's, of another capture or by somebody's hand. */
static const struct {
	const char *members;
	enum command_end end;
	const struct verdict_totals totals;
} states[] = {
	{"\"seq\":1,\"outcome\":\"compared\"", COMMAND_SAME, {.requests = 1, .compared = 1}},
	{"\"seq\":2,\"outcome\":\"compared\"", COMMAND_USAGE, {0}},
	{"\"seq\":1,\"outcome\":\"compared\",\"after\":{\"status\":0,\"body\":\"\"}", COMMAND_USAGE,
		{0}},
	{"\"seq\":1,\"outcome\":\"compared\",\"before\":{\"status\":0,\"body\":\"\"},"
	 "\"after\":{\"status\":200,\"body\":\"\"}",
		COMMAND_USAGE, {0}},
	{"\"seq\":1,\"outcome\":\"unstable\"", COMMAND_SAME,
		{.requests = 1, .compared = 1, .unstable = 1}},
	{"\"seq\":1,\"outcome\":\"unstable\",\"after\":{\"status\":500,\"body\":\"\"}", COMMAND_SAME,
		{.requests = 1, .compared = 1, .regressions = 1}},
	{"\"seq\":1,\"outcome\":\"broken\",\"after\":{\"status\":0,\"body\":\"\"}", COMMAND_SAME,
		{.requests = 1, .regressions = 1, .errors = 1}},
	{"\"seq\":1,\"outcome\":\"skipped\"", COMMAND_SAME, {.requests = 1, .skipped = 1}},
};

START_TEST(restore_given_a_state_judges_it)
{
	char path[] = "/tmp/state-XXXXXX";
	BUF_AUTO struct buf text = {0};
	int fd = mkstemp(path);
	const struct verdict_totals *totals = verdict_totals(now.judge.verdict);

	buf_add_format(&text,
		"{\"mlreplay\":2,\"run\":\"r\"}\n{\"n\":0,\"again\":false,\"error\":\"\",\"latencyNs\":1,"
		"\"baselineNs\":1,\"intendedNs\":0,\"sentNs\":0,%s}\n",
		states[_i].members);
	ck_assert_int_eq(write(fd, text.bytes, text.n), (ssize_t)text.n);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(prepare_from(path, false), states[_i].end);
	ck_assert_mem_eq(totals, &states[_i].totals, sizeof *totals);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_run");
	TCase *tcase = suite_case(suite, "run", set_up, tear_down);

	tcase_add_test(tcase, run_given_same_answers_is_the_same);
	tcase_add_test(tcase, run_sends_the_captured_bytes_below_the_target);
	tcase_add_test(tcase, run_given_filter_limit_and_loop_sends_those);
	tcase_add_test(tcase, run_given_warmup_sends_the_first_twice_and_judges_once);
	tcase_add_test(tcase, run_given_nothing_to_compare_sends_nothing);
	tcase_add_test(tcase, run_alone_counts_a_difference_at_once);
	tcase_add_test(tcase, run_asks_again_alone_what_differed_beside_others);
	tcase_add_test(tcase, run_counts_what_differs_alone_too);
	tcase_add_test(tcase, run_given_no_answer_alone_asks_no_other_like_it_again);
	tcase_add_loop_test(tcase, run_given_no_answer_at_all_is_inconclusive, 0, COUNT_OF(services));
	tcase_add_test(tcase, run_given_a_broken_answer_before_the_target_is_deaf_believes_it);
	tcase_add_test(tcase, run_given_many_differences_asks_again_in_between);
	tcase_add_test(tcase, run_given_baseline_url_compares_with_that);
	tcase_add_test(tcase, run_given_broken_baseline_compares_nothing);
	tcase_add_test(tcase, run_given_schedule_sends_when_it_is_due);
	tcase_add_test(tcase, run_given_max_gap_waits_no_longer);
	tcase_add_test(tcase, run_counts_latency_from_when_it_was_due);
	tcase_add_test(tcase, run_asking_again_has_its_clock_stand_still);
	tcase_add_test(tcase, run_sends_in_the_order_of_the_begins);
	tcase_add_test(tcase, run_given_nobody_there_ends_at_once);
	tcase_add_test(tcase, run_given_no_baseline_there_ends_at_once);
	tcase_add_test(tcase, run_stopped_tells_what_is_there);
	tcase_add_test(tcase, run_goes_on_from_a_state);
	tcase_add_test(tcase, run_goes_on_with_what_the_baseline_has_said);
	tcase_add_loop_test(tcase, restore_given_a_state_judges_it, 0, COUNT_OF(states));
	return suite;
}
