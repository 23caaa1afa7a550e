/* Answers that stream: once the client has their head nobody else can be asked, and what was kept
 * of the request is let go. And requests that are no longer kept when somebody else should be. */
#include "domain/backend.h"
#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/fault.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG(more)                            \
	"{\"defaultBackend\":\"b3\",\"backends\":[" \
	"{\"name\":\"b1\",\"url\":\"http://$1\"},"  \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},"  \
	"{\"name\":\"b3\",\"url\":\"http://$3\"}]," more "\"taskRouting\":{\"clip\":[\"b1\",\"b2\"]}}"
#define ENTRIES "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK      "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"clip\":\"[2]\"}"
#define ANSWER  SPAN_LITERAL("{\"clip\":\"[2]\"}")
#define PREDICT "POST /predict HTTP/1.1"

enum { LONG = 2000000, STREAMED = 1200000 }; /* of a request; of an answer, more than is withheld */

static struct rig rig;
static struct buf body;
static size_t descriptors;

static void begin(const char *config)
{
	BUF_AUTO struct buf photo = form_photo(LONG);

	body = form_body(ENTRIES, FORM_IMAGE, buf_span(&photo));
	rig_init(&rig, 3, config);
	descriptors = fault_descriptors_at_rest(&rig);
	rig_answers(&rig, 1, OK);
}

static void end(void)
{
	fault_expect_all_back(&rig, descriptors);
	rig_deinit(&rig);
	buf_deinit(&body);
}

static struct peer *post(void)
{
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));

	return rig_asks(&rig, buf_span(&request));
}

static enum health_status status_of(size_t backend)
{
	return backend_status(rig.config->backends[backend].state);
}

/* -- answers that stream --------------------------------------------------------------------- */

static const struct stream {
	const char *head;
	const char *last; /* what comes behind the part that streams */
	enum fault_end end;
	int64_t rests_ns;
} streams[] = {
	{"content-length: 2000000\r\n\r\n{\"a\":\"", "", FAULT_FIN, 0},
	{"content-length: 2000000\r\n\r\n{\"a\":\"", "", FAULT_RESET, 0},
	{"content-length: 2000000\r\n\r\n{\"a\":\"", "", FAULT_STAYS, CLOCK_S(31)},
	{"content-length: 2000000\r\n\r\n{\"a\":\"", "\",]", FAULT_STAYS, 0},
	{"transfer-encoding: chunked\r\n\r\n124f86\r\n{\"a\":\"", "xyz", FAULT_STAYS, 0},
};

/* The client gets the head and what there is of the body. */
static struct peer *post_to_streaming(const struct stream *stream)
{
	BUF_AUTO struct buf text = form_photo(STREAMED);
	struct peer *client = post();

	memset(text.bytes, 'x', text.n);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	ck_assert_uint_gt(atomic_load(&rig.shared.budget.used), 0);
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\n");
	peer_send_text(rig_peer(&rig, 0), stream->head);
	peer_send(rig_peer(&rig, 0), buf_span(&text));
	RIG_UNTIL(&rig, client->in.n > STREAMED);
	ck_assert_uint_eq(atomic_load(&rig.shared.budget.used), 0);
	return client;
}

START_TEST(stream_given_to_break_off_resets_the_client_and_asks_nobody_else)
{
	const struct stream *stream = &streams[_i];
	struct peer *backend;
	struct peer *client;

	begin(CONFIG(""));
	client = post_to_streaming(stream);
	backend = rig_peer(&rig, 0);
	peer_send_text(backend, stream->last);
	RIG_UNTIL(&rig, !peer_unsent(backend));
	if (stream->end == FAULT_FIN)
		peer_fin(backend);
	else if (stream->end == FAULT_RESET)
		peer_reset(backend);
	rig_pass(&rig, stream->rests_ns);
	RIG_UNTIL(&rig, client->is_broken);
	ck_assert_uint_eq(peer_count(client, "HTTP/1.1 "), 1);
	ck_assert_uint_eq(rig.backends[1].request_count, 0);
	ck_assert_int_eq(status_of(0), HEALTH_UNHEALTHY);
	ck_assert_int_eq(status_of(1), HEALTH_UNKNOWN);
	(void)expect_answer(&rig, post(), 200, ANSWER); /* by the other one */
	end();
}
END_TEST

