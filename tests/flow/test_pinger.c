/* Pings in the background: when backends are asked, and what becomes of the answers. */
#include <stdio.h>

#include "proxy/monitor.h"
#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/places.h"
#include "rig/suite.h"

#define CONFIG                                                                            \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1/ml\"," \
	"\"basicAuth\":\"me:secret\",\"headers\":{\"X-Key\":\"k\"}},"                         \
	"{\"name\":\"off\",\"url\":\"http://$2\",\"enabled\":false}]}"
#define PONG    "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npong"
#define NO_PONG "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"

enum { BACKENDS = 3 };

static struct rig rig;

static struct backend *state(void)
{
	return rig.config->backends[0].state;
}

static void set_up(void)
{
	rig_init(&rig, BACKENDS, CONFIG);
	rig_answers(&rig, 0, PONG);
	rig_listen(&rig);
	monitor_set_config(rig.worker->monitor, rig.config);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

static void expect_pings(size_t count)
{
	rig_settle(&rig);
	ck_assert_uint_eq(rig.backends[0].request_count, count);
	ck_assert_ptr_null(rig_peer(&rig, 1));
}

/* -- when ------------------------------------------------------------------------------------ */

START_TEST(pinger_given_a_new_backend_asks_at_once_with_its_fields)
{
	struct span head = expect_request(&rig, 0, 0, "GET /ml/ping HTTP/1.1", SPAN_EMPTY);

	ck_assert(expect_has_line(head, "authorization: Basic bWU6c2VjcmV0"));
	ck_assert_uint_eq(expect_count_lines(head, "x-key: k"), 1);
	expect_pings(1);
	ck_assert_int_eq(backend_status(state()), HEALTH_HEALTHY);
	ck_assert_uint_eq(atomic_load(&state()->requests), 0); /* which are counted without pings */
}
END_TEST

START_TEST(pinger_given_a_healthy_backend_asks_every_interval)
{
	expect_pings(1);
	for (size_t i = 1; i <= 3; i++) {
		rig_pass(&rig, CLOCK_MS(9990));
		expect_pings(i);
		rig_pass(&rig, CLOCK_MS(20));
		expect_pings(i + 1);
	}
}
END_TEST

/* It is asked again after that time, and not before. */
static void expect_ping_within(int64_t least_ms, int64_t most_ms)
{
	size_t before = rig.backends[0].request_count;

	rig_pass(&rig, CLOCK_MS(least_ms - 1));
	expect_pings(before);
	rig_pass(&rig, CLOCK_MS(most_ms - least_ms + 1));
	expect_pings(before + 1);
}

START_TEST(pinger_given_an_unhealthy_backend_backs_off)
{
	static const int64_t most_ms[] = {10000, 20000, 40000, 60000, 60000};

	rig_answers(&rig, 0, NO_PONG);
	expect_pings(1);
	for (int i = 0; i < COUNT_OF(most_ms); i++)
		expect_ping_within(most_ms[i] / 4 * 3, most_ms[i]);
	rig_answers(&rig, 0, PONG);
	expect_ping_within(45000, 60000);
	ck_assert_int_eq(backend_status(state()), HEALTH_HEALTHY);
	expect_ping_within(10000, 10000);
}
END_TEST

/* Whichever worker's request it was. */
START_TEST(pinger_given_a_request_that_succeeds_ends_the_back_off)
{
	rig_answers(&rig, 0, NO_PONG);
	expect_pings(1);
	for (int i = 0; i < 4; i++)
		rig_pass(&rig, CLOCK_S(60));
	expect_pings(5);
	rig_answers(&rig, 0, PONG);
	rig_pass(&rig, CLOCK_S(5));
	ck_assert(backend_note_status(state(), 200, 1, false, rig.clock.now));
	expect_ping_within(5000, 5000);
	expect_ping_within(10000, 10000);
}
END_TEST

/* A crowd of failed requests, as when a service restarts, is no reason to look away. */
START_TEST(pinger_given_failed_requests_does_not_back_off)
{
	expect_pings(1);
	for (int i = 0; i < 64; i++)
		(void)backend_note_failure(state(), "reset", rig.clock.now);
	expect_ping_within(10000, 10000);
	ck_assert_int_eq(backend_status(state()), HEALTH_HEALTHY);
}
END_TEST

/* -- time ------------------------------------------------------------------------------------ */

START_TEST(pinger_given_silence_waits_for_the_whole_time)
{
	rig_answers(&rig, 0, "");
	expect_pings(1);
	rig_pass(&rig, CLOCK_MS(1499));
	ck_assert_int_eq(backend_status(state()), HEALTH_UNKNOWN);
	rig_pass(&rig, CLOCK_MS(1));
	ck_assert_int_eq(backend_status(state()), HEALTH_UNHEALTHY);
	ck_assert_str_eq(backend_health(state()).error, "no answer within 1500 ms");
	ck_assert(peer_is_over(rig_peer(&rig, 0)));
}
END_TEST

/* What is there when the time is over counts. */
START_TEST(pinger_given_an_answer_at_exactly_the_time_out_takes_it)
{
	rig_answers(&rig, 0, "");
	expect_pings(1);
	peer_send_now(rig_peer(&rig, 0), SPAN_LITERAL(PONG));
	rig.clock.now += CLOCK_MS(1500);
	rig_settle(&rig);
	ck_assert_int_eq(backend_status(state()), HEALTH_HEALTHY);
}
END_TEST

START_TEST(pinger_given_an_endless_answer_does_not_read_on)
{
	rig_answers(&rig, 0, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\npong!\r\n");
	RIG_UNTIL(&rig, backend_status(state()) == HEALTH_UNHEALTHY);
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)));
	ck_assert_str_eq(backend_health(state()).error, "answered 200 without `pong`");
}
END_TEST

