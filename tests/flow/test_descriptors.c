/* Out of descriptors: who comes waits until others leave, and backends are not blamed. */
#include "rig/descriptors.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG                                                \
	"{\"defaultBackend\":\"b1\",\"backends\":["               \
	"{\"name\":\"b1\",\"url\":\"http://$1\"},"                \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},"                \
	"{\"name\":\"b3\",\"url\":\"http://nobody.invalid:1\"}]," \
	"\"taskRouting\":{\"clip\":\"b1\",\"ocr\":\"b2\",\"other\":\"b3\"}}"
#define ASK(task) "{\"" task "\":{\"textual\":{\"modelName\":\"m\"}}}"
#define OK        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
#define BODY      SPAN_LITERAL("{}")
#define ROOT      "GET / HTTP/1.1\r\nhost: a\r\n\r\n"

enum { WAITING = 5, REFUSED_MAX = 256, FULL_WAIT_MS = 100 };

static struct rig rig;
static struct descriptors descriptors;

static void set_up(void)
{
	rig_init_alone(&rig, 2, CONFIG); /* each worker has the connections that it made */
	rig_answers(&rig, 0, OK);
	rig_answers(&rig, 1, OK);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

static void post(struct peer *client, const char *entries)
{
	BUF_AUTO struct buf request = form_predict(entries, "cat");

	peer_send(client, buf_span(&request));
}

/* Two requests at the same time, so that two connections to the first backend rest afterwards. The
 * clients stay connected. */
static void leave_two_resting(struct peer *clients[2])
{
	rig_answers(&rig, 0, "");
	for (size_t i = 0; i < 2; i++) {
		clients[i] = rig_client(&rig);
		post(clients[i], ASK("clip"));
	}
	RIG_UNTIL(&rig, rig.backends[0].request_count == 2);
	rig_answers(&rig, 0, OK);
	LIST_EACH(node, &rig.backends[0].peers)
		peer_send_text(LIST_OBJECT(node, struct peer, node), OK);
	for (size_t i = 0; i < 2; i++)
		(void)expect_answer(&rig, clients[i], 200, BODY);
}

/* -- clients --------------------------------------------------------------------------------- */

/* In 40 ms of at most 10 ms of sleep each there are few turns. */
static void expect_no_spin(void)
{
	int64_t end = clock_monotonic.now_ns(&clock_monotonic) + CLOCK_MS(40);
	int turns = 0;

	for (; clock_monotonic.now_ns(&clock_monotonic) < end; turns++)
		(void)rig_look(&rig, CLOCK_MS(10));
	ck_assert_msg(turns < 10, "%d turns", turns);
}

/* One descriptor goes from client to client. */
START_TEST(accepting_given_no_descriptors_waits_until_others_have_left)
{
	struct peer *clients[WAITING];

	for (size_t i = 0; i < WAITING; i++) {
		clients[i] = rig_client(&rig);
		peer_send_text(clients[i], ROOT);
	}
	if (!descriptors_leave(&descriptors, 1))
		return;
	for (size_t i = 0; i < WAITING; i++) {
		RIG_UNTIL(&rig, peer_has(clients[i], "Immich ML"));
		rig_settle(&rig);
		expect_no_spin();
		for (size_t k = i + 1; k < WAITING; k++)
			ck_assert_uint_eq(clients[k]->in.n, 0);
		peer_fin(clients[i]);
		RIG_UNTIL(&rig, clients[i]->has_fin);
		rig_pass(&rig, CLOCK_MS(FULL_WAIT_MS));
	}
	descriptors_restore(&descriptors);
}
END_TEST

START_TEST(clients_given_more_than_have_descriptors_are_told_so)
{
	struct peer *first = rig_client(&rig);

	rig.shared.clients_max = 1;
	peer_send_text(first, ROOT);
	RIG_UNTIL(&rig, peer_has(first, "Immich ML"));
	(void)expect_detail(&rig, rig_client(&rig), 503,
		"the number of clients that there are descriptors for (1) is reached");
}
END_TEST

/* Until they have left they need descriptors, too: so many, and no more. */
START_TEST(clients_given_too_many_to_be_told_are_closed)
{
	struct peer *clients[REFUSED_MAX + 1];

	rig.shared.clients_max = 0;
	for (size_t i = 0; i <= REFUSED_MAX; i++) {
		clients[i] = rig_client(&rig);
		RIG_UNTIL(&rig, clients[i]->has_fin);
		ck_assert_int_eq(clients[i]->in.n > 0, i < REFUSED_MAX);
	}
	peer_fin(clients[0]);
	RIG_UNTIL(&rig, atomic_load(&rig.shared.refused) < REFUSED_MAX);
	(void)expect_detail(&rig, rig_client(&rig), 503, "(0) is reached");
}
END_TEST

/* -- backends -------------------------------------------------------------------------------- */

START_TEST(connecting_given_no_descriptors_takes_those_of_resting_connections)
{
	struct peer *clients[2];

	leave_two_resting(clients);
	if (!descriptors_leave(&descriptors, 0))
		return;
	post(clients[0], ASK("ocr"));
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)));
	descriptors_restore(&descriptors); /* the backend needs one, too */
	rig_pass(&rig, CLOCK_MS(FULL_WAIT_MS));
	(void)expect_answer(&rig, clients[0], 200, BODY);
	ck_assert_uint_eq(rig.backends[1].request_count, 1);
}
END_TEST

START_TEST(connecting_given_no_descriptors_at_all_is_503)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, ROOT);
	RIG_UNTIL(&rig, peer_has(client, "Immich ML"));
	client->taken = client->in.n;
	if (!descriptors_leave(&descriptors, 0))
		return;
	post(client, ASK("clip"));
	(void)expect_detail(&rig, client, 503, "backend 'b1': out of descriptors: Too many open files");
	descriptors_restore(&descriptors);
	post(client, ASK("clip"));
	(void)expect_answer(&rig, client, 200, BODY);
}
END_TEST

START_TEST(resolving_given_no_descriptors_is_503)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, ROOT);
	RIG_UNTIL(&rig, peer_has(client, "Immich ML"));
	client->taken = client->in.n;
	if (!descriptors_leave(&descriptors, 0))
		return;
	post(client, ASK("other"));
	(void)expect_detail(
		&rig, client, 503, "backend 'b3': cannot resolve 'nobody.invalid': out of descriptors");
	descriptors_restore(&descriptors);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("descriptors");
	TCase *tcase = tcase_create("descriptors");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, accepting_given_no_descriptors_waits_until_others_have_left);
	tcase_add_test(tcase, clients_given_more_than_have_descriptors_are_told_so);
	tcase_add_test(tcase, clients_given_too_many_to_be_told_are_closed);
	tcase_add_test(tcase, connecting_given_no_descriptors_takes_those_of_resting_connections);
	tcase_add_test(tcase, connecting_given_no_descriptors_at_all_is_503);
	tcase_add_test(tcase, resolving_given_no_descriptors_is_503);
	suite_add_tcase(suite, tcase);
	return suite;
}
