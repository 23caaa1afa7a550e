/* mlmock on the wire: the service's answers to the bytes that the service was sent, and what the
 * mock adds. */
#include "io/listener.h"
#include "mlmock/server.h"
#include "rig/clock_fake.h"
#include "rig/peer.h"
#include "rig/probe.h"
#include "rig/suite.h"

enum { TURNS_MAX = 2000, TURN_MS = 5, QUIET_TURNS = 6 };

#define LAST "GET /ping HTTP/1.1\r\nhost: m\r\nconnection: close\r\n\r\n"
#define PREDICT                                                                              \
	"POST /predict HTTP/1.1\r\nhost: m\r\ncontent-type: multipart/form-data; boundary=B\r\n" \
	"content-length: 117\r\n\r\n"                                                            \
	"--B\r\ncontent-disposition: form-data; name=entries\r\n\r\n{}\r\n"                      \
	"--B\r\ncontent-disposition: form-data; name=text\r\n\r\nabc\r\n--B--"

static const struct span unavailable = SPAN_LITERAL("RN50__openai");

static struct clock_fake fake;
static struct loop *loop;
static struct listener *listener;
static struct server_setup server_setup;
static struct server *server;
static struct list peers;

static void on_accept(void *ctx, int fd)
{
	(void)ctx;
	server_adopt(server, fd);
}

static void set_up(void)
{
	struct err err;

	server_setup = (struct server_setup){
		.name = SPAN_LITERAL("m1"),
		.predict = {.decodes = true, .unavailable = &unavailable, .unavailable_count = 1},
	};
	clock_fake_init(&fake);
	list_init(&peers);
	loop = loop_new(&fake.clock);
	server = server_new(loop, &server_setup);
	ck_assert(!listener_open(
		loop, &(struct host_port){SPAN_LITERAL("127.0.0.1"), 0}, on_accept, NULL, &listener, &err));
}

static void tear_down(void)
{
	LIST_EACH_SAFE(node, &peers)
		peer_free(LIST_OBJECT(node, struct peer, node));
	listener_close(listener);
	server_free(server);
	loop_free(loop);
}

static struct peer *connect_peer(void)
{
	struct peer *peer = peer_connect(loop, listener_port(listener));

	list_append(&peers, &peer->node);
	return peer;
}

static void turn_until_over(const struct peer *peer, const char *name)
{
	for (int turns = 0; !peer_is_over(peer); turns++) {
		ck_assert_msg(turns < TURNS_MAX, "%s: no end", name);
		loop_turn(loop, CLOCK_MS(TURN_MS));
	}
}

static void settle(const struct peer *peer)
{
	for (int quiet = 0; quiet < QUIET_TURNS; quiet++) {
		size_t had = peer->in.n;

		loop_turn(loop, CLOCK_MS(TURN_MS));
		quiet = peer->in.n == had ? quiet : 0;
	}
}

static void pass(int64_t ns)
{
	fake.now += ns;
	loop_turn(loop, CLOCK_MS(TURN_MS));
}

/* -- the service ----------------------------------------------------------------------------- */

/* A last request behind it ends the connection, whatever the probe does. */
static void send_probe(const struct probe *probe)
{
	/* An unknown method, no length with a body, a head alone, no Host, HTTP/2.0. */
	static const char *const different[] = {"018", "106", "109", "115", "118"};
	struct peer *peer;

	if (probe_is_one_of(probe, different, sizeof different / sizeof *different))
		return;
	peer = connect_peer();
	peer_send(peer, buf_span(&probe->request));
	peer_send_text(peer, LAST);
	turn_until_over(peer, probe->name);
	probe_expect_same(probe, buf_span(&peer->in));
	peer_free(peer);
}

START_TEST(server_given_probes_answers_as_the_service)
{
	probe_each("probe", PROBE_COUNT, send_probe);
}
END_TEST

START_TEST(server_given_request_sends_the_services_head)
{
	struct peer *peer = connect_peer();

	peer_send_text(peer, "GET /ping HTTP/1.1\r\nhost: m\r\n\r\n");
	settle(peer);
	ck_assert(peer_has(peer, "HTTP/1.1 200 OK\r\ndate: "));
	ck_assert(peer_has(peer, " GMT\r\nserver: uvicorn\r\n"));
	ck_assert(peer_has(peer, "\r\ncontent-length: 4\r\n"));
	ck_assert(!peer_has(peer, "onnection"));
	ck_assert(!peer_has(peer, "eep-"));
}
END_TEST

START_TEST(server_given_two_idle_seconds_closes)
{
	struct peer *peer = connect_peer();

	peer_send_text(peer, "GET /ping HTTP/1.1\r\nhost: m\r\n\r\n");
	settle(peer);
	pass(CLOCK_MS(1900));
	settle(peer);
	ck_assert(!peer_is_over(peer));
	pass(CLOCK_MS(200));
	turn_until_over(peer, "idle");
}
END_TEST

static void compute(void *ctx)
{
	(void)ctx;
	fake.now += CLOCK_S(SERVER_IDLE_S + 1);
}

/* Others were computed for in the same turn, before the answer: of that the client knows nothing.
 */
