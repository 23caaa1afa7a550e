#include "domain/access.h"

#include "rig/suite.h"

#define ROWS(rows) (sizeof(rows) / sizeof *(rows))

static struct span hosts[] = {SPAN_LITERAL("Proxy.lan"), SPAN_LITERAL("ml.example.")};
static const struct config_access open_to_all = {.hosts = hosts, .host_count = ROWS(hosts)};
static const struct config_access guarded = {.admin_token = SPAN_LITERAL("s3cret+/=")};
static const struct span machine = SPAN_LITERAL("Box.home.arpa");

/* The first line, further lines; the empty one is added. */
static enum access judge(const struct config_access *access, const char *line, const char *lines)
{
	static const struct http1_limits limits = {65536, 256};
	BUF_AUTO struct buf bytes = {0};
	struct http1 http1;
	struct span in;
	struct err err;
	enum access result;

	buf_add_format(&bytes, "%s\r\n%s\r\n", line, lines);
	in = buf_span(&bytes);
	http1_init(&http1, HTTP1_REQUEST, &limits);
	ck_assert_msg(http1_feed(&http1, &in, &err) == 1, "%s\n%s%s", line, lines, err.text);
	result = access_judge(access, machine, &http1.head);
	http1_deinit(&http1);
	return result;
}

static void expect(
	const struct config_access *access, const char *line, const char *lines, enum access wanted)
{
	enum access found = judge(access, line, lines);

	ck_assert_msg(found == wanted, "%d, not %d: %s\n%s", (int)found, (int)wanted, line, lines);
}

/* -- Host ------------------------------------------------------------------------------------ */

static const struct host_case {
	const char *host;
	bool is_ours;
} host_cases[] = {
	/* addresses */
	{"127.0.0.1", true},
	{"127.0.0.1:3004", true},
	{"192.168.1.5", true},
	{"[::1]", true},
	{"[::1]:3004", true},
	{"[2001:DB8::192.0.2.1]:80", true},
	{"[box]", false},
	{"[127.0.0.1]", false},
	{"127.0.0.1.evil.example", false},
	{"127.1", false},
	{"2130706433", false},
	{"0x7f000001", false},
	/* localhost */
	{"localhost", true},
	{"LOCALHOST:3004", true},
	{"localhost.:3004", true},
	{"localhost:", true},
	{"localhost..", false},
	{"localhost.evil.example", false},
	{"evil.localhost", false},
	{"%6cocalhost", false},
	/* the machine */
	{"box.home.arpa", true},
	{"BOX.home.ARPA.:3004", true},
	{"box", true},
	{"box:80", true},
	{"box.local", true},
	{"Box.LOCAL:3004", true},
	{"box.lan", false},
	{"box.localx", false},
	{"boxx", false},
	{"bo", false},
	{"xbox", false},
	{"home.arpa", false},
	{".local", false},
	/* access.hosts */
	{"proxy.lan", true},
	{"PROXY.lan.:3004", true},
	{"ml.example:443", true},
	{"ml.example.", true},
	{"proxy", false},
	{"a.proxy.lan", false},
	{"proxy.lan.evil.example", false},
	{"proxy.lan,evil.example", false},
	{".", false},
	{"evil.example:3004", false},
};

START_TEST(judge_given_host_knows_its_own)
{
	const struct host_case *row = &host_cases[_i];
	BUF_AUTO struct buf lines = {0};

	buf_add_format(&lines, "Host: %s\r\n", row->host);
	expect(&open_to_all, "GET /api HTTP/1.1", lines.bytes,
		row->is_ours ? ACCESS_GRANTED : ACCESS_FOREIGN_HOST);
}
END_TEST

START_TEST(judge_given_no_host_in_http_1_0_grants)
{
	expect(&open_to_all, "GET /api HTTP/1.0", "", ACCESS_GRANTED);
	expect(NULL, "GET /api HTTP/1.0", "", ACCESS_GRANTED);
	expect(NULL, "GET /api HTTP/1.0", "Host: evil.example\r\n", ACCESS_FOREIGN_HOST);
}
END_TEST

