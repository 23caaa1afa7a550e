/* How long a backend may take, by a clock that the test turns. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/places.h"
#include "rig/suite.h"

#define CONFIG                                                                                    \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://one.test:#1\"}]," \
	"\"timeouts\":{\"connect\":2,\"backend\":20,\"stall\":4}}"
#define CLIP "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK   "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
#define BODY SPAN_LITERAL("{}")

enum { STREAMED = 1200000 }; /* more than is withheld */

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
	places_resolve(&rig, 0, &(uint16_t){listener_port(rig.backends[0].listener)}, 1);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

static struct peer *post(void)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "cat");

	return rig_asks(&rig, buf_span(&request));
}

static struct peer *post_and_wait(void)
{
	struct peer *client = post();

	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	return client;
}

/* Nothing comes for that long; then it does. */
static void expect_504_after(struct peer *client, int64_t ns, const char *says)
{
	rig_pass(&rig, ns - CLOCK_MS(50));
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(100));
	(void)expect_detail(&rig, client, 504, says);
	RIG_UNTIL(&rig, !rig_peer(&rig, 0) || peer_is_over(rig_peer(&rig, 0)));
}

/* -- connect --------------------------------------------------------------------------------- */

START_TEST(connect_given_nobody_who_accepts_is_504)
{
	struct hole hole;
	struct peer *client;

	hole_open(&hole);
	places_resolve(&rig, 0, &hole.port, 1);
	client = post();
	rig_settle(&rig);
	expect_504_after(client, CLOCK_S(2), "backend 'b1': ");
	hole_close(&hole);
}
END_TEST

/* -- backend --------------------------------------------------------------------------------- */

START_TEST(answer_given_none_is_504)
{
	expect_504_after(post_and_wait(), CLOCK_S(20), "backend 'b1': no answer within 20000 ms");
}
END_TEST

START_TEST(answer_given_just_in_time_passes)
{
	struct peer *client = post_and_wait();

	rig_pass(&rig, CLOCK_MS(19900));
	peer_send_text(rig_peer(&rig, 0), OK);
	(void)expect_answer(&rig, client, 200, BODY);
}
END_TEST

static const char *const drops[] = {"x", "HTTP/1.1 102 Processing\r\n\r\n"};

/* Neither a head that drips nor informational answers make the time longer. */
START_TEST(answer_given_signs_of_life_alone_is_504)
{
	struct peer *client = post_and_wait();

	peer_send_text(rig_peer(&rig, 0), _i ? "" : "HTTP/1.1 200 OK\r\nx: ");
	for (int i = 0; i < 9; i++) {
		rig_pass(&rig, CLOCK_S(2));
		peer_send_text(rig_peer(&rig, 0), drops[_i]);
		rig_settle(&rig);
	}
	expect_504_after(client, CLOCK_S(2), "backend 'b1': no answer within 20000 ms");
}
END_TEST

/* The time runs from the end of the request, however long a client takes to send it. */
START_TEST(answer_given_a_slow_client_has_its_time_from_the_requests_end)
{
	BUF_AUTO struct buf photo = form_photo(50000);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	struct peer *client = rig_client(&rig);

	for (struct span rest = buf_span(&request); rest.n; rest = span_skip(rest, 2000)) {
		peer_send(client, span_first(rest, 2000));
		rig_settle(&rig);
		rig_pass(&rig, rest.n > 2000 ? CLOCK_S(3) : 0);
	}
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	expect_504_after(client, CLOCK_S(20), "backend 'b1': no answer within 20000 ms");
}
END_TEST

/* -- stall ----------------------------------------------------------------------------------- */

