/* What a backend may answer, and what is taken for a failure: every doubt about where an answer
 * ends. Each in one piece and byte by byte. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG "{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]}"
#define CLIP   "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK     "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

/* Asks for a task, or for what is not for us to judge; waits until the backend has it. */
static struct peer *post(struct peer *client, bool has_entries)
{
	BUF_AUTO struct buf form = form_predict(CLIP, "cat");
	BUF_AUTO struct buf plain = form_request("/predict", "", SPAN_LITERAL("x"));
	size_t before = rig.backends[0].request_count;

	rig_answers(&rig, 0, "");
	peer_send(client, has_entries ? buf_span(&form) : buf_span(&plain));
	RIG_UNTIL(&rig, rig.backends[0].request_count > before);
	return rig_peer(&rig, 0);
}

/* Sends it as a whole or in single bytes, and then perhaps FIN. */
static void answer(struct peer *backend, struct span bytes, bool is_cut, bool closes)
{
	size_t piece_n = is_cut ? 1 : bytes.n;

	for (struct span rest = bytes; rest.n; rest = span_skip(rest, piece_n)) {
		peer_send(backend, span_first(rest, piece_n));
		RIG_UNTIL(&rig, !peer_unsent(backend) || backend->is_broken);
		(void)rig_look(&rig, 0);
	}
	if (closes)
		peer_fin(backend);
}

/* The client's connection is good for another request. */
static void expect_next(struct peer *client, const struct peer *backend, bool is_kept)
{
	rig_settle(&rig);
	ck_assert_int_eq(peer_is_over(backend), !is_kept);
	peer_send_text(post(client, true), OK);
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{}"));
	ck_assert_int_eq(rig_peer(&rig, 0) == backend, is_kept);
}

/* -- what passes ----------------------------------------------------------------------------- */

enum { ENTRIES = 1, CLOSES = 2, KEPT = 4 };

#define TEXT_200 "HTTP/1.1 200 OK\r\n"
#define CHUNKED  TEXT_200 "transfer-encoding: chunked\r\n\r\n"

static const struct good {
	const char *answer;
	int status;
	const char *body;
	int flags;
} goods[] = {
	{TEXT_200 "content-length: 3\r\n\r\nabc", 200, "abc", KEPT},
	{TEXT_200 "Content-Length:0\r\n\r\n", 200, "", KEPT},
	{TEXT_200 "content-length: 0000000003\r\n\r\nabc", 200, "abc", KEPT},
	{TEXT_200 "content-length: 3\r\nconnection: x, Close\r\n\r\nabc", 200, "abc", 0},
	{TEXT_200 "content-length: 3\r\n\r\nabc", 200, "abc", CLOSES},
	{TEXT_200 "\r\nabc", 200, "abc", CLOSES},
	{TEXT_200 "connection: keep-alive\r\n\r\n", 200, "", CLOSES},
	{"HTTP/1.0 200 OK\r\n\r\nabc", 200, "abc", CLOSES},
	{"HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabc", 200, "abc", 0},
	{"HTTP/1.0 200 OK\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\nabc", 200, "abc", KEPT},
	{CHUNKED "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", 200, "abc", KEPT},
	{CHUNKED "000003;x=\"1\";y\r\nabc\r\n0;z\r\nx-sum: 1\r\n\r\n", 200, "abc", KEPT},
	{CHUNKED "0\r\n\r\n", 200, "", KEPT},
	{"HTTP/1.1 200 \r\ncontent-length: 1\r\n\r\na", 200, "a", KEPT},
	{"HTTP/1.1 200\r\ncontent-length: 1\r\n\r\na", 200, "a", KEPT},
	{"HTTP/1.1 204 No Content\r\nx: y\r\n\r\n", 204, "", KEPT},
	{"HTTP/1.1 100 Continue\r\n\r\n" OK, 200, "{}", KEPT | ENTRIES},
	{"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early\r\nlink: </x>\r\n\r\n" OK, 200, "{}",
		KEPT | ENTRIES},
	{TEXT_200 "content-length: 13\r\n\r\n {\"a\" : [] }\n", 200, " {\"a\" : [] }\n",
		KEPT | ENTRIES},
	{"HTTP/1.1 201 Made\r\ncontent-length: 2\r\n\r\n{}", 201, "{}", KEPT | ENTRIES},
	{"HTTP/1.1 200 OK\r\n\r\n{}", 200, "{}", CLOSES | ENTRIES},
	{CHUNKED "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", 200, "{}", KEPT | ENTRIES},
	{TEXT_200 "content-encoding: GZIP\r\ncontent-length: 3\r\n\r\n\x1f\x8b\xff", 200,
		"\x1f\x8b\xff", KEPT | ENTRIES},
	{TEXT_200 "content-encoding: identity\r\ncontent-length: 2\r\n\r\n{}", 200, "{}",
		KEPT | ENTRIES},
	/* not about the request's success, so nobody asks whether it is JSON */
	{"HTTP/1.1 400 Bad\r\ncontent-length: 2\r\n\r\n[]", 400, "[]", KEPT | ENTRIES},
	{"HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\nno", 500, "no", KEPT | ENTRIES},
	{"HTTP/1.1 503 Busy\r\nretry-after: 1\r\n\r\nno", 503, "no", CLOSES | ENTRIES},
	{"HTTP/1.1 599 Odd\r\ncontent-length: 0\r\n\r\n", 599, "", KEPT | ENTRIES},
	/* bytes behind an answer: it counts, its connection is not trusted any more */
	{OK "x", 200, "{}", ENTRIES},
	{OK OK, 200, "{}", ENTRIES},
	{CHUNKED "0\r\n\r\n\r\n", 200, "", 0},
	{"HTTP/1.1 204 No Content\r\n\r\nabc", 204, "", 0},
};

