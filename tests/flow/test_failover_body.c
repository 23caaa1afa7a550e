/* What a failing backend has taken of a body goes to the next one all the same: whole bodies and
 * such that are still coming, of every size; and what is kept for it is given back. */
#include "domain/backend.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG_WITH(more)                                                               \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}," \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},{\"name\":\"b3\",\"url\":\"http://$3\"}]," \
	"\"taskRouting\":{\"clip\":[\"b1\",\"b2\",\"b3\"]}" more "}"
#define CLIP "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK   "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"a\":1}"
#define GOOD SPAN_LITERAL("{\"a\":1}")
#define LINE "POST /predict HTTP/1.1"
#define BUSY "HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy"

enum {
	BACKENDS = 3,
	SMALL = 200,
	MEDIUM = 300000,
	LARGE = 5000000,
	SOME = 65536,
	MUCH = 4000000,
	PIECE = 200000,
	WHOLE = 10000000, /* more than there is */
};

static struct rig rig;
static struct buf body;
static struct buf request;
static size_t head_n; /* of the request */
static size_t sent;   /* of it */
static struct peer *client;

static void set_up_with(const char *config)
{
	rig_init(&rig, BACKENDS, config);
	rig_listen(&rig);
	client = rig_client(&rig);
	sent = 0;
}

static void set_up(void)
{
	set_up_with(CONFIG_WITH(""));
}

static void tear_down(void)
{
	rig_deinit(&rig);
	buf_deinit(&body);
	buf_deinit(&request);
}

static void write_request(size_t photo_n, const char *lines)
{
	BUF_AUTO struct buf photo = form_photo(photo_n);

	body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	request = form_request("/predict", lines, buf_span(&body));
	head_n = request.n - body.n;
}

/* Sends the request up to that position of the body, and lets it go wherever it goes. */
static void send_up_to(size_t position)
{
	size_t end = head_n + (position < body.n ? position : body.n);

	peer_send(client, span_first(span_skip(buf_span(&request), sent), end - sent));
	sent = end;
	RIG_UNTIL(&rig, !peer_unsent(client));
	rig_settle(&rig);
}

static uint64_t kept(void)
{
	return atomic_load(&rig.shared.budget.used);
}

/* -- failing at some point ------------------------------------------------------------------- */

static const struct end {
	const char *bytes;
	bool is_reset;
} ends[] = {
	{"", true},
	{"", false}, /* FIN */
	{BUSY, true},
	{BUSY, false},
	{"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n[", false},
};

/* The sizes of photos, and how far the client is when the first and when the second one fails. */
static const struct course {
	size_t photo_n;
	size_t positions[2];
} courses[] = {
	{SMALL, {LARGE, LARGE}},
	{MEDIUM, {SOME, SOME}},
	{MEDIUM, {SOME, LARGE}},
	{MEDIUM, {LARGE, LARGE}},
	{LARGE, {SOME, SOME}},
	{LARGE, {SOME, MUCH}},
	{LARGE, {MUCH, MUCH}},
	{LARGE, {MUCH, WHOLE}},
	{LARGE, {WHOLE, WHOLE}},
};

enum { ENDS = sizeof ends / sizeof *ends, COURSES = sizeof courses / sizeof *courses };

/* What it has got so far is how the request begins. */
static void expect_beginning(size_t backend)
{
	struct span got = buf_span(&rig_peer(&rig, backend)->in);
	const char *end = memmem(got.p, got.n, "\r\n\r\n", 4);

	ck_assert_ptr_nonnull(end);
	got = span_skip(got, (size_t)(end + 4 - got.p));
	ck_assert_msg(span_starts(buf_span(&body), got), "b%zu got other bytes", backend + 1);
}

static void end(size_t backend, const struct end *row)
{
	struct peer *peer = rig_peer(&rig, backend);

	expect_beginning(backend);
	peer_send_text(peer, row->bytes);
	RIG_UNTIL(&rig, !peer_unsent(peer));
	if (row->is_reset)
		peer_reset(peer);
	else
		peer_fin(peer);
	RIG_UNTIL(&rig, rig_peer(&rig, backend + 1));
}

START_TEST(body_given_failures_on_its_way_reaches_the_next_whole)
{
	const struct course *course = &courses[_i / ENDS];

	write_request(course->photo_n, FORM_TYPE);
	rig_answers(&rig, 2, OK);
	for (size_t i = 0; i < 2; i++) {
		send_up_to(course->positions[i]);
		RIG_UNTIL(&rig, rig_peer(&rig, i) && rig_peer(&rig, i)->in.n > SMALL);
		rig_settle(&rig);
		ck_assert_uint_eq(client->in.n, 0);
		end(i, &ends[(_i + (int)i) % ENDS]);
	}
	send_up_to(body.n);
	(void)expect_answer(&rig, client, 200, GOOD);
	(void)expect_request(&rig, 2, 0, LINE, buf_span(&body));
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), " attempts=3 tried=\"b1, b2, b3\" status=200 "));
	ck_assert_uint_eq(kept(), 0);
	peer_send(client, buf_span(&request)); /* the client's connection lives on */
	(void)expect_answer(&rig, client, 200, GOOD);
}
END_TEST

