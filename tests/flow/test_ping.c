/* GET /ping: `pong` while every route leads to a backend that says so itself. */
#include "rig/descriptors.h"
#include "rig/expect.h"
#include "rig/places.h"
#include "rig/suite.h"

/* b1 takes what nothing else does; clip may go to b1, too; ocr only to b2. */
#define CONFIG                                                                             \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"},"    \
	"{\"name\":\"b2\",\"url\":\"http://two.test:#2/base/\"},{\"name\":\"off\","            \
	"\"url\":\"http://$3\",\"enabled\":false}],\"taskRouting\":{\"clip\":[\"b2\",\"b1\"]," \
	"\"ocr\":[\"b2\",\"off\"]}}"
#define PONG      "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\npong"
#define SAY_PONG  SPAN_LITERAL("pong")
#define PING      "GET /ping HTTP/1.1\r\nhost: a\r\n\r\n"
#define AS_JSON   "GET /ping HTTP/1.1\r\nhost: a\r\naccept: text/html, application/json\r\n\r\n"
#define OCR_FAILS "taskRouting.ocr: backend 'b2': "

enum { BACKENDS = 3, ASKED = 2 };

static struct rig rig;

static void resolve(void)
{
	places_resolve(&rig, 1, &(uint16_t){listener_port(rig.backends[1].listener)}, 1);
}

static void answer(void)
{
	for (size_t i = 0; i < ASKED; i++)
		rig_answers(&rig, i, PONG);
}

static void open_rig(const char *config)
{
	rig_init(&rig, BACKENDS, config);
	if (config)
		resolve();
	answer();
}

static void set_up_alone(void)
{
	rig_init_alone(&rig, BACKENDS, CONFIG);
	resolve();
	answer();
}

static void set_up(void)
{
	open_rig(CONFIG);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

/* Begins anew with another configuration. */
static void reconfigure(const char *config)
{
	rig_deinit(&rig);
	open_rig(config);
}

static struct peer *ask(const char *request)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, request);
	return client;
}

static struct peer *ping(void)
{
	return ask(PING);
}

/* Asks, and waits until both backends have been asked and say nothing. */
static struct peer *ping_silence(const char *request)
{
	struct peer *client;

	rig_answers(&rig, 0, "");
	rig_answers(&rig, 1, "");
	client = ask(request);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1 && rig.backends[1].request_count == 1);
	return client;
}

static void expect_counts(size_t first, size_t second)
{
	ck_assert_uint_eq(rig.backends[0].request_count, first);
	ck_assert_uint_eq(rig.backends[1].request_count, second);
	ck_assert_ptr_null(rig_peer(&rig, 2)); /* it is not enabled */
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
	struct peer *client = ping_silence(PING);

	peer_send_text(rig_peer(&rig, _i), PONG);
	rig_settle(&rig);
	ck_assert_uint_eq(client->in.n, 0);
	peer_send_text(rig_peer(&rig, !_i), PONG);
	(void)expect_answer(&rig, client, 200, SAY_PONG);
}
END_TEST

START_TEST(ping_given_no_configuration_says_where_to_put_one)
{
	reconfigure(NULL);
	(void)expect_detail(&rig, ping(), 503, "no configuration yet: write one to config.json");
	(void)expect_detail(&rig, ask(AS_JSON), 503, "no configuration yet");
}
END_TEST

START_TEST(ping_given_a_process_that_stops_is_503)
{
	(void)expect_answer(&rig, ping(), 200, SAY_PONG);
	atomic_store(&rig.shared.is_draining, true);
	(void)expect_detail(&rig, ping(), 503, "stopping");
	(void)expect_detail(&rig, ask(AS_JSON), 503, "stopping");
	expect_counts(1, 1);
}
END_TEST

/* -- routes that several backends share ------------------------------------------------------ */

#define POOL(more)                                                                            \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"},"       \
	"{\"name\":\"b2\",\"url\":\"http://two.test:#2\"},{\"name\":\"b3\",\"url\":\"http://$3\"" \
	"}],\"modelTypeRouting\":{\"visual\":[\"b2\",\"b3\"]}" more "}"
#define NO_PONG "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n"

/* Each is asked, but one of them is enough. */
START_TEST(ping_given_one_of_a_pool_answers_is_pong)
{
	reconfigure(POOL(""));
	rig_answers(&rig, 1, _i ? NO_PONG : PONG);
	rig_answers(&rig, 2, _i ? PONG : NO_PONG);
	(void)expect_answer(&rig, ping(), 200, SAY_PONG);
	rig_settle(&rig);
	ck_assert_uint_eq(rig.backends[2].request_count, 1);
}
END_TEST

START_TEST(ping_given_none_of_a_pool_answers_names_all)
{
	reconfigure(POOL(""));
	rig_answers(&rig, 1, NO_PONG);
	rig_refuses(&rig, 2);
	(void)expect_detail(&rig, ping(), 503,
		"\"modelTypeRouting.visual: backend 'b2': answered 500 without `pong`; "
		"backend 'b3': cannot connect: Connection refused\"");
}
END_TEST

