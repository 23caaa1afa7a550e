/* What the sender makes of what servers do. */
#include "mlreplay/sender.h"

#include "domain/compare.h"
#include "rig/configs.h"
#include "rig/exchanges.h"
#include "rig/form.h"
#include "rig/rig.h"
#include "rig/suite.h"

#define CLIP    "{\"clip\":{\"textual\":{\"modelName\":\"m\"}}}"
#define OK      "HTTP/1.1 200 OK\r\n"
#define NOTHING OK "content-length: 0\r\n\r\n"
#define GZIP                                                                                   \
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\xce\xc9\x2c\x50\xb2\x52\x8a\x36\xd0" \
	"\x33\x32\xd5\x41\x25\x62\x95\x6a\x01\xac\xa0\x0f\x62\x20\x00\x00\x00"

static const struct exchange_row row = {CLIP, "cat", 200, "{}", 0, NULL};

static struct rig rig;
static struct exchanges exchanges;
static struct capture_reader *reader;
static struct arena arena;
static struct har_entry entry;
static struct sender *sender;
static char url[40];

/* What came. */
static int done;
static int status;
static bool has_begun;
static struct buf body;
static char error[200];

static void on_done(void *ctx, const struct sender_answer *answer)
{
	(void)ctx;
	done++;
	status = answer->status;
	has_begun = answer->has_begun;
	buf_reset(&body);
	buf_add(&body, answer->body);
	(void)snprintf(error, sizeof error, "%s", answer->error ? answer->error : "");
}

static void set_up(void)
{
	struct sender_setup setup = {.connections = 4, .timeout_ns = CLOCK_S(60)};
	struct err err;

	rig_init_alone(&rig, 1, NULL);
	exchanges_init(&exchanges, &row, 1);
	arena_init(&arena);
	ck_assert(!capture_reader_open(exchanges.path, &reader, &err));
	ck_assert_int_eq(capture_reader_next(reader, &arena, &entry, &err), 1);
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u", rig.backends[0].port);
	ck_assert(!url_parse(span_of(url), &setup.target, &err));
	sender = sender_new(rig.loop, &setup);
	done = 0;
	body = (struct buf){0};
}

static void tear_down(void)
{
	sender_free(sender);
	capture_reader_close(reader);
	arena_deinit(&arena);
	exchanges_deinit(&exchanges);
	buf_deinit(&body);
	rig_deinit(&rig);
}

static struct sending *send_entry(void)
{
	const struct sender_order order = {reader, &entry, on_done, NULL};
	struct sending *sending = NULL;
	struct err err;

	ck_assert_msg(!sender_send(sender, &order, &sending, &err), "%s", err.text);
	return sending;
}

/* Asks, and waits for the request. */
static struct peer *ask(void)
{
	size_t before = rig.backends[0].request_count;

	(void)send_entry();
	RIG_UNTIL(&rig, rig.backends[0].request_count > before);
	return rig_peer(&rig, 0);
}

static void wait_for(int count)
{
	RIG_UNTIL(&rig, done == count);
}

/* -- answers --------------------------------------------------------------------------------- */