START_TEST(body_given_a_byte_and_no_plan_goes_to_the_next)
{
	write_request(MEDIUM, FORM_TYPE);
	rig_refuses(&rig, 0);
	rig_refuses(&rig, 1);
	rig_answers(&rig, 2, OK);
	send_up_to(1);
	ck_assert_ptr_null(rig_peer(&rig, 2));
	send_up_to(body.n);
	(void)expect_answer(&rig, client, 200, GOOD);
	(void)expect_request(&rig, 2, 0, LINE, buf_span(&body));
}
END_TEST

/* -- ways in which it comes ------------------------------------------------------------------ */

START_TEST(body_in_chunks_goes_to_the_next_in_chunks)
{
	struct span head;

	write_request(LARGE, FORM_TYPE);
	BUF_AUTO struct buf chunked =
		form_request_chunked("/predict", FORM_TYPE, buf_span(&body), PIECE);
	rig_answers(&rig, 0, BUSY);
	rig_answers(&rig, 1, OK);
	peer_send(client, buf_span(&chunked));
	(void)expect_answer(&rig, client, 200, GOOD);
	head = expect_request(&rig, 1, 0, LINE, buf_span(&body));
	ck_assert(expect_has_line(head, "transfer-encoding: chunked"));
}
END_TEST

START_TEST(body_given_expect_is_asked_for_once)
{
	write_request(MEDIUM, FORM_TYPE "expect: 100-continue\r\n");
	rig_answers(&rig, 0, BUSY);
	rig_answers(&rig, 1, OK);
	send_up_to(0);
	RIG_UNTIL(&rig, peer_has(client, "HTTP/1.1 100 Continue\r\n\r\n"));
	client->taken = client->in.n;
	send_up_to(body.n);
	(void)expect_answer(&rig, client, 200, GOOD);
	ck_assert_uint_eq(peer_count(client, "100 Continue"), 1);
	ck_assert_uint_eq(
		expect_count_lines(expect_request(&rig, 1, 0, LINE, buf_span(&body)), "expect:"), 0);
}
END_TEST

/* The entries come last, so that all of it is there before anybody is asked. */
START_TEST(body_given_late_entries_goes_to_the_next)
{
	BUF_AUTO struct buf photo = form_photo(LARGE);

	form_part(&body, FORM_IMAGE, buf_span(&photo));
	form_part(&body, FORM_ENTRIES, SPAN_LITERAL(CLIP));
	form_end(&body);
	request = form_request("/predict", FORM_TYPE, buf_span(&body));
	rig_answers(&rig, 0, BUSY);
	rig_refuses(&rig, 1);
	rig_answers(&rig, 2, OK);
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, GOOD);
	(void)expect_request(&rig, 0, 0, LINE, buf_span(&body));
	(void)expect_request(&rig, 2, 0, LINE, buf_span(&body));
}
END_TEST

START_TEST(client_given_leaving_in_the_second_try_leaves_no_trace)
{
	write_request(LARGE, FORM_TYPE);
	rig_refuses(&rig, 0);
	send_up_to(_i ? MUCH : body.n);
	RIG_UNTIL(&rig, rig_peer(&rig, 1) && rig_peer(&rig, 1)->in.n > MUCH / 2);
	ck_assert_uint_gt(kept(), 0);
	peer_reset(client);
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 1)));
	ck_assert_uint_eq(kept(), 0);
	ck_assert_ptr_null(rig_peer(&rig, 2));
	ck_assert_int_eq(
		backend_status(rig.config->backends[1].state), HEALTH_UNKNOWN); /* not its fault */
	ck_assert_ptr_nonnull(
		strstr(rig_logged(&rig), " backends=b2 routes=taskRouting.clip reasons=task attempts=2 "
								 "tried=\"b1, b2\" status=0 complete=no "));
}
END_TEST

/* -- what is kept ---------------------------------------------------------------------------- */

START_TEST(keeping_ends_with_the_last_backend)
{
	write_request(LARGE, FORM_TYPE);
	send_up_to(MUCH);
	ck_assert_uint_gt(kept(), MUCH / 2);
	peer_reset(rig_peer(&rig, 0));
	RIG_UNTIL(&rig, rig_peer(&rig, 1) && rig_peer(&rig, 1)->in.n > MUCH);
	ck_assert_uint_gt(kept(), MUCH / 2);
	peer_reset(rig_peer(&rig, 1));
	RIG_UNTIL(&rig, rig_peer(&rig, 2) && rig_peer(&rig, 2)->in.n > MUCH);
	ck_assert_uint_eq(kept(), 0);
	rig_answers(&rig, 2, OK);
	send_up_to(body.n);
	(void)expect_answer(&rig, client, 200, GOOD);
}
END_TEST