/* -- requests that are not kept any more ----------------------------------------------------- */

#define NOT_KEPT CONFIG("\"limits\":{\"keptBytes\":65536,\"spillBytes\":0},")

START_TEST(request_given_no_room_to_keep_it_passes)
{
	begin(NOT_KEPT);
	rig_answers(&rig, 0, OK);
	(void)expect_answer(&rig, post(), 200, ANSWER);
	(void)expect_request(&rig, 0, 0, PREDICT, buf_span(&body));
	ck_assert_uint_eq(rig.backends[1].request_count, 0);
	end();
}
END_TEST

START_TEST(request_given_no_room_to_keep_it_fails_with_its_backend_and_says_why)
{
	struct peer *client;

	begin(NOT_KEPT);
	client = post();
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	peer_reset(rig_peer(&rig, 0));
	(void)expect_detail(&rig, client, 502, "limits.spillBytes (0 bytes) is used up");
	ck_assert_uint_eq(rig.backends[1].request_count, 0);
	ck_assert_int_eq(status_of(0), HEALTH_UNHEALTHY);
	(void)expect_answer(&rig, post(), 200, ANSWER);
	end();
}
END_TEST

/* A failure before much was sent costs nothing that would have to be kept. */
START_TEST(request_given_no_room_to_keep_it_moves_while_it_is_whole)
{
	begin(NOT_KEPT);
	rig_refuses(&rig, 0);
	(void)expect_answer(&rig, post(), 200, ANSWER);
	(void)expect_request(&rig, 1, 0, PREDICT, buf_span(&body));
	rig_listens(&rig, 0);
	end();
}
END_TEST

START_TEST(refusal_given_no_room_to_keep_the_request_is_passed_on_and_the_log_says_why)
{
	struct peer *client;
	const char *line;

	begin(NOT_KEPT);
	rig_listen(&rig);
	descriptors = fault_descriptors();
	client = post();
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	(void)rig_logged(&rig);
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n{}");
	(void)expect_answer(&rig, client, 503, SPAN_LITERAL("{}"));
	line = rig_logged(&rig);
	ck_assert_ptr_nonnull(
		strstr(line, "error=\"backend 'b1': answered 503; no other was asked, for "
					 "the request is no longer kept: limits.spillBytes (0 bytes)"));
	end();
}
END_TEST

/* In every state that a request can be in, what was kept of it goes with its client. */
START_TEST(client_given_leaving_gives_everything_back)
{
	struct peer *client;

	begin(CONFIG(""));
	rig.backends[0].is_deaf = _i == 0;
	client = post();
	if (_i == 0)
		RIG_UNTIL(&rig, rig_peer(&rig, 0));
	else
		RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	rig_settle(&rig);
	peer_reset(client);
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)) || rig_peer(&rig, 0)->is_deaf);
	ck_assert_uint_eq(rig.backends[1].request_count, 0);
	end();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("fault_streams");
	TCase *tcase = tcase_create("streams");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, stream_given_to_break_off_resets_the_client_and_asks_nobody_else, 0,
		COUNT_OF(streams));
	tcase_add_test(tcase, request_given_no_room_to_keep_it_passes);
	tcase_add_test(
		tcase, refusal_given_no_room_to_keep_the_request_is_passed_on_and_the_log_says_why);
	tcase_add_test(tcase, request_given_no_room_to_keep_it_fails_with_its_backend_and_says_why);
	tcase_add_test(tcase, request_given_no_room_to_keep_it_moves_while_it_is_whole);
	tcase_add_loop_test(tcase, client_given_leaving_gives_everything_back, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
