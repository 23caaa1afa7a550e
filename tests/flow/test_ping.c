/* GET /ping: `pong` while every backend that something is routed to says so itself. */
#include "rig/expect.h"
#include "rig/places.h"
#include "rig/suite.h"

#define CONFIG                                                                          \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}," \
	"{\"name\":\"b2\",\"url\":\"http://two.test:#2/base/\"},{\"name\":\"spare\","       \
	"\"url\":\"http://$3\"}],\"taskRouting\":{\"clip\":[\"b2\",\"b1\"],\"ocr\":\"b2\"}}"
#define PONG     "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\npong"
#define SAY_PONG SPAN_LITERAL("pong")
#define PING     "GET /ping HTTP/1.1\r\nhost: a\r\n\r\n"

enum { BACKENDS = 3, ROUTED = 2 };

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, BACKENDS, CONFIG);
	places_resolve(&rig, 1, &(uint16_t){listener_port(rig.backends[1].listener)}, 1);
	for (size_t i = 0; i < ROUTED; i++)
		rig_answers(&rig, i, PONG);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

static struct peer *ping(void)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, PING);
	return client;
}

static void expect_counts(size_t first, size_t second)
{
	ck_assert_uint_eq(rig.backends[0].request_count, first);
	ck_assert_uint_eq(rig.backends[1].request_count, second);
	ck_assert_ptr_null(rig_peer(&rig, 2)); /* nothing is routed to it */
}

START_TEST(ping_given_all_answer_is_pong)
{
	struct span head = expect_answer(&rig, ping(), 200, SAY_PONG);

	ck_assert(expect_has_line(head, "content-type: text/plain; charset=utf-8"));
	(void)expect_request(&rig, 0, 0, "GET /ping HTTP/1.1", SPAN_EMPTY);
	head = expect_request(&rig, 1, 0, "GET /base/ping HTTP/1.1", SPAN_EMPTY);
	ck_assert_uint_eq(expect_count_lines(head, "host: two.test:"), 1);
	ck_assert_uint_eq(expect_count_lines(head, "content-length"), 0);
	ck_assert_uint_eq(expect_count_lines(head, "transfer-encoding"), 0);
	expect_counts(1, 1);
}
END_TEST

START_TEST(ping_given_prefix_and_query_is_answered)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "GET /token/ping?now HTTP/1.1\r\nhost: a\r\n\r\n");
	(void)expect_answer(&rig, client, 200, SAY_PONG);
	(void)expect_request(&rig, 0, 0, "GET /ping HTTP/1.1", SPAN_EMPTY);
}
END_TEST

START_TEST(ping_asks_all_at_once)
{
	struct peer *client;

	for (size_t i = 0; i < ROUTED; i++)
		rig_answers(&rig, i, "");
	client = ping();
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1 && rig.backends[1].request_count == 1);
	peer_send_text(rig_peer(&rig, _i), PONG);
	rig_settle(&rig);
	ck_assert_uint_eq(client->in.n, 0);
	peer_send_text(rig_peer(&rig, !_i), PONG);
	(void)expect_answer(&rig, client, 200, SAY_PONG);
}
END_TEST

/* Also when all is known to be well. */
START_TEST(ping_given_a_process_that_stops_is_503)
{
	(void)expect_answer(&rig, ping(), 200, SAY_PONG);
	atomic_store(&rig.shared.is_draining, true);
	(void)expect_detail(&rig, ping(), 503, "stopping");
	expect_counts(1, 1);
}
END_TEST

/* -- what was found is used for a while ------------------------------------------------------ */

START_TEST(ping_given_a_fresh_result_asks_nobody)
{
	(void)expect_answer(&rig, ping(), 200, SAY_PONG);
	rig_pass(&rig, CLOCK_S(2));
	(void)expect_answer(&rig, ping(), 200, SAY_PONG);
	expect_counts(1, 1);
	rig_pass(&rig, CLOCK_MS(1));
	(void)expect_answer(&rig, ping(), 200, SAY_PONG);
	expect_counts(2, 2);
}
END_TEST

START_TEST(ping_given_a_fresh_failure_says_it_again)
{
	rig_answers(&rig, 1, "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n");
	(void)expect_detail(&rig, ping(), 503, "backend 'b2' does not answer its ping");
	rig_answers(&rig, 1, PONG);
	(void)expect_detail(&rig, ping(), 503, "backend 'b2' does not answer its ping");
	ck_assert_uint_eq(rig.backends[1].request_count, 1);
	rig_pass(&rig, CLOCK_MS(2001));
	(void)expect_answer(&rig, ping(), 200, SAY_PONG);
}
END_TEST

/* -- failures -------------------------------------------------------------------------------- */

