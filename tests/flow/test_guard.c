/* Who may use the admin paths, over HTTP. All the rules are in unit/test_access.c. */
#include "rig/rig.h"
#include "rig/suite.h"

#define CONFIG(access) \
	"{\"defaultBackend\":\"one\",\"backends\":[{\"name\":\"one\",\"url\":\"http://$1\"}]" access "}"
#define OPEN       CONFIG(",\"access\":{\"hosts\":[\"ml.lan\"]}")
#define GUARDED    CONFIG(",\"access\":{\"adminToken\":\"s3cret\"}")
#define PONG       "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npong"
#define ROWS(rows) (sizeof(rows) / sizeof *(rows))

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 1, OPEN);
	rig_answers(&rig, 0, PONG);
}

static void set_up_guarded(void)
{
	rig_init(&rig, 1, GUARDED);
	rig_answers(&rig, 0, PONG);
}

static void set_up_unconfigured(void)
{
	rig_init(&rig, 0, NULL);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

/* Asks with a first line and further ones, over a connection of its own. */
static struct peer *ask(const char *line, const char *lines)
{
	struct peer *client = rig_client(&rig);
	struct message message = {0};

	peer_send_text(client, line);
	peer_send_text(client, "\r\n");
	peer_send_text(client, lines);
	peer_send_text(client, "\r\n");
	RIG_UNTIL(&rig, message_read(buf_span(&client->in), true, peer_is_over(client), &message));
	message_deinit(&message);
	return client;
}

static void expect(const char *line, const char *lines, const char *status)
{
	const struct peer *client = ask(line, lines);

	ck_assert_msg(span_starts(span_skip(buf_span(&client->in), 9), span_of(status)),
		"wanted %s:\n%s\n%s\n%.*s", status, line, lines, SPAN_ARG(buf_span(&client->in)));
	ck_assert_msg(!peer_has(client, "access-control-"), "%.*s", SPAN_ARG(buf_span(&client->in)));
}

/* -- Host ------------------------------------------------------------------------------------ */

START_TEST(host_given_own_name_is_served)
{
	static const char *const hosts[] = {"a", "A:3004", "a.", "a.local", "localhost:3004",
		"127.0.0.1", "[::1]:3004", "ml.lan", "ML.LAN.:443"};

	for (size_t i = 0; i < ROWS(hosts); i++) {
		BUF_AUTO struct buf lines = {0};

		buf_add_format(&lines, "Host: %s\r\n", hosts[i]);
		expect("GET /api/health HTTP/1.1", lines.bytes, "200");
	}
	expect("GET /api/health HTTP/1.0", "", "200");
	expect("GET http://a/api/health HTTP/1.1", "Host: a\r\n", "200");
}
END_TEST

/* Whichever way the path is written: nothing but a refusal comes, or that there is no such path. */
START_TEST(host_given_foreign_name_is_refused_on_every_way_to_an_admin_path)
{
	static const struct {
		const char *path, *status;
	} rows[] = {{"/api/health", "403"}, {"/api/health?x", "403"}, {"/api/healt%68", "403"},
		{"/api/%68ealth", "403"}, {"/%61pi/health", "403"}, {"/api%2fhealth", "403"},
		{"/api//health", "403"}, {"/api/../api/health", "403"}, {"/api/./health", "403"},
		{"/api/health/", "403"}, {"/api", "403"}, {"/api/nothing", "403"}, {"/api/ping", "403"},
		{"/config", "403"}, {"/debug/x", "403"}, {"/metrics", "403"}, {"/%6detrics", "403"},
		{"//api/health", "404"}, {"/x/api/health", "404"}, {"/x/../api/health", "404"},
		{"/./api/health", "404"}, {"/%2fapi/health", "404"}, {"/API/health", "404"},
		{"http://a/api/health", "403"}, {"http://evil.example/api/health", "403"}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		BUF_AUTO struct buf line = {0};

		buf_add_format(&line, "GET %s HTTP/1.1", rows[i].path);
		expect(line.bytes, "Host: evil.example:3004\r\n", rows[i].status);
	}
	expect("GET http://evil.example/api/health HTTP/1.1", "Host: a\r\n", "403");
	expect("GET http://evil.example/api/health HTTP/1.0", "", "403");
	expect("GET /api/health HTTP/1.1", "Host: a\r\nHost: evil.example\r\n", "400");
}
END_TEST

START_TEST(host_given_foreign_name_may_use_the_service)
{
	expect("GET /ping HTTP/1.1", "Host: evil.example\r\nOrigin: http://evil.example\r\n", "200");
	expect("GET / HTTP/1.1", "Host: evil.example\r\n", "200");
	expect("POST /predict HTTP/1.1",
		"Host: evil.example\r\nOrigin: null\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n",
		"200");
}
END_TEST

START_TEST(refusal_under_api_is_json_and_elsewhere_text)
{
	const struct peer *client = ask("GET /api/health HTTP/1.1", "Host: evil.example\r\n");

	ck_assert(peer_has(client, "content-type: application/json\r\n"));
	ck_assert(peer_has(client, "\r\n\r\n{\"error\":\"this name is not known here: "));
	client = ask("GET /metrics HTTP/1.1", "Host: evil.example\r\n");
	ck_assert(peer_has(client, "content-type: text/plain; charset=utf-8\r\n"));
	ck_assert(peer_has(client, "\r\n\r\nthis name is not known here: "));
}
END_TEST

/* -- Origin and Content-Type ----------------------------------------------------------------- */

START_TEST(origin_given_another_is_refused_where_something_changes)
{
	expect("POST /api/health HTTP/1.1", "Host: a\r\nOrigin: http://evil.example\r\n", "403");
	expect("DELETE /api/health HTTP/1.1", "Host: a\r\nOrigin: null\r\n", "403");
	expect("GET /api/health HTTP/1.1", "Host: a\r\nOrigin: http://evil.example\r\n", "200");
	/* no leave is given to read it */
	expect("OPTIONS /api/health HTTP/1.1",
		"Host: a\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n", "405");
}
END_TEST

START_TEST(content_type_given_no_json_does_not_hide_that_nobody_serves_it)
{
	expect("POST /api/health HTTP/1.1", "Host: a\r\nOrigin: http://a\r\n", "405");
	expect("POST /api/nothing HTTP/1.1", "Host: a\r\n", "404");
}
END_TEST

/* -- the token ------------------------------------------------------------------------------- */

START_TEST(token_given_one_is_asked_for_everywhere)
{
	const struct peer *client;

	expect("GET /api/health HTTP/1.1", "Host: a\r\nAuthorization: Bearer s3cret\r\n", "200");
	expect("GET /api/health HTTP/1.1", "Host: a\r\nAuthorization: Bearer S3cret\r\n", "401");
	expect("GET /api/health HTTP/1.0", "", "401");
	expect("GET /metrics HTTP/1.1", "Host: a\r\n", "401");
	expect("GET /api/nothing HTTP/1.1", "Host: a\r\n", "401");
	expect("GET /ping HTTP/1.1", "Host: a\r\n", "200");
	client = ask("GET /api/health HTTP/1.1", "Host: a\r\n");
	ck_assert(peer_has(client, "www-authenticate: Bearer realm=\"mlproxy\"\r\n"));
	ck_assert(!peer_has(client, "s3cret"));
}
END_TEST

START_TEST(log_given_refusals_says_why_and_nothing_of_host_or_token)
{
	const char *logged;

	rig_listen(&rig);
	expect("GET /api/health HTTP/1.1", "Host: a\r\nAuthorization: Bearer gue$$ed\r\n", "401");
	expect("GET /api/health HTTP/1.1", "Host: evil.example\r\nAuthorization: Bearer s3cret\r\n",
		"403");
	expect("GET /api/health?s3cret HTTP/1.1", "Host: a\r\nAuthorization: Bearer s3cret\r\n", "200");
	logged = rig_logged(&rig);
	ck_assert_msg(strstr(logged, "access.adminToken is wanted"), "%s", logged);
	ck_assert_msg(strstr(logged, "this name is not known here"), "%s", logged);
	ck_assert_msg(!strstr(logged, "s3cret") && !strstr(logged, "gue") && !strstr(logged, "evil"),
		"%s", logged);
}
END_TEST

/* -- without a configuration ----------------------------------------------------------------- */

START_TEST(unconfigured_given_foreign_name_refuses_all_the_same)
{
	expect("GET /api/nothing HTTP/1.1", "Host: evil.example\r\n", "403");
	expect("GET /api/nothing HTTP/1.1", "Host: ml.lan\r\n", "403");
	expect("GET /api/nothing HTTP/1.1", "Host: a\r\n", "404");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("guard");
	TCase *open = suite_case(suite, "open", set_up, tear_down);
	TCase *guarded = suite_case(suite, "guarded", set_up_guarded, tear_down);
	TCase *unconfigured = suite_case(suite, "unconfigured", set_up_unconfigured, tear_down);

	tcase_add_test(open, host_given_own_name_is_served);
	tcase_add_test(open, host_given_foreign_name_is_refused_on_every_way_to_an_admin_path);
	tcase_add_test(open, host_given_foreign_name_may_use_the_service);
	tcase_add_test(open, refusal_under_api_is_json_and_elsewhere_text);
	tcase_add_test(open, origin_given_another_is_refused_where_something_changes);
	tcase_add_test(open, content_type_given_no_json_does_not_hide_that_nobody_serves_it);
	tcase_add_test(guarded, token_given_one_is_asked_for_everywhere);
	tcase_add_test(guarded, log_given_refusals_says_why_and_nothing_of_host_or_token);
	tcase_add_test(unconfigured, unconfigured_given_foreign_name_refuses_all_the_same);
	return suite;
}
