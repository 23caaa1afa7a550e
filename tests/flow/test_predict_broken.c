/* Requests that break off or break the rules while a backend is already being sent them: the
 * backend is left, and nobody takes what it got for the whole. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG "{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]}"
#define WHOLE                                                         \
	"{\"inspect\":\"whole\",\"defaultBackend\":\"b1\",\"backends\":[" \
	"{\"name\":\"b1\",\"url\":\"http://$1\"}]}"
#define CLIP "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK   "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"

static struct rig rig;
static struct buf request;

static void set_up_with(const char *config)
{
	rig_init(&rig, 1, config);
	rig_answers(&rig, 0, OK);
}

static void set_up(void)
{
	set_up_with(CONFIG);
}

static void set_up_whole(void)
{
	set_up_with(WHOLE);
}

static void tear_down(void)
{
	buf_deinit(&request);
	rig_deinit(&rig);
}

/* Sends half of a request of 200 KB, by length or in chunks; the backend has most of that. */
static struct peer *post_half(bool is_chunked, const char *lines)
{
	BUF_AUTO struct buf photo = form_photo(200000);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	struct peer *client = rig_client(&rig);

	request = is_chunked ? form_request_chunked("/predict", lines, buf_span(&body), 1000)
						 : form_request("/predict", lines, buf_span(&body));
	peer_send(client, span_first(buf_span(&request), 100000));
	RIG_UNTIL(&rig, rig_peer(&rig, 0) && rig_peer(&rig, 0)->in.n > 90000);
	return client;
}

START_TEST(client_given_leaving_within_the_body_leaves_the_backend)
{
	bool is_chunked = _i & 1;
	struct peer *client =
		post_half(is_chunked, _i & 2 ? FORM_TYPE "connection: close\r\n" : FORM_TYPE);

	if (_i & 4)
		peer_reset(client);
	else
		peer_fin(client);
	expect_left(&rig, 0);
	ck_assert_uint_eq(client->in.n, 0);
}
END_TEST

START_TEST(client_given_stall_within_the_body_is_408_and_the_backend_left)
{
	struct peer *client = post_half(_i, FORM_TYPE);

	rig_pass(&rig, CLOCK_MS(30100));
	(void)expect_detail(&rig, client, 408, "timeouts.stall");
	expect_left(&rig, 0);
}
END_TEST

START_TEST(chunks_given_broken_within_the_body_are_400_and_the_backend_left)
{
	static const char *const breaks[] = {"-1\r\n", "g\r\n", "1\nx\n", "2\r\nxxx\r\n"};
	BUF_AUTO struct buf photo = form_photo(5000);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	struct peer *client = rig_client(&rig);

	request = form_request_chunked("/predict", FORM_TYPE, buf_span(&body), 100);
	request.n -= strlen("0\r\n\r\n");
	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, rig_peer(&rig, 0) && rig_peer(&rig, 0)->in.n > 5000);
	peer_send_text(client, breaks[_i]);
	ck_assert(expect_has_line(expect_detail(&rig, client, 400, "chunk"), "connection: close"));
	expect_left(&rig, 0);
}
END_TEST

/* A body that ends before its multipart does passes: what it lacks is the backend's to say. */
START_TEST(multipart_given_no_end_passes_as_it_is)
{
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, SPAN_LITERAL("cat"));
	struct peer *client = rig_client(&rig);

	body.n -= (size_t)_i;
	request = form_request("/predict", FORM_TYPE, buf_span(&body));
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{}"));
	(void)expect_request(&rig, 0, 0, "POST /predict HTTP/1.1", buf_span(&body));
}
END_TEST

/* A delimiter that two readers could see differently, when much is sent already. */
START_TEST(multipart_given_doubt_while_streaming_is_400_and_the_backend_left)
{
	struct peer *client = post_half(false, FORM_TYPE);

	peer_send_text(client, "\r\n--" FORM_BOUNDARY " \r\n");
	(void)expect_detail(&rig, client, 400, "There was an error parsing the body");
	expect_left(&rig, 0);
}
END_TEST

/* A client that asks before it sends is told at once, and need not send. */
START_TEST(expect_given_a_refusal_is_refused_without_the_body)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "POST /predict HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n"
						   "content-type: multipart/form-data\r\ncontent-length: 100\r\n\r\n");
	ck_assert(expect_has_line(
		expect_detail(&rig, client, 400, "Missing boundary in multipart."), "connection: close"));
	ck_assert(!peer_has(client, "100 Continue"));
	ck_assert_ptr_null(rig_peer(&rig, 0));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("predict_broken");
	TCase *tcase = tcase_create("broken");
	TCase *whole = tcase_create("inspected");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, client_given_leaving_within_the_body_leaves_the_backend, 0, 8);
	tcase_add_loop_test(
		tcase, client_given_stall_within_the_body_is_408_and_the_backend_left, 0, 2);
	tcase_add_loop_test(
		tcase, chunks_given_broken_within_the_body_are_400_and_the_backend_left, 0, 4);
	tcase_add_loop_test(tcase, multipart_given_no_end_passes_as_it_is, 1, 12);
	tcase_add_test(tcase, expect_given_a_refusal_is_refused_without_the_body);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(whole, set_up_whole, tear_down);
	tcase_add_test(whole, multipart_given_doubt_while_streaming_is_400_and_the_backend_left);
	suite_add_tcase(suite, whole);
	return suite;
}
