/* One backend: what reaches it and what comes back, on the wire. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1/base/\"}]}"
#define CLIP "{\"clip\":{\"textual\":{\"modelName\":\"m\"}}}"
#define OK \
	"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"clip\":1}"
#define BODY SPAN_LITERAL("{\"clip\":1}")

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
	rig_answers(&rig, 0, OK);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

/* -- targets --------------------------------------------------------------------------------- */

static const struct target {
	const char *asked;
	const char *line;
} targets[] = {
	{"/predict", "POST /base/predict HTTP/1.1"},
	{"/predict?a=b&c=%20?", "POST /base/predict?a=b&c=%20? HTTP/1.1"},
	{"/predict?", "POST /base/predict? HTTP/1.1"},
	{"/TOKEN/predict", "POST /base/predict HTTP/1.1"},
	{"/a/b.c/predict?/predict", "POST /base/predict?/predict HTTP/1.1"},
	{"/%70redic%74?x=\"#1", "POST /base/predict?x=\"#1 HTTP/1.1"},
	{"http://elsewhere/x/predict?y", "POST /base/predict?y HTTP/1.1"},
};

START_TEST(predict_given_target_asks_under_the_backends_own_path)
{
	BUF_AUTO struct buf body = form_body(CLIP, FORM_TEXT, SPAN_LITERAL("cat"));
	BUF_AUTO struct buf request = form_request(targets[_i].asked, FORM_TYPE, buf_span(&body));
	struct peer *client = rig_client(&rig);

	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, BODY);
	(void)expect_request(&rig, 0, 0, targets[_i].line, buf_span(&body));
}
END_TEST

START_TEST(predict_given_slash_is_sent_on_as_the_service_does)
{
	BUF_AUTO struct buf request = form_request("/t/predict/?a=b", FORM_TYPE, SPAN_LITERAL("x"));
	struct peer *client = rig_client(&rig);
	struct span head;

	peer_send(client, buf_span(&request));
	head = expect_answer(&rig, client, 307, SPAN_EMPTY);
	ck_assert(expect_has_line(head, "location: http://ml:3003/t/predict?a=b"));
	ck_assert_uint_eq(rig.backends[0].request_count, 0);
	BUF_AUTO struct buf again = form_predict(CLIP, "cat");
	peer_send(client, buf_span(&again)); /* the body was thrown away, the connection lives on */
	(void)expect_answer(&rig, client, 200, BODY);
}
END_TEST

/* -- headers --------------------------------------------------------------------------------- */

#define PASSING_LINES                    \
	"X-Odd: \xff\xfe\r\n"                \
	"accept: */*\r\n"                    \
	"Accept-Encoding: gzip, deflate\r\n" \
	"x-empty:\r\n"                       \
	"x-twice: 1\r\n"                     \
	"X-Twice: 2\r\n"                     \
	"content-encoding: gzip\r\n"         \
	"x-request-id: mine-1\r\n"           \
	"authorization: Basic eDp5\r\n"      \
	"content-lengths: 1\r\n"

#define STOPPED_LINES                      \
	"Connection: keep-alive, X-Named\r\n"  \
	"connection: x-also-named\r\n"         \
	"x-named: 1\r\n"                       \
	"X-Also-Named: 1\r\n"                  \
	"keep-alive: timeout=5\r\n"            \
	"Proxy-Connection: keep-alive\r\n"     \
	"proxy-authorization: Basic eDp5\r\n"  \
	"TE: trailers\r\n"                     \
	"trailer: x-checksum\r\n"              \
	"upgrade: h2c\r\n"                     \
	"http2-settings: AAMAAABkAAQAAP__\r\n" \
	"Transfer_Encoding: chunked\r\n"       \
	"transfer.encoding: chunked\r\n"       \
	"content_length: 7\r\n"                \
	"ContentLength: 7\r\n"

START_TEST(request_given_many_fields_passes_those_that_may)
{
	BUF_AUTO struct buf request = form_request(
		"/predict", STOPPED_LINES "expect: 200-maybe\r\n" PASSING_LINES, SPAN_LITERAL("{}"));
	BUF_AUTO struct buf wanted = {0};
	struct peer *client = rig_client(&rig);
	struct span head;

	buf_add_format(&wanted, "POST /base/predict HTTP/1.1\r\nhost: 127.0.0.1:%u\r\n",
		listener_port(rig.backends[0].listener));
	buf_add_text(&wanted, "X-Odd: \xff\xfe\r\naccept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
						  "x-empty: \r\nx-twice: 1\r\nX-Twice: 2\r\ncontent-encoding: gzip\r\n"
						  "x-request-id: mine-1\r\nauthorization: Basic eDp5\r\n"
						  "content-lengths: 1\r\ncontent-length: 2\r\n\r\n");
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, BODY);
	head = expect_request(&rig, 0, 0, "POST /base/predict HTTP/1.1", SPAN_LITERAL("{}"));
	ck_assert_msg(span_equal(head, buf_span(&wanted)), "%.*s", SPAN_ARG(head));
}
END_TEST

