/* What a backend's answers to requests say of its health, beside its pings. */
#include "domain/backend.h"
#include "proxy/monitor.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

/* b1 takes everything, by three routes that are not the same. */
#define CONFIG_WITH(more)                                                               \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}," \
	"{\"name\":\"b2\",\"url\":\"http://$2\",\"enabled\":false},"                        \
	"{\"name\":\"b3\",\"url\":\"http://$3\",\"enabled\":false}],\"taskRouting\":{"      \
	"\"ocr\":[\"b1\",\"b2\"],\"facial-recognition\":[\"b1\",\"b3\"]}" more "}"
#define CLIP "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define THREE                                                                             \
	"{\"clip\":{\"visual\":{\"modelName\":\"m\"}},\"ocr\":{\"detection\":{\"modelName\":" \
	"\"m\"}},\"facial-recognition\":{\"detection\":{\"modelName\":\"m\"}}}"
#define OK      "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"clip\":1}"
#define OOPS    "HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\noops"
#define INVALID "HTTP/1.1 422 No\r\ncontent-length: 2\r\n\r\nno"

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 3, CONFIG_WITH(""));
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

static enum health_status status(void)
{
	return backend_status(rig.config->backends[0].state);
}

static struct peer *post(const char *entries)
{
	BUF_AUTO struct buf body = form_body(entries, FORM_IMAGE, SPAN_LITERAL("cat"));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));

	return rig_asks(&rig, buf_span(&request));
}

/* A request that b1 answers so. */
static void post_and_get(const char *answer, int status, const char *body)
{
	rig_answers(&rig, 0, answer);
	(void)expect_answer(&rig, post(CLIP), status, span_of(body));
}

static void send_to(struct list *node, const char *answer)
{
	peer_send_text(LIST_OBJECT(node, struct peer, node), answer);
	rig_settle(&rig);
}

/* One photo that three of its models stumble over is one request. The first group's failure is the
 * answer, so it comes last here. */
START_TEST(stumbles_given_one_request_count_once)
{
	struct list *peers = &rig.backends[0].peers;
	struct peer *client = post(THREE);

	RIG_UNTIL(&rig, rig.backends[0].request_count == 3);
	send_to(peers->prev, OOPS);
	send_to(peers->prev->prev, OOPS);
	send_to(peers->next, OOPS);
	(void)expect_answer(&rig, client, 500, SPAN_LITERAL("oops"));
	ck_assert_int_eq(status(), HEALTH_UNKNOWN);
	post_and_get(OOPS, 500, "oops");
	ck_assert_int_eq(status(), HEALTH_UNKNOWN);
	post_and_get(OOPS, 500, "oops");
	ck_assert_int_eq(status(), HEALTH_UNHEALTHY);
	ck_assert_str_eq(
		backend_health(rig.config->backends[0].state).error, "answered 500 to 3 requests in a row");
}
END_TEST

START_TEST(stumbles_given_good_answers_between_do_not_count)
{
	for (int i = 0; i < 3; i++) {
		post_and_get(OOPS, 500, "oops");
		post_and_get(OOPS, 500, "oops");
		post_and_get(OK, 200, "{\"clip\":1}");
		ck_assert_int_eq(status(), HEALTH_HEALTHY);
	}
	for (int i = 0; i < 3; i++)
		post_and_get(INVALID, 422, "no");
	ck_assert_int_eq(status(), HEALTH_HEALTHY);
}
END_TEST

static const struct strict {
	const char *answer;
	int status;
	const char *body;
} stricts[] = {{OOPS, 500, "oops"}, {INVALID, 422, "no"}};

START_TEST(answers_given_strict_count_at_once)
{
	rig_deinit(&rig);
	rig_init(&rig, 3, CONFIG_WITH(",\"health\":{\"strict\":true}"));
	post_and_get(OK, 200, "{\"clip\":1}");
	ck_assert_int_eq(status(), HEALTH_HEALTHY);
	post_and_get(stricts[_i].answer, stricts[_i].status, stricts[_i].body);
	ck_assert_int_eq(status(), HEALTH_UNHEALTHY);
	post_and_get(OK, 200, "{\"clip\":1}");
	ck_assert_int_eq(status(), HEALTH_HEALTHY);
}
END_TEST

/* Its answers are no `pong`, so it is pinged ever more seldom until a request succeeds. */
START_TEST(answer_given_success_ends_the_back_off)
{
	rig_answers(&rig, 0, OK);
	monitor_set_config(rig.worker->monitor, rig.config);
	RIG_UNTIL(&rig, status() == HEALTH_UNHEALTHY);
	for (int i = 0; i < 4; i++)
		rig_pass(&rig, CLOCK_S(60));
	ck_assert_uint_eq(rig.backends[0].request_count, 5);
	post_and_get(OK, 200, "{\"clip\":1}");
	ck_assert_int_eq(status(), HEALTH_HEALTHY);
	rig_pass(&rig, CLOCK_S(10));
	ck_assert_uint_eq(rig.backends[0].request_count, 7);
	ck_assert_int_eq(status(), HEALTH_UNHEALTHY);
}
END_TEST

/* What a request has just shown need not be asked. */
START_TEST(answer_given_a_ping_right_behind_it_is_enough)
{
	struct peer *client;

	post_and_get(OK, 200, "{\"clip\":1}");
	rig_pass(&rig, CLOCK_S(2));
	client = rig_client(&rig);
	peer_send_text(client, "GET /ping HTTP/1.1\r\nhost: a\r\n\r\n");
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("pong"));
	ck_assert_uint_eq(rig.backends[0].request_count, 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("learning");
	TCase *tcase = tcase_create("learning");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, stumbles_given_one_request_count_once);
	tcase_add_test(tcase, stumbles_given_good_answers_between_do_not_count);
	tcase_add_loop_test(tcase, answers_given_strict_count_at_once, 0, 2);
	tcase_add_test(tcase, answer_given_success_ends_the_back_off);
	tcase_add_test(tcase, answer_given_a_ping_right_behind_it_is_enough);
	suite_add_tcase(suite, tcase);
	return suite;
}
