/* Stopping: what has begun is answered, what rests is closed. */
#include <sys/socket.h>

#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG                                                                           \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]," \
	"\"limits\":{\"connections\":3},\"timeouts\":{\"drain\":20}}"
#define CLIP  "{\"clip\":{\"textual\":{\"modelName\":\"m\"}}}"
#define OK    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
#define BODY  SPAN_LITERAL("{}")
#define ROOT  "GET / HTTP/1.1\r\nhost: a\r\n\r\n"
#define HELLO SPAN_LITERAL("{\"message\":\"Immich ML\"}")
#define CLOSE "connection: close"

enum { LARGE_BYTES = 3000000 };

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

static struct peer *ask(const char *request)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, request);
	return client;
}

/* A client whose request the backend has and does not answer. */
static struct peer *post_and_wait(void)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "cat");
	struct peer *client = rig_client(&rig);

	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	return client;
}

static void expect_last_answer(struct peer *client, struct span body)
{
	struct span head = expect_answer(&rig, client, 200, body);

	ck_assert(expect_has_line(head, CLOSE));
	RIG_UNTIL(&rig, client->has_fin);
	ck_assert(!client->is_broken);
}

static void expect_drained(void)
{
	RIG_UNTIL(&rig, rig.is_drained);
	ck_assert_uint_eq(atomic_load(&rig.shared.connections), 0);
	ck_assert_uint_eq(atomic_load(&rig.shared.exchanges), 0);
}

/* The client closes, as one does that was told so. */
static void expect_drained_after(struct peer *client)
{
	rig_settle(&rig);
	ck_assert(!rig.is_drained);
	peer_fin(client);
	expect_drained();
}

/* -- nothing under way ----------------------------------------------------------------------- */

START_TEST(drain_given_nobody_is_over_at_once)
{
	rig_drain(&rig);
	expect_drained();
}
END_TEST

START_TEST(drain_given_idle_connections_closes_them_at_once)
{
	struct peer *clients[] = {ask(ROOT), ask(ROOT), rig_client(&rig)};

	for (size_t i = 0; i < 2; i++)
		(void)expect_answer(&rig, clients[i], 200, HELLO);
	rig_pass(&rig, CLOCK_MS(HTTPD_LINGER_MS));
	rig_drain(&rig);
	expect_drained();
	for (size_t i = 0; i < 3; i++) {
		RIG_UNTIL(&rig, clients[i]->has_fin);
		ck_assert_uint_eq(clients[i]->in.n, clients[i]->taken);
		ck_assert(!clients[i]->is_broken);
	}
}
END_TEST

/* The next request may be on its way to a connection that is new or was just answered. */
START_TEST(drain_given_connections_just_used_waits_a_little)
{
	struct peer *used = ask(ROOT);
	struct peer *unused = rig_client(&rig);

	(void)expect_answer(&rig, used, 200, HELLO);
	rig_drain(&rig);
	rig_pass(&rig, CLOCK_MS(HTTPD_LINGER_MS - 1));
	ck_assert(!used->has_fin && !unused->has_fin);
	ck_assert(!rig.is_drained);
	rig_pass(&rig, CLOCK_MS(1));
	expect_drained();
}
END_TEST

START_TEST(drain_given_a_request_in_that_time_answers_it)
{
	struct peer *client = _i ? ask(ROOT) : rig_client(&rig);

	if (_i)
		(void)expect_answer(&rig, client, 200, HELLO);
	rig_drain(&rig);
	rig_pass(&rig, CLOCK_MS(HTTPD_LINGER_MS - 1));
	peer_send_text(client, ROOT);
	expect_last_answer(client, HELLO);
	expect_drained_after(client);
}
END_TEST

struct stop {
	struct loop_mail mail;
	int fd;
};

static void send_and_stop(struct loop_mail *mail)
{
	const struct stop *stop = LIST_OBJECT(mail, struct stop, mail);

	ck_assert_int_eq(send(stop->fd, ROOT, sizeof ROOT - 1, 0), sizeof ROOT - 1);
	rig_drain(&rig);
}

/* The request comes after the loop has looked for such in the turn in which it is to stop. */
START_TEST(drain_given_a_request_that_has_just_arrived_answers_it)
{
	struct peer *client = ask(ROOT);
	struct stop stop = {.mail.deliver = send_and_stop, .fd = client->transport.fd};

	(void)expect_answer(&rig, client, 200, HELLO);
	rig_pass(&rig, CLOCK_S(5));
	list_init(&stop.mail.node);
	loop_post(rig.worker->loop, &stop.mail);
	expect_last_answer(client, HELLO);
	expect_drained_after(client);
}
END_TEST

/* -- under way ------------------------------------------------------------------------------- */

START_TEST(drain_given_a_connection_not_yet_accepted_answers_it)
{
	struct peer *client = ask(ROOT);

	ck_assert_uint_eq(atomic_load(&rig.shared.connections), 0);
	rig_drain(&rig);
	expect_last_answer(client, HELLO);
	expect_drained_after(client);
}
END_TEST