START_TEST(answer_given_many_fields_passes_those_that_may)
{
	static const char *const passing[] = {"date: today", "server: uvicorn", "X-Odd: \xff\xfe",
		"set-cookie: a=1", "set-cookie: b=2", "content-type: text/x"};
	static const char *const stopped[] = {"keep-alive: timeout=2", "x-named", "x-also-named",
		"proxy-", "te:", "trailer", "upgrade", "transfer_", "content_", "x-request-id: theirs"};
	struct peer *client = rig_client(&rig);
	struct span head;

	rig_answers(&rig, 0,
		"HTTP/1.1 207 So be it\r\ndate: today\r\nserver:uvicorn\r\nX-Odd: \xff\xfe\r\n"
		"set-cookie: a=1\r\nset-cookie: b=2\r\ncontent-type: text/x\r\n"
		"Proxy-Authenticate: Basic\r\nx-request-id: theirs\r\n" STOPPED_LINES
		"content-length: 3\r\n\r\nabc");
	peer_send_text(client, "POST /predict HTTP/1.1\r\nhost: a\r\nx-request-id: mine\r\n"
						   "content-length: 0\r\n\r\n");
	head = expect_answer(&rig, client, 207, SPAN_LITERAL("abc"));
	ck_assert(span_starts(head, SPAN_LITERAL("HTTP/1.1 207 So be it\r\n")));
	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		ck_assert_msg(expect_has_line(head, passing[i]), "no %s", passing[i]);
	for (size_t i = 0; i < sizeof stopped / sizeof *stopped; i++)
		ck_assert_msg(!expect_count_lines(head, stopped[i]), "%s", stopped[i]);
	ck_assert_uint_eq(expect_count_lines(head, "content-length:"), 1);
	ck_assert_uint_le(expect_count_lines(head, "connection:"), 1);
	ck_assert(expect_has_line(head, "x-request-id: mine"));
}
END_TEST

/* -- bodies ---------------------------------------------------------------------------------- */

START_TEST(chunked_given_any_pieces_arrives_chunked_and_byte_exact)
{
	static const size_t pieces[] = {1, 7, 4096, 65536, 1000000};
	BUF_AUTO struct buf photo = form_photo(pieces[_i] * (pieces[_i] < 10 ? 700 : 3));
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request =
		form_request_chunked("/predict", FORM_TYPE, buf_span(&body), pieces[_i]);
	struct peer *client = rig_client(&rig);
	struct span head;

	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, BODY);
	head = expect_request(&rig, 0, 0, "POST /base/predict HTTP/1.1", buf_span(&body));
	ck_assert(expect_has_line(head, "transfer-encoding: chunked"));
	ck_assert_uint_eq(expect_count_lines(head, "content-length:"), 0);
}
END_TEST

START_TEST(chunked_given_extensions_and_trailers_arrives_without)
{
	struct peer *client = rig_client(&rig);
	struct span head;

	peer_send_text(client, "POST /predict HTTP/1.1\r\nhost: a\r\ntransfer-encoding: Chunked\r\n"
						   "trailer: x-sum\r\n\r\n2;a=b;c\r\n{}\r\n0;d\r\nx-sum: 1\r\n\r\n");
	(void)expect_answer(&rig, client, 200, BODY);
	head = expect_request(&rig, 0, 0, "POST /base/predict HTTP/1.1", SPAN_LITERAL("{}"));
	ck_assert(!expect_count_lines(head, "trailer"));
	ck_assert_ptr_null(
		memmem(rig.backends[0].requests.bytes, rig.backends[0].requests.n, "x-sum", 5));
}
END_TEST

/* Bodies that are not for us to judge. */
static const struct untouched {
	const char *lines;
	const char *body;
} untouched[] = {
	{"", ""},
	{"", "whatever"},
	{"content-type: application/json\r\n", CLIP},
	{"content-type: application/x-www-form-urlencoded\r\n", "entries=%7B%7D&text=a"},
	{"content-type: multipart/mixed; boundary=b\r\n", "--b\r\n\r\n--b--"},
	{"content-type: multipart/form-data; boundary=b; charset=utf-16\r\n", "--b\r\n\r\nx--b--"},
	{"content-type: Multipart/Form-Data; boundary=b\r\n",
		"--b\r\n" FORM_ENTRIES "\r\n\r\n" CLIP "\r\n--b\r\n" FORM_TEXT "\r\n\r\ncat\r\n--b--\r\n"},
	{"content-type: multipart/form-data;BOUNDARY=\"b\"\r\n",
		"--b\r\n" FORM_ENTRIES "\r\n\r\n" CLIP "\r\n--b\r\n" FORM_TEXT "\r\n\r\ncat\r\n--b--\r\n"},
};

