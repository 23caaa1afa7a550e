/* The server side as a client sees it on the wire: what is refused and how, order, time, leaving.
 */
#include "rig/rig.h"
#include "rig/suite.h"

#define CONFIG "{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]}"

#define PONG      "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npong"
#define OK_ANSWER "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
	rig_answers(&rig, 0, OK_ANSWER);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

#define A16  "aaaaaaaaaaaaaaaa"
#define A256 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16

/* -- refusals -------------------------------------------------------------------------------- */

static const struct refusal {
	const char *request;
	const char *status;
} refusals[] = {
	{"GET /ping HTTP/1.1\r\n\r\n", "400"},
	{"GET /ping HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n", "400"},
	{"GET /ping HTTP/1.1\r\nhost: a b\r\n\r\n", "400"},
	{"GET ping HTTP/1.1\r\nhost: a\r\n\r\n", "400"},
	{"GET /ping HTTP/2.0\r\nhost: a\r\n\r\n", "505"},
	{"GET /ping\r\n\r\n", "400"},
	{"\x16\x03\x01\x02", "400"},
	{"GET /ping HTTP/1.1\nhost: a\n\n", "400"},
	{"GET /ping HTTP/1.1\r\nhost: a\r\nx: 1\r\n 2\r\n\r\n", "400"},
	{"GET /ping HTTP/1.1\r\nhost : a\r\n\r\n", "400"},
	{"GET /ping HTTP/1.1\r\nhost: a\r\n: b\r\n\r\n", "400"},
	{"HEAD /ping HTTP/1.1\r\nhost: a\r\n: b\r\n\r\n", "400"},
	{"POST /ping HTTP/1.1\r\nx: " A256 "\r\n: b\r\n\r\n", "400"}, /* which has moved */
	{"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx", "400"},
	{"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 1, 1\r\n\r\nx", "400"},
	{"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n", "400"},
	{"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: "
	 "chunked\r\n\r\n0\r\n\r\n",
		"400"},
	{"POST /predict HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
	{"POST /predict HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", "501"},
	{"POST /predict HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n", "501"},
	{"POST /predict HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", "400"},
	{"POST /predict HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nxx\r\n", "400"},
	{"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 67108865\r\n\r\n", "413"},
	{"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: a/b\r\ncontent-type: a/b\r\n\r\n", "400"},
};

START_TEST(request_given_doubt_is_refused_and_closed)
{
	const struct refusal *row = &refusals[_i];
	struct peer *client = rig_client(&rig);
	char wanted[32];

	(void)snprintf(wanted, sizeof wanted, "HTTP/1.1 %s ", row->status);
	peer_send_text(client, row->request);
	RIG_UNTIL(&rig, client->has_fin);
	ck_assert_msg(span_starts(buf_span(&client->in), span_of(wanted)), "%s: %.*s", row->request,
		SPAN_ARG(buf_span(&client->in)));
	ck_assert(peer_has(client, "connection: close\r\n"));
	ck_assert(peer_has(client, "{\"detail\":\""));
	ck_assert_uint_eq(peer_count(client, "connection: close"), 1);
	ck_assert_uint_eq(rig.backends[0].request_count, 0);
}
END_TEST

static const struct refusal accepted[] = {
	{"GET / HTTP/1.1\r\nhost: a\r\n\r\n", "200"},
	{"\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n", "200"},
	{"GET http://ml/?x=\"#1 HTTP/1.1\r\nhost: a\r\n\r\n", "200"},
	{"GET /?x=\"#1 HTTP/1.1\r\nhost: a!$&'()*+,;=b:80\r\nx: \xff\xfe\r\n\r\n", "200"},
	{"GET / HTTP/1.0\r\n\r\n", "200"},
	{"BREW / HTTP/1.1\r\nhost: a\r\n\r\n", "405"},
	{"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", "404"},
	{"HEAD /ping HTTP/1.1\r\nhost: a\r\n\r\n", "405"},
	{"GET /predict HTTP/1.1\r\nhost: a\r\n\r\n", "405"},
	{"POST /ping HTTP/1.1\r\nhost: a\r\n\r\n", "405"},
	{"GET //ping HTTP/1.1\r\nhost: a\r\n\r\n", "404"},
	{"GET /PING HTTP/1.1\r\nhost: a\r\n\r\n", "404"},
	{"GET /nope HTTP/1.1\r\nhost: a\r\n\r\n", "404"},
	{"GET /ping/ HTTP/1.1\r\nhost: a\r\n\r\n", "307"},
	{"POST /token/predict/?a HTTP/1.1\r\nhost: a\r\n\r\n", "307"},
};

START_TEST(request_given_odd_but_sound_is_answered)
{
	const struct refusal *row = &accepted[_i];
	struct peer *client = rig_client(&rig);
	char wanted[32];

	(void)snprintf(wanted, sizeof wanted, "HTTP/1.1 %s ", row->status);
	peer_send_text(client, row->request);
	RIG_UNTIL(&rig, peer_has(client, "\r\n\r\n"));
	ck_assert_msg(span_starts(buf_span(&client->in), span_of(wanted)), "%s: %.*s", row->request,
		SPAN_ARG(buf_span(&client->in)));
}
END_TEST

START_TEST(methods_given_wrong_ones_name_the_right_one)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "GET /predict HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "{\"detail\":\"Method Not Allowed\"}"));
	ck_assert(peer_has(client, "allow: POST\r\n"));
	peer_send_text(client, "HEAD /token/ping HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "allow: GET\r\n"));
	rig_settle(&rig);
	ck_assert_uint_eq(peer_count(client, "Method Not Allowed\"}"), 1); /* none for HEAD */
	ck_assert_uint_eq(peer_count(client, "content-length: 31\r\n"), 2);
}
END_TEST

