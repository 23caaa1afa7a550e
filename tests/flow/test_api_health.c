/* GET /api/health: how every backend is. */
#include <stdio.h>
#include <time.h>

#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/suite.h"
#include "wire/json.h"

#define CONFIG                                                                                 \
	"{\"defaultBackend\":\"b\\\"1\",\"backends\":[{\"name\":\"b\\\"1\",\"url\":"               \
	"\"http://$1/base\",\"basicAuth\":\"me:secret\"},{\"name\":\"b2\",\"url\":\"http://$2\"}," \
	"{\"name\":\"off\",\"url\":\"http://$3\",\"enabled\":false}]}"
#define PONG   "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npong"
#define HEALTH "GET /api/health HTTP/1.1\r\nhost: a\r\n\r\n"

static struct rig rig;
static struct buf page; /* the last one */

static void set_up(void)
{
	rig_init(&rig, 3, CONFIG);
	rig_answers(&rig, 0, PONG);
	rig_answers(&rig, 1, PONG);
}

static void tear_down(void)
{
	buf_deinit(&page);
	rig_deinit(&rig);
}

static struct peer *ask(const char *request)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, request);
	return client;
}

/* Takes the page, whatever it says. */
static void take_page(struct peer *client)
{
	struct message message = {0};
	enum json_type type;
	struct err err;

	RIG_UNTIL(&rig, message_read(buf_span(&client->in), true, false, &message));
	ck_assert(peer_has(client, "HTTP/1.1 200 OK\r\n"));
	ck_assert(peer_has(client, "content-type: application/json\r\n"));
	buf_reset(&page);
	buf_add(&page, buf_span(&message.body));
	message_deinit(&message);
	ck_assert_msg(json_check_whole(buf_span(&page), &type, &err) == 0, "%s", err.text);
	ck_assert_int_eq(type, JSON_OBJECT);
}

/* A backend's member as it is written. */
static void expect_member(const char *backend, const char *key, const char *value)
{
	struct span object;
	struct span found;

	ck_assert(json_member(buf_span(&page), span_of(backend), &object));
	ck_assert(json_member(object, span_of(key), &found));
	ck_assert_msg(span_is(found, value), "%s.%s is %.*s", backend, key, SPAN_ARG(found));
}

static void expect_time(const char *backend, const char *key, int seconds_ago)
{
	struct span object;
	struct span found;
	uint64_t seconds;
	int64_t off;

	ck_assert(json_member(buf_span(&page), span_of(backend), &object));
	ck_assert(json_member(object, span_of(key), &found));
	ck_assert(span_to_number(found, INT64_MAX, &seconds));
	off = (int64_t)time(NULL) - seconds_ago - (int64_t)seconds;
	/* time() may be a tick behind clock_gettime() */
	ck_assert_msg(off >= -1 && off <= 120, "%s.%s is %.*s", backend, key, SPAN_ARG(found));
}

START_TEST(health_says_how_each_is)
{
	char url[64];

	rig_answers(&rig, 1, "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n");
	take_page(ask(HEALTH));
	(void)snprintf(url, sizeof url, "\"%s://127.0.0.1:%u/base\"", rig_scheme(),
		listener_port(rig.backends[0].listener));
	expect_member("b\"1", "status", "\"healthy\"");
	expect_member("b\"1", "error", "\"\"");
	expect_member("b\"1", "consecutiveFailures", "0");
	expect_member("b\"1", "enabled", "true");
	expect_member("b\"1", "url", url);
	expect_time("b\"1", "lastCheck", 0);
	expect_time("b\"1", "since", 0);
	expect_member("b2", "status", "\"unhealthy\"");
	expect_member("b2", "error", "\"answered 503 without `pong`\"");
	expect_member("b2", "consecutiveFailures", "1");
	expect_member("off", "status", "\"unknown\"");
	expect_member("off", "lastCheck", "0");
	expect_member("off", "since", "0");
	expect_member("off", "enabled", "false");
	ck_assert_ptr_null(memmem(page.bytes, page.n, "secret", 6));
	ck_assert_ptr_null(memmem(page.bytes, page.n, "bWU6", 4));
	ck_assert_ptr_null(rig_peer(&rig, 2));
}
END_TEST