START_TEST(ping_given_a_pool_with_a_hanging_one_does_not_wait_for_it)
{
	reconfigure(POOL(""));
	rig_answers(&rig, 2, "");
	(void)expect_answer(&rig, ping(), 200, SAY_PONG);
}
END_TEST

START_TEST(ping_given_a_route_without_an_enabled_backend_is_503)
{
	reconfigure("{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":"
				"\"http://$1\"},{\"name\":\"b2\",\"url\":\"http://two.test:#2\",\"enabled\":"
				"false}],\"payloadRouting\":{\"image\":\"b2\"}}");
	(void)expect_detail(
		&rig, ping(), 503, "\"payloadRouting.image: none of its backends is enabled\"");
}
END_TEST

/* -- JSON ------------------------------------------------------------------------------------ */

/* The answer, with $2 for the second backend's status. */
static void expect_json(struct peer *client, int status, const char *first, const char *second)
{
	BUF_AUTO struct buf wanted = {0};
	bool are_all = strcmp(first, "healthy") == 0 && strcmp(second, "healthy") == 0;

	buf_add_format(&wanted,
		"{\"backends\":[{\"url\":\"%s://127.0.0.1:%u\",\"status\":\"%s\"},{\"url\":"
		"\"%s://two.test:%u/base/\",\"status\":\"%s\"}],\"allHealthy\":%s}",
		rig_scheme(), listener_port(rig.backends[0].listener), first, rig_scheme(),
		listener_port(rig.backends[1].listener), second, are_all ? "true" : "false");
	(void)expect_answer(&rig, client, status, buf_span(&wanted));
}

START_TEST(ping_given_json_is_wanted_says_each)
{
	expect_json(ask(AS_JSON), 200, "healthy", "healthy");
	rig_pass(&rig, CLOCK_MS(2001));
	rig_answers(&rig, 1, NO_PONG);
	expect_json(ask(AS_JSON), 503, "healthy", "unhealthy");
}
END_TEST

/* It waits for all, also when it is clear already what the text would be. */
START_TEST(ping_given_json_is_wanted_waits_for_all)
{
	struct peer *client = ping_silence(AS_JSON);

	peer_send_text(rig_peer(&rig, 1), NO_PONG);
	rig_settle(&rig);
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(1500));
	expect_json(client, 503, "unhealthy", "unhealthy");
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
	rig_answers(&rig, 1, NO_PONG);
	(void)expect_detail(&rig, ping(), 503, OCR_FAILS "answered 500 without `pong`");
	rig_answers(&rig, 1, PONG);
	(void)expect_detail(&rig, ping(), 503, OCR_FAILS "answered 500 without `pong`");
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

	buf_add_format(&says, OCR_FAILS "%s%c", failures[_i].says, 0);
	rig_answers(&rig, 1, failures[_i].answer);
	(void)expect_detail(&rig, ping(), 503, says.bytes);
}
END_TEST

START_TEST(ping_given_a_long_answer_is_503)
{
	BUF_AUTO struct buf answer = {0};

	buf_add_format(&answer, "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\npong%099996d", 0);
	rig_answers_bytes(&rig, 0, buf_span(&answer));
	(void)expect_detail(&rig, ping(), 503, "defaultBackend: backend 'b1': answered 200 without");
}
END_TEST

START_TEST(ping_given_a_refused_connection_is_503)
{
	rig_refuses(&rig, 0);
	(void)expect_detail(
		&rig, ping(), 503, "\"defaultBackend: backend 'b1': cannot connect: Connection refused\"");
}
END_TEST

/* Whoever asks hears of a lost route at once. */
START_TEST(ping_given_a_lost_route_does_not_wait_for_the_others)
{
	struct peer *client = ping_silence(PING);

	peer_reset(rig_peer(&rig, 1));
	(void)expect_detail(&rig, client, 503, OCR_FAILS);
	ck_assert(!peer_is_over(rig_peer(&rig, 0)));
}
END_TEST

/* -- time ------------------------------------------------------------------------------------ */

static void expect_503_in_time(struct peer *client, int64_t passed_ms, const char *says)
{
	rig_pass(&rig, CLOCK_MS(1490 - passed_ms));
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(20));
	(void)expect_detail(&rig, client, 503, says);
}

START_TEST(ping_given_a_silent_backend_is_answered_in_time)
{
	struct peer *client;

	rig_answers(&rig, 1, "");
	client = ping();
	RIG_UNTIL(&rig, rig.backends[1].request_count == 1);
	expect_503_in_time(client, 0, OCR_FAILS "no answer within 1500 ms");
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
	expect_503_in_time(client, 0, OCR_FAILS);
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
	expect_503_in_time(client, 1350, OCR_FAILS "no whole answer within 1500 ms");
}
END_TEST

