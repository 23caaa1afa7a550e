/* POST /api/plan: where a request would go and why, without sending it. */
#include "domain/pool.h"
#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/suite.h"

#define CONFIG                                                                                  \
	"{\"defaultBackend\":[\"gpu\",\"o\\\"ff\"],\"backends\":["                                  \
	"{\"name\":\"gpu\",\"url\":\"http://$1\",\"basicAuth\":\"me:secret\"},"                     \
	"{\"name\":\"box\",\"url\":\"http://$2\"},"                                                 \
	"{\"name\":\"o\\\"ff\",\"url\":\"http://$3\",\"enabled\":false}],"                          \
	"\"taskRouting\":{\"clip/textual\":{\"backends\":[\"gpu\",\"box\"],\"balance\":"            \
	"\"leastInFlight\"},\"ocr\":\"o\\\"ff\"},\"payloadRouting\":{\"image\":[\"box\",\"gpu\"]}," \
	"\"limits\":{\"entries\":256}}"
#define MODEL "{\"modelName\":\"m\"}"

#define GPU "{\"name\":\"gpu\",\"status\":\"unknown\",\"enabled\":true}"
#define BOX "{\"name\":\"box\",\"status\":\"unknown\",\"enabled\":true}"
#define OFF "{\"name\":\"o\\\"ff\",\"status\":\"unknown\",\"enabled\":false}"

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 3, CONFIG);
}

static void tear_down(void)
{
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(rig.backends[i].request_count, 0);
	rig_deinit(&rig);
}

static struct peer *ask(struct span body)
{
	BUF_AUTO struct buf request = {0};

	buf_add_format(&request,
		"POST /api/plan HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
		"content-length: %zu\r\n\r\n",
		body.n);
	buf_add(&request, body);
	return rig_asks(&rig, buf_span(&request));
}

static const struct {
	const char *question;
	const char *answer;
} rows[] = {
	{"{\"entries\":{}}", "{\"groups\":[{\"tasks\":[],\"backends\":[" GPU "," OFF
						 "],\"balance\":\"roundRobin\",\"next\":\"gpu\"}],\"whole\":true}"},
	{"{\"entries\":{\"clip\":{\"visual\":" MODEL "}}}",
		"{\"groups\":[{\"tasks\":[{\"name\":\"clip\",\"route\":\"defaultBackend\",\"reason\":"
		"\"default\"}],\"backends\":[" GPU "," OFF
		"],\"balance\":\"roundRobin\",\"next\":\"gpu\"}],\"whole\":true}"},
	{" {\"payload\" : \"im\\u0061ge\", \"entries\":{\"clip\":{\"visual\":" MODEL "}} }\n",
		"{\"groups\":[{\"tasks\":[{\"name\":\"clip\",\"route\":\"payloadRouting.image\","
		"\"reason\":\"payload\"}],\"backends\":[" BOX "," GPU
		"],\"balance\":\"roundRobin\",\"next\":\"box\"}],\"whole\":true}"},
	{"{\"entries\":{\"clip\":{\"textual\":" MODEL "},\"o\\u0063r\":{\"a\":" MODEL
	 "},\"x\\ny\":{}},\"payload\":\"text\"}",
		"{\"groups\":[{\"tasks\":[{\"name\":\"clip\",\"route\":\"taskRouting.clip/textual\","
		"\"reason\":\"task/type\"}],\"backends\":[" GPU "," BOX
		"],\"balance\":\"leastInFlight\",\"next\":\"gpu\"},"
		"{\"tasks\":[{\"name\":\"ocr\",\"route\":\"taskRouting.ocr\",\"reason\":\"task\"}],"
		"\"backends\":[" OFF "],\"balance\":\"roundRobin\",\"next\":null},"
		"{\"tasks\":[{\"name\":\"x\\u000ay\",\"route\":\"defaultBackend\",\"reason\":\"default\"}],"
		"\"backends\":[" GPU "," OFF
		"],\"balance\":\"roundRobin\",\"next\":\"gpu\"}],\"whole\":false}"},
	/* of a doubled key the last counts */
	{"{\"entries\":7,\"payload\":\"image\",\"payload\":\"text\",\"entries\":{}}",
		"{\"groups\":[{\"tasks\":[],\"backends\":[" GPU "," OFF
		"],\"balance\":\"roundRobin\",\"next\":\"gpu\"}],\"whole\":true}"},
};

START_TEST(plan_says_where_a_request_would_go_and_why)
{
	struct span head =
		expect_answer(&rig, ask(span_of(rows[_i].question)), 200, span_of(rows[_i].answer));

	ck_assert(expect_has_line(head, "content-type: application/json"));
	ck_assert(expect_has_line(head, "cache-control: no-store"));
}
END_TEST