START_TEST(health_says_since_when_and_what_was_counted)
{
	struct backend *state = rig.config->backends[0].state;

	take_page(ask(HEALTH));
	backend_begin(state);
	backend_begin(state);
	(void)backend_note_status(state, 500, 1, false, rig.clock.now);
	backend_note_failover(state);
	backend_end(state);
	rig_pass(&rig, CLOCK_S(1000));
	take_page(ask(HEALTH));
	expect_time("b\"1", "since", 1000);
	expect_time("b\"1", "lastCheck", 0);
	expect_member("b\"1", "inFlight", "1");
	expect_member("b\"1", "requests", "2");
	expect_member("b\"1", "failures", "1");
	expect_member("b\"1", "failovers", "1");
	backend_end(state);
}
END_TEST

START_TEST(health_given_fresh_results_asks_nobody)
{
	take_page(ask(HEALTH));
	rig_pass(&rig, CLOCK_S(2));
	take_page(ask(HEALTH));
	ck_assert_uint_eq(rig.backends[0].request_count, 1);
	rig_pass(&rig, CLOCK_MS(1));
	take_page(ask(HEALTH));
	ck_assert_uint_eq(rig.backends[0].request_count, 2);
}
END_TEST

START_TEST(health_given_a_hanging_backend_answers_in_time)
{
	struct peer *client;

	rig_answers(&rig, 1, "");
	client = ask(HEALTH);
	RIG_UNTIL(&rig, rig.backends[1].request_count == 1);
	rig_pass(&rig, CLOCK_MS(1490));
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(20));
	take_page(client);
	expect_member("b2", "error", "\"no answer within 1500 ms\"");
	expect_member("b\"1", "status", "\"healthy\"");
}
END_TEST

START_TEST(health_given_a_client_that_leaves_keeps_quiet)
{
	struct peer *client;

	rig_answers(&rig, 1, "");
	client = ask(HEALTH);
	RIG_UNTIL(&rig, rig.backends[1].request_count == 1);
	peer_fin(client);
	rig_pass(&rig, CLOCK_S(2));
	ck_assert_uint_eq(client->in.n, 0);
}
END_TEST

START_TEST(health_given_a_process_that_stops_still_answers)
{
	atomic_store(&rig.shared.is_draining, true);
	take_page(ask(HEALTH));
	expect_member("b2", "status", "\"healthy\"");
}
END_TEST

START_TEST(health_given_no_configuration_says_where_to_put_one)
{
	rig_deinit(&rig);
	rig_init(&rig, 3, NULL);
	(void)expect_error(
		&rig, ask(HEALTH), 503, "no configuration yet: write one to config.json", NULL);
}
END_TEST

static const struct refusal {
	const char *request;
	int status;
	const char *says;
} refusals[] = {
	{"GET /token/api/health HTTP/1.1\r\nhost: a\r\n\r\n", 404, "Not Found"},
	{"GET /health HTTP/1.1\r\nhost: a\r\n\r\n", 404, "Not Found"},
	{"GET //api/health HTTP/1.1\r\nhost: a\r\n\r\n", 404, "Not Found"},
	{"GET /API/health HTTP/1.1\r\nhost: a\r\n\r\n", 404, "Not Found"},
};

START_TEST(health_given_something_else_is_refused_as_json)
{
	(void)expect_detail(&rig, ask(refusals[_i].request), refusals[_i].status, refusals[_i].says);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("api_health");
	TCase *tcase = tcase_create("api_health");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, health_says_how_each_is);
	tcase_add_test(tcase, health_says_since_when_and_what_was_counted);
	tcase_add_test(tcase, health_given_fresh_results_asks_nobody);
	tcase_add_test(tcase, health_given_a_hanging_backend_answers_in_time);
	tcase_add_test(tcase, health_given_a_client_that_leaves_keeps_quiet);
	tcase_add_test(tcase, health_given_a_process_that_stops_still_answers);
	tcase_add_test(tcase, health_given_no_configuration_says_where_to_put_one);
	tcase_add_loop_test(
		tcase, health_given_something_else_is_refused_as_json, 0, COUNT_OF(refusals));
	suite_add_tcase(suite, tcase);
	return suite;
}
