/* Connections that are kept, and that turn out to be stale just when the next request goes out. */
#include "io/process.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG  "{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]}"
#define CLIP    "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
#define BODY    SPAN_LITERAL("{}")
#define PREDICT "POST /predict HTTP/1.1"

static struct rig rig;
static struct peer *client;

/* The backend keeps a connection from a first request. */
static void leave_one(void)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "first");

	rig_answers(&rig, 0, OK);
	client = rig_client(&rig);
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, BODY);
	rig_answers(&rig, 0, "");
}

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
	leave_one();
}

static void set_up_alone(void)
{
	rig_init_alone(&rig, 1, CONFIG);
	leave_one();
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

static size_t connections(void)
{
	size_t count = 0;

	LIST_EACH(node, &rig.backends[0].peers)
		count++;
	return count;
}

static struct buf photo_body(size_t n)
{
	BUF_AUTO struct buf photo = form_photo(n);

	return form_body(CLIP, FORM_IMAGE, buf_span(&photo));
}

static void break_off(struct peer *backend, bool is_reset)
{
	if (is_reset)
		peer_reset(backend);
	else
		peer_fin(backend);
}

/* -- retried --------------------------------------------------------------------------------- */

static const size_t photo_sizes[] = {1, 10000, 200000};

START_TEST(stale_given_the_request_was_read_is_retried_unseen)
{
	BUF_AUTO struct buf body = photo_body(photo_sizes[_i / 2]);
	BUF_AUTO struct buf request = form_request("/predict?a", FORM_TYPE, buf_span(&body));
	struct peer *stale = rig_peer(&rig, 0);
	size_t before = stale->taken;
	struct span first;

	rig_pass(&rig, CLOCK_MS(300)); /* so that up to 256 KB are held for it to be stale */
	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, stale->requests == 2);
	rig_answers(&rig, 0, OK);
	break_off(stale, _i % 2);
	(void)expect_answer(&rig, client, 200, BODY);
	ck_assert_uint_eq(connections(), 2);
	first = span_skip(buf_span(&stale->in), before);
	ck_assert(span_equal(buf_span(&rig_peer(&rig, 0)->in), first)); /* head and all */
	(void)expect_request(&rig, 0, 2, "POST /predict?a HTTP/1.1", buf_span(&body));
}
END_TEST

START_TEST(stale_given_half_the_request_is_retried_with_all_of_it)
{
	BUF_AUTO struct buf body = photo_body(200000);
	BUF_AUTO struct buf request =
		_i ? form_request_chunked("/predict", FORM_TYPE, buf_span(&body), 5000)
		   : form_request("/predict", FORM_TYPE, buf_span(&body));
	struct peer *stale = rig_peer(&rig, 0);

	/* a moment ago, so that a body of unknown length may use it, or longer, so that one by length
	 * is held */
	rig_pass(&rig, CLOCK_MS(_i ? 200 : 300));
	peer_send(client, span_first(buf_span(&request), 100000));
	RIG_UNTIL(&rig, stale->in.n > 90000);
	peer_reset(stale);
	RIG_UNTIL(&rig, connections() == 2 && rig_peer(&rig, 0)->in.n > 90000);
	rig_answers(&rig, 0, OK);
	peer_send(client, span_skip(buf_span(&request), 100000));
	(void)expect_answer(&rig, client, 200, BODY);
	(void)expect_request(&rig, 0, 1, PREDICT, buf_span(&body));
}
END_TEST

/* A FIN that is there before the request goes out, but not read yet. */
START_TEST(stale_given_fin_on_the_way_is_retried_unseen)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "second");

	rig_answers(&rig, 0, OK);
	peer_send(client, buf_span(&request));
	peer_fin(rig_peer(&rig, 0));
	(void)expect_answer(&rig, client, 200, BODY);
	ck_assert_uint_eq(rig.backends[0].request_count, 2);
	ck_assert_uint_eq(connections(), 2);
}
END_TEST

START_TEST(stale_given_fin_while_resting_is_not_even_tried)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "second");
	struct peer *stale = rig_peer(&rig, 0);
	size_t before = stale->in.n;

	peer_fin(stale);
	RIG_UNTIL(&rig, peer_is_over(stale));
	rig_answers(&rig, 0, OK);
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, BODY);
	ck_assert_uint_eq(stale->in.n, before);
}
END_TEST

/* -- not retried ----------------------------------------------------------------------------- */

START_TEST(fresh_given_no_answer_is_not_retried)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "second");
	struct peer *stale = rig_peer(&rig, 0);

	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 2);
	break_off(stale, _i);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 3);
	break_off(rig_peer(&rig, 0), _i);
	(void)expect_detail(&rig, client, 502,
		_i ? "backend 'b1': the connection broke: Connection reset by peer"
		   : "backend 'b1': the backend closed the connection before it answered");
	rig_settle(&rig);
	ck_assert_uint_eq(connections(), 2);
	ck_assert_uint_eq(rig.backends[0].request_count, 3);
}
END_TEST

static const char *const beginnings[] = {
	"H", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n"};

START_TEST(reused_given_bytes_of_an_answer_is_not_retried)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "second");

	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 2);
	peer_send_text(rig_peer(&rig, 0), beginnings[_i / 2]);
	rig_settle(&rig);
	break_off(rig_peer(&rig, 0), _i % 2);
	(void)expect_detail(&rig, client, 502, "backend 'b1': the ");
	ck_assert_uint_eq(connections(), 1);
}
END_TEST

