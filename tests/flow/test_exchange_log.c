/* What the log says of a request, and at which level. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG                                                                          \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}," \
	"{\"name\":\"b2\",\"url\":\"http://$2\"}],\"taskRouting\":{\"ocr\":\"b2\"}}"
#define SPLIT \
	"{\"clip\":{\"visual\":{\"modelName\":\"m\"}},\"ocr\":{\"detection\":{\"modelName\":\"m\"}}}"
#define CLIP "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK \
	"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"clip\":1}"
#define BROKEN "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\n\r\noops"

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 2, CONFIG);
	rig_answers(&rig, 0, OK);
	rig_listen(&rig);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

START_TEST(log_given_a_prefix_and_a_query_shows_neither)
{
	struct peer *client = rig_client(&rig);
	const char *lines;

	peer_send_text(client, "GET /secret/token/nope?key=hidden HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "Not Found\"}"));
	lines = rig_logged(&rig);
	ck_assert_ptr_nonnull(strstr(lines, " path=/*/nope status=404 "));
	ck_assert_ptr_null(strstr(lines, "secret"));
	ck_assert_ptr_null(strstr(lines, "hidden"));
	peer_send_text(client, "GET /secret/ping/ HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "HTTP/1.1 307 "));
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), " path=/*/ping/ status=307 "));
}
END_TEST

START_TEST(log_given_a_split_that_fails_names_the_backend)
{
	BUF_AUTO struct buf request = form_predict(SPLIT, "cat");
	struct peer *client = rig_client(&rig);

	rig_answers(&rig, 1, BROKEN);
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 500, SPAN_LITERAL("oops"));
	ck_assert_ptr_nonnull(
		strstr(rig_logged(&rig), " error=\"backend 'b2': answered 500\" status=500 "));
}
END_TEST

START_TEST(log_given_level_warn_shows_failures_alone)
{
	struct peer *client = rig_client(&rig);
	const char *lines;

	rig.log.level = LOG_WARN;
	rig_refuses(&rig, 1);
	peer_send_text(client, "GET /nope HTTP/1.1\r\nhost: a\r\n\r\n"
						   "GET /ping HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "backend 'b"));
	lines = rig_logged(&rig);
	ck_assert_ptr_null(strstr(lines, "status=404"));
	ck_assert_ptr_nonnull(strstr(lines, " level=warn event=exchange "));
	ck_assert_ptr_nonnull(strstr(lines, " status=503 "));
}
END_TEST

/* Whoever asks for many tasks does not hide what became of it. */
START_TEST(log_given_many_tasks_shows_the_first_ones_and_the_status)
{
	BUF_AUTO struct buf entries = {0};
	BUF_AUTO struct buf request = {0};
	struct peer *client = rig_client(&rig);
	const char *line;

	for (int i = 0; i < 250; i++)
		buf_add_format(
			&entries, "%c\"\\u0001task-%d\":{\"t\":{\"modelName\":\"m\"}}", i ? ',' : '{', i);
	buf_add_text(&entries, "}");
	buf_add(&entries, (struct span){"", 1});
	request = form_predict(entries.bytes, "cat");
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1}"));
	line = rig_logged(&rig);
	ck_assert_ptr_nonnull(strstr(line, " tasks=\"\\u0001task-0,\\u0001task-1,"));
	ck_assert_ptr_nonnull(strstr(line, ",\\u0001task-7,...\" "));
	ck_assert_ptr_nonnull(strstr(line, " status=200 "));
	ck_assert_uint_lt(strlen(line), 2000);
}
END_TEST

static void post(struct peer *client)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "cat");

	peer_send(client, buf_span(&request));
}

/* The last try is told so, with what the backend has got if it has. */
static void expect_try(const char *connection, bool was_sent, const char *rest)
{
	const struct rig_backend *backend = &rig.backends[0];
	BUF_AUTO struct buf wanted = {0};
	const char *lines = rig_logged(&rig);

	buf_add_format(&wanted, " backend=b1 connection=%s sent=%zu %s%c", connection,
		was_sent ? backend->requests.n / backend->request_count : 0, rest, 0);
	ck_assert_msg(strstr(lines, " level=debug event=try id=") && strstr(lines, wanted.bytes),
		"no '%s' in %s", wanted.bytes, lines);
}

START_TEST(log_given_level_debug_shows_every_try)
{
	struct peer *client = rig_client(&rig);
	struct span body = SPAN_LITERAL("{\"clip\":1}");

	rig.log.level = LOG_DEBUG;
	for (size_t i = 0; i < 2; i++) {
		post(client);
		(void)expect_answer(&rig, client, 200, body);
		expect_try(i ? "kept" : "new", true, "received=10 status=200 ms=0.0");
	}
	rig_answers(&rig, 0, "");
	post(client);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 3);
	rig_answers(&rig, 0, OK);
	peer_fin(rig_peer(&rig, 0));
	(void)expect_answer(&rig, client, 200, body);
	expect_try("replaced", true, "received=10 status=200 ms=0.0");
	rig_refuses(&rig, 0);
	peer_fin(rig_peer(&rig, 0));
	rig_settle(&rig);
	post(client);
	(void)expect_detail(&rig, client, 502, "cannot connect");
	expect_try(
		"none", false, "received=0 status=0 ms=0.0 error=\"cannot connect: Connection refused\"");
}
END_TEST

START_TEST(log_given_client_that_leaves_shows_the_try)
{
	struct peer *client = rig_client(&rig);

	rig.log.level = LOG_DEBUG;
	rig_answers(&rig, 0, "");
	post(client);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	rig_pass(&rig, CLOCK_MS(1500));
	peer_fin(client);
	RIG_UNTIL(&rig, client->has_fin);
	expect_try("new", true, "received=0 status=0 ms=1500.0\n");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("exchange log");
	TCase *tcase = tcase_create("log");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, log_given_a_prefix_and_a_query_shows_neither);
	tcase_add_test(tcase, log_given_a_split_that_fails_names_the_backend);
	tcase_add_test(tcase, log_given_level_warn_shows_failures_alone);
	tcase_add_test(tcase, log_given_many_tasks_shows_the_first_ones_and_the_status);
	tcase_add_test(tcase, log_given_level_debug_shows_every_try);
	tcase_add_test(tcase, log_given_client_that_leaves_shows_the_try);
	suite_add_tcase(suite, tcase);
	return suite;
}