static const struct failure {
	const char *answer;
	const char *says;
} failures[] = {
	{"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npOng", "answered 200 without `pong`"},
	{"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\npongs", "answered 200 without `pong`"},
	{"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\npon", "answered 200 without `pong`"},
	{"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "answered 200 without `pong`"},
	{"HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\npong", "answered 503 without `pong`"},
	{"HTTP/1.1 307 Go\r\nlocation: /ping\r\ncontent-length: 4\r\n\r\npong", "answered 307 without"},
	{"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\npong", "malformed Content-Length"},
	{"nonsense\r\n", "malformed HTTP version"},
};

START_TEST(ping_given_another_answer_is_503_that_names_the_backend)
{
	BUF_AUTO struct buf says = {0};

	buf_add_format(&says, "backend 'b2' does not answer its ping: %s%c", failures[_i].says, 0);
	rig_answers(&rig, 1, failures[_i].answer);
	(void)expect_detail(&rig, ping(), 503, says.bytes);
}
END_TEST

START_TEST(ping_given_a_long_answer_is_503)
{
	BUF_AUTO struct buf answer = {0};

	buf_add_format(&answer, "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\npong%099996d", 0);
	rig_answers_bytes(&rig, 0, buf_span(&answer));
	(void)expect_detail(&rig, ping(), 503, "backend 'b1' does not answer its ping");
}
END_TEST

START_TEST(ping_given_a_refused_connection_is_503)
{
	rig_refuses(&rig, 0);
	(void)expect_detail(&rig, ping(), 503,
		"backend 'b1' does not answer its ping: cannot connect: Connection refused");
}
END_TEST

/* Whoever asks hears of the first failure and does not wait for the others. */
START_TEST(ping_given_one_failure_leaves_the_others)
{
	struct peer *client;

	rig_answers(&rig, 0, "");
	rig_answers(&rig, 1, "");
	client = ping();
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1 && rig.backends[1].request_count == 1);
	peer_fin(rig_peer(&rig, 1));
	(void)expect_detail(&rig, client, 503, "backend 'b2' does not answer its ping");
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)));
}
END_TEST

/* -- time ------------------------------------------------------------------------------------ */

static void expect_503_in_time(struct peer *client, int64_t passed_ms)
{
	rig_pass(&rig, CLOCK_MS(1490 - passed_ms));
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(20));
	(void)expect_detail(&rig, client, 503, "backend 'b2' does not answer its ping: no ");
}

START_TEST(ping_given_a_silent_backend_is_answered_in_time)
{
	struct peer *client;

	rig_answers(&rig, 1, "");
	client = ping();
	RIG_UNTIL(&rig, rig.backends[1].request_count == 1);
	expect_503_in_time(client, 0);
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 1)));
}
END_TEST

START_TEST(ping_given_a_backend_that_does_not_accept_is_answered_in_time)
{
	struct hole hole;
	struct peer *client;

	hole_open(&hole);
	places_resolve(&rig, 1, &hole.port, 1);
	client = ping();
	rig_settle(&rig);
	expect_503_in_time(client, 0);
	hole_close(&hole);
}
END_TEST

/* The time is that of the whole ping, however it is spent. */
START_TEST(ping_given_a_backend_that_drips_is_answered_in_time)
{
	static const char *const drips[] = {"HTTP/1.1 200 OK\r\ncontent-", "length: 4\r\n\r\n", "p"};
	struct peer *client;

	rig_answers(&rig, 1, "");
	client = ping();
	RIG_UNTIL(&rig, rig.backends[1].request_count == 1);
	for (size_t i = 0; i < 3; i++) {
		rig_pass(&rig, CLOCK_MS(450));
		peer_send_text(rig_peer(&rig, 1), drips[i]);
		rig_settle(&rig);
	}
	expect_503_in_time(client, 1350);
}
END_TEST

START_TEST(ping_given_a_client_that_leaves_leaves_the_backends)
{
	struct peer *client;

	rig_answers(&rig, 0, "");
	rig_answers(&rig, 1, "");
	client = ping();
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1 && rig.backends[1].request_count == 1);
	peer_fin(client);
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)) && peer_is_over(rig_peer(&rig, 1)));
	ck_assert_uint_eq(client->in.n, 0);
}
END_TEST

/* Immich pings every 30 s, and the service closes after 2 s. */
START_TEST(ping_given_stale_connections_is_pong)
{
	struct peer *client = ping();

	(void)expect_answer(&rig, client, 200, SAY_PONG);
	rig_pass(&rig, CLOCK_S(30));
	rig_answers(&rig, 0, "");
	peer_send_text(client, PING);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 2);
	rig_answers(&rig, 0, PONG);
	peer_fin(rig_peer(&rig, 0));
	(void)expect_answer(&rig, client, 200, SAY_PONG);
	ck_assert_uint_eq(rig.backends[0].request_count, 3);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, ping_given_all_answer_is_pong);
	tcase_add_test(tcase, ping_given_prefix_and_query_is_answered);
	tcase_add_loop_test(tcase, ping_asks_all_at_once, 0, 2);
	tcase_add_test(tcase, ping_given_a_process_that_stops_is_503);
	tcase_add_test(tcase, ping_given_a_fresh_result_asks_nobody);
	tcase_add_test(tcase, ping_given_a_fresh_failure_says_it_again);
	tcase_add_loop_test(tcase, ping_given_another_answer_is_503_that_names_the_backend, 0,
		sizeof failures / sizeof *failures);
	tcase_add_test(tcase, ping_given_a_long_answer_is_503);
	tcase_add_test(tcase, ping_given_a_refused_connection_is_503);
	tcase_add_test(tcase, ping_given_one_failure_leaves_the_others);
	tcase_add_test(tcase, ping_given_a_silent_backend_is_answered_in_time);
	tcase_add_test(tcase, ping_given_a_backend_that_does_not_accept_is_answered_in_time);
	tcase_add_test(tcase, ping_given_a_backend_that_drips_is_answered_in_time);
	tcase_add_test(tcase, ping_given_a_client_that_leaves_leaves_the_backends);
	tcase_add_test(tcase, ping_given_stale_connections_is_pong);
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("ping");
	TCase *tcase = tcase_create("ping");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