START_TEST(pinger_given_a_head_over_its_limit_is_no_pong)
{
	BUF_AUTO struct buf answer = {0};

	buf_add_format(&answer, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nx: %016384d\r\n\r\npong", 0);
	rig_answers_bytes(&rig, 0, buf_span(&answer));
	RIG_UNTIL(&rig, backend_status(state()) == HEALTH_UNHEALTHY);
}
END_TEST

/* -- another configuration ------------------------------------------------------------------- */

/* b1 as before, and b3 or not; the interval is longer. */
static struct config *other_config(bool has_b3)
{
	char text[256];

	(void)snprintf(text, sizeof text,
		"{\"defaultBackend\":\"b1\",\"health\":{\"interval\":30},\"backends\":["
		"{\"name\":\"b1\",\"url\":\"http://$1/ml\"}%s]}",
		has_b3 ? ",{\"name\":\"b3\",\"url\":\"http://$3\"}" : "");
	return rig_config(&rig, text);
}

START_TEST(pinger_given_another_configuration_follows_it)
{
	struct config *with = other_config(true);
	struct config *without = other_config(false);

	rig_answers(&rig, 2, PONG);
	expect_pings(1);
	rig_pass(&rig, CLOCK_S(5));
	monitor_set_config(rig.worker->monitor, with);
	RIG_UNTIL(&rig, rig.backends[2].request_count == 1);
	expect_pings(1); /* it is known, and its time has not come */
	rig_pass(&rig, CLOCK_S(4));
	expect_pings(1);
	rig_pass(&rig, CLOCK_S(1));
	expect_pings(2);
	expect_ping_within(30000, 30000);
	monitor_set_config(rig.worker->monitor, without);
	expect_ping_within(30000, 30000);
	ck_assert_uint_eq(rig.backends[2].request_count, 1 + 1);
	monitor_set_config(rig.worker->monitor, NULL);
	rig_pass(&rig, CLOCK_S(60));
	expect_pings(4);
	config_unref(with);
	config_unref(without);
}
END_TEST

START_TEST(pinger_given_another_configuration_while_it_asks_goes_on)
{
	struct config *other = other_config(false);

	rig_answers(&rig, 0, "");
	expect_pings(1);
	monitor_set_config(rig.worker->monitor, other);
	expect_pings(1); /* the question is shared */
	peer_send_text(rig_peer(&rig, 0), PONG);
	RIG_UNTIL(&rig, backend_status(state()) == HEALTH_HEALTHY);
	expect_ping_within(30000, 30000);
	config_unref(other);
}
END_TEST

/* -- the log --------------------------------------------------------------------------------- */

START_TEST(pinger_logs_each_change_once)
{
	expect_pings(1);
	ck_assert_ptr_nonnull(strstr(
		rig_logged(&rig), " level=info event=health backend=b1 status=healthy was=unknown\n"));
	(void)backend_note_failure(state(), "cannot connect: Connection refused", rig.clock.now);
	rig_pass(&rig, CLOCK_S(1));
	ck_assert_ptr_nonnull(
		strstr(rig_logged(&rig), " level=warn event=health backend=b1 status=unhealthy was=healthy "
								 "why=\"cannot connect: Connection refused\" hint=\"see that "));
	rig_pass(&rig, CLOCK_S(1));
	ck_assert_str_eq(rig_logged(&rig), "");
	rig_pass(&rig, CLOCK_S(8));
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), " status=healthy was=unhealthy\n"));
}
END_TEST

/* -- who waits ------------------------------------------------------------------------------- */

START_TEST(pinger_given_a_client_too_shares_its_question)
{
	struct peer *client = rig_client(&rig);

	rig_answers(&rig, 0, "");
	expect_pings(1);
	peer_send_text(client, "GET /ping HTTP/1.1\r\nhost: a\r\n\r\n");
	expect_pings(1);
	ck_assert_uint_eq(client->in.n, 0);
	peer_send_text(rig_peer(&rig, 0), PONG);
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("pong"));
	expect_pings(1);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, pinger_given_a_new_backend_asks_at_once_with_its_fields);
	tcase_add_test(tcase, pinger_given_a_healthy_backend_asks_every_interval);
	tcase_add_test(tcase, pinger_given_an_unhealthy_backend_backs_off);
	tcase_add_test(tcase, pinger_given_a_request_that_succeeds_ends_the_back_off);
	tcase_add_test(tcase, pinger_given_failed_requests_does_not_back_off);
	tcase_add_test(tcase, pinger_given_silence_waits_for_the_whole_time);
	tcase_add_test(tcase, pinger_given_an_answer_at_exactly_the_time_out_takes_it);
	tcase_add_test(tcase, pinger_given_an_endless_answer_does_not_read_on);
	tcase_add_test(tcase, pinger_given_a_head_over_its_limit_is_no_pong);
	tcase_add_test(tcase, pinger_given_another_configuration_follows_it);
	tcase_add_test(tcase, pinger_given_another_configuration_while_it_asks_goes_on);
	tcase_add_test(tcase, pinger_logs_each_change_once);
	tcase_add_test(tcase, pinger_given_a_client_too_shares_its_question);
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("pinger");
	TCase *tcase = tcase_create("pinger");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
