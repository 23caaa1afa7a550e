/* Several backends, each at its own pace: the slowest sets it, nothing is heaped up, and all are
 * left when the client leaves. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/places.h"
#include "rig/suite.h"

#define CONFIG                                                                                   \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://one.test:#1\"}," \
	"{\"name\":\"b2\",\"url\":\"http://two.test:#2\"}],\"taskRouting\":{\"ocr\":\"b2\"}}"
#define CLIP    "\"clip\":{\"visual\":{\"modelName\":\"m\"}}"
#define OCR     "\"ocr\":{\"detection\":{\"modelName\":\"m\"}}"
#define OK_CLIP "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"clip\":1}"
#define OK_OCR  "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"ocr\":2}"
#define MERGED  SPAN_LITERAL("{\"clip\":1,\"ocr\":2}")
#define PREDICT "POST /predict HTTP/1.1"

enum {
	PHOTO_BYTES = 8 << 20,
	/* what the kernel holds of one connection that nobody reads, by far */
	KERNEL_BYTES = 4 << 20,
};

static struct rig rig;
static struct buf photo;
static struct buf request;

static void set_up(void)
{
	BUF_AUTO struct buf body = {0};

	rig_init(&rig, 2, CONFIG);
	for (size_t i = 0; i < 2; i++)
		places_resolve(&rig, i, &(uint16_t){listener_port(rig.backends[i].listener)}, 1);
	rig_answers(&rig, 0, OK_CLIP);
	rig_answers(&rig, 1, OK_OCR);
	photo = form_photo(PHOTO_BYTES);
	body = form_body("{" CLIP "," OCR "}", FORM_IMAGE, buf_span(&photo));
	request = form_request("/predict", FORM_TYPE, buf_span(&body));
}

static void tear_down(void)
{
	buf_deinit(&photo);
	buf_deinit(&request);
	rig_deinit(&rig);
}

static struct peer *post(void)
{
	return rig_asks(&rig, buf_span(&request));
}

static void expect_both_whole(void)
{
	BUF_AUTO struct buf clip = form_body("{" CLIP "}", FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf ocr = form_body("{" OCR "}", FORM_IMAGE, buf_span(&photo));

	(void)expect_request(&rig, 0, 0, PREDICT, buf_span(&clip));
	(void)expect_request(&rig, 1, 0, PREDICT, buf_span(&ocr));
}

/* Until nothing moves any more. */
static struct peer *post_to_deaf(size_t backend)
{
	struct peer *client;

	rig.backends[backend].is_deaf = true;
	client = post();
	RIG_UNTIL(&rig, rig_peer(&rig, 0) && rig_peer(&rig, 1));
	rig_settle(&rig);
	return client;
}

START_TEST(body_given_a_deaf_backend_stops_the_client_and_the_other)
{
	struct peer *client = post_to_deaf(_i);
	size_t sent = request.n - peer_unsent(client);
	const struct peer *other = rig_peer(&rig, !_i);

	ck_assert_uint_lt(sent, KERNEL_BYTES);
	ck_assert_uint_le(other->in.n, sent);
	ck_assert_uint_eq(atomic_load(&rig.shared.budget.used), 0);
	ck_assert_uint_eq(rig_peer(&rig, _i)->in.n, 0);
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_S(29));
	ck_assert(!client->has_fin); /* it is not the client that stalls */
	peer_set_deaf(rig_peer(&rig, _i), false);
	(void)expect_answer(&rig, client, 200, MERGED);
	expect_both_whole();
}
END_TEST

START_TEST(body_given_a_backend_that_stays_deaf_is_504)
{
	struct peer *client = post_to_deaf(_i);

	rig_pass(&rig, CLOCK_MS(30100));
	(void)expect_detail(&rig, client, 504,
		_i ? "backend 'b2': taking the request stalled for 30000 ms"
		   : "backend 'b1': taking the request stalled for 30000 ms");
	/* a later one is left, an earlier one might have had a better word */
	RIG_UNTIL(&rig, _i || peer_is_over(rig_peer(&rig, 1)));
	ck_assert_uint_eq(rig.backends[!_i].request_count, (size_t)_i);
}
END_TEST

/* A backend that answers without reading on holds nobody up. */
START_TEST(body_given_an_early_refusal_goes_on_to_the_other)
{
	struct peer *client = post_to_deaf(1);

	peer_send_text(rig_peer(&rig, 1), "HTTP/1.1 413 No\r\ncontent-length: 3\r\n\r\nbig");
	(void)expect_answer(&rig, client, 413, SPAN_LITERAL("big"));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	ck_assert_uint_eq(rig.backends[1].request_count, 0);
}
END_TEST

