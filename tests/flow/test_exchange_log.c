/* What the log says of a request, and at which level. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG "{" CONFIG_REST
#define CONFIG_REST                                                                    \
	"\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}," \
	"{\"name\":\"b2\",\"url\":\"http://"                                               \
	"$2\"}],\"taskRouting\":{\"ocr\":\"b2\",\"pool\":[\"b1\",\"b2\"]}}"
#define SPLIT \
	"{\"clip\":{\"visual\":{\"modelName\":\"m\"}},\"ocr\":{\"detection\":{\"modelName\":\"m\"}}}"
#define CLIP "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK \
	"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"clip\":1}"
#define BUSY   "HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy"
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
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), " path=/*/ status=307 "));
	client = rig_client(&rig);
	peer_send_text(client, "GET /secret/ HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "Not Found\"}"));
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), " path=/*/ status=404 "));
}
END_TEST

START_TEST(log_given_an_admin_path_shows_it_without_its_query)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "GET /api/nope/%0a?key=hidden HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, strstr(rig_logged(&rig), " path=/api/nope/%0a "));
	ck_assert_ptr_null(strstr(rig_logged(&rig), "hidden"));
}
END_TEST

START_TEST(log_given_what_cannot_be_read_says_who_sent_it)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "junk\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "HTTP/1.1 400 "));
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), " event=refused client=127.0.0.1:"));
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

/* The last line that was logged, but for what differs from run to run: `time`, `id` and `client`
 * come first. */
static const char *last_line(void)
{
	const char *lines = rig_logged(&rig);
	const char *last = strstr(lines, " method=");

	for (const char *at = last; at; at = strstr(at + 1, " method="))
		last = at;
	return last ? last : "";
}

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

#define BOTH                                                                                   \
	"{\"clip\":{\"visual\":{\"modelName\":\"A\"},\"textual\":{\"modelName\":\"B\"}},\"ocr\":{" \
	"\"detection\":{\"modelName\":\"C\"},\"recognition\":{\"modelName\":\"C\"}}}"
#define OK_OCR \
	"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{\"ocr\":2}"

/* A split whose request comes in two halves, and whose answers come one after the other. */
static struct peer *post_slowly(void)
{
	BUF_AUTO struct buf request = form_predict(BOTH, "cat");
	struct peer *client = rig_client(&rig);

	rig_answers(&rig, 0, "");
	rig_answers(&rig, 1, "");
	rig_pass(&rig, CLOCK_MS(1));
	peer_send(client, span_first(buf_span(&request), request.n - 1));
	RIG_UNTIL(&rig, rig_peer(&rig, 0) && rig_peer(&rig, 0)->in.n && rig_peer(&rig, 1) &&
						rig_peer(&rig, 1)->in.n);
	rig_pass(&rig, CLOCK_MS(20));
	peer_send(client, span_skip(buf_span(&request), request.n - 1));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1 && rig.backends[1].request_count == 1);
	rig_pass(&rig, CLOCK_MS(300));
	peer_send_text(rig_peer(&rig, 1), OK_OCR);
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(4000));
	peer_send_text(rig_peer(&rig, 0), OK);
	return client;
}

START_TEST(log_given_a_split_shows_what_it_was_and_how_long_it_took)
{
	struct span merged = SPAN_LITERAL("{\"clip\":1,\"ocr\":2}");
	BUF_AUTO struct buf request = form_predict(BOTH, "cat");
	BUF_AUTO struct buf wanted = {0};
	struct span head;
	const char *line;

	head = expect_answer(&rig, post_slowly(), 200, merged);
	ck_assert_uint_eq(expect_count_lines(head, "server-timing:"), 0);
	line = last_line();
	buf_add_format(&wanted,
		" method=POST path=/predict tasks=clip,ocr models=A,B,C backends=b1,b2"
		" routes=defaultBackend,taskRouting.ocr reasons=default,task attempts=2 status=200"
		" complete=yes bytes_in=%zu bytes_out=%zu receive_ms=20.0 queue_ms=0.0 backend_ms=4300.0"
		" total_ms=4320.0\n%c",
		request.n -
			(size_t)((char *)memmem(request.bytes, request.n, "\r\n\r\n", 4) + 4 - request.bytes),
		merged.n, 0);
	ck_assert_str_eq(line, wanted.bytes);
}
END_TEST

