/* What the configuration says of one backend only. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/places.h"
#include "rig/suite.h"

#define CONFIG                                                                                  \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://one.test:#1\"," \
	"\"headers\":{\"X-Key\":\"k 1\"},\"basicAuth\":\"ml:secret\",\"connectTimeout\":1,"         \
	"\"timeout\":3},{\"name\":\"b2\",\"url\":\"http://$2\"}],"                                  \
	"\"taskRouting\":{\"ocr\":\"b2\"},\"timeouts\":{\"connect\":2,\"backend\":20},"             \
	"\"access\":{\"adminToken\":\"ours\"}}"
#define CLIP  "{\"clip\":{\"textual\":{\"modelName\":\"m\"}}}"
#define OCR   "{\"ocr\":{\"textual\":{\"modelName\":\"m\"}}}"
#define BOTH  "{\"clip\":{\"x\":{\"modelName\":\"m\"}},\"ocr\":{\"x\":{\"modelName\":\"m\"}}}"
#define BASIC "authorization: Basic bWw6c2VjcmV0"
#define THEIRS \
	"x-key: theirs\r\nX-KEY: theirs\r\nAuthorization: Bearer theirs\r\nX-Keys: theirs\r\n"

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 2, CONFIG);
	places_resolve(&rig, 0, &(uint16_t){listener_port(rig.backends[0].listener)}, 1);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

static struct peer *post_with(const char *entries, const char *fields)
{
	BUF_AUTO struct buf body = form_body(entries, FORM_TEXT, SPAN_LITERAL("cat"));
	BUF_AUTO struct buf request = form_request("/predict", fields, buf_span(&body));

	return rig_asks(&rig, buf_span(&request));
}

static struct peer *post(const char *entries)
{
	return post_with(entries, FORM_TYPE THEIRS);
}

/* -- headers and passwords ------------------------------------------------------------------- */

/* The one request that the backend has got, its body behind the head. */
static struct span request_of(size_t backend)
{
	ck_assert_uint_eq(rig.backends[backend].request_count, 1);
	return buf_span(&rig.backends[backend].requests);
}

static void check_own_fields(struct span request)
{
	ck_assert(expect_has_line(request, "X-Key: k 1") && expect_has_line(request, BASIC));
	ck_assert(expect_has_line(request, "X-Keys: theirs"));
	ck_assert_uint_eq(expect_count_lines(request, "x-key:"), 1);
	ck_assert_uint_eq(expect_count_lines(request, "authorization:"), 1);
}

static void check_their_fields(struct span request)
{
	ck_assert(expect_has_line(request, "x-key: theirs"));
	ck_assert_uint_eq(expect_count_lines(request, "x-key:"), 2);
	ck_assert(expect_has_line(request, "Authorization: Bearer theirs"));
	ck_assert_uint_eq(expect_count_lines(request, "authorization:"), 1);
}

START_TEST(request_given_own_fields_sends_them_instead_of_the_clients)
{
	rig_answers(&rig, 0, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
	(void)expect_answer(&rig, post(CLIP), 200, SPAN_LITERAL("{}"));
	check_own_fields(request_of(0));
}
END_TEST

START_TEST(request_given_none_sends_the_clients)
{
	rig_answers(&rig, 1, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
	(void)expect_answer(&rig, post(OCR), 200, SPAN_LITERAL("{}"));
	check_their_fields(request_of(1));
}
END_TEST

/* Who may change where photos go is no backend's business. */
START_TEST(request_given_our_admin_token_keeps_it)
{
	rig_answers(&rig, 1, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
	(void)expect_answer(&rig,
		post_with(OCR, FORM_TYPE "Authorization: bearer  ours\r\nX-Keys: theirs\r\n"), 200,
		SPAN_LITERAL("{}"));
	ck_assert(expect_has_line(request_of(1), "X-Keys: theirs"));
	ck_assert_uint_eq(expect_count_lines(request_of(1), "authorization:"), 0);
}
END_TEST

START_TEST(split_given_own_fields_sends_them_to_their_backend_only)
{
	rig_answers(&rig, 0, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"clip\":1}");
	rig_answers(&rig, 1, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"ocr\":2}");
	(void)expect_answer(&rig, post(BOTH), 200, SPAN_LITERAL("{\"clip\":1,\"ocr\":2}"));
	check_own_fields(request_of(0));
	check_their_fields(request_of(1));
	ck_assert_uint_eq(expect_count_lines(request_of(0), "accept-encoding: identity"), 1);
}
END_TEST

/* -- time ------------------------------------------------------------------------------------ */

/* Nothing comes for that long; then it does. */
static void expect_504_after(struct peer *client, int64_t ns, const char *says)
{
	rig_pass(&rig, ns - CLOCK_MS(50));
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(100));
	(void)expect_detail(&rig, client, 504, says);
}

START_TEST(connect_given_its_own_time_waits_no_longer)
{
	struct hole hole;
	struct peer *client;

	hole_open(&hole);
	places_resolve(&rig, 0, &hole.port, 1);
	client = post(CLIP);
	rig_settle(&rig);
	expect_504_after(client, CLOCK_S(1), "backend 'b1': ");
	hole_close(&hole);
}
END_TEST

START_TEST(answer_given_its_own_time_waits_no_longer)
{
	struct peer *client = post(CLIP);

	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	expect_504_after(client, CLOCK_S(3), "backend 'b1': ");
}
END_TEST

START_TEST(answer_given_none_waits_as_long_as_all)
{
	struct peer *client = post(OCR);

	RIG_UNTIL(&rig, rig.backends[1].request_count == 1);
	expect_504_after(client, CLOCK_S(20), "backend 'b2': ");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("backend_settings");
	TCase *fields = tcase_create("fields");
	TCase *time = tcase_create("time");

	tcase_add_checked_fixture(fields, set_up, tear_down);
	tcase_add_test(fields, request_given_own_fields_sends_them_instead_of_the_clients);
	tcase_add_test(fields, request_given_none_sends_the_clients);
	tcase_add_test(fields, request_given_our_admin_token_keeps_it);
	tcase_add_test(fields, split_given_own_fields_sends_them_to_their_backend_only);
	suite_add_tcase(suite, fields);
	tcase_add_checked_fixture(time, set_up, tear_down);
	tcase_add_test(time, connect_given_its_own_time_waits_no_longer);
	tcase_add_test(time, answer_given_its_own_time_waits_no_longer);
	tcase_add_test(time, answer_given_none_waits_as_long_as_all);
	suite_add_tcase(suite, time);
	return suite;
}
