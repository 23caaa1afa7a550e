/* A clock that jumps, as it does for a process that was stopped for a while: what had arrived by
 * then counts. There are more connections than libevent tells of at once. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define BACKENDS "\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]"
#define CONFIG   "{" BACKENDS "}"
#define PATIENT                                                                                   \
	"{" BACKENDS ",\"timeouts\":{\"connect\":300,\"backend\":86400,\"head\":3600,\"stall\":3600," \
	"\"idle\":86400,\"drain\":86400,\"request\":86400}}"
#define CLIP "{\"clip\":{\"textual\":{\"modelName\":\"m\"}}}"
#define OK   "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
#define BODY SPAN_LITERAL("{}")
#define DAY  CLOCK_S(86400)

enum { CROWD = 48 };

static struct rig rig;
static struct buf request;
static struct peer *clients[CROWD];

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
	request = form_predict(CLIP, "cat");
}

static void tear_down(void)
{
	rig_deinit(&rig);
	buf_deinit(&request);
}

/* Comes one after the other, so that libevent is not prepared for many. */
static void connect_all(size_t sent)
{
	for (size_t i = 0; i < CROWD; i++) {
		clients[i] = rig_client(&rig);
		peer_send(clients[i], span_first(buf_span(&request), sent));
		rig_settle(&rig);
	}
}

static void expect_all_answered(void)
{
	for (size_t i = 0; i < CROWD; i++)
		(void)expect_answer(&rig, clients[i], 200, BODY);
}

/* In the head, behind it, and in the body, of which the backend then has the beginning. */
START_TEST(jump_given_rest_of_requests_in_the_socket_answers_them)
{
	size_t head_n =
		(size_t)((char *)memmem(request.bytes, request.n, "\r\n\r\n", 4) - request.bytes);
	size_t cuts[] = {1, head_n, head_n + 4, request.n - 1};

	rig_answers(&rig, 0, OK);
	connect_all(cuts[_i]);
	for (size_t i = 0; i < CROWD; i++)
		peer_send_now(clients[i], span_skip(buf_span(&request), cuts[_i]));
	rig.clock.now += DAY;
	expect_all_answered();
}
END_TEST

START_TEST(jump_given_answers_in_the_socket_passes_them_on)
{
	static const size_t cuts[] = {0, 1, sizeof OK - 3, sizeof OK - 2};
	struct span answer = SPAN_LITERAL(OK);

	connect_all(request.n);
	ck_assert_uint_eq(rig.backends[0].request_count, CROWD);
	LIST_EACH(node, &rig.backends[0].peers)
		peer_send(LIST_OBJECT(node, struct peer, node), span_first(answer, cuts[_i]));
	rig_settle(&rig);
	LIST_EACH(node, &rig.backends[0].peers)
		peer_send_now(LIST_OBJECT(node, struct peer, node), span_skip(answer, cuts[_i]));
	rig.clock.now += DAY;
	expect_all_answered();
}
END_TEST

/* Else they are cut. */
START_TEST(jump_given_nothing_in_the_socket_ends_what_waits)
{
	connect_all(request.n);
	rig.clock.now += DAY;
	for (size_t i = 0; i < CROWD; i++)
		(void)expect_detail(&rig, clients[i], 504, "");
}
END_TEST

/* The longest times that can be configured are waited for, to the end. */
START_TEST(time_given_the_longest_is_waited_for)
{
	struct rig patient;
	struct peer *client;

	rig_init(&patient, 1, PATIENT);
	client = rig_client(&patient);
	peer_send(client, buf_span(&request));
	RIG_UNTIL(&patient, patient.backends[0].request_count == 1);
	rig_pass(&patient, DAY - 1);
	ck_assert_uint_eq(client->in.n, 0);
	peer_send_text(rig_peer(&patient, 0), OK);
	(void)expect_answer(&patient, client, 200, BODY);
	rig_pass(&patient, DAY - 1);
	ck_assert(!client->has_fin);
	rig_pass(&patient, 1);
	ck_assert(client->has_fin);
	rig_deinit(&patient);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("clock jumps");
	TCase *tcase = tcase_create("clock jumps");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, jump_given_rest_of_requests_in_the_socket_answers_them, 0, 4);
	tcase_add_loop_test(tcase, jump_given_answers_in_the_socket_passes_them_on, 0, 4);
	tcase_add_test(tcase, jump_given_nothing_in_the_socket_ends_what_waits);
	tcase_add_test(tcase, time_given_the_longest_is_waited_for);
	suite_add_tcase(suite, tcase);
	return suite;
}
