/* What requests leave in the counters of GET /metrics. */
#include "base/mem.h"
#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG                                                                                   \
	"{\"defaultBackend\":[\"b1\",\"b2\"],\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}," \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},{\"name\":\"b3\",\"url\":\"http://$3\"}],"          \
	"\"taskRouting\":{\"clip/textual\":\"b1\",\"ocr\":\"b3\",\"mood\":\"b3\"}}"
#define CLIP  "\"clip\":{\"textual\":{\"modelName\":\"m\"}}"
#define FACES "\"facial-recognition\":{\"detection\":{\"modelName\":\"m\"}}"
#define OCR   "\"ocr\":{\"detection\":{\"modelName\":\"m\"}}"
#define MOOD  "\"mood\":{},\"mind\":{}"

static struct rig rig;
static struct metrics sum; /* of all workers, see add_up() */

static void set_up(void)
{
	rig_init(&rig, 3, CONFIG);
	metrics_init(&sum);
}

static void tear_down(void)
{
	metrics_deinit(&sum);
	rig_deinit(&rig);
}

/* In between turns, when no worker runs. */
static void add_up(void)
{
	metrics_deinit(&sum);
	metrics_init(&sum);
	for (size_t i = 0; i < rig.shared.worker_count; i++)
		metrics_add(&sum, &rig.shared.workers[i]->metrics);
}

static void answer_json(size_t backend, int status, const char *json)
{
	BUF_AUTO struct buf answer = {0};

	buf_add_format(&answer,
		"HTTP/1.1 %d OK\r\ncontent-length: %zu\r\ncontent-type: application/json\r\n\r\n%s", status,
		strlen(json), json);
	rig_answers_bytes(&rig, backend, buf_span(&answer));
}

static struct peer *post(const char *entries)
{
	BUF_AUTO struct buf request = form_predict(entries, "a dog");

	return rig_asks(&rig, buf_span(&request));
}

static void ask(const char *entries, int status)
{
	struct peer *client = post(entries);
	char line[32] = "HTTP/1.1 ";

	line[9] = (char)('0' + status / 100);
	RIG_UNTIL(&rig, client->in.n > 12);
	ck_assert_msg(peer_has(client, line), "%.*s", SPAN_ARG(buf_span(&client->in)));
	rig_settle(&rig);
	add_up();
}

/* The number of requests that were counted so. */
static uint64_t counted(enum metrics_task task, const char *backend, int status, const char *reason)
{
	size_t count;
	MEM_AUTO struct tally_row *rows = tally_sorted(&sum.requests, &count);

	for (size_t i = 0; i < count; i++) {
		struct metrics_way way;

		ck_assert(metrics_read_key(rows[i].key, &way));
		if (way.task == task && way.status == status &&
			span_is(backends_name(rig.shared.backends, way.backend), backend) &&
			strcmp(way.reason < 0 ? "none" : route_reason_text((enum route_reason)way.reason),
				reason) == 0)
			return rows[i].count;
	}
	return 0;
}

/* In all ways together. */
static uint64_t counted_in_all(void)
{
	size_t count;
	MEM_AUTO struct tally_row *rows = tally_sorted(&sum.requests, &count);
	uint64_t all = 0;

	for (size_t i = 0; i < count; i++)
		all += rows[i].count;
	return all;
}

static const struct metrics_backend *backend(size_t index)
{
	return sum.backends[rig.config->backends[index].state->number];
}

START_TEST(request_is_counted_once_for_its_task)
{
	answer_json(0, 200, "{\"clip\":1}");
	ask("{" CLIP "}", 200);
	ask("{" CLIP "}", 200);
	ck_assert_uint_eq(counted(METRICS_TASK_CLIP, "b1", 200, "task/type"), 2);
	ck_assert_uint_eq(counted_in_all(), 2);
	ck_assert_uint_eq(histogram_count(&sum.durations[METRICS_TASK_CLIP]), 2);
	ck_assert_uint_eq(histogram_count(&sum.added), 2);
	ck_assert_uint_eq(histogram_count(&backend(0)->durations), 2);
	ck_assert_uint_eq(backend(0)->received, 2 * strlen("{\"clip\":1}"));
	ck_assert_uint_eq(backend(0)->sent, rig.backends[0].requests.n);
	ck_assert_uint_eq(sum.sent, 2 * strlen("{\"clip\":1}"));
	ck_assert_uint_gt(sum.received, 200);
}
END_TEST

/* Two that are not known are one task, `other`. */
START_TEST(request_of_several_tasks_is_counted_for_each_and_each_backend)
{
	answer_json(0, 200, "{\"clip\":1,\"facial-recognition\":2}");
	answer_json(2, 200, "{\"ocr\":1,\"mood\":2}");
	answer_json(1, 200, "{\"mind\":3,\"facial-recognition\":2}");
	ask("{" CLIP "," OCR "," MOOD "}", 200);
	ck_assert_uint_eq(counted(METRICS_TASK_CLIP, "b1", 200, "task/type"), 1);
	ck_assert_uint_eq(counted(METRICS_TASK_OCR, "b3", 200, "task"), 1);
	ck_assert_uint_eq(counted(METRICS_TASK_OTHER, "b3", 200, "task"), 1);
	ck_assert_uint_eq(counted_in_all(), 4); /* mind, by the default route */
	ck_assert_uint_eq(histogram_count(&sum.durations[METRICS_TASK_OCR]), 1);
	ck_assert_uint_eq(histogram_count(&sum.durations[METRICS_TASK_OTHER]), 1);
	ck_assert_uint_eq(histogram_count(&sum.added), 1);
}
END_TEST

START_TEST(request_that_moved_counts_for_the_last_backend_and_its_tries_for_each)
{
	answer_json(0, 503, "{}");
	answer_json(1, 200, "{\"facial-recognition\":[]}");
	ask("{" FACES "}", 200);
	ask("{" FACES "}", 200);
	ck_assert_uint_eq(counted(METRICS_TASK_FACES, "b2", 200, "default"), 2);
	ck_assert_uint_eq(counted_in_all(), 2);
	ck_assert_uint_eq(histogram_count(&backend(0)->durations), 1);
	ck_assert_uint_eq(histogram_count(&backend(1)->durations), 2);
}
END_TEST

START_TEST(request_that_fails_counts_with_its_status)
{
	rig_refuses(&rig, 2);
	ask("{" OCR "}", 502);
	answer_json(0, 500, "{}");
	ask("{" CLIP "}", 500);
	ck_assert_uint_eq(counted(METRICS_TASK_OCR, "b3", 502, "task"), 1);
	ck_assert_uint_eq(counted(METRICS_TASK_CLIP, "b1", 500, "task/type"), 1);
	ck_assert_uint_eq(counted_in_all(), 2);
}
END_TEST

START_TEST(request_that_cannot_be_read_counts_without_a_task)
{
	ask("{", 422);
	ck_assert_uint_eq(counted(METRICS_TASK_NONE, "none", 422, "none"), 1);
	ck_assert_uint_eq(counted_in_all(), 1);
	ck_assert_uint_eq(histogram_count(&sum.durations[METRICS_TASK_NONE]), 1);
	ck_assert_uint_eq(histogram_count(&sum.added), 0);
}
END_TEST

START_TEST(request_for_no_task_counts_with_its_backend)
{
	answer_json(0, 200, "{}");
	answer_json(1, 200, "{}");
	ask("{}", 200);
	ck_assert_uint_eq(counted(METRICS_TASK_NONE, "b1", 200, "default"), 1);
	ck_assert_uint_eq(counted_in_all(), 1);
}
END_TEST

START_TEST(request_whose_client_leaves_counts_without_a_status)
{
	struct peer *client = post("{" CLIP "}");

	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	peer_fin(client);
	rig_settle(&rig);
	add_up();
	ck_assert_uint_eq(counted(METRICS_TASK_CLIP, "b1", 0, "task/type"), 1);
	ck_assert_uint_eq(histogram_count(&backend(0)->durations), 1);
}
END_TEST

/* The client needs 3 s for its body, the backend 5 s for its answer: nothing of that is ours. */
START_TEST(time_is_told_apart_from_the_client_s_and_the_backend_s)
{
	BUF_AUTO struct buf request = form_predict("{" CLIP "}", "a dog");
	struct peer *client = rig_asks(&rig, span_first(buf_span(&request), request.n - 5));

	rig_settle(&rig);
	rig_pass(&rig, CLOCK_S(3));
	peer_send(client, span_skip(buf_span(&request), request.n - 5));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_S(5));
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
	RIG_UNTIL(&rig, peer_has(client, "{}"));
	rig_settle(&rig);
	add_up();
	ck_assert_uint_eq(sum.durations[METRICS_TASK_CLIP].sum_ns, CLOCK_S(8));
	ck_assert_uint_eq(sum.added.sum_ns, 0);
	ck_assert_uint_eq(histogram_count(&sum.added), 1);
	ck_assert_uint_ge(backend(0)->durations.sum_ns, CLOCK_S(5));
}
END_TEST

