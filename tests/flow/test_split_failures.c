/* If a group fails the whole fails: with the backend's own word where it is one about the request,
 * else with ours, which names the backend and the cause. Never a partial 200. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG                                                                          \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}," \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},{\"name\":\"b3\",\"url\":\"http://$3\"}]," \
	"\"taskRouting\":{\"ocr\":\"b2\",\"mood\":\"b3\"}}"
#define CLIP    "\"clip\":{\"visual\":{\"modelName\":\"m\"}}"
#define OCR     "\"ocr\":{\"detection\":{\"modelName\":\"m\"}}"
#define MOOD    "\"mood\":{\"any\":{\"modelName\":\"m\"}}"
#define OK_CLIP "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"clip\":1}"
#define OK_OCR  "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"ocr\":2}"

enum { BACKENDS = 3 };

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, BACKENDS, CONFIG);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

static struct peer *post(const char *entries)
{
	BUF_AUTO struct buf body = form_body(entries, FORM_IMAGE, SPAN_LITERAL("x"));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));

	return rig_asks(&rig, buf_span(&request));
}

/* Asks for clip and ocr, and waits until both backends have been asked. */
static struct peer *post_two(void)
{
	struct peer *client = post("{" CLIP "," OCR "}");

	RIG_UNTIL(&rig, rig.backends[0].request_count == 1 && rig.backends[1].request_count == 1);
	return client;
}

/* -- the backend's word ---------------------------------------------------------------------- */

static const struct word {
	int status;
	const char *answer;
	const char *body;
} words[] = {
	{400, "HTTP/1.1 400 Bad\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n",
		"{\"detail\":\"x\"}"},
	{422, "HTTP/1.1 422 No\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n", "{}"},
	{429, "HTTP/1.1 429 Many\r\ncontent-type: a/b\r\ncontent-length: 0\r\n\r\n", ""},
	{500,
		"HTTP/1.1 500 Oh\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 21\r\n\r\n",
		"Internal Server Error"},
	{404,
		"HTTP/1.1 404 Gone\r\ncontent-type: a/b\r\ncontent-encoding: gzip\r\nconnection: close"
		"\r\n\r\n",
		"\x1f\x8b..."},
};

START_TEST(failure_given_a_word_about_the_request_is_relayed_as_it_is)
{
	const struct word *row = &words[_i / 2];
	BUF_AUTO struct buf answer = {0};
	struct peer *client;
	struct span head;
	struct span line = span_of(row->answer);

	buf_add_text(&answer, row->answer);
	buf_add_text(&answer, row->body);
	rig.backends[_i % 2].closes = true;
	rig_answers_bytes(&rig, _i % 2, buf_span(&answer));
	rig_answers(&rig, !(_i % 2), _i % 2 ? OK_CLIP : OK_OCR);
	client = post("{" CLIP "," OCR "}");
	head = expect_answer(&rig, client, row->status, span_of(row->body));
	line = span_first(line, (size_t)(strstr(row->answer, "content-length") - row->answer));
	if (row->status != 404)
		ck_assert(span_starts(head, line)); /* status, reason, content type */
	ck_assert_uint_eq(expect_count_lines(head, "content-type:"), 1);
	ck_assert_uint_eq(expect_count_lines(head, "content-encoding:"), row->status == 404);
}
END_TEST

/* -- our word -------------------------------------------------------------------------------- */

#define TWO(text) "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n" text

