/* How long failing over may take: each backend has its own time, and all of them together that of
 * the request. */
#include "domain/backend.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/places.h"
#include "rig/suite.h"

#define CONFIG_OF(first_url, request)                                                       \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"" first_url "\"}," \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},{\"name\":\"b3\",\"url\":\"http://$3\"}],"     \
	"\"taskRouting\":{\"clip\":[\"b1\",\"b2\",\"b3\"],\"ocr\":\"b3\"},\"timeouts\":"        \
	"{\"connect\":2,\"backend\":10,\"stall\":4,\"request\":" request "}}"
#define CLIP "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define BOTH "{\"clip\":{\"a\":{\"modelName\":\"m\"}},\"ocr\":{\"a\":{\"modelName\":\"m\"}}}"
#define OK   "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"a\":1}"
#define GOOD SPAN_LITERAL("{\"a\":1}")

enum { BACKENDS = 3, DROP = 100, PHOTO = 10000, STREAMED = 1200000 };

static struct rig rig;

static void tear_down(void)
{
	rig_deinit(&rig);
}

static struct peer *post(const char *entries)
{
	BUF_AUTO struct buf request = form_predict(entries, "cat");

	return rig_asks(&rig, buf_span(&request));
}

static struct peer *post_and_wait(const char *entries)
{
	struct peer *client = post(entries);

	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	return client;
}

static enum health_status health_of(size_t backend)
{
	return backend_status(rig.config->backends[backend].state);
}

/* Nothing comes for that long; then it does. */
static void expect_504_after(struct peer *client, int64_t ns, const char *says)
{
	rig_pass(&rig, ns - CLOCK_MS(50));
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(100));
	(void)expect_detail(&rig, client, 504, says);
}

/* -- the request's time ---------------------------------------------------------------------- */

static void set_up_25(void)
{
	rig_init(&rig, BACKENDS, CONFIG_OF("http://$1", "25"));
}

/* The third had no more than half of its time, which says nothing about it. */
START_TEST(time_given_three_that_do_not_answer_is_over_for_all)
{
	struct peer *client = post_and_wait(CLIP);

	rig_pass(&rig, CLOCK_S(10));
	RIG_UNTIL(&rig, rig.backends[1].request_count == 1);
	rig_pass(&rig, CLOCK_S(10));
	RIG_UNTIL(&rig, rig.backends[2].request_count == 1);
	expect_504_after(client, CLOCK_S(5),
		"\"backend 'b1': no answer within 10000 ms; backend 'b2': no answer within 10000 ms; "
		"backend 'b3': no whole answer when timeouts.request (25000 ms) was over\"");
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 2)));
	ck_assert_int_eq(health_of(1), HEALTH_UNHEALTHY);
	ck_assert_int_eq(health_of(2), HEALTH_UNKNOWN);
}
END_TEST

/* A group that has its answer fails with the other. */
START_TEST(time_given_a_split_is_over_for_those_that_wait)
{
	struct peer *client;

	rig_answers(&rig, 2, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"ocr\":1}");
	client = post_and_wait(BOTH);
	RIG_UNTIL(&rig, rig.backends[2].request_count == 1);
	rig_pass(&rig, CLOCK_S(10));
	RIG_UNTIL(&rig, rig.backends[1].request_count == 1);
	rig_answers(&rig, 2, "");
	rig_pass(&rig, CLOCK_S(10));
	RIG_UNTIL(&rig, rig.backends[2].request_count == 2);
	expect_504_after(client, CLOCK_S(5), "; backend 'b3': no whole answer when timeouts.request ");
	ck_assert_int_eq(health_of(2), HEALTH_HEALTHY);
}
END_TEST

/* What streams is with the client in time. */
START_TEST(time_given_an_answer_that_streams_is_no_more)
{
	BUF_AUTO struct buf blanks = {0};
	struct peer *client = post_and_wait(CLIP);

	memset(buf_reserve(&blanks, STREAMED), ' ', STREAMED);
	blanks.n = STREAMED;
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 1200012\r\n\r\n");
	peer_send(rig_peer(&rig, 0), buf_span(&blanks));
	RIG_UNTIL(&rig, client->in.n > STREAMED);
	for (int i = 0; i < 10; i++) {
		rig_pass(&rig, CLOCK_S(3));
		peer_send_text(rig_peer(&rig, 0), " ");
		buf_add_text(&blanks, " ");
	}
	peer_send_text(rig_peer(&rig, 0), "{}");
	buf_add_text(&blanks, "{}");
	(void)expect_answer(&rig, client, 200, buf_span(&blanks));
}
END_TEST