/* Cut anywhere: in the head, behind it, in the body. */
START_TEST(drain_given_a_request_half_arrived_answers_it)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "cat");
	size_t cuts[] = {1, 20, request.n - 300, request.n - 1};
	struct peer *client = rig_client(&rig);

	rig_answers(&rig, 0, OK);
	peer_send(client, span_first(buf_span(&request), cuts[_i]));
	rig_settle(&rig);
	rig_drain(&rig);
	rig_pass(&rig, CLOCK_S(5));
	ck_assert(!client->has_fin);
	peer_send(client, span_skip(buf_span(&request), cuts[_i]));
	expect_last_answer(client, BODY);
	expect_drained_after(client);
}
END_TEST

START_TEST(drain_given_a_request_at_the_backend_answers_it)
{
	struct peer *client = post_and_wait();

	rig_drain(&rig);
	rig_pass(&rig, CLOCK_S(15));
	ck_assert_uint_eq(atomic_load(&rig.shared.exchanges), 1);
	peer_send_text(rig_peer(&rig, 0), OK);
	expect_last_answer(client, BODY);
	expect_drained_after(client);
}
END_TEST

START_TEST(drain_given_pipelined_requests_answers_both)
{
	struct peer *client = post_and_wait();
	struct span head;

	peer_send_text(client, ROOT);
	rig_settle(&rig);
	rig_drain(&rig);
	rig_settle(&rig);
	peer_send_text(rig_peer(&rig, 0), OK);
	head = expect_answer(&rig, client, 200, BODY);
	ck_assert(!expect_has_line(head, CLOSE));
	expect_last_answer(client, HELLO);
	expect_drained_after(client);
}
END_TEST

/* Its head has said already that the connection stays. */
START_TEST(drain_given_an_answer_that_streams_passes_the_whole)
{
	BUF_AUTO struct buf head_sent = {0};
	BUF_AUTO struct buf body = {0};
	struct peer *client = post_and_wait();
	struct span head;

	buf_add_format(&body, "{\"clip\":\"%*d\"}", LARGE_BYTES, 1);
	buf_add_format(&head_sent, "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\n\r\n", body.n);
	peer_send(rig_peer(&rig, 0), buf_span(&head_sent));
	peer_send(rig_peer(&rig, 0), span_first(buf_span(&body), LARGE_BYTES / 2));
	RIG_UNTIL(&rig, client->in.n > LARGE_BYTES / 4);
	rig_drain(&rig);
	rig_pass(&rig, CLOCK_S(5));
	peer_send(rig_peer(&rig, 0), span_skip(buf_span(&body), LARGE_BYTES / 2));
	head = expect_answer(&rig, client, 200, buf_span(&body));
	ck_assert(!expect_has_line(head, CLOSE));
	ck_assert(!client->has_fin);
	rig_pass(&rig, CLOCK_MS(HTTPD_LINGER_MS));
	expect_drained();
}
END_TEST

/* -- connections beyond the limit ------------------------------------------------------------ */

START_TEST(drain_given_a_refused_connection_waits_for_its_client)
{
	struct peer *refused;

	for (size_t i = 0; i < 3; i++)
		(void)expect_answer(&rig, ask(ROOT), 200, HELLO);
	refused = ask(ROOT);
	(void)expect_detail(&rig, refused, 503, "limits.connections (3) is reached");
	ck_assert_uint_eq(atomic_load(&rig.shared.connections), 3);
	rig_drain(&rig);
	rig_pass(&rig, CLOCK_MS(HTTPD_LINGER_MS));
	ck_assert_uint_eq(atomic_load(&rig.shared.connections), 0);
	expect_drained_after(refused);
	ck_assert_uint_eq(atomic_load(&rig.shared.refused), 0);
}
END_TEST

/* -- time ------------------------------------------------------------------------------------ */

START_TEST(drain_given_its_time_is_over_ends_with_what_is_left)
{
	struct peer *client = post_and_wait();

	rig_drain(&rig);
	rig_pass(&rig, CLOCK_MS(19999));
	ck_assert(!rig.is_drained);
	rig_pass(&rig, CLOCK_MS(1));
	ck_assert(rig.is_drained);
	ck_assert_uint_eq(atomic_load(&rig.shared.exchanges), 1);
	ck_assert(!client->has_fin); /* it is the process that cuts it */
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("drain");
	TCase *tcase = tcase_create("drain");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, drain_given_nobody_is_over_at_once);
	tcase_add_test(tcase, drain_given_idle_connections_closes_them_at_once);
	tcase_add_test(tcase, drain_given_connections_just_used_waits_a_little);
	tcase_add_loop_test(tcase, drain_given_a_request_in_that_time_answers_it, 0, 2);
	tcase_add_test(tcase, drain_given_a_request_that_has_just_arrived_answers_it);
	tcase_add_test(tcase, drain_given_a_connection_not_yet_accepted_answers_it);
	tcase_add_loop_test(tcase, drain_given_a_request_half_arrived_answers_it, 0, 4);
	tcase_add_test(tcase, drain_given_a_request_at_the_backend_answers_it);
	tcase_add_test(tcase, drain_given_pipelined_requests_answers_both);
	tcase_add_test(tcase, drain_given_an_answer_that_streams_passes_the_whole);
	tcase_add_test(tcase, drain_given_a_refused_connection_waits_for_its_client);
	tcase_add_test(tcase, drain_given_its_time_is_over_ends_with_what_is_left);
	suite_add_tcase(suite, tcase);
	return suite;
}