/* An answer may break off: until it is whole the body is needed. */
START_TEST(keeping_ends_with_the_answer)
{
	write_request(LARGE, FORM_TYPE);
	send_up_to(body.n);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"a\"");
	rig_settle(&rig);
	ck_assert_uint_gt(kept(), MUCH);
	peer_send_text(rig_peer(&rig, 0), ":1}");
	(void)expect_answer(&rig, client, 200, GOOD);
	ck_assert_uint_eq(kept(), 0);
}
END_TEST

/* What streams cannot be begun anew, so nothing is kept for it; and a failure ends it. */
START_TEST(keeping_ends_with_an_answer_that_streams)
{
	BUF_AUTO struct buf blanks = {0};

	memset(buf_reserve(&blanks, PIECE), ' ', PIECE);
	blanks.n = PIECE;
	write_request(LARGE, FORM_TYPE);
	send_up_to(body.n);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\n");
	for (size_t i = 0; i < 6; i++)
		peer_send(rig_peer(&rig, 0), buf_span(&blanks));
	RIG_UNTIL(&rig, client->in.n > MUCH / 4);
	ck_assert_uint_eq(kept(), 0);
	peer_reset(rig_peer(&rig, 0));
	RIG_UNTIL(&rig, client->is_broken);
	rig_settle(&rig);
	ck_assert_ptr_null(rig_peer(&rig, 1));
	ck_assert_int_eq(backend_status(rig.config->backends[0].state), HEALTH_UNHEALTHY);
}
END_TEST

static void set_up_for_one(void)
{
	set_up_with("{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"},"
				"{\"name\":\"b2\",\"url\":\"http://$2\",\"enabled\":false}],"
				"\"taskRouting\":{\"clip\":[\"b2\",\"b1\"]}}");
}

START_TEST(nothing_is_kept_for_a_pool_of_one)
{
	write_request(LARGE, FORM_TYPE);
	send_up_to(MUCH);
	RIG_UNTIL(&rig, rig_peer(&rig, 0)->in.n > MUCH);
	ck_assert_uint_eq(kept(), 0);
	peer_reset(rig_peer(&rig, 0));
	(void)expect_detail(&rig, client, 502, "\"backend 'b1': the connection broke: ");
	ck_assert(!peer_has(client, "x-mlproxy-tried"));
}
END_TEST

static void set_up_for_little(void)
{
	set_up_with(CONFIG_WITH(",\"limits\":{\"keptBytes\":65536,\"spillBytes\":0}"));
}

/* What is over the limit is not kept, and the request goes on; only the choice is gone. */
START_TEST(request_given_too_much_to_keep_goes_on_without_a_choice)
{
	write_request(LARGE, FORM_TYPE);
	send_up_to(MUCH);
	RIG_UNTIL(&rig, rig_peer(&rig, 0)->in.n > MUCH);
	ck_assert_uint_eq(kept(), 0);
	if (_i) {
		rig_answers(&rig, 0, OK);
		send_up_to(body.n);
		(void)expect_answer(&rig, client, 200, GOOD);
	} else {
		peer_reset(rig_peer(&rig, 0));
		(void)expect_detail(&rig, client, 502,
			"\"backend 'b1': the connection broke: Connection reset by peer; no other was asked");
		ck_assert_ptr_null(rig_peer(&rig, 1));
	}
}
END_TEST

/* -- all of them ----------------------------------------------------------------------------- */

Suite *test_suite(void)
{
	Suite *suite = suite_create("failover: bodies");
	TCase *bodies = suite_case(suite, "bodies", set_up, tear_down);
	TCase *one = suite_case(suite, "one", set_up_for_one, tear_down);
	TCase *little = suite_case(suite, "little", set_up_for_little, tear_down);

	tcase_add_loop_test(
		bodies, body_given_failures_on_its_way_reaches_the_next_whole, 0, COURSES * ENDS);
	tcase_add_test(bodies, body_given_a_byte_and_no_plan_goes_to_the_next);
	tcase_add_test(bodies, body_in_chunks_goes_to_the_next_in_chunks);
	tcase_add_test(bodies, body_given_expect_is_asked_for_once);
	tcase_add_test(bodies, body_given_late_entries_goes_to_the_next);
	tcase_add_loop_test(bodies, client_given_leaving_in_the_second_try_leaves_no_trace, 0, 2);
	tcase_add_test(bodies, keeping_ends_with_the_last_backend);
	tcase_add_test(bodies, keeping_ends_with_the_answer);
	tcase_add_test(bodies, keeping_ends_with_an_answer_that_streams);
	tcase_add_test(one, nothing_is_kept_for_a_pool_of_one);
	tcase_add_loop_test(little, request_given_too_much_to_keep_goes_on_without_a_choice, 0, 2);
	return suite;
}