START_TEST(body_given_nothing_to_judge_passes_as_it_is)
{
	const struct untouched *row = &untouched[_i];
	BUF_AUTO struct buf request = form_request("/predict", row->lines, span_of(row->body));
	struct peer *client = rig_client(&rig);
	struct span head;

	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, BODY);
	head = expect_request(&rig, 0, 0, "POST /base/predict HTTP/1.1", span_of(row->body));
	ck_assert(memmem(head.p, head.n, row->lines, strlen(row->lines)) != NULL);
}
END_TEST

static const char *const part_heads[] = {
	"Content-Disposition: form-data; name=\"image\"; filename=\"back\\slash\\\"",
	"Content-Disposition: form-data; name=\"image\"; filename=\"a%22b%0D%0Ac\"",
	"Content-Disposition: form-data; name=\"image\"; filename=\"stray\"quote\"",
	"Content-Disposition: form-data; name=\"image\"; filename=\"\"",
	"content-disposition: form-data; filename=\"entries\"; name=image",
	"Content-Disposition: form-data; name=\"image\"; filename*=utf-8''entries",
	"Content-Disposition: form-data; name=\"unknown\"",
	"Content-Disposition: form-data; name=\"text\"\r\nContent-Type: text/plain; charset=utf-8",
};

/* File names as undici and others send them, and parts that nobody knows. */
START_TEST(part_given_odd_head_passes_as_it_is)
{
	BUF_AUTO struct buf body =
		form_body(CLIP, part_heads[_i], SPAN_LITERAL("\0\r\n------formdata-undici-03748220877x"));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	struct peer *client = rig_client(&rig);

	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, BODY);
	(void)expect_request(&rig, 0, 0, "POST /base/predict HTTP/1.1", buf_span(&body));
}
END_TEST

START_TEST(body_given_preamble_and_epilogue_passes_to_one_backend)
{
	BUF_AUTO struct buf form = form_body(CLIP, FORM_TEXT, SPAN_LITERAL("cat"));
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);

	buf_add_text(&body, "preamble\r\n");
	buf_add(&body, buf_span(&form));
	buf_add_text(&body, "epilogue");
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, BODY);
	(void)expect_request(&rig, 0, 0, "POST /base/predict HTTP/1.1", buf_span(&body));
}
END_TEST

/* -- connections ----------------------------------------------------------------------------- */

START_TEST(connection_given_many_requests_is_kept_on_both_sides)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "cat");
	struct peer *client = rig_client(&rig);

	for (int i = 0; i < 20; i++) {
		peer_send(client, buf_span(&request));
		(void)expect_answer(&rig, client, 200, BODY);
	}
	ck_assert_uint_eq(rig_peer(&rig, 0)->requests, 20);
}
END_TEST

START_TEST(predict_given_pipelined_are_asked_and_answered_in_order)
{
	BUF_AUTO struct buf first = form_predict(CLIP, "one");
	BUF_AUTO struct buf second = form_predict(CLIP, "two");
	struct peer *client = rig_client(&rig);

	rig_answers(&rig, 0, "");
	peer_send(client, buf_span(&first));
	peer_send(client, buf_span(&second));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	rig_settle(&rig);
	ck_assert_uint_eq(rig.backends[0].request_count, 1);
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{ }");
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{ }"));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 2);
	peer_send_text(rig_peer(&rig, 0), OK);
	(void)expect_answer(&rig, client, 200, BODY);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("predict");
	TCase *tcase = tcase_create("predict");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, predict_given_target_asks_under_the_backends_own_path, 0,
		sizeof targets / sizeof *targets);
	tcase_add_test(tcase, predict_given_slash_is_sent_on_as_the_service_does);
	tcase_add_test(tcase, request_given_many_fields_passes_those_that_may);
	tcase_add_test(tcase, answer_given_many_fields_passes_those_that_may);
	tcase_add_loop_test(tcase, chunked_given_any_pieces_arrives_chunked_and_byte_exact, 0, 5);
	tcase_add_test(tcase, chunked_given_extensions_and_trailers_arrives_without);
	tcase_add_loop_test(tcase, body_given_nothing_to_judge_passes_as_it_is, 0,
		sizeof untouched / sizeof *untouched);
	tcase_add_loop_test(
		tcase, part_given_odd_head_passes_as_it_is, 0, sizeof part_heads / sizeof *part_heads);
	tcase_add_test(tcase, body_given_preamble_and_epilogue_passes_to_one_backend);
	tcase_add_test(tcase, connection_given_many_requests_is_kept_on_both_sides);
	tcase_add_test(tcase, predict_given_pipelined_are_asked_and_answered_in_order);
	suite_add_tcase(suite, tcase);
	return suite;
}
