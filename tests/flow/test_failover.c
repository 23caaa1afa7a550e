/* A pool of three: when a backend fails the next one gets the same bytes, and the client the answer
 * as if it had been the only one. */
#include "domain/backend.h"
#include "rig/expect.h"
#include "rig/failing.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG                                                                          \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}," \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},{\"name\":\"b3\",\"url\":\"http://$3\"}]," \
	"\"taskRouting\":{\"clip\":[\"b1\",\"b2\",\"b3\"]}," FAILING_TIMEOUTS "}"
#define CLIP "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK   "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"a\":1}"
#define GOOD SPAN_LITERAL("{\"a\":1}")
#define LINE "POST /predict HTTP/1.1"

enum { BACKENDS = 3 };

static struct rig rig;
static struct buf body;

static void set_up(void)
{
	rig_init(&rig, BACKENDS, CONFIG);
	rig_listen(&rig);
	body = form_body(CLIP, FORM_IMAGE, SPAN_LITERAL("\xff\xd8 cat"));
}

static void tear_down(void)
{
	rig_deinit(&rig);
	buf_deinit(&body);
}

static struct peer *post(void)
{
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));

	return rig_asks(&rig, buf_span(&request));
}

static struct backend *backend_of(size_t index)
{
	return rig.config->backends[index].state;
}

/* The first so many fail. */
static struct peer *post_to_failing(const struct failing *failing, size_t count)
{
	struct peer *client;

	for (size_t i = 0; i < count; i++)
		failing_prepare(&rig, i, failing);
	client = post();
	for (size_t i = 0; i < count; i++)
		failing_happen(&rig, i, failing);
	return client;
}

/* -- what the others see of it --------------------------------------------------------------- */

/* Each got the same bytes, once; who is behind the one that answered got none. */
static void expect_asked(const struct failing *failing, size_t failed, size_t asked)
{
	for (size_t i = 0; i < BACKENDS; i++) {
		bool is_asked = i < asked && (i >= failed || failing->bytes);

		ck_assert_msg(rig.backends[i].request_count == is_asked, "%s: b%zu was asked %zu times",
			failing->name, i + 1, rig.backends[i].request_count);
		if (is_asked)
			(void)expect_request(&rig, i, 0, LINE, buf_span(&body));
	}
}

static void expect_healths(size_t failed, size_t asked)
{
	for (size_t i = 0; i < BACKENDS; i++) {
		struct backend *backend = backend_of(i);
		bool has_moved = i < failed && i + 1 < asked;

		ck_assert_int_eq(backend_status(backend), i < failed  ? HEALTH_UNHEALTHY
												  : i < asked ? HEALTH_HEALTHY
															  : HEALTH_UNKNOWN);
		ck_assert_uint_eq(atomic_load(&backend->in_flight), 0);
		ck_assert_uint_eq(atomic_load(&backend->requests), i < asked);
		ck_assert_uint_eq(atomic_load(&backend->failures), i < failed);
		ck_assert_uint_eq(atomic_load(&backend->failovers), has_moved);
	}
}

/* The lines of the moves, and the request's own. */
static void expect_logged(const struct failing *failing, size_t asked)
{
	const char *tried =
		asked == 1 ? " backends=b1 routes=taskRouting.clip reasons=task attempts=1 status="
		: asked == 2
			? " backends=b2 routes=taskRouting.clip reasons=task attempts=2 tried=\"b1, b2\" "
			: " backends=b3 routes=taskRouting.clip reasons=task attempts=3 tried=\"b1, b2, b3\" ";
	const char *lines = rig_logged(&rig);
	const char *at = lines;

	for (size_t i = 1; i < asked; i++) {
		char move[64];

		(void)snprintf(move, sizeof move, " from=b%zu to=b%zu why=\"%.8s", i, i + 1, failing->says);
		at = strstr(at, " level=warn event=failover id=");
		ck_assert_msg(at != NULL, "%s: %s", failing->name, lines);
		at = strstr(at, move);
		ck_assert_msg(at != NULL, "%s: %s is not in: %s", failing->name, move, lines);
	}
	ck_assert_ptr_null(strstr(at, "event=failover"));
	ck_assert_msg(strstr(at, tried) != NULL, "%s: %s", failing->name, lines);
}

static void expect_tried(struct span head, size_t asked)
{
	static const char *const lines[] = {
		NULL, NULL, "x-mlproxy-tried: b1, b2", "x-mlproxy-tried: b1, b2, b3"};

	ck_assert_uint_eq(expect_count_lines(head, "x-mlproxy-tried:"), asked > 1);
	if (asked > 1)
		ck_assert(expect_has_line(head, lines[asked]));
}

