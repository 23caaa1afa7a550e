/* GET /metrics: what all workers have counted, and how things are. */
#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/suite.h"

#define CONFIG                                                                   \
	"{\"defaultBackend\":\"b\\\"1\",\"backends\":[{\"name\":\"b\\\"1\",\"url\":" \
	"\"http://$1/base\",\"basicAuth\":\"me:secret\"},{\"name\":\"b2\",\"url\":\"http://$2\"}]}"
#define METRICS "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n"

static struct rig rig;
static struct buf page; /* the last one */

static void set_up(void)
{
	rig_init(&rig, 2, CONFIG);
}

static void tear_down(void)
{
	buf_deinit(&page);
	rig_deinit(&rig);
}

static void take_page(void)
{
	struct peer *client = rig_asks(&rig, SPAN_LITERAL(METRICS));
	struct message message = {0};

	RIG_UNTIL(&rig, message_read(buf_span(&client->in), true, false, &message));
	ck_assert(peer_has(client, "HTTP/1.1 200 OK\r\n"));
	ck_assert(peer_has(client, "content-type: text/plain; version=0.0.4; charset=utf-8\r\n"));
	ck_assert(peer_has(client, "cache-control: no-store\r\n"));
	buf_reset(&page);
	buf_add_text(&page, "\n");
	buf_add(&page, buf_span(&message.body));
	message_deinit(&message);
}

/* The line is one of the page's. */
static void expect(const char *line)
{
	BUF_AUTO struct buf wanted = {0};

	buf_add_format(&wanted, "\n%s\n", line);
	ck_assert_msg(memmem(page.bytes, page.n, wanted.bytes, wanted.n) != NULL, "no %s in %.*s", line,
		SPAN_ARG(buf_span(&page)));
}

START_TEST(page_tells_of_each_backend)
{
	struct backend *state = rig.worker->config->backends[0].state;

	backend_begin(state);
	(void)backend_note_status(state, 200, 1, false, rig.clock.now);
	(void)backend_note_failure(state, "reset", rig.clock.now);
	backend_note_failover(state);
	take_page();
	expect("mlproxy_backend_status{backend=\"b\\\"1\",status=\"unhealthy\"} 1");
	expect("mlproxy_backend_status{backend=\"b\\\"1\",status=\"healthy\"} 0");
	expect("mlproxy_backend_status{backend=\"b2\",status=\"unknown\"} 1");
	expect("mlproxy_backend_status_changes_total{backend=\"b\\\"1\"} 2");
	expect("mlproxy_backend_status_changes_total{backend=\"b2\"} 0");
	expect("mlproxy_backend_requests_in_flight{backend=\"b\\\"1\"} 1");
	expect("mlproxy_backend_requests_total{backend=\"b\\\"1\"} 1");
	expect("mlproxy_backend_failures_total{backend=\"b\\\"1\"} 1");
	expect("mlproxy_failovers_total{backend=\"b\\\"1\"} 1");
	ck_assert_ptr_null(memmem(page.bytes, page.n, "secret", 6));
	ck_assert_ptr_null(memmem(page.bytes, page.n, "127.0.0.1", 9));
	backend_end(state);
}
END_TEST

START_TEST(page_tells_of_the_process)
{
	take_page();
	expect("mlproxy_build_info{version=\"" MLP_VERSION "\"} 1");
	expect("mlproxy_requests_in_flight 1");
	expect("mlproxy_connections{worker=\"0\"} 1");
	expect("mlproxy_draining 0");
	expect("mlproxy_kept_bytes 0");
	expect("mlproxy_spilled_bytes 0");
	expect("mlproxy_spill_failures_total 0");
	expect("mlproxy_config_last_reload_successful 1");
	expect("# TYPE process_resident_memory_bytes gauge");
	expect("# TYPE process_open_fds gauge");
	atomic_store(&rig.shared.is_draining, true);
	take_page();
	expect("mlproxy_draining 1");
}
END_TEST

START_TEST(page_given_reloads_counts_them)
{
	metrics_note_reload(&rig.worker->metrics, true);
	metrics_note_reload(&rig.worker->metrics, false);
	take_page();
	expect("mlproxy_config_reloads_total{result=\"success\"} 1");
	expect("mlproxy_config_reloads_total{result=\"failure\"} 1");
	expect("mlproxy_config_last_reload_successful 0");
}
END_TEST

START_TEST(page_given_no_configuration_tells_what_there_is)
{
	rig_deinit(&rig);
	rig_init(&rig, 2, NULL);
	take_page();
	expect("mlproxy_config_last_reload_success_timestamp_seconds 0");
	expect("mlproxy_build_info{version=\"" MLP_VERSION "\"} 1");
}
END_TEST

/* The round comes back to nobody. */
START_TEST(page_given_a_client_that_leaves_is_thrown_away)
{
	struct peer *client = rig_asks(&rig, SPAN_LITERAL(METRICS));

	RIG_UNTIL(&rig, atomic_load(&rig.shared.exchanges) == 1);
	peer_reset(client);
	rig_settle(&rig);
	ck_assert_uint_eq(atomic_load(&rig.shared.exchanges), 0);
	take_page();
	expect("mlproxy_requests_in_flight 1");
}
END_TEST

START_TEST(page_given_connections_that_were_refused_counts_them)
{
	rig_deinit(&rig);
	rig_init(&rig, 2,
		"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}],"
		"\"limits\":{\"connections\":1}}");
	take_page();
	(void)expect_detail(&rig, rig_client(&rig), 503, "limits.connections");
	peer_fin(LIST_OBJECT(rig.clients.next, struct peer, node));
	rig_settle(&rig);
	take_page();
	expect("mlproxy_connections_refused_total 1");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("metrics_page");
	TCase *tcase = suite_case(suite, "metrics_page", set_up, tear_down);

	tcase_add_test(tcase, page_tells_of_each_backend);
	tcase_add_test(tcase, page_tells_of_the_process);
	tcase_add_test(tcase, page_given_reloads_counts_them);
	tcase_add_test(tcase, page_given_no_configuration_tells_what_there_is);
	tcase_add_test(tcase, page_given_a_client_that_leaves_is_thrown_away);
	tcase_add_test(tcase, page_given_connections_that_were_refused_counts_them);
	return suite;
}