/* A client that is still sending gets the answer, not a reset. */
START_TEST(refusal_given_unread_body_arrives)
{
	struct peer *client = rig_client(&rig);
	struct buf body = {0};

	memset(buf_reserve(&body, 1 << 20), 'x', 1 << 20);
	body.n = 1 << 20;
	peer_send_text(client, "POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\n");
	for (int i = 0; i < 8; i++)
		peer_send(client, buf_span(&body));
	RIG_UNTIL(&rig, client->has_fin && !peer_unsent(client));
	ck_assert(!client->is_broken);
	ck_assert(peer_has(client, "limits.body (67108864 bytes)"));
	buf_deinit(&body);
}
END_TEST

/* Whoever goes on sending has longer to come to the end of it, but not for ever. */
START_TEST(refusal_given_a_slow_sender_waits_for_as_long_as_it_sends)
{
	static const char piece[1 << 22];
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\n");
	RIG_UNTIL(&rig, client->has_fin);
	peer_send(client, (struct span){piece, sizeof piece});
	RIG_UNTIL(&rig, !peer_unsent(client));
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_S(9));
	rig_settle(&rig);
	ck_assert(!httpd_is_empty(rig.worker->httpd));
	rig_pass(&rig, CLOCK_S(2));
	RIG_UNTIL(&rig, httpd_is_empty(rig.worker->httpd));
}
END_TEST

START_TEST(chunked_given_too_much_is_refused)
{
	struct rig small;
	struct peer *client;

	rig_init(&small, 1,
		"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}],"
		"\"limits\":{\"body\":1024}}");
	client = rig_client(&small);
	peer_send_text(
		client, "POST /predict HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
	for (int i = 0; i < 65; i++)
		peer_send_text(client, "10\r\n0123456789abcdef\r\n");
	RIG_UNTIL(&small, peer_has(client, "HTTP/1.1 413 ") && client->has_fin);
	ck_assert(!client->is_broken);
	rig_deinit(&small);
}
END_TEST

/* -- order and life -------------------------------------------------------------------------- */

START_TEST(pipelined_given_three_are_answered_in_order)
{
	struct peer *client = rig_client(&rig);

	rig_answers(&rig, 0, PONG);
	peer_send_text(client, "GET /ping HTTP/1.1\r\nhost: a\r\n\r\nGET /nope HTTP/1.1\r\nhost: a\r\n"
						   "\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "Immich ML"));
	ck_assert(memmem(client->in.bytes, client->in.n, "pong", 4) <
			  memmem(client->in.bytes, client->in.n, "Not Found\"", 10));
	ck_assert_uint_eq(peer_count(client, "HTTP/1.1 "), 3);
	ck_assert(peer_has(client, "keep-alive: timeout=75\r\n"));
	ck_assert(!client->has_fin);
}
END_TEST

START_TEST(expect_given_continue_is_sent_before_the_body)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "POST /predict HTTP/1.1\r\nhost: a\r\nexpect: 100-Continue\r\n"
						   "content-length: 2\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "HTTP/1.1 100 Continue\r\n\r\n"));
	peer_send_text(client, "{}");
	RIG_UNTIL(&rig, peer_has(client, "HTTP/1.1 200 OK"));
	ck_assert_ptr_null(
		memmem(rig.backends[0].requests.bytes, rig.backends[0].requests.n, "xpect", 5));
}
END_TEST

START_TEST(connection_given_close_is_closed_after_the_answer)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "GET / HTTP/1.1\r\nhost: a\r\nconnection: x, Close\r\n\r\n");
	RIG_UNTIL(&rig, client->has_fin);
	ck_assert(peer_has(client, "Immich ML"));
	ck_assert(peer_has(client, "connection: close\r\n"));
}
END_TEST