START_TEST(answers_body_given_stall_is_504)
{
	struct peer *client = post_and_wait();

	rig_pass(&rig, CLOCK_S(3));
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{");
	rig_settle(&rig);
	for (int i = 0; i < 4; i++) {
		rig_pass(&rig, CLOCK_S(3)); /* progress helps */
		peer_send_text(rig_peer(&rig, 0), " ");
		rig_settle(&rig);
	}
	expect_504_after(client, CLOCK_S(4), "backend 'b1': the answer stalled for 4000 ms");
}
END_TEST

/* Progress does not help for ever: the whole of what is withheld has the backend's time. */
START_TEST(answers_body_given_drops_alone_is_504)
{
	struct peer *client = post_and_wait();

	rig_pass(&rig, CLOCK_S(5));
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{");
	for (int i = 0; i < 4; i++) {
		rig_pass(&rig, CLOCK_S(3));
		peer_send_text(rig_peer(&rig, 0), " ");
		rig_settle(&rig);
	}
	expect_504_after(client, CLOCK_S(3), "backend 'b1': no whole answer within 20000 ms");
}
END_TEST

/* What streams may take as long as it keeps coming. */
START_TEST(answers_body_given_a_stream_has_no_end_to_its_time)
{
	BUF_AUTO struct buf json = {0};
	struct peer *client = post_and_wait();

	memset(buf_reserve(&json, STREAMED), ' ', STREAMED);
	json.n = STREAMED;
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 1200012\r\n\r\n");
	peer_send(rig_peer(&rig, 0), buf_span(&json));
	RIG_UNTIL(&rig, client->in.n > STREAMED);
	for (int i = 0; i < 10; i++) {
		rig_pass(&rig, CLOCK_S(3));
		peer_send_text(rig_peer(&rig, 0), " ");
		buf_add_text(&json, " ");
		rig_settle(&rig);
	}
	peer_send_text(rig_peer(&rig, 0), "{}");
	buf_add_text(&json, "{}");
	(void)expect_answer(&rig, client, 200, buf_span(&json));
}
END_TEST

START_TEST(request_given_a_backend_that_does_not_read_is_504)
{
	BUF_AUTO struct buf photo = form_photo(6000000);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	struct peer *client = rig_client(&rig);

	rig.backends[0].is_deaf = true;
	peer_send(client, buf_span(&request));
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(3900));
	peer_set_deaf(rig_peer(&rig, 0), false); /* progress helps */
	RIG_UNTIL(&rig, rig_peer(&rig, 0)->in.n > 100000);
	peer_set_deaf(rig_peer(&rig, 0), true);
	rig_settle_kernel(&rig);
	rig_pass(&rig, CLOCK_MS(3900));
	ck_assert_uint_eq(client->in.n, 0);
	for (int i = 0; i < 20 && !client->in.n; i++) /* the kernel may find room at any time */
		rig_pass(&rig, CLOCK_MS(200));
	(void)expect_detail(&rig, client, 504, "backend 'b1': taking the request stalled for 4000 ms");
}
END_TEST

/* A client so slow that the backend's buffers fill without a write that goes half: the time runs
 * from when nothing more went, not from long before, and it does run. */
START_TEST(request_given_drops_to_a_backend_that_does_not_read_is_504)
{
	BUF_AUTO struct buf photo = form_photo(6000000);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	struct span rest = buf_span(&request);
	struct peer *client = rig_client(&rig);

	rig.backends[0].is_deaf = true;
	for (; rest.n && !peer_unsent(client); rest = span_skip(rest, 1024)) {
		peer_send(client, span_first(rest, 1024));
		for (int i = 0; i < 5; i++)
			(void)rig_look(&rig, 0);
		rig.clock.now += rest.n + 3072 > request.n ? CLOCK_S(1) : CLOCK_MS(1);
		if (peer_unsent(client))
			rig_settle(&rig);
	}
	ck_assert_uint_gt(peer_unsent(client), 0);
	rig_pass(&rig, CLOCK_MS(4100));
	(void)expect_detail(&rig, client, 504, "backend 'b1': taking the request stalled for 4000 ms");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("upstream_time");
	TCase *tcase = tcase_create("time");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, connect_given_nobody_who_accepts_is_504);
	tcase_add_test(tcase, answer_given_none_is_504);
	tcase_add_test(tcase, answer_given_just_in_time_passes);
	tcase_add_loop_test(tcase, answer_given_signs_of_life_alone_is_504, 0, 2);
	tcase_add_test(tcase, answer_given_a_slow_client_has_its_time_from_the_requests_end);
	tcase_add_test(tcase, answers_body_given_stall_is_504);
	tcase_add_test(tcase, answers_body_given_drops_alone_is_504);
	tcase_add_test(tcase, answers_body_given_a_stream_has_no_end_to_its_time);
	tcase_add_test(tcase, request_given_a_backend_that_does_not_read_is_504);
	tcase_add_test(tcase, request_given_drops_to_a_backend_that_does_not_read_is_504);
	suite_add_tcase(suite, tcase);
	return suite;
}