START_TEST(judge_given_name_in_the_target_looks_at_both)
{
	expect(NULL, "GET http://box/api HTTP/1.1", "Host: box\r\n", ACCESS_GRANTED);
	expect(NULL, "GET http://[::1]:1/api HTTP/1.1", "Host: box\r\n", ACCESS_GRANTED);
	expect(NULL, "GET http://evil.example/api HTTP/1.1", "Host: box\r\n", ACCESS_FOREIGN_HOST);
	expect(NULL, "GET http://box/api HTTP/1.1", "Host: evil.example\r\n", ACCESS_FOREIGN_HOST);
	expect(NULL, "GET http://box/api HTTP/1.0", "", ACCESS_GRANTED);
	expect(NULL, "GET http://evil.example/api HTTP/1.0", "", ACCESS_FOREIGN_HOST);
	expect(NULL, "DELETE http://box:1/api HTTP/1.1", "Host: box:2\r\nOrigin: http://box:1\r\n",
		ACCESS_GRANTED);
	expect(NULL, "DELETE http://box:1/api HTTP/1.1", "Host: box:2\r\nOrigin: http://box:2\r\n",
		ACCESS_FOREIGN_ORIGIN);
}
END_TEST

START_TEST(judge_given_machine_without_a_name_knows_no_more)
{
	struct http1_field local = {.which = HTTP1_HOST, .value = SPAN_LITERAL(".local")};
	struct http1_head head = {.method = SPAN_LITERAL("GET"),
		.fields = &local,
		.field_count = 1,
		.names = HTTP1_NAME_BIT(HTTP1_HOST)};

	ck_assert_int_eq(access_judge(NULL, SPAN_EMPTY, &head), ACCESS_FOREIGN_HOST);
}
END_TEST

/* -- the token ------------------------------------------------------------------------------- */

START_TEST(judge_given_authorization_wants_the_token)
{
	static const char *const good[] = {
		"Bearer s3cret+/=", "bearer s3cret+/=", "BEARER   s3cret+/="};
	static const char *const bad[] = {"Bearer", "Bearer ", "Bearer s3cret+/",
		"Bearer s3cret+/==", "Bearer S3cret+/=", "Bearer s3cret+/= x",
		"Bearers3cret+/=", "Basic s3cret+/=", "s3cret+/=", ""};

	for (size_t i = 0; i < ROWS(good) + ROWS(bad); i++) {
		BUF_AUTO struct buf lines = {0};

		buf_add_format(&lines, "Host: box\r\nAuthorization: %s\r\n",
			i < ROWS(good) ? good[i] : bad[i - ROWS(good)]);
		buf_add(&lines, (struct span){"", 1});
		expect(&guarded, "GET /api HTTP/1.1", lines.bytes,
			i < ROWS(good) ? ACCESS_GRANTED : ACCESS_NO_TOKEN);
		expect(&open_to_all, "GET /api HTTP/1.1", lines.bytes, ACCESS_GRANTED);
	}
	expect(&guarded, "GET /api HTTP/1.1", "Host: box\r\n", ACCESS_NO_TOKEN);
	expect(&guarded, "GET /api HTTP/1.0", "", ACCESS_NO_TOKEN);
	ck_assert(access_is_token(&guarded, SPAN_LITERAL("bearer s3cret+/=")));
	ck_assert(!access_is_token(&guarded, SPAN_LITERAL("Bearer s3cret+/")));
	ck_assert(!access_is_token(&guarded, SPAN_LITERAL("Basic s3cret+/=")));
	ck_assert(!access_is_token(&(struct config_access){0}, SPAN_LITERAL("Bearer ")));
}
END_TEST

/* -- Origin ---------------------------------------------------------------------------------- */