START_TEST(log_given_json_shows_the_same)
{
	const char *line;

	rig.log.format = LOG_JSON;
	(void)expect_answer(&rig, post_slowly(), 200, SPAN_LITERAL("{\"clip\":1,\"ocr\":2}"));
	line = strstr(rig_logged(&rig), "\"method\":");
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_nonnull(strstr(line,
		"\"POST\",\"path\":\"/"
		"predict\",\"tasks\":[\"clip\",\"ocr\"],\"models\":[\"A\",\"B\",\"C\"],"
		"\"backends\":[\"b1\",\"b2\"],\"routes\":[\"defaultBackend\",\"taskRouting.ocr\"],"
		"\"reasons\":[\"default\",\"task\"],\"attempts\":2,\"status\":200,\"complete\":true,"));
	ck_assert_ptr_nonnull(strstr(
		line, "\"receive_ms\":20.0,\"queue_ms\":0.0,\"backend_ms\":4300.0,\"total_ms\":4320.0}\n"));
}
END_TEST

START_TEST(log_given_a_request_that_asks_nobody_shows_its_total_alone)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "GET /nope HTTP/1.1\r\nhost: a\r\n\r\n");
	(void)expect_detail(&rig, client, 404, "Not Found");
	ck_assert_str_eq(last_line(), " method=GET path=/nope status=404 complete=yes bytes_in=0"
								  " bytes_out=22 total_ms=0.0\n");
}
END_TEST

START_TEST(log_given_a_failover_counts_the_backends_time_from_the_first)
{
	BUF_AUTO struct buf request = form_predict("{\"pool\":{\"x\":{\"modelName\":\"m\"}}}", "cat");
	struct peer *client = rig_client(&rig);

	rig_answers(&rig, 0, "");
	rig_answers(&rig, 1, "");
	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	rig_pass(&rig, CLOCK_MS(700));
	peer_fin(rig_peer(&rig, 0));
	RIG_UNTIL(&rig, rig.backends[1].request_count == 1);
	rig_pass(&rig, CLOCK_MS(300));
	peer_send_text(rig_peer(&rig, 1), OK);
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1}"));
	ck_assert_ptr_nonnull(strstr(last_line(), " queue_ms=0.0 backend_ms=1000.0 total_ms=1000.0\n"));
}
END_TEST

START_TEST(log_given_nobody_reached_shows_no_time_of_a_backend)
{
	struct peer *client = rig_client(&rig);

	rig_refuses(&rig, 0);
	post(client);
	(void)expect_detail(&rig, client, 502, "cannot connect");
	ck_assert_ptr_nonnull(strstr(last_line(), " receive_ms=0.0 total_ms=0.0\n"));
}
END_TEST

/* Both refuse in words, whoever is asked first. */
static void ask_pool(void)
{
	BUF_AUTO struct buf request = form_predict("{\"pool\":{\"x\":{\"modelName\":\"m\"}}}", "cat");
	struct peer *client = rig_asks(&rig, buf_span(&request));

	(void)expect_answer(&rig, client, 503, SPAN_LITERAL("busy"));
}

