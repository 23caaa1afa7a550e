/* A request whose tasks go to several backends: what each of them gets, and one answer out of
 * theirs. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG                                                                              \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"},"     \
	"{\"name\":\"b2\",\"url\":\"http://$2/two\"},{\"name\":\"b3\",\"url\":\"http://$3\"}]," \
	"\"payloadRouting\":{\"text\":\"b3\"},"                                                 \
	"\"taskRouting\":{\"clip\":\"b1\",\"facial-recognition/detection\":\"b2\","             \
	"\"facial-recognition/recognition\":\"b3\",\"ocr\":\"b3\",\"mood\":\"b2\"}}"

#define TYPE(type)  "\"" type "\":{\"modelName\":\"m\"}"
#define CLIP        "\"clip\":{" TYPE("visual") "}"
#define FACES       "\"facial-recognition\":{" TYPE("recognition") "," TYPE("detection") "}"
#define OCR         "\"ocr\":{" TYPE("detection") "}"
#define MOOD        "\"mood\":{}"
#define SIZES       "\"imageHeight\":8,\"imageWidth\":9"
#define PREDICT     "POST /predict HTTP/1.1"
#define TWO_PREDICT "POST /two/predict HTTP/1.1"

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

/* From now on the backend answers with that JSON. */
static void answer_json(size_t backend, const char *json)
{
	BUF_AUTO struct buf answer = {0};

	buf_add_format(&answer,
		"HTTP/1.1 200 OK\r\nserver: uvicorn\r\ncontent-length: %zu\r\n"
		"content-type: application/json\r\n\r\n%s",
		strlen(json), json);
	rig_answers_bytes(&rig, backend, buf_span(&answer));
}

static struct peer *post(const char *entries, const char *payload_head, struct span payload)
{
	BUF_AUTO struct buf body = form_body(entries, payload_head, payload);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));

	return rig_asks(&rig, buf_span(&request));
}

/* -- merging --------------------------------------------------------------------------------- */

static const struct merged {
	const char *entries;
	const char *answers[BACKENDS];
	const char *merged;
} merged[] = {
	{"{" CLIP "," FACES "," OCR "}",
		{"{\"clip\":\"[1]\"," SIZES "}", "{\"facial-recognition\":[]," SIZES "}",
			"{\"ocr\":{}," SIZES "}"},
		"{\"clip\":\"[1]\",\"facial-recognition\":[],\"ocr\":{}," SIZES "}"},
	{"{" OCR "," CLIP "," FACES "}",
		{"{\"clip\":\"[1]\"," SIZES "}", "{\"facial-recognition\":[]," SIZES "}",
			"{\"ocr\":{}," SIZES "}"},
		"{\"ocr\":{},\"clip\":\"[1]\",\"facial-recognition\":[]," SIZES "}"},
	{"{" OCR "," FACES "," CLIP "}",
		{"{" SIZES ",\"clip\":\"[1]\"}", "{\"facial-recognition\":[ 690.0,0.70,-1E+2]}",
			"{\"imageWidth\":9,\"ocr\" : {\"a\": 9007199254740993 } ,\"x\":\"\\u00e9\"}"},
		"{\"ocr\":{\"a\": 9007199254740993 },\"facial-recognition\":[ 690.0,0.70,-1E+2],"
		"\"clip\":\"[1]\"," SIZES ",\"x\":\"\\u00e9\"}"},
	/* two tasks of one backend go in one request */
	{"{" MOOD "," CLIP "," FACES "}",
		{"{\"clip\":1}", "{\"facial-recognition\":2,\"mood\":3,\"mood\":4}", ""},
		"{\"mood\":4,\"clip\":1,\"facial-recognition\":2}"},
	/* a task without types is not answered by the service */
	{"{" MOOD "," CLIP "}", {"{\"clip\":1}", "{}", ""}, "{\"clip\":1}"},
	/* what a backend was not asked for does not count; keys compare decoded */
	{"{" CLIP "," OCR "}",
		{"{\"ocr\":\"mine\",\"\\u0063lip\":1,\"z\":1}", "",
			"{\"clip\":\"mine\",\"ocr\":2,\"z\":2}"},
		"{\"\\u0063lip\":1,\"ocr\":2,\"z\":1}"},
};