START_TEST(id_given_sane_is_echoed_and_else_made)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "GET / HTTP/1.1\r\nhost: a\r\nx-request-id: abc-1.2\r\n\r\n"
						   "GET / HTTP/1.1\r\nhost: a\r\nx-request-id: a b\r\n\r\n");
	RIG_UNTIL(&rig, peer_count(client, "Immich ML") == 2);
	ck_assert(peer_has(client, "x-request-id: abc-1.2\r\n"));
	ck_assert(!peer_has(client, "x-request-id: a b"));
	ck_assert_uint_eq(peer_count(client, "x-request-id: "), 2);
}
END_TEST

START_TEST(root_given_a_browser_is_a_page)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "GET / HTTP/1.1\r\nhost: a\r\naccept: text/html,*/*\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "</html>"));
	ck_assert(peer_has(client, "content-type: text/html; charset=utf-8\r\n"));
}
END_TEST

/* -- time ------------------------------------------------------------------------------------ */

START_TEST(head_given_too_slow_is_408)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "GET / HTTP/1.1\r\n");
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(9900));
	peer_send_text(client, "host: a\r\n"); /* progress does not help */
	rig_settle(&rig);
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(200));
	RIG_UNTIL(&rig, client->has_fin);
	ck_assert(peer_has(client, "HTTP/1.1 408 "));
	ck_assert(peer_has(client, "timeouts.head"));
}
END_TEST

START_TEST(body_given_stall_is_408)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "POST /predict HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data;"
						   " boundary=b\r\ncontent-length: 99\r\n\r\n--b\r\n");
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(29900));
	peer_send_text(client, "Content-");
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(29900)); /* progress does help */
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(200));
	RIG_UNTIL(&rig, client->has_fin);
	ck_assert(peer_has(client, "HTTP/1.1 408 "));
	ck_assert(peer_has(client, "timeouts.stall"));
}
END_TEST

START_TEST(idle_given_its_time_is_closed_silently)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "Immich ML"));
	rig_pass(&rig, CLOCK_S(74));
	ck_assert(!client->has_fin);
	rig_pass(&rig, CLOCK_S(2));
	RIG_UNTIL(&rig, client->has_fin);
	ck_assert_uint_eq(peer_count(client, "HTTP/1.1"), 1);
}
END_TEST

/* -- leaving --------------------------------------------------------------------------------- */

static struct peer *send_and_wait(struct rig *with, const char *connection)
{
	struct peer *client = rig_client(with);
	char head[256];

	rig_answers(with, 0, "");
	(void)snprintf(head, sizeof head,
		"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n%s\r\n{}", connection);
	peer_send_text(client, head);
	RIG_UNTIL(with, with->backends[0].request_count == 1);
	return client;
}

START_TEST(client_given_fin_has_left_and_the_backend_request_is_cancelled)
{
	struct peer *client = send_and_wait(&rig, "");

	peer_fin(client);
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)));
	RIG_UNTIL(&rig, client->has_fin);
	ck_assert_uint_eq(client->in.n, 0);
}
END_TEST

START_TEST(client_given_reset_has_left)
{
	struct peer *client = send_and_wait(&rig, "");

	peer_reset(client);
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)));
}
END_TEST