START_TEST(body_given_an_early_success_goes_on_to_the_other)
{
	struct peer *client = post_to_deaf(1);

	peer_send_text(rig_peer(&rig, 1), OK_OCR);
	(void)expect_answer(&rig, client, 200, MERGED);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
}
END_TEST

/* -- leaving --------------------------------------------------------------------------------- */

/* Turns until both backends see that their requests were cancelled. */
static int turns_until_left(void)
{
	int turns = 0;

	while (!peer_is_over(rig_peer(&rig, 0)) || !peer_is_over(rig_peer(&rig, 1)))
		ck_assert(rig_turn(&rig, &turns));
	return turns;
}

enum { TURNS_TO_LEAVE = 4 }; /* the client's FIN, the cancelling, the backends' reading */

START_TEST(client_given_reset_while_backends_work_leaves_both)
{
	struct peer *client;

	rig_answers(&rig, 0, "");
	rig_answers(&rig, 1, "");
	client = post();
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1 && rig.backends[1].request_count == 1);
	if (_i)
		peer_reset(client);
	else
		peer_fin(client);
	ck_assert_int_le(turns_until_left(), TURNS_TO_LEAVE);
	ck_assert_uint_eq(client->in.n, 0);
}
END_TEST

/* Nobody reads from the client just then. It has more to say than has gone, so it can only reset.
 */
START_TEST(client_given_reset_while_a_backend_is_deaf_leaves_both)
{
	struct peer *client = post_to_deaf(1);

	peer_set_deaf(rig_peer(&rig, 1), false); /* so that the end is seen behind what was sent */
	peer_reset(client);
	ck_assert_int_le(turns_until_left(), 100);
	ck_assert_uint_eq(rig.backends[0].request_count, 0);
	ck_assert_uint_eq(rig.backends[1].request_count, 0);
}
END_TEST

/* -- stale connections ----------------------------------------------------------------------- */

/* The name of that backend has two addresses: connecting to the first hangs. */
static void resolve_slowly(size_t backend, const struct hole *hole)
{
	uint16_t ports[] = {hole->port, listener_port(rig.backends[backend].listener)};

	places_resolve(&rig, backend, ports, 2);
}

/* A connection to the first backend rests. */
static struct peer *warm_up(void)
{
	BUF_AUTO struct buf small = form_predict("{" CLIP "}", "x");
	struct peer *client = rig_client(&rig);

	peer_send(client, buf_span(&small));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1}"));
	return client;
}

/* One backend takes much and turns out to be gone, and connecting anew takes its time, in which the
 * other one comes that far: the fresh connection gets all of it nevertheless. */
START_TEST(stale_connection_given_much_sent_gets_all_of_it_again)
{
	struct peer *client = warm_up();
	struct peer *stale = rig_peer(&rig, 0);
	size_t before = stale->in.n;
	struct hole hole;

	hole_open(&hole);
	resolve_slowly(1, &hole);
	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, stale->in.n > before + UPSTREAM_KEEP_BYTES + 1000);
	rig_pass(&rig, CLOCK_S(2));
	ck_assert_ptr_null(rig_peer(&rig, 1));
	resolve_slowly(0, &hole);
	peer_reset(stale);
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(600)); /* 2.5 s for each of two addresses */
	RIG_UNTIL(&rig, rig_peer(&rig, 1) && rig_peer(&rig, 1)->in.n > UPSTREAM_KEEP_BYTES);
	ck_assert_ptr_eq(rig_peer(&rig, 0), stale);
	rig_pass(&rig, CLOCK_S(2));
	(void)expect_answer(&rig, client, 200, MERGED);
	BUF_AUTO struct buf clip = form_body("{" CLIP "}", FORM_IMAGE, buf_span(&photo));
	(void)expect_request(&rig, 0, 1, PREDICT, buf_span(&clip));
	hole_close(&hole);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("split_pace");
	TCase *tcase = tcase_create("pace");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, body_given_a_deaf_backend_stops_the_client_and_the_other, 0, 2);
	tcase_add_loop_test(tcase, body_given_a_backend_that_stays_deaf_is_504, 0, 2);
	tcase_add_test(tcase, body_given_an_early_refusal_goes_on_to_the_other);
	tcase_add_test(tcase, body_given_an_early_success_goes_on_to_the_other);
	tcase_add_loop_test(tcase, client_given_reset_while_backends_work_leaves_both, 0, 2);
	tcase_add_test(tcase, client_given_reset_while_a_backend_is_deaf_leaves_both);
	tcase_add_test(tcase, stale_connection_given_much_sent_gets_all_of_it_again);
	suite_add_tcase(suite, tcase);
	return suite;
}
