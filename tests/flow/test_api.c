/* What all paths under /api have in common: refusals are JSON with `error`, whoever makes them, and
 * arrive. */
#include <stdio.h>

#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/suite.h"

#define CONFIG                                                                           \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]," \
	"\"limits\":{\"body\":65536,\"head\":4096}}"

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

static struct peer *ask(const char *request)
{
	return rig_asks(&rig, span_of(request));
}

static const struct {
	const char *request;
	int status;
	const char *says;
	const char *allow;
} refusals[] = {
	{"GET /api HTTP/1.1\r\nhost: a\r\n\r\n", 404, "Not Found", NULL},
	{"GET /api/ HTTP/1.1\r\nhost: a\r\n\r\n", 404, "Not Found", NULL},
	{"GET /api/healthy HTTP/1.1\r\nhost: a\r\n\r\n", 404, "Not Found", NULL},
	{"GET /api/health/ HTTP/1.1\r\nhost: a\r\n\r\n", 404, "Not Found", NULL},
	{"GET /%61pi/health HTTP/1.1\r\nhost: a\r\n\r\n", 404, "Not Found", NULL},
	{"GET /api/a/health HTTP/1.1\r\nhost: a\r\n\r\n", 404, "Not Found", NULL},
	{"GET /api/ping HTTP/1.1\r\nhost: a\r\n\r\n", 404, "Not Found", NULL},
	{"POST /api/predict HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n", 404, "Not Found", NULL},
	{"POST /api/health HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n", 405, "Method Not Allowed",
		"allow: GET, HEAD"},
	{"OPTIONS /api/health HTTP/1.1\r\nhost: a\r\n\r\n", 405, "Method Not Allowed",
		"allow: GET, HEAD"},
	{"DELETE /api/health HTTP/1.1\r\nhost: a\r\n\r\n", 405, "Method Not Allowed",
		"allow: GET, HEAD"},
	{"GET /api/health HTTP/1.1\r\n\r\n", 400, "Host", NULL},
	{"GET /api/health HTTP/1.1\r\nhost: a\r\nno colon\r\n\r\n", 400, "without a colon", NULL},
	{"POST /api/x HTTP/1.1\r\nhost: a\r\ncontent-length: 1048577\r\n\r\n", 413, "1048576", NULL},
	{"POST /api/x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", 501, "", NULL},
};

START_TEST(api_given_what_nobody_takes_refuses_as_json_with_error)
{
	struct span head =
		expect_error(&rig, ask(refusals[_i].request), refusals[_i].status, refusals[_i].says, NULL);

	if (refusals[_i].allow)
		ck_assert(expect_has_line(head, refusals[_i].allow));
	ck_assert_uint_eq(expect_count_lines(head, "allow:"), refusals[_i].allow ? 1 : 0);
	ck_assert_uint_eq(expect_count_lines(head, "access-control"), 0);
}
END_TEST

START_TEST(head_given_for_the_api_that_is_too_long_or_slow_is_refused_as_json)
{
	BUF_AUTO struct buf request = {0};
	struct peer *slow = ask("GET /api/health HTTP/1.1\r\nhost:");

	buf_add_text(&request, "GET /api/health HTTP/1.1\r\nhost: a\r\nx: ");
	memset(buf_reserve(&request, 8192), 'x', 8192);
	request.n += 8192;
	(void)expect_error(&rig, rig_asks(&rig, buf_span(&request)), 431, "4096", NULL);
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_S(11));
	(void)expect_error(&rig, slow, 408, "timeouts.head", NULL);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("api");
	TCase *tcase = suite_case(suite, "api", set_up, tear_down);

	tcase_add_loop_test(
		tcase, api_given_what_nobody_takes_refuses_as_json_with_error, 0, COUNT_OF(refusals));
	tcase_add_test(tcase, head_given_for_the_api_that_is_too_long_or_slow_is_refused_as_json);
	return suite;
}