/* -- one fails, the next answers ------------------------------------------------------------- */

START_TEST(request_given_failing_backends_is_answered_by_the_next)
{
	const struct failing *failing = &failings[_i / 2];
	size_t count = 1 + (size_t)_i % 2;
	struct peer *client;

	for (size_t i = count; i < BACKENDS; i++)
		rig_answers(&rig, i, OK);
	client = post_to_failing(failing, count);
	expect_tried(expect_answer(&rig, client, 200, GOOD), count + 1);
	expect_asked(failing, count, count + 1);
	expect_healths(count, count + 1);
	expect_logged(failing, count + 1);
	ck_assert_uint_eq(atomic_load(&rig.shared.budget.used), 0);
}
END_TEST

/* -- all fail -------------------------------------------------------------------------------- */

/* The last one's own answer, if it has one; else what happened to each. */
static struct span expect_failure(struct peer *client, const struct failing *failing)
{
	char detail[512];

	if (failing->body)
		return expect_answer(&rig, client, failing->status, span_of(failing->body));
	(void)snprintf(detail, sizeof detail, "{\"detail\":\"backend 'b1': %s", failing->says);
	for (size_t i = 2; i <= BACKENDS; i++) {
		char next[32];

		(void)snprintf(next, sizeof next, "; backend 'b%zu': %.8s", i, failing->says);
		RIG_UNTIL(&rig, peer_has(client, next));
	}
	return expect_detail(&rig, client, failing->status, detail);
}

START_TEST(request_given_all_to_fail_says_what_happened_to_each)
{
	const struct failing *failing = &failings[_i];
	struct peer *client = post_to_failing(failing, BACKENDS);

	expect_tried(expect_failure(client, failing), BACKENDS);
	expect_asked(failing, BACKENDS, BACKENDS);
	expect_healths(BACKENDS, BACKENDS);
	expect_logged(failing, BACKENDS);
}
END_TEST

/* -- answers --------------------------------------------------------------------------------- */

static const struct word {
	const char *answer;
	int status;
	const char *body;
	enum health_status health;
} words[] = {
	{OK, 200, "{\"a\":1}", HEALTH_HEALTHY},
	{"HTTP/1.1 500 Oh\r\ncontent-length: 3\r\n\r\nbad", 500, "bad", HEALTH_UNKNOWN},
	{"HTTP/1.1 501 No\r\ncontent-length: 3\r\n\r\nbad", 501, "bad", HEALTH_UNKNOWN},
	{"HTTP/1.1 505 No\r\ncontent-length: 3\r\n\r\nbad", 505, "bad", HEALTH_UNKNOWN},
	{"HTTP/1.1 400 No\r\ncontent-length: 2\r\n\r\n{}", 400, "{}", HEALTH_UNKNOWN},
	{"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", 404, "", HEALTH_UNKNOWN},
	{"HTTP/1.1 422 No\r\ncontent-length: 2\r\n\r\n{}", 422, "{}", HEALTH_UNKNOWN},
	{"HTTP/1.1 429 No\r\ncontent-length: 2\r\n\r\n{}", 429, "{}", HEALTH_UNKNOWN},
};

START_TEST(request_given_any_other_answer_asks_nobody_else)
{
	const struct word *word = &words[_i];
	struct span head;

	for (size_t i = 0; i < BACKENDS; i++)
		rig_answers(&rig, i, word->answer);
	head = expect_answer(&rig, post(), word->status, span_of(word->body));
	expect_tried(head, 1);
	expect_asked(&failings[0], 0, 1);
	ck_assert_int_eq(backend_status(backend_of(0)), word->health);
	ck_assert_ptr_null(strstr(rig_logged(&rig), "event=failover"));
}
END_TEST

static void add_loops(TCase *tcase)
{
	tcase_add_loop_test(
		tcase, request_given_failing_backends_is_answered_by_the_next, 0, 2 * FAILING_COUNT);
	tcase_add_loop_test(
		tcase, request_given_all_to_fail_says_what_happened_to_each, 0, FAILING_COUNT);
	tcase_add_loop_test(tcase, request_given_any_other_answer_asks_nobody_else, 0,
		(int)(sizeof words / sizeof *words));
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("failover");
	TCase *tcase = tcase_create("failover");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	add_loops(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
