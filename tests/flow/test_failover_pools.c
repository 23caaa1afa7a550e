/* Odd pools: nobody enabled, everybody unhealthy, names that are no words, nothing left to ask
 * anybody with. */
#include "domain/backend.h"
#include "rig/descriptors.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG_OF(all, pool) \
	"{\"defaultBackend\":\"b1\",\"backends\":[" all "],\"taskRouting\":{\"clip\":[" pool "]}}"
#define WITH(name, number, more) "{\"name\":\"" name "\",\"url\":\"http://$" number "\"" more "}"
#define BACKEND(name, number)    WITH(name, number, "")
#define OFF(name, number)        WITH(name, number, ",\"enabled\":false")
#define OFTEN(name, number)      WITH(name, number, ",\"weight\":100")
#define THREE(b2, b3)            OFTEN("b1", "1") "," b2("b2", "2") "," b3("b3", "3")

/* 64 bytes, each of which takes three; what is behind them is not shown. */
#define UMLAUTS "\u00e4\u00f6\u00fc\u00df"
#define LONG    UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS
#define CODED   "%C3%A4%C3%B6%C3%BC%C3%9F"
#define CODED_8 CODED CODED CODED CODED CODED CODED CODED CODED
#define NAMED   THREE(BACKEND, BACKEND) "," BACKEND("b, 4;", "4") ","
#define NAMED_2 BACKEND(LONG "5", "1") "," BACKEND(LONG "6", "2") ","
#define NAMED_3 BACKEND(LONG "7", "3") "," BACKEND(LONG "8", "4")
#define LIST    "b%2C%204%3B, " CODED_8 ", " CODED_8 ", " CODED_8 ", ..."
#define QUOTED  "\"" LONG "5\",\"" LONG "6\",\"" LONG "7\",\"" LONG "8\""

#define CLIP "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK   "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"a\":1}"
#define BUSY "HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy"

enum { BACKENDS = 3, PLACES = 4, LARGE = 5000000 };

static struct rig rig;

static void tear_down(void)
{
	rig_deinit(&rig);
}

static void post(struct peer *client)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "cat");

	peer_send(client, buf_span(&request));
}

static struct backend *backend_of(size_t index)
{
	return rig.config->backends[index].state;
}

/* -- three ----------------------------------------------------------------------------------- */

static void set_up(void)
{
	rig_init(&rig, BACKENDS, CONFIG_OF(THREE(BACKEND, BACKEND), "\"b1\",\"b2\",\"b3\""));
}

/* "Unhealthy" is an opinion; with nobody better left it is worth a try, for each of them once. */
START_TEST(pool_given_all_unhealthy_is_asked_all_the_same)
{
	struct peer *client = rig_client(&rig);

	for (size_t i = 0; i < BACKENDS; i++) {
		(void)backend_note_failure(backend_of(i), "it was off", 1);
		rig_answers(&rig, i, BUSY);
	}
	if (_i)
		rig_answers(&rig, 2, OK);
	post(client);
	if (_i)
		(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"a\":1}"));
	else
		(void)expect_answer(&rig, client, 503, SPAN_LITERAL("busy"));
	for (size_t i = 0; i < BACKENDS; i++)
		ck_assert_uint_eq(rig.backends[i].request_count, 1);
	ck_assert_int_eq(backend_status(backend_of(2)), _i ? HEALTH_HEALTHY : HEALTH_UNHEALTHY);
}
END_TEST

/* Whoever is asked then is not to blame. Another one may have a connection that rests. */
START_TEST(pool_given_no_descriptors_is_tried_and_not_blamed)
{
	struct descriptors descriptors;
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "GET / HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "Immich ML"));
	client->taken = client->in.n;
	if (!descriptors_leave(&descriptors, 0))
		return;
	post(client);
	(void)expect_detail(&rig, client, 503, "; backend 'b3': out of descriptors: ");
	descriptors_restore(&descriptors);
	for (size_t i = 0; i < BACKENDS; i++)
		ck_assert_int_eq(backend_status(backend_of(i)), HEALTH_UNKNOWN);
}
END_TEST

