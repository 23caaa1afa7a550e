/* Answers that come before the request has gone: they count, and no more of it is sent. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG  "{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]}"
#define CLIP    "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
#define BODY    SPAN_LITERAL("{}")
#define TOO_BIG "HTTP/1.1 413 Too Big\r\ncontent-length: 3\r\n\r\nbig"

enum { LONG = 6000000, SHORT = 200000 };

static struct rig rig;
static struct buf request;

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
}

static void tear_down(void)
{
	buf_deinit(&request);
	rig_deinit(&rig);
}

/* Sends the first part of a request; the backend has seen some of it. */
static struct peer *post_part(size_t photo_n, size_t part_n)
{
	BUF_AUTO struct buf photo = form_photo(photo_n);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	struct peer *client = rig_client(&rig);

	request = form_request("/predict", FORM_TYPE, buf_span(&body));
	peer_send(client, span_first(buf_span(&request), part_n));
	RIG_UNTIL(&rig, rig_peer(&rig, 0) && rig_peer(&rig, 0)->in.n > 1000);
	return client;
}

static void expect_client_alive(struct peer *client)
{
	BUF_AUTO struct buf next = form_predict(CLIP, "next");

	rig_answers(&rig, 0, OK);
	peer_send(client, buf_span(&next));
	(void)expect_answer(&rig, client, 200, BODY);
}

enum ending { STAYS, FIN, RESET };

static void end(struct peer *backend, enum ending ending)
{
	RIG_UNTIL(&rig, !peer_unsent(backend));
	if (ending == FIN)
		peer_fin(backend);
	else if (ending == RESET)
		peer_reset(backend);
}

static const struct early {
	const char *answer;
	int status;
	const char *body;
	enum ending ending;
} earlies[] = {
	{TOO_BIG, 413, "big", STAYS},
	{TOO_BIG, 413, "big", FIN},
	{TOO_BIG, 413, "big", RESET},
	{OK, 200, "{}", STAYS},
	{OK, 200, "{}", RESET},
	{"HTTP/1.1 500 Oh\r\n\r\nbad", 500, "bad", FIN},
};

/* The client has much more to say, but says it only after it has the answer. */
START_TEST(answer_given_before_the_requests_end_is_relayed_at_once)
{
	const struct early *row = &earlies[_i];
	struct peer *client = post_part(LONG, 100000);
	struct peer *backend = rig_peer(&rig, 0);
	struct span head;
	size_t before;

	peer_send_text(backend, row->answer);
	end(backend, row->ending);
	head = expect_answer(&rig, client, row->status, span_of(row->body));
	ck_assert(expect_has_line(head, "connection: close"));
	before = backend->in.n;
	peer_send(client, span_skip(buf_span(&request), 100000));
	RIG_UNTIL(&rig, !peer_unsent(client)); /* thrown away, so that the answer arrives */
	ck_assert(!client->is_broken);
	ck_assert_uint_eq(backend->in.n, before);
	RIG_UNTIL(&rig, peer_is_over(backend));
	ck_assert_uint_eq(rig.backends[0].request_count, 0);
}
END_TEST

/* The client is in full swing, and held up by a backend that does not read. */
START_TEST(answer_given_by_a_deaf_backend_is_relayed)
{
	struct peer *client;

	rig.backends[0].is_deaf = true;
	client = rig_client(&rig);
	BUF_AUTO struct buf photo = form_photo(LONG);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	request = form_request("/predict", FORM_TYPE, buf_span(&body));
	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, rig_peer(&rig, 0));
	rig_settle(&rig);
	ck_assert_uint_gt(peer_unsent(client), 0);
	peer_send_text(rig_peer(&rig, 0), earlies[_i].answer);
	end(rig_peer(&rig, 0), earlies[_i].ending);
	(void)expect_answer(&rig, client, earlies[_i].status, span_of(earlies[_i].body));
	RIG_UNTIL(&rig, !peer_unsent(client));
	ck_assert(!client->is_broken);
}
END_TEST

/* What is left is short, so it is read and the connection lives on. */
START_TEST(answer_given_little_left_keeps_the_clients_connection)
{
	struct peer *client = post_part(SHORT, 50000);
	struct peer *backend = rig_peer(&rig, 0);

	peer_send_text(backend, TOO_BIG);
	(void)expect_answer(&rig, client, 413, SPAN_LITERAL("big"));
	RIG_UNTIL(&rig, peer_is_over(backend)); /* never used again, half a request is in it */
	peer_send(client, span_skip(buf_span(&request), 50000));
	expect_client_alive(client);
}
END_TEST

START_TEST(answer_given_half_is_a_failure)
{
	struct peer *client = post_part(LONG, 100000);

	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 413 Too Big\r\ncontent-length: 3\r\n\r\nbi");
	end(rig_peer(&rig, 0), FIN);
	(void)expect_detail(
		&rig, client, 502, "backend 'b1': the backend closed the connection within its answer");
}
END_TEST

START_TEST(answer_given_no_end_in_time_is_504)
{
	struct peer *client = post_part(LONG, 100000);

	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 413 Too Big\r\ncontent-length: 3\r\n\r\nbi");
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(29000));
	ck_assert_uint_eq(client->in.n, 0);
	peer_send(client, span_first(span_skip(buf_span(&request), 100000), 10));
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(1100));
	(void)expect_detail(&rig, client, 504, "backend 'b1': the answer stalled for 30000 ms");
}
END_TEST

START_TEST(end_given_without_an_answer_is_a_failure_at_once)
{
	struct peer *client = post_part(LONG, 100000);

	end(rig_peer(&rig, 0), _i ? RESET : FIN);
	(void)expect_detail(&rig, client, 502, "backend 'b1': the ");
	ck_assert_uint_eq(rig.backends[0].request_count, 0);
}
END_TEST

/* The backend sends no more, but what it sent is whole. */
START_TEST(half_close_given_behind_the_answer_is_no_failure)
{
	struct peer *client = post_part(SHORT, 300000);
	struct peer *backend = rig_peer(&rig, 0);

	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	peer_send_text(backend, _i ? OK : "HTTP/1.1 200 OK\r\n\r\n{}");
	end(backend, FIN);
	(void)expect_answer(&rig, client, 200, BODY);
	expect_client_alive(client);
	ck_assert_ptr_ne(rig_peer(&rig, 0), backend);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("upstream_early");
	TCase *tcase = tcase_create("early");
	int count = (int)(sizeof earlies / sizeof *earlies);

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, answer_given_before_the_requests_end_is_relayed_at_once, 0, count);
	tcase_add_loop_test(tcase, answer_given_by_a_deaf_backend_is_relayed, 0, count);
	tcase_add_test(tcase, answer_given_little_left_keeps_the_clients_connection);
	tcase_add_test(tcase, answer_given_half_is_a_failure);
	tcase_add_test(tcase, answer_given_no_end_in_time_is_504);
	tcase_add_loop_test(tcase, end_given_without_an_answer_is_a_failure_at_once, 0, 2);
	tcase_add_loop_test(tcase, half_close_given_behind_the_answer_is_no_failure, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