/* Whatever may be written: what was known before counts then. */
START_TEST(ping_given_long_timeouts_is_answered_in_time)
{
	struct peer *client;

	reconfigure(POOL(",\"health\":{\"timeout\":10}"));
	if (_i)
		(void)backend_note_status(rig.config->backends[1].state, 200, 1, false, CLOCK_S(900));
	rig_answers(&rig, 1, "");
	rig_refuses(&rig, 2);
	client = ping();
	RIG_UNTIL(&rig, rig.backends[1].request_count == 1);
	rig_pass(&rig, CLOCK_MS(1690));
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(100));
	if (_i)
		(void)expect_answer(&rig, client, 200, SAY_PONG);
	else
		(void)expect_detail(
			&rig, client, 503, "backend 'b2': nothing is known of it yet; backend 'b3': ");
}
END_TEST

/* -- who asks -------------------------------------------------------------------------------- */

START_TEST(ping_given_two_clients_asks_once)
{
	struct peer *first = ping_silence(PING);
	struct peer *second = ask(AS_JSON);

	rig_settle(&rig);
	expect_counts(1, 1);
	peer_send_text(rig_peer(&rig, 0), PONG);
	peer_send_text(rig_peer(&rig, 1), PONG);
	(void)expect_answer(&rig, first, 200, SAY_PONG);
	expect_json(second, 200, "healthy", "healthy");
	expect_counts(1, 1);
}
END_TEST

/* What was begun is of use to the next. */
START_TEST(ping_given_a_client_that_leaves_keeps_asking)
{
	struct peer *client = ping_silence(PING);

	peer_fin(client);
	rig_settle(&rig);
	peer_send_text(rig_peer(&rig, 0), PONG);
	peer_send_text(rig_peer(&rig, 1), PONG);
	rig_settle(&rig);
	ck_assert_uint_eq(client->in.n, 0);
	(void)expect_answer(&rig, ping(), 200, SAY_PONG);
	expect_counts(1, 1);
}
END_TEST

/* What we ourselves lack is no fault of theirs. */
START_TEST(ping_given_no_descriptors_blames_nobody)
{
	struct descriptors descriptors;
	struct peer *client = ask("GET / HTTP/1.1\r\nhost: a\r\n\r\n");

	RIG_UNTIL(&rig, peer_has(client, "Immich ML"));
	client->taken = client->in.n;
	if (!descriptors_leave(&descriptors, 0))
		return;
	peer_send_text(client, PING);
	(void)expect_detail(
		&rig, client, 503, "defaultBackend: backend 'b1': nothing is known of it yet");
	descriptors_restore(&descriptors);
	for (size_t i = 0; i < ASKED; i++)
		ck_assert_int_eq(backend_status(rig.config->backends[i].state), HEALTH_UNKNOWN);
	resolve(); /* once more: it is asked for anew when connecting has failed */
	peer_send_text(client, PING);
	(void)expect_answer(&rig, client, 200, SAY_PONG);
}
END_TEST

START_TEST(ping_given_clients_that_stay_can_be_stopped)
{
	(void)ping_silence(PING);
	(void)ask(AS_JSON);
	rig_settle(&rig);
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
	tcase_add_test(tcase, ping_given_no_configuration_says_where_to_put_one);
	tcase_add_loop_test(tcase, ping_given_one_of_a_pool_answers_is_pong, 0, 2);
	tcase_add_test(tcase, ping_given_none_of_a_pool_answers_names_all);
	tcase_add_test(tcase, ping_given_a_pool_with_a_hanging_one_does_not_wait_for_it);
	tcase_add_test(tcase, ping_given_a_route_without_an_enabled_backend_is_503);
	tcase_add_test(tcase, ping_given_json_is_wanted_says_each);
	tcase_add_test(tcase, ping_given_json_is_wanted_waits_for_all);
	tcase_add_test(tcase, ping_given_a_fresh_result_asks_nobody);
	tcase_add_test(tcase, ping_given_a_fresh_failure_says_it_again);
	tcase_add_loop_test(tcase, ping_given_another_answer_is_503_that_names_the_backend, 0,
		sizeof failures / sizeof *failures);
	tcase_add_test(tcase, ping_given_a_long_answer_is_503);
	tcase_add_test(tcase, ping_given_a_refused_connection_is_503);
	tcase_add_test(tcase, ping_given_a_lost_route_does_not_wait_for_the_others);
	tcase_add_test(tcase, ping_given_a_silent_backend_is_answered_in_time);
	tcase_add_test(tcase, ping_given_a_backend_that_does_not_accept_is_answered_in_time);
	tcase_add_test(tcase, ping_given_a_backend_that_drips_is_answered_in_time);
	tcase_add_loop_test(tcase, ping_given_long_timeouts_is_answered_in_time, 0, 2);
	tcase_add_test(tcase, ping_given_a_client_that_leaves_keeps_asking);
	tcase_add_test(tcase, ping_given_no_descriptors_blames_nobody);
	tcase_add_test(tcase, ping_given_clients_that_stay_can_be_stopped);
	tcase_add_test(tcase, ping_given_stale_connections_is_pong);
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("ping");
	TCase *tcase = tcase_create("ping");
	TCase *alone = tcase_create("clients of one worker");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(alone, set_up_alone, tear_down);
	tcase_add_test(alone, ping_given_two_clients_asks_once);
	suite_add_tcase(suite, alone);
	return suite;
}