static const struct failure {
	const char *answer;
	int status;
	const char *says;
} failures[] = {
	{"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n{}", 502, "backend 'b2': answered 503"},
	{"HTTP/1.1 502 Bad\r\ncontent-length: 2\r\n\r\n{}", 502, "backend 'b2': answered 502"},
	{"HTTP/1.1 501 No\r\ncontent-length: 2\r\n\r\n{}", 502, "backend 'b2': answered 501"},
	{"HTTP/1.1 504 Late\r\ncontent-length: 2\r\n\r\n{}", 504, "backend 'b2': answered 504"},
	{"HTTP/1.1 302 Go\r\nlocation: /x\r\ncontent-length: 2\r\n\r\n{}", 502,
		"backend 'b2': answered 302: redirects are not followed"},
	{"HTTP/1.1 204 No Content\r\n\r\n", 502, "backend 'b2': answered with what is no JSON object"},
	{"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 502, "backend 'b2': answered with what is no"},
	{TWO("\r\n{]"), 502, "backend 'b2': answered with what is no JSON object"},
	{TWO("\r\n[]"), 502, "backend 'b2': answered with JSON that is no object"},
	{TWO("\r\n\"\""), 502, "backend 'b2': answered with JSON that is no object"},
	{TWO("\r\n{}"), 502, "backend 'b2': answered without 'ocr'"},
	{TWO("content-encoding: gzip\r\n\r\n{}"), 502,
		"backend 'b2': answered with a content coding that was not asked for"},
	{"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"ocr\":", 502,
		"backend 'b2': the backend closed the connection within its answer"},
	{"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n", 502,
		"backend 'b2': the backend closed the connection within its answer"},
	{"HTTP/1.1 200 OK\r\n\r\n{\"ocr\":", 502, "backend 'b2': answered with what is no JSON object"},
	{"HTTP/1.1 200 O", 502, "backend 'b2': the backend closed the connection within the head"},
	{"HTTP/1.1 400 Bad\r\ncontent-length: 9\r\n\r\n{\"deta", 502,
		"backend 'b2': the backend closed the connection within its answer"},
	{"nonsense\r\n\r\n", 502, "backend 'b2': "},
	{"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n{}", 502,
		"backend 'b2': Content-Length more than once"},
};

/* Both that the failing one is the last to answer, and that it is the first. */
START_TEST(failure_given_any_other_names_the_backend_and_the_cause)
{
	const struct failure *row = &failures[_i / 2];
	struct peer *client = post_two();

	rig_peer(&rig, 1)->closes = true;
	if (_i % 2)
		peer_send_text(rig_peer(&rig, 0), OK_CLIP);
	rig_settle(&rig);
	ck_assert_uint_eq(client->in.n, 0);
	peer_send_text(rig_peer(&rig, 1), row->answer);
	rig_settle(&rig);
	if (!(_i % 2))
		peer_send_text(rig_peer(&rig, 0), OK_CLIP);
	(void)expect_detail(&rig, client, row->status, row->says);
	ck_assert_uint_eq(peer_count(client, "HTTP/1.1 "), 1);
}
END_TEST

START_TEST(failure_given_a_refused_connection_names_the_backend)
{
	struct peer *client;

	rig_refuses(&rig, 1);
	rig_answers(&rig, 0, OK_CLIP);
	client = post("{" CLIP "," OCR "}");
	(void)expect_detail(&rig, client, 502, "backend 'b2': cannot connect: Connection refused");
	ck_assert_uint_eq(rig.backends[0].request_count, 1);
}
END_TEST

START_TEST(failure_given_a_reset_names_the_backend)
{
	struct peer *client = post_two();

	peer_send_text(rig_peer(&rig, 0), OK_CLIP);
	rig_settle(&rig);
	peer_reset(rig_peer(&rig, 1));
	(void)expect_detail(
		&rig, client, 502, "backend 'b2': the connection broke: Connection reset by peer");
}
END_TEST

START_TEST(failure_given_no_answer_in_time_is_504)
{
	struct peer *client = post_two();

	peer_send_text(rig_peer(&rig, 0), OK_CLIP);
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(239900));
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(200));
	(void)expect_detail(&rig, client, 504, "backend 'b2': no answer within 240000 ms");
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 1)));
}
END_TEST

/* -- of several ------------------------------------------------------------------------------ */

#define NO(text) "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n" text

/* The first in the order asked is the answer, whichever comes first. */
START_TEST(failures_given_several_are_answered_by_the_first_in_the_order_asked)
{
	static const struct several {
		const char *entries;
		const char *wanted;
	} rows[] = {
		{"{" CLIP "," OCR "," MOOD "}", "b1"},
		{"{" OCR "," MOOD "," CLIP "}", "b2"},
		{"{" MOOD "," OCR "," CLIP "}", "b3"},
	};
	static const char *const answers[] = {NO("b1"), NO("b2"), NO("b3")};
	static const size_t orders[][BACKENDS] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};
	struct peer *client = post(rows[_i / 3].entries);

	for (size_t i = 0; i < BACKENDS; i++)
		RIG_UNTIL(&rig, rig.backends[i].request_count == 1);
	for (size_t i = 0; i < BACKENDS; i++) {
		peer_send_text(rig_peer(&rig, orders[_i % 3][i]), answers[orders[_i % 3][i]]);
		rig_settle(&rig);
	}
	(void)expect_answer(&rig, client, 400, span_of(rows[_i / 3].wanted));
}
END_TEST

/* A first group that fails need not wait for the others, which are left. */
START_TEST(failures_given_the_first_one_leave_the_others)
{
	struct peer *client = post_two();

	peer_send_text(rig_peer(&rig, 0), NO("b1"));
	(void)expect_answer(&rig, client, 400, SPAN_LITERAL("b1"));
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 1)));
	rig_answers(&rig, 0, OK_CLIP); /* and the client's connection lives on */
	rig_answers(&rig, 1, OK_OCR);
	BUF_AUTO struct buf body = form_body("{" CLIP "," OCR "}", FORM_IMAGE, SPAN_LITERAL("x"));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1,\"ocr\":2}"));
}
END_TEST

START_TEST(failures_given_one_of_ours_first_are_answered_by_it)
{
	struct peer *client = post_two();

	peer_send_text(rig_peer(&rig, 1), NO("b2"));
	rig_settle(&rig);
	ck_assert_uint_eq(client->in.n, 0);
	peer_reset(rig_peer(&rig, 0));
	(void)expect_detail(&rig, client, 502, "backend 'b1': ");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("split_failures");
	TCase *tcase = tcase_create("failures");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, failure_given_a_word_about_the_request_is_relayed_as_it_is, 0,
		2 * sizeof words / sizeof *words);
	tcase_add_loop_test(tcase, failure_given_any_other_names_the_backend_and_the_cause, 0,
		2 * sizeof failures / sizeof *failures);
	tcase_add_test(tcase, failure_given_a_refused_connection_names_the_backend);
	tcase_add_test(tcase, failure_given_a_reset_names_the_backend);
	tcase_add_test(tcase, failure_given_no_answer_in_time_is_504);
	tcase_add_loop_test(
		tcase, failures_given_several_are_answered_by_the_first_in_the_order_asked, 0, 9);
	tcase_add_test(tcase, failures_given_the_first_one_leave_the_others);
	tcase_add_test(tcase, failures_given_one_of_ours_first_are_answered_by_it);
	suite_add_tcase(suite, tcase);
	return suite;
}