static const struct {
	struct span answer;
	bool closes;
	int status;
	const char *body;
	const char *error; /* a part of it */
	bool has_begun;
} answers[] = {
	{SPAN_LITERAL(OK "content-length: 3\r\n\r\nabc"), false, 200, "abc", NULL, false},
	{SPAN_LITERAL(OK "transfer-encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), false,
		200, "abc", NULL, false},
	{SPAN_LITERAL(OK "\r\nabc"), true, 200, "abc", NULL, false},
	{SPAN_LITERAL(OK "content-length: 0\r\n\r\n"), false, 200, "", NULL, false},
	{SPAN_LITERAL("HTTP/1.1 100 Continue\r\n\r\n" OK "content-length: 1\r\n\r\na"), false, 200, "a",
		NULL, false},
	{SPAN_LITERAL("HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\nno"), false, 500, "no", NULL, false},
	{SPAN_LITERAL("HTTP/1.1 302 Away\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n"), false, 302, "",
		NULL, false},
	{SPAN_LITERAL(OK "content-encoding: gzip\r\ncontent-length: 39\r\n\r\n" GZIP), false, 200,
		"{\"clip\":\"[0.25,0.25,0.25,0.25]\"}", NULL, false},
	{SPAN_LITERAL(OK "content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}"), false, 0, "",
		"no gzip, or cut off", true},
	{SPAN_LITERAL(OK "content-encoding: odd\r\ncontent-length: 2\r\n\r\n{}"), false, 0, "",
		"unknown coding, odd", true},
	{SPAN_LITERAL(OK "content-length: 5\r\n\r\nabc"), true, 0, "", "bytes remaining to read", true},
	{SPAN_LITERAL("\x16\x03nonsense\r\n\r\n"), true, 0, "", "HTTP/0.9", false},
	{SPAN_LITERAL(""), true, 0, "", "Empty reply", false},
};

START_TEST(send_given_answer_tells_it)
{
	struct peer *peer = ask();

	peer_send(peer, answers[_i].answer);
	RIG_UNTIL(&rig, !peer_unsent(peer));
	if (answers[_i].closes)
		peer_fin(peer);
	wait_for(1);
	ck_assert_msg(status == answers[_i].status, "%d %s", status, error);
	ck_assert_int_eq(has_begun, answers[_i].has_begun);
	ck_assert(span_is(buf_span(&body), answers[_i].body));
	if (answers[_i].error)
		ck_assert_msg(strstr(error, answers[_i].error), "%s", error);
	else
		ck_assert_str_eq(error, "");
}
END_TEST

START_TEST(send_given_endless_answer_stops_reading)
{
	BUF_AUTO struct buf much = {0};
	struct peer *peer = ask();

	memset(buf_reserve(&much, 1 << 20), 'x', 1 << 20);
	much.n = 1 << 20;
	peer_send_text(peer, OK "\r\n");
	for (int i = 0; i <= COMPARE_BODY_MAX >> 20; i++) {
		peer_send(peer, buf_span(&much));
		RIG_UNTIL(&rig, !peer_unsent(peer) || done);
	}
	wait_for(1);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(error, "the answer has more than 67108864 bytes");
}
END_TEST

/* -- connections ----------------------------------------------------------------------------- */

START_TEST(send_uses_a_connection_again)
{
	rig_answers(&rig, 0, OK "content-length: 2\r\n\r\n{}");
	for (int i = 1; i <= 3; i++) {
		(void)send_entry();
		wait_for(i);
	}
	ck_assert_uint_eq(rig_peer(&rig, 0)->requests, 3);
}
END_TEST

/* The server has had enough of a connection just when it is used again: the body is sent once more,
 * from its beginning. */
START_TEST(send_given_connection_that_ended_sends_all_again)
{
	struct peer *peer = ask();
	struct span requests;

	peer_send_text(peer, OK "content-length: 2\r\n\r\n{}");
	wait_for(1);
	peer_set_deaf(peer, true);
	(void)send_entry();
	rig_settle(&rig);
	peer_reset(peer);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 2);
	peer_send_text(rig_peer(&rig, 0), OK "content-length: 2\r\n\r\n{}");
	wait_for(2);
	ck_assert_int_eq(status, 200);
	requests = buf_span(&rig.backends[0].requests);
	ck_assert(
		span_equal(span_first(requests, requests.n / 2), span_skip(requests, requests.n / 2)));
}
END_TEST

START_TEST(send_given_nobody_there_says_so)
{
	rig_refuses(&rig, 0);
	(void)send_entry();
	wait_for(1);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(error, "Connection refused");
}
END_TEST

START_TEST(knock_connects_and_sends_nothing)
{
	ck_assert_ptr_nonnull(sender_knock(sender, on_done, NULL));
	wait_for(1);
	ck_assert_str_eq(error, "");
	rig_settle(&rig);
	ck_assert_uint_eq(rig_peer(&rig, 0)->in.n, 0);
	ck_assert(peer_is_over(rig_peer(&rig, 0)));
	rig_refuses(&rig, 0);
	ck_assert_ptr_nonnull(sender_knock(sender, on_done, NULL));
	wait_for(2);
	ck_assert_str_eq(error, "Connection refused");
}
END_TEST