START_TEST(reused_given_no_answer_in_time_is_not_retried)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "second");

	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 2);
	rig_pass(&rig, CLOCK_S(241));
	(void)expect_detail(&rig, client, 504, "backend 'b1': no answer within 240000 ms");
	ck_assert_uint_eq(connections(), 1);
}
END_TEST

START_TEST(reused_given_more_sent_than_is_kept_is_not_retried)
{
	BUF_AUTO struct buf body = photo_body(2000000);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	struct peer *stale = rig_peer(&rig, 0);

	peer_send(client, span_first(buf_span(&request), 1500000));
	RIG_UNTIL(&rig, stale->in.n > 1400000);
	peer_reset(stale);
	(void)expect_detail(&rig, client, 502, "backend 'b1': the connection broke");
	ck_assert_uint_eq(connections(), 1);
}
END_TEST

/* -- which connection ------------------------------------------------------------------------ */

/* What could not be sent again does not go where the backend may just be hanging up. */
START_TEST(long_body_given_a_connection_that_rested_takes_a_fresh_one)
{
	static const struct rested {
		size_t photo_n;
		bool is_chunked;
		int64_t rested_ms;
		size_t connections;
	} rows[] = {
		{261000, false, 1900, 1},
		{262144, false, 300, 2},
		{262144, false, 200, 1},
		{100, true, 300, 2},
		{100, true, 200, 1},
	};
	BUF_AUTO struct buf body = photo_body(rows[_i].photo_n);
	BUF_AUTO struct buf request =
		rows[_i].is_chunked ? form_request_chunked("/predict", FORM_TYPE, buf_span(&body), 100)
							: form_request("/predict", FORM_TYPE, buf_span(&body));

	rig_answers(&rig, 0, OK);
	rig_pass(&rig, CLOCK_MS(rows[_i].rested_ms));
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, BODY);
	(void)expect_request(&rig, 0, 1, PREDICT, buf_span(&body));
	ck_assert_uint_eq(connections(), rows[_i].connections);
}
END_TEST

START_TEST(connections_given_two_resting_use_the_one_used_last)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "x");
	struct peer *second_client = rig_client(&rig);
	struct peer *first = rig_peer(&rig, 0);
	struct peer *second;

	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, first->requests == 2);
	peer_send(second_client, buf_span(&request));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 3);
	second = rig_peer(&rig, 0);
	ck_assert_ptr_ne(second, first);
	peer_send_text(second, OK);
	(void)expect_answer(&rig, second_client, 200, BODY);
	peer_send_text(first, OK);
	(void)expect_answer(&rig, client, 200, BODY);
	rig_answers(&rig, 0, OK);
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, BODY);
	ck_assert_uint_eq(first->requests, 3);
	ck_assert_uint_eq(second->requests, 1);
}
END_TEST

/* Of those that rest at most 256 are kept, and counted right however often they were used. */
START_TEST(connections_given_too_many_resting_closes_one)
{
	enum { MAX = 256 };
	BUF_AUTO struct buf request = form_predict(CLIP, "x");
	size_t open = 0;

	process_raise_descriptor_limit();
	rig_answers(&rig, 0, OK);
	for (size_t i = 0; i < MAX; i++) {
		peer_send(client, buf_span(&request));
		(void)expect_answer(&rig, client, 200, BODY);
	}
	ck_assert_uint_eq(connections(), 1);
	rig_answers(&rig, 0, "");
	for (size_t i = 0; i < MAX + 1; i++)
		peer_send(rig_client(&rig), buf_span(&request));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 2 * MAX + 2);
	ck_assert_uint_eq(connections(), MAX + 1);
	LIST_EACH(node, &rig.backends[0].peers)
		peer_send_text(LIST_OBJECT(node, struct peer, node), OK);
	rig_settle(&rig);
	LIST_EACH(node, &rig.backends[0].peers)
		open += !peer_is_over(LIST_OBJECT(node, struct peer, node));
	ck_assert_uint_eq(open, MAX);
}
END_TEST

START_TEST(connection_given_a_minutes_rest_is_closed)
{
	struct peer *resting = rig_peer(&rig, 0);

	rig_pass(&rig, CLOCK_S(59));
	ck_assert(!peer_is_over(resting));
	rig_pass(&rig, CLOCK_S(2));
	RIG_UNTIL(&rig, peer_is_over(resting));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("upstream_stale");
	TCase *tcase = tcase_create("stale");
	TCase *resting = tcase_create("what rests with a worker");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, stale_given_the_request_was_read_is_retried_unseen, 0, 6);
	tcase_add_loop_test(tcase, stale_given_half_the_request_is_retried_with_all_of_it, 0, 2);
	tcase_add_test(tcase, stale_given_fin_on_the_way_is_retried_unseen);
	tcase_add_test(tcase, stale_given_fin_while_resting_is_not_even_tried);
	tcase_add_loop_test(tcase, fresh_given_no_answer_is_not_retried, 0, 2);
	tcase_add_loop_test(tcase, reused_given_bytes_of_an_answer_is_not_retried, 0, 6);
	tcase_add_test(tcase, reused_given_no_answer_in_time_is_not_retried);
	tcase_add_test(tcase, reused_given_more_sent_than_is_kept_is_not_retried);
	tcase_add_loop_test(tcase, long_body_given_a_connection_that_rested_takes_a_fresh_one, 0, 5);
	tcase_add_test(tcase, connection_given_a_minutes_rest_is_closed);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(resting, set_up_alone, tear_down);
	tcase_add_test(resting, connections_given_two_resting_use_the_one_used_last);
	tcase_add_test(resting, connections_given_too_many_resting_closes_one);
	suite_add_tcase(suite, resting);
	return suite;
}