/* Asked often, it takes nobody's turn. */
START_TEST(plan_leaves_the_turn_to_requests)
{
	struct config_pool *pool = rig.worker->config->image_pool;
	struct config *config = rig.worker->config;
	static const uint64_t nobody[CONFIG_BACKENDS_MAX / 64];

	for (int i = 0; i < 3; i++)
		(void)expect_answer(&rig, ask(span_of(rows[2].question)), 200, span_of(rows[2].answer));
	ck_assert_uint_eq(pool_pick(config, pool, nobody), 1);
	ck_assert_uint_eq(pool_pick(config, pool, nobody), 0);
}
END_TEST

static const struct {
	const char *question;
	const char *says;
	const char *path;
} refusals[] = {
	{"", "JSON", NULL},
	{"{", "", NULL},
	{"{}", "found nothing, wanted an object", "entries"},
	{"[]", "found a list, wanted an object with entries", NULL},
	{"\"entries\"", "wanted an object with entries", NULL},
	{"\xef\xbb\xbf{\"entries\":{}}", "", NULL},
	{"{\"entries\":{}} x", "", NULL},
	{"{\"entries\":{\"\xff\":{}}}", "", NULL},
	{"{\"entries\":null}", "found null, wanted an object", "entries"},
	{"{\"entries\":[]}", "found a list, wanted an object", "entries"},
	{"{\"entries\":\"{}\"}", "wanted an object", "entries"},
	{"{\"entries\":{\"clip\":[]}}", "Invalid request format.", "entries"},
	{"{\"entries\":{\"clip\":{\"visual\":{}}}}", "Invalid request format.", "entries"},
	{"{\"entries\":{\"clip\":{\"visual\":{\"modelName\":7}}}}", "Invalid", "entries"},
	{"{\"entries\":{\"clip\":{\"visual\":7}}}", "clip/visual is no object", "entries"},
	{"{\"entries\":{},\"payload\":\"video\"}", "found \"video\", wanted \"image\"", "payload"},
	{"{\"entries\":{},\"payload\":null}", "found null, wanted \"image\"", "payload"},
	{"{\"entries\":{},\"payload\":[\"text\"]}", "found a list", "payload"},
	{"{\"entries\":{},\"pay\\nload\":\"text\"}", "wanted nothing beside", "pay\\nload"},
	{"{\"entries\":{},\"Entries\":{}}", "wanted nothing beside", "Entries"},
	{"{\"entries\":{\"a\":{},\"b\":{},\"c\":{},\"d\":{},\"e\":{},\"f\":{},\"g\":{},\"h\":{},"
	 "\"0123456789012345678901234567890123456789012345678901234567890123456789\":{},"
	 "\"1123456789012345678901234567890123456789012345678901234567890123456789\":{},"
	 "\"2123456789012345678901234567890123456789012345678901234567890123456789\":{}}}",
		"at most 256 bytes (limits.entries)", "entries"},
};

START_TEST(plan_given_a_bad_question_says_what_is_wrong_with_it)
{
	(void)expect_error(
		&rig, ask(span_of(refusals[_i].question)), 400, refusals[_i].says, refusals[_i].path);
}
END_TEST

START_TEST(plan_given_no_configuration_says_where_to_put_one)
{
	rig_deinit(&rig);
	rig_init(&rig, 3, NULL);
	(void)expect_error(
		&rig, ask(span_of(rows[0].question)), 503, "no configuration yet: write one to", NULL);
}
END_TEST

START_TEST(plan_given_other_methods_is_refused)
{
	struct span head = expect_error(&rig,
		rig_asks(&rig, SPAN_LITERAL("GET /api/plan HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")), 405,
		"Method Not Allowed", NULL);

	ck_assert(expect_has_line(head, "allow: POST"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("api_plan");
	TCase *tcase = suite_case(suite, "api_plan", set_up, tear_down);

	tcase_add_loop_test(tcase, plan_says_where_a_request_would_go_and_why, 0, COUNT_OF(rows));
	tcase_add_test(tcase, plan_leaves_the_turn_to_requests);
	tcase_add_loop_test(
		tcase, plan_given_a_bad_question_says_what_is_wrong_with_it, 0, COUNT_OF(refusals));
	tcase_add_test(tcase, plan_given_no_configuration_says_where_to_put_one);
	tcase_add_test(tcase, plan_given_other_methods_is_refused);
	return suite;
}