START_TEST(cancel_given_any_moment_is_silent)
{
	sender_cancel(send_entry());
	rig_settle(&rig);
	sender_cancel(sender_knock(sender, on_done, NULL));
	for (int turns = 0; turns < 10; turns++) {
		struct sending *sending = send_entry();

		for (int i = 0; i < turns; i++)
			(void)rig_look(&rig, 0);
		sender_cancel(sending);
	}
	rig_settle(&rig);
	ck_assert_int_eq(done, 0);
}
END_TEST

/* -- requests -------------------------------------------------------------------------------- */

static const struct {
	const char *method;
	const char *url;
	bool has_body;
	const char *line;
	const char *answer;
} requests[] = {
	{"GET", "http://old/ping?x=1", false, "GET /ping?x=1 HTTP/1.1\r\n", NOTHING},
	{"HEAD", "http://old/", false, "HEAD / HTTP/1.1\r\n", OK "content-length: 5\r\n\r\n"},
	{"PUT", "http://old/a/b", true, "PUT /b HTTP/1.1\r\n", NOTHING},
	{"POST", "http://old/a/..", true, "POST /.. HTTP/1.1\r\n", NOTHING},
};

START_TEST(send_given_method_keeps_it)
{
	struct span head;

	entry.request.method = span_of(requests[_i].method);
	entry.request.url = span_of(requests[_i].url);
	if (!requests[_i].has_body) {
		entry.request.body_length = 0;
		entry.request.piece_count = 0;
	}
	rig_answers(&rig, 0, requests[_i].answer);
	(void)send_entry();
	wait_for(1);
	ck_assert_msg(status == 200, "%s", error);
	head = buf_span(&rig.backends[0].requests);
	ck_assert_msg(span_starts(head, span_of(requests[_i].line)), "%.*s", SPAN_ARG(head));
	ck_assert_int_eq(memmem(head.p, head.n, "Content-Length:", 15) != NULL, requests[_i].has_body);
	ck_assert_ptr_null(memmem(head.p, head.n, "Accept", 6));
	ck_assert_ptr_null(memmem(head.p, head.n, "User-Agent", 10));
}
END_TEST

/* Of more than 1 MB, for which libcurl would ask first (Expect). */
START_TEST(send_given_large_body_sends_it_at_once)
{
	BUF_AUTO struct buf photo = form_photo(3000001);
	struct har_piece piece = {.literal = buf_span(&photo), .length = photo.n};
	struct span got;

	entry.request.pieces = &piece;
	entry.request.piece_count = 1;
	entry.request.body_length = photo.n;
	rig_answers(&rig, 0, OK "content-length: 0\r\n\r\n");
	(void)send_entry();
	wait_for(1);
	got = buf_span(&rig.backends[0].requests);
	ck_assert_uint_gt(got.n, photo.n);
	ck_assert_ptr_null(memmem(got.p, got.n - photo.n, "xpect", 5));
	ck_assert(span_equal(span_skip(got, got.n - photo.n), buf_span(&photo)));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_sender");
	TCase *tcase = suite_case(suite, "sender", set_up, tear_down);

	tcase_add_loop_test(tcase, send_given_answer_tells_it, 0, COUNT_OF(answers));
	tcase_add_test(tcase, send_given_endless_answer_stops_reading);
	tcase_add_test(tcase, send_uses_a_connection_again);
	tcase_add_test(tcase, send_given_connection_that_ended_sends_all_again);
	tcase_add_test(tcase, send_given_nobody_there_says_so);
	tcase_add_test(tcase, knock_connects_and_sends_nothing);
	tcase_add_test(tcase, cancel_given_any_moment_is_silent);
	tcase_add_loop_test(tcase, send_given_method_keeps_it, 0, COUNT_OF(requests));
	tcase_add_test(tcase, send_given_large_body_sends_it_at_once);
	return suite;
}