START_TEST(answers_given_several_become_one_in_the_order_asked)
{
	const struct merged *row = &merged[_i];
	struct peer *client;
	struct span head;

	for (size_t i = 0; i < BACKENDS; i++)
		answer_json(i, row->answers[i]);
	client = post(row->entries, FORM_IMAGE, SPAN_LITERAL("\xff\xd8"));
	head = expect_answer(&rig, client, 200, span_of(row->merged));
	ck_assert(expect_has_line(head, "content-type: application/json"));
	ck_assert_uint_eq(expect_count_lines(head, "content-length:"), 1);
	for (size_t i = 0; i < BACKENDS; i++)
		ck_assert_uint_eq(rig.backends[i].request_count, *row->answers[i] != '\0');
}
END_TEST

#define CHUNKED_FACES                                       \
	"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" \
	"18\r\n{\"facial-recognition\":2}\r\n0\r\n\r\n"

/* The order in which they come does not matter, and nothing is sent before the last. */
START_TEST(answers_given_in_any_order_are_waited_for)
{
	static const size_t orders[][BACKENDS] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}};
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"clip\":1}", CHUNKED_FACES,
		"HTTP/1.0 200 OK\r\ncontent-length: 9\r\n\r\n{\"ocr\":3}"};
	struct peer *client = post("{" CLIP "," FACES "," OCR "}", FORM_IMAGE, SPAN_LITERAL("x"));

	for (size_t i = 0; i < BACKENDS; i++)
		RIG_UNTIL(&rig, rig.backends[i].request_count == 1);
	for (size_t i = 0; i < BACKENDS; i++) {
		rig_settle(&rig);
		ck_assert_uint_eq(client->in.n, 0);
		peer_send_text(rig_peer(&rig, orders[_i][i]), answers[orders[_i][i]]);
	}
	(void)expect_answer(
		&rig, client, 200, SPAN_LITERAL("{\"clip\":1,\"facial-recognition\":2,\"ocr\":3}"));
}
END_TEST

/* -- what each gets -------------------------------------------------------------------------- */

static void answer_all(void)
{
	answer_json(0, "{\"clip\":1}");
	answer_json(1, "{\"facial-recognition\":2}");
	answer_json(2, "{\"ocr\":4}");
}

#define MERGED SPAN_LITERAL("{\"clip\":1,\"facial-recognition\":2,\"ocr\":4}")

/* A form with parts that nobody knows, and an epilogue. */
static struct buf full_form(const char *entries, struct span photo)
{
	struct buf body = {0};

	form_part(&body, "content-disposition: form-data; name=before", SPAN_LITERAL("\0\r\n"));
	form_part(&body, FORM_ENTRIES "\r\nContent-Type: application/json", span_of(entries));
	form_part(&body, FORM_IMAGE, photo);
	form_part(&body, "Content-Disposition: form-data; name=\"x\"; filename=\"a\\\"", SPAN_EMPTY);
	form_end(&body);
	buf_add_text(&body, "epilogue");
	return body;
}

/* Each got the form with its own entries, framed by length or chunked. */
static void expect_forms(struct span photo, const char *framing)
{
	static const char *const entries[] = {"{" CLIP "}", "{" FACES "}", "{" OCR "}"};

	for (size_t i = 0; i < BACKENDS; i++) {
		BUF_AUTO struct buf wanted = full_form(entries[i], photo);
		BUF_AUTO struct buf length = {0};
		struct span head =
			expect_request(&rig, i, 0, i == 1 ? TWO_PREDICT : PREDICT, buf_span(&wanted));

		buf_add_format(&length, "content-length: %zu%c", wanted.n, 0);
		ck_assert(expect_has_line(head, framing ? framing : length.bytes));
		ck_assert_uint_eq(expect_count_lines(head, "content-length:"), !framing);
		ck_assert_uint_eq(expect_count_lines(head, "accept-encoding:"), 1);
		ck_assert(expect_has_line(head, "accept-encoding: identity"));
		ck_assert(expect_has_line(head, "x-mine: 1"));
		ck_assert_uint_eq(expect_count_lines(head, "x-named"), 0);
	}
}

#define LINES                                                                               \
	FORM_TYPE "Accept-Encoding: gzip\r\naccept-encoding: br\r\nx-mine: 1\r\nx-named: 1\r\n" \
			  "connection: x-named\r\n"

static const size_t photo_sizes[] = {1, 70000, 3000000};