START_TEST(server_given_a_long_turn_counts_idleness_from_the_answer)
{
	struct loop_timer computing;
	struct peer *peer = connect_peer();

	server_setup.latency_ns = CLOCK_MS(100);
	peer_send_text(peer, PREDICT);
	settle(peer);
	loop_timer_init(&computing, compute, NULL);
	loop_timer_set(loop, &computing, fake.now + 1);
	pass(server_setup.latency_ns);
	settle(peer);
	ck_assert(peer_has(peer, "HTTP/1.1 200 OK"));
	ck_assert(!peer_is_over(peer));
	pass(CLOCK_S(SERVER_IDLE_S));
	turn_until_over(peer, "idle");
}
END_TEST

START_TEST(server_given_endless_body_refuses_it)
{
	struct peer *peer = connect_peer();

	peer_send_text(peer, "POST /predict HTTP/1.1\r\nhost: m\r\ncontent-length: 268435457\r\n\r\n");
	turn_until_over(peer, "large");
	ck_assert(peer_has(peer, "HTTP/1.1 413 "));
	ck_assert(peer_has(peer, "{\"detail\":\""));
}
END_TEST

/* -- what the mock adds ---------------------------------------------------------------------- */

START_TEST(server_given_latency_delays_predictions_alone)
{
	struct peer *peer = connect_peer();
	struct peer *other = connect_peer();

	server_setup.latency_ns = CLOCK_MS(1500);
	peer_send_text(peer, PREDICT);
	peer_send_text(other, LAST);
	turn_until_over(other, "ping");
	ck_assert(peer_has(other, "pong"));
	settle(peer);
	ck_assert_uint_eq(peer->in.n, 0);
	pass(CLOCK_MS(1400));
	settle(peer);
	ck_assert_uint_eq(peer->in.n, 0);
	pass(CLOCK_MS(100));
	settle(peer);
	ck_assert(peer_has(peer, "HTTP/1.1 200 OK\r\n"));
	ck_assert(peer_has(peer, "\r\n\r\n{}"));
}
END_TEST

START_TEST(server_given_client_that_leaves_forgets_its_answer)
{
	struct peer *peer = connect_peer();

	server_setup.latency_ns = CLOCK_MS(1500);
	peer_send_text(peer, PREDICT);
	settle(peer);
	peer_reset(peer);
	settle(peer);
	pass(CLOCK_S(2));
	peer = connect_peer();
	peer_send_text(peer, PREDICT);
	settle(peer); /* and this one is cut off by the end */
}
END_TEST

START_TEST(server_tells_what_it_received)
{
	static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	struct peer *peer = connect_peer();
	BUF_AUTO struct buf wanted = {0};

	peer_send_text(peer, PREDICT);
	peer_send_text(peer, "GET /nope?x HTTP/1.1\r\nhost: m\r\n\r\n");
	peer_send_text(peer, "GET /__mock/requests HTTP/1.1\r\nhost: m\r\n\r\n");
	peer_send_text(peer, "GET /__mock/requests HTTP/1.1\r\nhost: m\r\nconnection: close\r\n\r\n");
	turn_until_over(peer, "requests");
	buf_add_format(&wanted,
		"{\"name\":\"m1\",\"count\":2,\"requests\":[\n"
		"{\"n\":1,\"method\":\"POST\",\"target\":\"/predict\",\"status\":200,\"entries\":\"{}\","
		"\"parts\":[{\"name\":\"entries\",\"bytes\":2},{\"name\":\"text\",\"bytes\":3}],"
		"\"partCount\":2,\"payloadSha256\":\"%s\"},\n"
		"{\"n\":2,\"method\":\"GET\",\"target\":\"/nope?x\",\"status\":404,\"entries\":null,"
		"\"parts\":[],\"partCount\":0,\"payloadSha256\":null}]}\n",
		abc);
	ck_assert_uint_eq(peer_count(peer, wanted.bytes), 2);
}
END_TEST

START_TEST(server_given_other_paths_of_the_mocks_refuses_them)
{
	struct peer *peer = connect_peer();

	peer_send_text(peer, "GET /__mock/nope HTTP/1.1\r\nhost: m\r\n\r\n");
	peer_send_text(peer, "PUT /__mock/requests HTTP/1.1\r\nhost: m\r\n\r\n");
	peer_send_text(peer, "GET /__mock/requests HTTP/1.1\r\nhost: m\r\nconnection: close\r\n\r\n");
	turn_until_over(peer, "paths");
	ck_assert(peer_has(peer, "HTTP/1.1 404 Not Found\r\n"));
	ck_assert(peer_has(peer, "HTTP/1.1 405 Method Not Allowed\r\n"));
	ck_assert(peer_has(peer, "\"count\":0,"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_server");
	TCase *tcase = tcase_create("server");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, server_given_probes_answers_as_the_service);
	tcase_add_test(tcase, server_given_request_sends_the_services_head);
	tcase_add_test(tcase, server_given_two_idle_seconds_closes);
	tcase_add_test(tcase, server_given_a_long_turn_counts_idleness_from_the_answer);
	tcase_add_test(tcase, server_given_endless_body_refuses_it);
	tcase_add_test(tcase, server_given_latency_delays_predictions_alone);
	tcase_add_test(tcase, server_given_client_that_leaves_forgets_its_answer);
	tcase_add_test(tcase, server_tells_what_it_received);
	tcase_add_test(tcase, server_given_other_paths_of_the_mocks_refuses_them);
	suite_add_tcase(suite, tcase);
	return suite;
}
