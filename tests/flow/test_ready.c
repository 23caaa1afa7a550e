/* GET /healthz and GET /readyz: whether the process is there, and whether to send it requests. */
#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/suite.h"

#define CONFIG  "{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]}"
#define HEALTHZ "GET /healthz HTTP/1.1\r\nhost: evil.example\r\n\r\n"
#define READYZ  "GET /readyz HTTP/1.1\r\nhost: evil.example\r\n\r\n"

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

static void expect(const char *request, int status, const char *text)
{
	struct span head = expect_answer(&rig, rig_asks(&rig, span_of(request)), status, span_of(text));

	ck_assert(expect_has_line(head, "content-type: text/plain; charset=utf-8"));
	ck_assert(expect_has_line(head, "cache-control: no-store"));
}

START_TEST(probes_given_a_configuration_say_yes_and_ask_nobody)
{
	rig_refuses(&rig, 0);
	expect(HEALTHZ, 200, "ok\n");
	expect(READYZ, 200, "ready\n");
	ck_assert_uint_eq(rig.backends[0].request_count, 0);
}
END_TEST

START_TEST(probes_given_no_configuration_say_that_it_is_not_ready)
{
	rig_deinit(&rig);
	rig_init(&rig, 1, NULL);
	expect(HEALTHZ, 200, "ok\n");
	expect(READYZ, 503, "no configuration\n");
}
END_TEST

START_TEST(probes_given_a_process_that_stops_say_that_it_is_not_ready)
{
	atomic_store(&rig.shared.is_draining, true);
	expect(HEALTHZ, 200, "ok\n");
	expect(READYZ, 503, "stopping\n");
}
END_TEST

/* Some watchers ask so. */
START_TEST(probes_given_head_answer_without_a_body)
{
	struct peer *client =
		rig_asks(&rig, SPAN_LITERAL("HEAD /readyz HTTP/1.1\r\nhost: evil.example\r\n\r\n" HEALTHZ));

	RIG_UNTIL(&rig, peer_has(client, "\r\n\r\nok\n"));
	ck_assert(span_starts(buf_span(&client->in), SPAN_LITERAL("HTTP/1.1 200 OK\r\n")));
	ck_assert(peer_has(client, "content-length: 6\r\n"));
	ck_assert(!peer_has(client, "ready\n"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("ready");
	TCase *tcase = suite_case(suite, "ready", set_up, tear_down);

	tcase_add_test(tcase, probes_given_a_configuration_say_yes_and_ask_nobody);
	tcase_add_test(tcase, probes_given_no_configuration_say_that_it_is_not_ready);
	tcase_add_test(tcase, probes_given_a_process_that_stops_say_that_it_is_not_ready);
	tcase_add_test(tcase, probes_given_head_answer_without_a_body);
	return suite;
}