static void set_up_8(void)
{
	rig_init(&rig, BACKENDS, CONFIG_OF("http://$1", "8"));
}

/* It had all the time that there is. */
START_TEST(time_given_less_than_the_backends_is_over_with_the_first)
{
	expect_504_after(post_and_wait(CLIP), CLOCK_S(8),
		"\"backend 'b1': no whole answer when timeouts.request (8000 ms) was over\"");
	ck_assert_int_eq(health_of(0), HEALTH_UNHEALTHY);
	rig_settle(&rig);
	ck_assert_ptr_null(rig_peer(&rig, 1));
}
END_TEST

/* It begins with the end of the client's request, however long that takes and whoever fails. */
START_TEST(time_given_a_slow_client_begins_with_the_end_of_its_request)
{
	BUF_AUTO struct buf photo = form_photo(PHOTO);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	struct span rest = span_skip(buf_span(&request), 1000);
	struct peer *client = rig_client(&rig);

	peer_send(client, span_first(buf_span(&request), 1000));
	for (; rest.n > 50 * (size_t)DROP; rest = span_skip(rest, DROP)) {
		peer_send(client, span_first(rest, DROP));
		rig_pass(&rig, CLOCK_S(1));
		if (rest.n % 2000 < DROP && rig_peer(&rig, 0))
			peer_reset(rig_peer(&rig, rig_peer(&rig, 1) != NULL));
	}
	RIG_UNTIL(&rig, rig_peer(&rig, 2));
	peer_send(client, rest);
	RIG_UNTIL(&rig, rig.backends[2].request_count == 1);
	rig_pass(&rig, CLOCK_MS(7900));
	peer_send_text(rig_peer(&rig, 2), OK);
	(void)expect_answer(&rig, client, 200, GOOD);
}
END_TEST

/* -- connecting ------------------------------------------------------------------------------ */

static void set_up_name(void)
{
	rig_init(&rig, BACKENDS, CONFIG_OF("http://one.test:#1", "60"));
	rig_listen(&rig);
	rig_answers(&rig, 1, OK);
}

START_TEST(connect_given_nobody_who_accepts_moves_on)
{
	struct hole hole;
	struct peer *client;

	hole_open(&hole);
	places_resolve(&rig, 0, &hole.port, 1);
	client = post(CLIP);
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(1900));
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(200));
	(void)expect_answer(&rig, client, 200, GOOD);
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), " from=b1 to=b2 why=\""));
	ck_assert_int_eq(health_of(0), HEALTH_UNHEALTHY);
	hole_close(&hole);
}
END_TEST

static void set_up_unresolvable(void)
{
	rig_init(&rig, BACKENDS, CONFIG_OF("http://a..b", "60"));
	rig_listen(&rig);
	rig_answers(&rig, 1, OK);
}

START_TEST(connect_given_a_name_that_is_none_moves_on)
{
	(void)expect_answer(&rig, post(CLIP), 200, GOOD);
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), " from=b1 to=b2 why=\"cannot resolve 'a..b': "));
	ck_assert_int_eq(health_of(0), HEALTH_UNHEALTHY);
}
END_TEST

/* -- all of them ----------------------------------------------------------------------------- */

Suite *test_suite(void)
{
	Suite *suite = suite_create("failover: time");
	TCase *enough = suite_case(suite, "25 s", set_up_25, tear_down);
	TCase *little = suite_case(suite, "8 s", set_up_8, tear_down);

	tcase_add_test(enough, time_given_three_that_do_not_answer_is_over_for_all);
	tcase_add_test(enough, time_given_a_split_is_over_for_those_that_wait);
	tcase_add_test(enough, time_given_an_answer_that_streams_is_no_more);
	tcase_add_test(little, time_given_less_than_the_backends_is_over_with_the_first);
	tcase_add_test(little, time_given_a_slow_client_begins_with_the_end_of_its_request);
	tcase_add_test(suite_case(suite, "name", set_up_name, tear_down),
		connect_given_nobody_who_accepts_moves_on);
	tcase_add_test(suite_case(suite, "unresolvable", set_up_unresolvable, tear_down),
		connect_given_a_name_that_is_none_moves_on);
	return suite;
}