START_TEST(split_given_length_sends_each_all_parts_with_its_own_entries)
{
	BUF_AUTO struct buf photo = form_photo(photo_sizes[_i]);
	BUF_AUTO struct buf body = full_form("{" CLIP ", " FACES " ," OCR "}", buf_span(&photo));
	BUF_AUTO struct buf request = form_request("/predict", LINES, buf_span(&body));
	struct peer *client = rig_client(&rig);

	answer_all();
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, MERGED);
	expect_forms(buf_span(&photo), NULL);
}
END_TEST

START_TEST(split_given_chunks_sends_each_all_parts_in_chunks)
{
	BUF_AUTO struct buf photo = form_photo(photo_sizes[_i]);
	BUF_AUTO struct buf body = full_form("{" CLIP ", " FACES " ," OCR "}", buf_span(&photo));
	BUF_AUTO struct buf request =
		form_request_chunked("/predict", LINES, buf_span(&body), photo.n > 70000 ? 9999 : 3);
	struct peer *client = rig_client(&rig);

	answer_all();
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, MERGED);
	expect_forms(buf_span(&photo), "transfer-encoding: chunked");
}
END_TEST

/* Values go on as the bytes they were; of doubled keys the last counts, as in the service. */
START_TEST(split_given_odd_json_sends_each_its_bytes)
{
	static const char clip[] = "{\"clip\":{ \"visual\" : {\"modelName\":\"\\u006d\",\"options\":"
							   "{\"a\": 9007199254740993,\"b\":0.70,\"b\":-1E+2}}}}";
	static const char ocr[] = "{\"\\u006fcr\":{" TYPE("detection") "}}";
	BUF_AUTO struct buf entries = {0};
	BUF_AUTO struct buf first = form_body(clip, FORM_IMAGE, SPAN_LITERAL("x"));
	BUF_AUTO struct buf third = form_body(ocr, FORM_IMAGE, SPAN_LITERAL("x"));

	buf_add_format(&entries, "\t{\"clip\":{\"nothing\":0},%.*s ,\r\n%s%c", (int)strlen(clip) - 2,
		clip + 1, ocr + 1, 0);
	answer_all();
	(void)expect_answer(&rig, post(entries.bytes, FORM_IMAGE, SPAN_LITERAL("x")), 200,
		SPAN_LITERAL("{\"clip\":1,\"ocr\":4}"));
	(void)expect_request(&rig, 0, 0, PREDICT, buf_span(&first));
	(void)expect_request(&rig, 2, 0, PREDICT, buf_span(&third));
}
END_TEST

START_TEST(split_given_query_and_prefix_sends_each_the_query)
{
	BUF_AUTO struct buf body = form_body("{" CLIP "," FACES "}", FORM_IMAGE, SPAN_LITERAL("x"));
	BUF_AUTO struct buf request = form_request("/token/predict?a=b", FORM_TYPE, buf_span(&body));
	BUF_AUTO struct buf clip = form_body("{" CLIP "}", FORM_IMAGE, SPAN_LITERAL("x"));
	BUF_AUTO struct buf faces = form_body("{" FACES "}", FORM_IMAGE, SPAN_LITERAL("x"));
	struct peer *client = rig_client(&rig);

	answer_all();
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1,\"facial-recognition\":2}"));
	(void)expect_request(&rig, 0, 0, "POST /predict?a=b HTTP/1.1", buf_span(&clip));
	(void)expect_request(&rig, 1, 0, "POST /two/predict?a=b HTTP/1.1", buf_span(&faces));
	ck_assert_uint_eq(rig.backends[2].request_count, 0); /* recognition went with detection */
}
END_TEST

START_TEST(split_given_late_entries_replaces_them_where_they_are)
{
	BUF_AUTO struct buf photo = form_photo(1000000);
	BUF_AUTO struct buf body = {0};
	BUF_AUTO struct buf clip = {0};
	struct peer *client = rig_client(&rig);

	form_part(&body, FORM_IMAGE, buf_span(&photo));
	buf_add(&clip, buf_span(&body));
	form_part(&body, FORM_ENTRIES, SPAN_LITERAL("{" CLIP "," OCR "}"));
	form_part(&clip, FORM_ENTRIES, SPAN_LITERAL("{" CLIP "}"));
	form_end(&body);
	form_end(&clip);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	answer_all();
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1,\"ocr\":4}"));
	(void)expect_request(&rig, 0, 0, PREDICT, buf_span(&clip));
}
END_TEST