START_TEST(connection_that_was_replaced_counts_as_a_retry)
{
	rig_deinit(&rig);
	rig_init_alone(&rig, 3, CONFIG);
	answer_json(0, 200, "{\"clip\":1}");
	ask("{" CLIP "}", 200);
	ck_assert_uint_eq(backend(0)->retries, 0);
	rig.backends[0].closes = true;
	peer_set_deaf(rig_peer(&rig, 0), true);
	(void)post("{" CLIP "}");
	rig_settle(&rig);
	peer_reset(rig_peer(&rig, 0));
	RIG_UNTIL(&rig, (add_up(), counted(METRICS_TASK_CLIP, "b1", 200, "task/type") == 2));
	ck_assert_uint_eq(backend(0)->retries, 1);
}
END_TEST

START_TEST(requests_of_other_kinds_count_their_bytes_alone)
{
	(void)expect_answer(&rig, rig_asks(&rig, SPAN_LITERAL("GET /healthz HTTP/1.0\r\n\r\n")), 200,
		SPAN_LITERAL("ok\n"));
	add_up();
	ck_assert_uint_eq(counted_in_all(), 0);
	ck_assert_uint_eq(sum.sent, 3);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("metrics_counts");
	TCase *tcase = suite_case(suite, "metrics_counts", set_up, tear_down);

	tcase_add_test(tcase, request_is_counted_once_for_its_task);
	tcase_add_test(tcase, request_of_several_tasks_is_counted_for_each_and_each_backend);
	tcase_add_test(tcase, request_that_moved_counts_for_the_last_backend_and_its_tries_for_each);
	tcase_add_test(tcase, request_that_fails_counts_with_its_status);
	tcase_add_test(tcase, request_that_cannot_be_read_counts_without_a_task);
	tcase_add_test(tcase, request_for_no_task_counts_with_its_backend);
	tcase_add_test(tcase, request_whose_client_leaves_counts_without_a_status);
	tcase_add_test(tcase, time_is_told_apart_from_the_client_s_and_the_backend_s);
	tcase_add_test(tcase, connection_that_was_replaced_counts_as_a_retry);
	tcase_add_test(tcase, requests_of_other_kinds_count_their_bytes_alone);
	return suite;
}