static const struct origin_case {
	const char *origin;
	const char *host;
	bool is_same;
} origin_cases[] = {
	{"http://box:3004", "box:3004", true},
	{"HTTP://BOX:3004", "box:3004", true},
	{"http://box", "box", true},
	{"http://box", "box:80", true},
	{"http://box:80", "box", true},
	{"http://box.", "box", true},
	{"http://[::1]:3004", "[::1]:3004", true},
	{"http://127.0.0.1:3004", "127.0.0.1:3004", true},
	/* behind TLS */
	{"https://box", "box", true},
	{"https://box", "box:443", true},
	{"https://box:8443", "box:8443", true},
	{"https://box", "box:80", false},
	{"http://box", "box:443", false},
	/* others */
	{"http://box:3005", "box:3004", false},
	{"http://box", "box:3004", false},
	{"http://box:3004", "box", false},
	{"http://evil.example", "box", false},
	{"http://evil.example:3004", "box:3004", false},
	{"http://box.evil.example:3004", "box:3004", false},
	{"http://localhost:3004", "127.0.0.1:3004", false},
	{"http://::1", "[::1]", false},
	{"http://[::1]", "[::2]", false},
	{"null", "box", false},
	{"", "box", false},
	{"box", "box", false},
	{"//box", "box", false},
	{"ftp://box", "box", false},
	{"http://", "box", false},
	{"http://box http://evil.example", "box", false},
	{"http://box, http://evil.example", "box", false},
	{"http://box/", "box", false},
	{"chrome-extension://box", "box", false},
};

START_TEST(judge_given_origin_compares_it_with_host)
{
	const struct origin_case *row = &origin_cases[_i];
	BUF_AUTO struct buf lines = {0};

	buf_add_format(&lines, "Host: %s\r\nOrigin: %s\r\n", row->host, row->origin);
	expect(NULL, "DELETE /api HTTP/1.1", lines.bytes,
		row->is_same ? ACCESS_GRANTED : ACCESS_FOREIGN_ORIGIN);
	/* reading is for the browser to forbid */
	expect(NULL, "GET /api HTTP/1.1", lines.bytes, ACCESS_GRANTED);
	expect(NULL, "HEAD /api HTTP/1.1", lines.bytes, ACCESS_GRANTED);
	expect(NULL, "OPTIONS /api HTTP/1.1", lines.bytes, ACCESS_GRANTED);
}
END_TEST

START_TEST(judge_given_origin_asks_every_changing_method)
{
	static const char *const lines[] = {"POST /api HTTP/1.1", "PUT /api HTTP/1.1",
		"PATCH /api HTTP/1.1", "DELETE /api HTTP/1.1", "get /api HTTP/1.1", "FOO /api HTTP/1.1"};

	for (size_t i = 0; i < ROWS(lines); i++)
		expect(NULL, lines[i],
			"Host: box\r\nOrigin: http://evil.example\r\nContent-Type: application/json\r\n",
			ACCESS_FOREIGN_ORIGIN);
	expect(NULL, "DELETE /api HTTP/1.0", "Origin: http://box\r\n", ACCESS_FOREIGN_ORIGIN);
	expect(NULL, "DELETE /api HTTP/1.1", "Host: box\r\nOrigin: http://box\r\nOrigin: null\r\n",
		ACCESS_FOREIGN_ORIGIN);
}
END_TEST

START_TEST(judge_given_fetch_site_believes_the_browser)
{
	static const struct {
		const char *site;
		enum access wanted;
	} rows[] = {{"same-origin", ACCESS_GRANTED}, {"none", ACCESS_GRANTED},
		{"same-site", ACCESS_FOREIGN_ORIGIN}, {"cross-site", ACCESS_FOREIGN_ORIGIN},
		{"?", ACCESS_FOREIGN_ORIGIN}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		BUF_AUTO struct buf lines = {0};

		buf_add_format(
			&lines, "Host: box\r\nOrigin: http://box\r\nSec-Fetch-Site: %s\r\n", rows[i].site);
		expect(NULL, "DELETE /api HTTP/1.1", lines.bytes, rows[i].wanted);
		expect(NULL, "GET /api HTTP/1.1", lines.bytes, ACCESS_GRANTED);
	}
}
END_TEST