START_TEST(answer_given_sound_framing_passes)
{
	const struct good *row = &goods[_i / 2];
	struct peer *client = rig_client(&rig);
	struct peer *backend = post(client, row->flags & ENTRIES);

	answer(backend, span_of(row->answer), _i % 2, row->flags & CLOSES);
	(void)expect_answer(&rig, client, row->status, span_of(row->body));
	expect_next(client, backend, row->flags & KEPT);
}
END_TEST

/* -- what is a failure ----------------------------------------------------------------------- */

static const struct bad {
	const char *answer;
	const char *says; /* behind the backend's name */
	int flags;
} bads[] = {
	{TEXT_200 "content-length: 2\r\ncontent-length: 2\r\n\r\n{}", "Content-Length more than once",
		0},
	{TEXT_200 "content-length: 2\r\nContent-Length: 3\r\n\r\n{}", "Content-Length more than once",
		0},
	{TEXT_200 "content-length: 2, 2\r\n\r\n{}", "malformed Content-Length", 0},
	{TEXT_200 "content-length: -2\r\n\r\n{}", "malformed Content-Length", 0},
	{TEXT_200 "content-length: +2\r\n\r\n{}", "malformed Content-Length", 0},
	{TEXT_200 "content-length: 0x2\r\n\r\n{}", "malformed Content-Length", 0},
	{TEXT_200 "content-length:\r\n\r\n{}", "malformed Content-Length", 0},
	{TEXT_200 "content-length: 18446744073709551618\r\n\r\n{}", "malformed Content-Length", 0},
	{TEXT_200 "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"Content-Length with Transfer-Encoding", 0},
	{TEXT_200 "transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "unknown transfer coding", 0},
	{TEXT_200 "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
		"Transfer-Encoding more than once", 0},
	{"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
		"Transfer-Encoding in HTTP/1.0", 0},
	{"HTTP/1.1 204 No\r\ncontent-length: 2\r\n\r\n{}", "a body announced with status 204", 0},
	{"HTTP/1.1 200 OK\ncontent-length: 2\n\n{}", "bare LF in the head", 0},
	{TEXT_200 "x: a\rb\r\ncontent-length: 2\r\n\r\n{}", "control byte or bare CR", 0},
	{TEXT_200 "x: a\r\n b\r\ncontent-length: 2\r\n\r\n{}", "folded header line", 0},
	{TEXT_200 "content-length : 2\r\n\r\n{}", "malformed header name", 0},
	{TEXT_200 ": 2\r\n\r\n{}", "malformed header name", 0},
	{TEXT_200 "content-length\r\n\r\n{}", "header line without a colon", 0},
	{"\r\nHTTP/1.1 200 OK\r\n\r\n{}", "empty line before the head", 0},
	{"HTTP/2.0 200 OK\r\n\r\n{}", "HTTP/1.0 and HTTP/1.1 are spoken here", 0},
	{"HTTP/1.1 99 Low\r\n\r\n{}", "malformed status line", 0},
	{"HTTP/1.1 600 High\r\n\r\n{}", "malformed status line", 0},
	{"HTTP/1.1  200 OK\r\n\r\n{}", "malformed status line", 0},
	{"<html>\r\n", "malformed HTTP version", 0},
	{CHUNKED "x\r\n{}\r\n0\r\n\r\n", "", 0},
	{CHUNKED "-2\r\n{}\r\n0\r\n\r\n", "", 0},
	{CHUNKED "2\n{}\n0\n\n", "", 0},
	{CHUNKED "2\r\n{}x\r\n0\r\n\r\n", "", 0},
	{CHUNKED "ffffffffffffffff\r\n{}", "", 0},
	{CHUNKED "2\r\n{}\r\n0\r\ncontent-length: 2\r\n\r\n", "", 0},
	{"HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n", "the backend switched protocols unasked", 0},
	{"", "the backend closed the connection before it answered", CLOSES},
	{"HTTP/1.1 200 OK\r\nx:", "the backend closed the connection within the head", CLOSES},
	{"HTTP/1.1 100 Continue\r\n\r\n", "the backend closed the connection before it answered",
		CLOSES},
	{TEXT_200 "content-length: 3\r\n\r\n{}", "the backend closed the connection within its answer",
		CLOSES},
	{CHUNKED "2\r\n{}\r\n0\r\n", "the backend closed the connection within its answer", CLOSES},
	{"HTTP/1.1 500 Oh\r\ncontent-length: 3\r\n\r\n{}",
		"the backend closed the connection within its answer", CLOSES},
	{"HTTP/1.1 301 Go\r\nlocation: /\r\ncontent-length: 0\r\n\r\n", "answered 301: redirects are",
		0},
	{"HTTP/1.1 307 Go\r\nlocation: /predict\r\ncontent-length: 0\r\n\r\n",
		"answered 307: redirects", 0},
	{"HTTP/1.1 304 Same\r\ncontent-length: 2\r\n\r\n", "answered 304: redirects", 0},
	/* to who asked for tasks only an object is an answer */
	{TEXT_200 "content-length: 0\r\n\r\n", "answered with what is no JSON object", ENTRIES | KEPT},
	{TEXT_200 "\r\n", "answered with what is no JSON object", ENTRIES | CLOSES},
	{"HTTP/1.1 204 No\r\n\r\n", "answered with what is no JSON object", ENTRIES | KEPT},
	{TEXT_200 "content-length: 2\r\n\r\n[]", "answered with JSON that is no object", ENTRIES},
	{TEXT_200 "content-length: 4\r\n\r\n\"{}\"", "answered with JSON that is no object", ENTRIES},
	{TEXT_200 "content-length: 4\r\n\r\nnull", "answered with JSON that is no object", ENTRIES},
	{TEXT_200 "content-length: 1\r\n\r\n1", "answered with JSON that is no object", ENTRIES},
	{TEXT_200 "content-length: 3\r\n\r\n{}x", "answered with what is no JSON object", ENTRIES},
	{TEXT_200 "content-length: 5\r\n\r\n\xef\xbb\xbf{}", "answered with what is no JSON", ENTRIES},
	{TEXT_200 "content-length: 8\r\n\r\n{\"a\":NaN", "answered with what is no JSON", ENTRIES},
	{TEXT_200 "content-length: 5\r\n\r\n{\"a\":", "answered with what is no JSON", ENTRIES | KEPT},
	{TEXT_200 "\r\n{\"a\":1", "answered with what is no JSON", ENTRIES | CLOSES},
};

START_TEST(answer_given_doubtful_is_a_failure_that_names_the_backend)
{
	const struct bad *row = &bads[_i / 2];
	struct peer *client = rig_client(&rig);
	struct peer *backend = post(client, row->flags & ENTRIES);
	BUF_AUTO struct buf says = {0};

	buf_add_format(&says, "backend 'b1': %s%c", row->says, 0);
	answer(backend, span_of(row->answer), _i % 2, row->flags & CLOSES);
	(void)expect_detail(&rig, client, 502, says.bytes);
	expect_next(client, backend, row->flags & KEPT);
}
END_TEST

/* -- limits ---------------------------------------------------------------------------------- */

START_TEST(head_given_too_many_bytes_or_lines_is_a_failure)
{
	struct peer *client = rig_client(&rig);
	BUF_AUTO struct buf head = {0};

	buf_add_text(&head, TEXT_200);
	for (int i = 0; i < 400; i++)
		buf_add_format(&head, "x-%d: %*s\r\n", i, _i ? 1 : 300, "y");
	peer_send(post(client, true), buf_span(&head));
	(void)expect_detail(&rig, client, 502,
		_i ? "backend 'b1': head over 256 lines" : "backend 'b1': head over 65536 bytes");
}
END_TEST

START_TEST(interims_given_no_end_are_a_failure)
{
	struct peer *client = rig_client(&rig);
	struct peer *backend = post(client, true);

	for (int i = 0; i < 1001; i++)
		peer_send_text(backend, "HTTP/1.1 102 Processing\r\n\r\n");
	(void)expect_detail(&rig, client, 502, "backend 'b1': over 1000 informational answers");
}
END_TEST

START_TEST(interims_given_many_before_each_of_two_answers_are_counted_for_each)
{
	struct peer *client = rig_client(&rig);

	for (int i = 0; i < 2; i++) {
		struct peer *backend = post(client, true);

		for (int j = 0; j < 600; j++)
			peer_send_text(backend, "HTTP/1.1 102 Processing\r\n\r\n");
		peer_send_text(backend, OK);
		(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{}"));
		ck_assert_uint_eq(backend->requests, (size_t)i + 1);
	}
}
END_TEST

/* Bytes that nobody has asked for end a connection that rests. */
START_TEST(resting_connection_given_bytes_is_not_used_again)
{
	struct peer *client = rig_client(&rig);
	struct peer *backend = post(client, true);

	peer_send_text(backend, OK);
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{}"));
	peer_send_text(backend, OK);
	RIG_UNTIL(&rig, peer_is_over(backend));
	expect_next(client, backend, false);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("upstream");
	TCase *tcase = tcase_create("answers");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(
		tcase, answer_given_sound_framing_passes, 0, 2 * sizeof goods / sizeof *goods);
	tcase_add_loop_test(tcase, answer_given_doubtful_is_a_failure_that_names_the_backend, 0,
		2 * sizeof bads / sizeof *bads);
	tcase_add_loop_test(tcase, head_given_too_many_bytes_or_lines_is_a_failure, 0, 2);
	tcase_add_test(tcase, interims_given_no_end_are_a_failure);
	tcase_add_test(tcase, interims_given_many_before_each_of_two_answers_are_counted_for_each);
	tcase_add_test(tcase, resting_connection_given_bytes_is_not_used_again);
	suite_add_tcase(suite, tcase);
	return suite;
}