START_TEST(split_given_payload_rule_waits_for_the_payloads_name)
{
	struct peer *client;

	answer_json(0, "{\"clip\":1}");
	answer_json(2, "{\"other\":2}");
	client = post("{\"other\":{" TYPE("a") "}," CLIP "}", FORM_TEXT, SPAN_LITERAL("cat"));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"other\":2,\"clip\":1}"));
	client = post("{\"other\":{" TYPE("a") "}," CLIP "}", FORM_IMAGE, SPAN_LITERAL("cat"));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1}"));
	ck_assert_uint_eq(rig.backends[2].request_count, 1);
}
END_TEST

START_TEST(split_given_many_in_a_row_keeps_the_connections)
{
	BUF_AUTO struct buf body = form_body("{" CLIP "," OCR "}", FORM_IMAGE, SPAN_LITERAL("x"));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	struct peer *client = rig_client(&rig);

	answer_all();
	for (int i = 0; i < 10; i++) {
		peer_send(client, buf_span(&request));
		(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1,\"ocr\":4}"));
	}
	ck_assert_uint_eq(rig_peer(&rig, 0)->requests, 10);
	ck_assert_uint_eq(rig_peer(&rig, 2)->requests, 10);
}
END_TEST

/* -- refused --------------------------------------------------------------------------------- */

START_TEST(split_given_preamble_is_refused)
{
	BUF_AUTO struct buf form = form_body("{" CLIP "," OCR "}", FORM_IMAGE, SPAN_LITERAL("x"));
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);

	buf_add_text(&body, "preamble\r\n");
	buf_add(&body, buf_span(&form));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	peer_send(client, buf_span(&request));
	(void)expect_answer(
		&rig, client, 400, SPAN_LITERAL("{\"detail\":\"There was an error parsing the body\"}"));
	for (size_t i = 0; i < BACKENDS; i++)
		ck_assert_ptr_null(rig_peer(&rig, i));
}
END_TEST

START_TEST(split_given_entries_twice_leaves_all_backends)
{
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);
	size_t first;

	form_part(&body, FORM_ENTRIES, SPAN_LITERAL("{" CLIP "," OCR "}"));
	form_part(&body, FORM_IMAGE, SPAN_LITERAL("photo"));
	first = body.n;
	form_part(&body, FORM_ENTRIES, SPAN_LITERAL("{}"));
	form_end(&body);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	first += request.n - body.n;
	peer_send(client, span_first(buf_span(&request), first));
	RIG_UNTIL(&rig, rig_peer(&rig, 0) && peer_has(rig_peer(&rig, 0), "photo"));
	RIG_UNTIL(&rig, rig_peer(&rig, 2) && peer_has(rig_peer(&rig, 2), "photo"));
	peer_send(client, span_skip(buf_span(&request), first));
	(void)expect_detail(&rig, client, 400, "more than one entries part");
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)) && peer_is_over(rig_peer(&rig, 2)));
	ck_assert_uint_eq(rig.backends[0].request_count + rig.backends[2].request_count, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("split");
	TCase *tcase = tcase_create("split");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, answers_given_several_become_one_in_the_order_asked, 0,
		sizeof merged / sizeof *merged);
	tcase_add_loop_test(tcase, answers_given_in_any_order_are_waited_for, 0, 3);
	tcase_add_loop_test(tcase, split_given_length_sends_each_all_parts_with_its_own_entries, 0, 3);
	tcase_add_loop_test(tcase, split_given_chunks_sends_each_all_parts_in_chunks, 0, 3);
	tcase_add_test(tcase, split_given_odd_json_sends_each_its_bytes);
	tcase_add_test(tcase, split_given_query_and_prefix_sends_each_the_query);
	tcase_add_test(tcase, split_given_late_entries_replaces_them_where_they_are);
	tcase_add_test(tcase, split_given_payload_rule_waits_for_the_payloads_name);
	tcase_add_test(tcase, split_given_many_in_a_row_keeps_the_connections);
	tcase_add_test(tcase, split_given_preamble_is_refused);
	tcase_add_test(tcase, split_given_entries_twice_leaves_all_backends);
	suite_add_tcase(suite, tcase);
	return suite;
}