START_TEST(log_given_many_moves_says_how_many_it_left_out)
{
	struct limiter limiter;
	const char *at;
	int lines = 0;

	limiter_init(&limiter, &rig.clock.clock);
	rig.log.limiter = &limiter;
	rig_answers(&rig, 0, BUSY);
	rig_answers(&rig, 1, BUSY);
	for (int i = 0; i < LIMITER_BURST + 3; i++)
		ask_pool();
	for (at = rig_logged(&rig); (at = strstr(at, " event=failover ")); at++)
		lines++;
	ck_assert_int_eq(lines, LIMITER_BURST);
	rig_pass(&rig, CLOCK_S(LIMITER_PAUSE_S));
	ask_pool();
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), " event=failover suppressed=3 id="));
}
END_TEST

/* -- Server-Timing --------------------------------------------------------------------------- */

static void set_up_debug(void)
{
	rig_init(&rig, 2, "{\"debugHeaders\":true," CONFIG_REST);
	rig_answers(&rig, 0, OK);
	rig_listen(&rig);
}

START_TEST(answer_given_debug_headers_says_how_long_what_took)
{
	struct span head =
		expect_answer(&rig, post_slowly(), 200, SPAN_LITERAL("{\"clip\":1,\"ocr\":2}"));

	ck_assert(expect_has_line(
		head, "server-timing: queue;dur=0.0, backend;dur=4300.0, total;dur=4320.0"));
}
END_TEST

START_TEST(answer_given_debug_headers_and_nobody_asked_says_the_total)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "GET /nope HTTP/1.1\r\nhost: a\r\n\r\n");
	ck_assert(expect_has_line(
		expect_detail(&rig, client, 404, "Not Found"), "server-timing: total;dur=0.0"));
}
END_TEST

/* The head goes out long before the rest. */
START_TEST(answer_given_debug_headers_and_a_large_body_says_the_time_until_its_head)
{
	BUF_AUTO struct buf large = {0};
	struct peer *client = rig_client(&rig);

	rig_answers(&rig, 0, "");
	post(client);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	rig_pass(&rig, CLOCK_MS(50));
	buf_add_format(&large, "HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\n{%1500000s", "");
	peer_send(rig_peer(&rig, 0), buf_span(&large));
	RIG_UNTIL(&rig, peer_has(client, "\r\n\r\n"));
	ck_assert(peer_has(client, "\r\nserver-timing: queue;dur=0.0, backend;dur=50.0, "
							   "total;dur=50.0\r\n"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("exchange log");
	TCase *tcase = tcase_create("log");
	TCase *timing = tcase_create("timing");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, log_given_a_prefix_and_a_query_shows_neither);
	tcase_add_test(tcase, log_given_an_admin_path_shows_it_without_its_query);
	tcase_add_test(tcase, log_given_what_cannot_be_read_says_who_sent_it);
	tcase_add_test(tcase, log_given_a_split_that_fails_names_the_backend);
	tcase_add_test(tcase, log_given_level_warn_shows_failures_alone);
	tcase_add_test(tcase, log_given_many_tasks_shows_the_first_ones_and_the_status);
	tcase_add_test(tcase, log_given_level_debug_shows_every_try);
	tcase_add_test(tcase, log_given_client_that_leaves_shows_the_try);
	tcase_add_test(tcase, log_given_a_split_shows_what_it_was_and_how_long_it_took);
	tcase_add_test(tcase, log_given_json_shows_the_same);
	tcase_add_test(tcase, log_given_a_request_that_asks_nobody_shows_its_total_alone);
	tcase_add_test(tcase, log_given_a_failover_counts_the_backends_time_from_the_first);
	tcase_add_test(tcase, log_given_nobody_reached_shows_no_time_of_a_backend);
	tcase_add_test(tcase, log_given_many_moves_says_how_many_it_left_out);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(timing, set_up_debug, tear_down);
	tcase_add_test(timing, answer_given_debug_headers_says_how_long_what_took);
	tcase_add_test(timing, answer_given_debug_headers_and_nobody_asked_says_the_total);
	tcase_add_test(
		timing, answer_given_debug_headers_and_a_large_body_says_the_time_until_its_head);
	suite_add_tcase(suite, timing);
	return suite;
}