/* -- Content-Type ---------------------------------------------------------------------------- */

START_TEST(judge_given_content_type_wants_json)
{
	static const char *const good[] = {"application/json", "Application/JSON",
		"application/json; charset=utf-8", "application/json;x=\"a;b\"", "application/json;"};
	static const char *const bad[] = {"", "text/plain", "multipart/form-data; boundary=x",
		"application/x-www-form-urlencoded", "text/plain; application/json", "application/json2",
		"application/jso", "application/json, text/plain", "application/json+x",
		"x/application/json", "text/json"};
	static const char *const methods[] = {
		"POST /api HTTP/1.1", "PUT /api HTTP/1.1", "PATCH /api HTTP/1.1"};

	for (size_t i = 0; i < ROWS(good) + ROWS(bad); i++) {
		BUF_AUTO struct buf lines = {0};

		buf_add_format(&lines, "Host: box\r\nContent-Type: %s\r\n",
			i < ROWS(good) ? good[i] : bad[i - ROWS(good)]);
		for (size_t k = 0; k < ROWS(methods); k++)
			expect(
				NULL, methods[k], lines.bytes, i < ROWS(good) ? ACCESS_GRANTED : ACCESS_NOT_JSON);
		expect(NULL, "DELETE /api HTTP/1.1", lines.bytes, ACCESS_GRANTED);
	}
	for (size_t k = 0; k < ROWS(methods); k++)
		expect(NULL, methods[k], "Host: box\r\n", ACCESS_NOT_JSON);
	expect(NULL, "DELETE /api HTTP/1.1", "Host: box\r\n", ACCESS_GRANTED);
}
END_TEST

/* -- the order ------------------------------------------------------------------------------- */

START_TEST(judge_given_several_faults_says_the_first)
{
	expect(&guarded, "POST /api HTTP/1.1", "Host: evil.example\r\nOrigin: null\r\n",
		ACCESS_FOREIGN_HOST);
	expect(&guarded, "POST /api HTTP/1.1", "Host: box\r\nOrigin: null\r\n", ACCESS_NO_TOKEN);
	expect(&guarded, "POST /api HTTP/1.1",
		"Host: box\r\nOrigin: null\r\nAuthorization: Bearer s3cret+/=\r\n", ACCESS_FOREIGN_ORIGIN);
	expect(&guarded, "POST /api HTTP/1.1",
		"Host: box\r\nOrigin: http://box\r\nAuthorization: Bearer s3cret+/=\r\n", ACCESS_NOT_JSON);
	expect(&guarded, "POST /api HTTP/1.1",
		"Host: box\r\nOrigin: http://box\r\nAuthorization: Bearer s3cret+/=\r\n"
		"Content-Type: application/json\r\n",
		ACCESS_GRANTED);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("access");
	TCase *tcase = tcase_create("access");

	tcase_add_loop_test(tcase, judge_given_host_knows_its_own, 0, ROWS(host_cases));
	tcase_add_test(tcase, judge_given_no_host_in_http_1_0_grants);
	tcase_add_test(tcase, judge_given_name_in_the_target_looks_at_both);
	tcase_add_test(tcase, judge_given_machine_without_a_name_knows_no_more);
	tcase_add_test(tcase, judge_given_authorization_wants_the_token);
	tcase_add_loop_test(tcase, judge_given_origin_compares_it_with_host, 0, ROWS(origin_cases));
	tcase_add_test(tcase, judge_given_origin_asks_every_changing_method);
	tcase_add_test(tcase, judge_given_fetch_site_believes_the_browser);
	tcase_add_test(tcase, judge_given_content_type_wants_json);
	tcase_add_test(tcase, judge_given_several_faults_says_the_first);
	suite_add_tcase(suite, tcase);
	return suite;
}
