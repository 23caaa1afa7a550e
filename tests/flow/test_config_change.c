/* Another configuration while connections and requests are there: what has begun keeps the one it
 * began with, what begins has the new one, on old connections, too. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG(backend, rest)                            \
	"{\"defaultBackend\":\"" backend "\",\"backends\":[" \
	"{\"name\":\"b1\",\"url\":\"http://$1\"},"           \
	"{\"name\":\"b2\",\"url\":\"http://$2\"}]," rest "}"
#define BEFORE CONFIG("b1", "\"limits\":{\"body\":100000,\"head\":4096},\"timeouts\":{\"idle\":60}")
#define AFTER  CONFIG("b2", "\"limits\":{\"body\":1000,\"head\":1024},\"timeouts\":{\"idle\":5}")
#define ONE    "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"clip\":\"1\"}"
#define TWO    "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"clip\":\"2\"}"
#define CLIP   "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define ROOT   "GET / HTTP/1.1\r\nhost: a\r\n"

enum { PHOTO = 50000, HEAD = 2000 };

static struct rig rig;
static struct peer *client;

static void set_up(void)
{
	rig_init(&rig, 2, BEFORE);
	rig_answers(&rig, 0, ONE);
	rig_answers(&rig, 1, TWO);
	client = rig_client(&rig);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

/* While no loop turns, as every worker does it in its thread. */
static void change(const char *text)
{
	config_unref(rig.config);
	rig.config = rig_config(&rig, text);
	crew_set_config(&rig.crew, rig.config);
}

static struct buf request_of(size_t photo_n)
{
	BUF_AUTO struct buf photo = form_photo(photo_n);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));

	return form_request("/predict", FORM_TYPE, buf_span(&body));
}

static void send_root(size_t head_n)
{
	BUF_AUTO struct buf head = {0};

	buf_add_format(&head, "%sx: %0*d\r\n\r\n", ROOT, (int)(head_n - sizeof ROOT - 6), 0);
	peer_send(client, buf_span(&head));
}

START_TEST(request_given_change_within_keeps_limits_and_backend)
{
	BUF_AUTO struct buf request = request_of(PHOTO);
	size_t half = (size_t)_i * (request.n - 1) / 4 + 1;

	peer_send(client, span_first(buf_span(&request), half));
	RIG_UNTIL(&rig, (rig_settle(&rig), !peer_unsent(client)));
	change(AFTER);
	peer_send(client, span_skip(buf_span(&request), half));
	if (_i > 0)
		(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":\"1\"}"));
	else /* a request begins when its head is complete */
		(void)expect_detail(&rig, client, 413, "body over limits.body (1000 bytes)");
}
END_TEST

START_TEST(request_given_change_before_has_the_new_limits_and_backend)
{
	BUF_AUTO struct buf large = request_of(PHOTO);
	BUF_AUTO struct buf small = request_of(100);

	peer_send(client, buf_span(&large));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":\"1\"}"));
	change(AFTER);
	peer_send(client, buf_span(&small));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":\"2\"}"));
	peer_send(client, buf_span(&large));
	(void)expect_detail(&rig, client, 413, "body over limits.body (1000 bytes)");
}
END_TEST

START_TEST(head_given_change_within_keeps_its_limit)
{
	peer_send_text(client, "G");
	rig_settle(&rig);
	change(AFTER);
	peer_send_text(client, "ET / HTTP/1.1\r\nhost: a\r\nx: ");
	for (size_t i = 0; i < HEAD; i += 10)
		peer_send_text(client, "0123456789");
	peer_send_text(client, "\r\n\r\n");
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"message\":\"Immich ML\"}"));
	send_root(HEAD);
	(void)expect_detail(&rig, client, 431, "head over 1024 bytes");
}
END_TEST

/* And a larger one, on a connection that was there. */
START_TEST(head_given_change_before_has_the_new_limit)
{
	change(AFTER);
	send_root(1000);
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"message\":\"Immich ML\"}"));
	change(BEFORE);
	send_root(HEAD);
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"message\":\"Immich ML\"}"));
	change(AFTER);
	send_root(HEAD);
	(void)expect_detail(&rig, client, 431, "head over 1024 bytes");
}
END_TEST

/* It was told 60 s, and may come back until then. */
START_TEST(connection_given_shorter_idle_rests_as_long_as_it_was_told)
{
	struct span head;

	send_root(100);
	head = expect_answer(&rig, client, 200, SPAN_LITERAL("{\"message\":\"Immich ML\"}"));
	ck_assert(expect_has_line(head, "keep-alive: timeout=60"));
	change(AFTER);
	rig_pass(&rig, CLOCK_S(59));
	send_root(100);
	head = expect_answer(&rig, client, 200, SPAN_LITERAL("{\"message\":\"Immich ML\"}"));
	ck_assert(expect_has_line(head, "keep-alive: timeout=5"));
	rig_pass(&rig, CLOCK_S(4));
	ck_assert(!client->has_fin);
	rig_pass(&rig, CLOCK_S(1));
	RIG_UNTIL(&rig, client->has_fin);
}
END_TEST

START_TEST(budget_follows_the_configuration)
{
	ck_assert_uint_eq(atomic_load(&rig.shared.budget.max), config_default_limits.kept_bytes);
	change(CONFIG("b1", "\"limits\":{\"keptBytes\":65536}"));
	ck_assert_uint_eq(atomic_load(&rig.shared.budget.max), 65536);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("config_change");
	TCase *tcase = tcase_create("config_change");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, request_given_change_within_keeps_limits_and_backend, 0, 4);
	tcase_add_test(tcase, request_given_change_before_has_the_new_limits_and_backend);
	tcase_add_test(tcase, head_given_change_within_keeps_its_limit);
	tcase_add_test(tcase, head_given_change_before_has_the_new_limit);
	tcase_add_test(tcase, connection_given_shorter_idle_rests_as_long_as_it_was_told);
	tcase_add_test(tcase, budget_follows_the_configuration);
	suite_add_tcase(suite, tcase);
	return suite;
}