/* A 503 too large to be withheld streams when it is the last, and does not when it is not. */
START_TEST(pool_given_a_large_refusal_is_gone_through)
{
	BUF_AUTO struct buf body = form_photo(LARGE);
	BUF_AUTO struct buf answer = {0};
	struct peer *client = rig_client(&rig);
	struct span head;

	buf_add_format(&answer, "HTTP/1.1 503 Busy\r\ncontent-length: %d\r\n\r\n", LARGE);
	buf_add(&answer, buf_span(&body));
	for (size_t i = 0; i < BACKENDS; i++)
		rig_answers_bytes(&rig, i, buf_span(&answer));
	post(client);
	head = expect_answer(&rig, client, 503, buf_span(&body));
	ck_assert(expect_has_line(head, "x-mlproxy-tried: b1, b2, b3"));
}
END_TEST

/* -- nobody ---------------------------------------------------------------------------------- */

static void set_up_off(void)
{
	rig_init(&rig, BACKENDS, CONFIG_OF(THREE(OFF, OFF), "\"b2\",\"b3\""));
	rig_listen(&rig);
}

START_TEST(pool_given_nobody_enabled_is_503)
{
	BUF_AUTO struct buf photo = form_photo(LARGE);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	struct peer *client = rig_client(&rig);
	struct span head;

	peer_send(client, buf_span(&request));
	head = expect_detail(&rig, client, 503, "\"none of the route's backends is enabled\"");
	ck_assert_uint_eq(expect_count_lines(head, "x-mlproxy-tried:"), 0);
	ck_assert_ptr_nonnull(
		strstr(rig_logged(&rig), " tasks=clip models=m backends=\"\" routes=taskRouting.clip "
								 "reasons=task attempts=0 error=\"none of "));
}
END_TEST

/* -- names ----------------------------------------------------------------------------------- */

static void set_up_names(void)
{
	rig_init(&rig, PLACES, CONFIG_OF(NAMED NAMED_2 NAMED_3, "\"b, 4;\"," QUOTED));
	rig_listen(&rig);
}

/* What parts the list is encoded, and a list that grows too long ends. */
START_TEST(pool_given_odd_names_is_listed_in_percent_encoding)
{
	struct peer *client = rig_client(&rig);
	const char *logged;
	struct span head;

	for (size_t i = 0; i < PLACES; i++)
		rig_answers(&rig, i, BUSY);
	post(client);
	head = expect_answer(&rig, client, 503, SPAN_LITERAL("busy"));
	ck_assert(expect_has_line(head, "x-mlproxy-tried: " LIST));
	logged = rig_logged(&rig);
	ck_assert_ptr_nonnull(strstr(logged, " attempts=5 tried=\"" LIST "\" "));
	ck_assert_ptr_nonnull(strstr(logged, " from=\"b, 4;\" to=\"" LONG "\" why=\"answered 503\""));
}
END_TEST

/* -- all of them ----------------------------------------------------------------------------- */

Suite *test_suite(void)
{
	Suite *suite = suite_create("failover: pools");
	TCase *three = suite_case(suite, "three", set_up, tear_down);

	tcase_add_loop_test(three, pool_given_all_unhealthy_is_asked_all_the_same, 0, 2);
	tcase_add_test(three, pool_given_no_descriptors_is_tried_and_not_blamed);
	tcase_add_test(three, pool_given_a_large_refusal_is_gone_through);
	tcase_add_test(
		suite_case(suite, "nobody", set_up_off, tear_down), pool_given_nobody_enabled_is_503);
	tcase_add_test(suite_case(suite, "names", set_up_names, tear_down),
		pool_given_odd_names_is_listed_in_percent_encoding);
	return suite;
}