START_TEST(client_given_connection_close_may_half_close)
{
	struct peer *client = send_and_wait(&rig, "connection: close\r\n");

	peer_fin(client);
	rig_settle(&rig);
	ck_assert(!peer_is_over(rig_peer(&rig, 0)));
	peer_send_text(rig_peer(&rig, 0), OK_ANSWER);
	RIG_UNTIL(&rig, client->has_fin);
	ck_assert(peer_has(client, "\r\n\r\n{}"));
}
END_TEST

/* The client leaves while its next request waits unread: seen although nobody reads. */
START_TEST(client_given_pipelined_bytes_and_reset_has_left)
{
	struct peer *client = send_and_wait(&rig, "");

	peer_send_text(client, "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
	rig_settle(&rig);
	peer_reset(client);
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)));
}
END_TEST

/* -- limits ---------------------------------------------------------------------------------- */

START_TEST(connections_given_too_many_are_told_so)
{
	struct rig small;
	struct peer *first;
	struct peer *second;

	rig_init(&small, 1,
		"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}],"
		"\"limits\":{\"connections\":1}}");
	first = rig_client(&small);
	peer_send_text(first, "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&small, peer_has(first, "Immich ML"));
	second = rig_client(&small);
	RIG_UNTIL(&small, second->has_fin);
	ck_assert(peer_has(second, "HTTP/1.1 503 "));
	ck_assert(peer_has(second, "limits.connections"));
	peer_fin(first);
	RIG_UNTIL(
		&small, atomic_load(&small.shared.connections) == 0); /* the refused one is no client */
	second = rig_client(&small);
	peer_send_text(second, "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&small, peer_has(second, "Immich ML"));
	rig_deinit(&small);
}
END_TEST

START_TEST(everything_given_no_configuration_says_where_to_configure)
{
	struct rig bare;
	struct peer *client;

	rig_init(&bare, 0, NULL);
	client = rig_client(&bare);
	peer_send_text(client, "GET /ping HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&bare, peer_has(client, "config.json"));
	ck_assert(peer_has(client, "HTTP/1.1 503 "));
	peer_send_text(client, "POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}");
	RIG_UNTIL(&bare, peer_count(client, "config.json") == 2);
	ck_assert_uint_eq(peer_count(client, "HTTP/1.1 503 "), 2);
	rig_deinit(&bare);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("server");
	TCase *tcase = tcase_create("server");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(
		tcase, request_given_doubt_is_refused_and_closed, 0, sizeof refusals / sizeof *refusals);
	tcase_add_loop_test(
		tcase, request_given_odd_but_sound_is_answered, 0, sizeof accepted / sizeof *accepted);
	tcase_add_test(tcase, methods_given_wrong_ones_name_the_right_one);
	tcase_add_test(tcase, refusal_given_unread_body_arrives);
	tcase_add_test(tcase, refusal_given_a_slow_sender_waits_for_as_long_as_it_sends);
	tcase_add_test(tcase, chunked_given_too_much_is_refused);
	tcase_add_test(tcase, pipelined_given_three_are_answered_in_order);
	tcase_add_test(tcase, expect_given_continue_is_sent_before_the_body);
	tcase_add_test(tcase, connection_given_close_is_closed_after_the_answer);
	tcase_add_test(tcase, id_given_sane_is_echoed_and_else_made);
	tcase_add_test(tcase, root_given_a_browser_is_a_page);
	tcase_add_test(tcase, head_given_too_slow_is_408);
	tcase_add_test(tcase, body_given_stall_is_408);
	tcase_add_test(tcase, idle_given_its_time_is_closed_silently);
	tcase_add_test(tcase, client_given_fin_has_left_and_the_backend_request_is_cancelled);
	tcase_add_test(tcase, client_given_reset_has_left);
	tcase_add_test(tcase, client_given_connection_close_may_half_close);
	tcase_add_test(tcase, client_given_pipelined_bytes_and_reset_has_left);
	tcase_add_test(tcase, connections_given_too_many_are_told_so);
	tcase_add_test(tcase, everything_given_no_configuration_says_where_to_configure);
	suite_add_tcase(suite, tcase);
	return suite;
}
