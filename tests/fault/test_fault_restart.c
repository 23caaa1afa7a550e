/* Backends that are restarted, that stumble, and whose names lead nowhere or elsewhere. */
#include <unistd.h>

#include "domain/backend.h"
#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/fault.h"
#include "rig/form.h"
#include "rig/places.h"
#include "rig/suite.h"

#define CONFIG(first, pool)                           \
	"{\"defaultBackend\":\"b3\",\"backends\":["       \
	"{\"name\":\"b1\",\"url\":\"http://" first "\"}," \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},"        \
	"{\"name\":\"b3\",\"url\":\"http://$3\"}],"       \
	"\"timeouts\":{\"connect\":1},\"taskRouting\":{\"clip\":" pool "}}"
#define ONE     "\"b1\""
#define TWO     "[\"b1\",\"b2\"]"
#define ENTRIES "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK      "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"clip\":\"[2]\"}"
#define ANSWER  SPAN_LITERAL("{\"clip\":\"[2]\"}")
#define OH      "HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\nno"
#define PREDICT "POST /predict HTTP/1.1"

enum { LONG = 5000000, PART = 400000 }; /* more than is held for a retry */

static struct rig rig;
static struct buf body;
static size_t descriptors;

static void begin(const char *config, size_t photo_n)
{
	BUF_AUTO struct buf photo = form_photo(photo_n);

	body = form_body(ENTRIES, FORM_IMAGE, buf_span(&photo));
	rig_init_alone(&rig, 3, config); /* each worker has the connections that it made */
	descriptors = fault_descriptors_at_rest(&rig);
	rig_answers(&rig, 0, OK);
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

/* -- restarts -------------------------------------------------------------------------------- */

/* All its connections break, and nobody listens. */
static void stop_backend(size_t backend)
{
	rig_refuses(&rig, backend);
	LIST_EACH(node, &rig.backends[backend].peers)
		peer_reset(LIST_OBJECT(node, struct peer, node));
}

/* When the backend stops. */
static const struct moment {
	bool is_kept; /* the request goes out on a connection that was used before */
	bool is_whole;
	size_t photo_n;
	const char *says;
} moments[] = {
	{false, true, 100, "backend 'b1': the connection broke"},
	{true, true, 100, "backend 'b1': cannot connect: Connection refused"},
	{false, true, LONG, "backend 'b1': the connection broke"},
	{true, true, LONG, "backend 'b1': the connection broke"},
	{false, false, LONG, "backend 'b1': the "},
	{true, false, LONG, "backend 'b1': the "},
};

static size_t bytes_at(size_t backend)
{
	size_t n = 0;

	LIST_EACH(node, &rig.backends[backend].peers)
		n += LIST_OBJECT(node, struct peer, node)->in.n;
	return n;
}

/* A request is with the first backend, in part or as a whole, when that stops. */
static struct peer *post_to_stopping(const struct moment *moment)
{
	struct peer *client;
	size_t asked = rig.backends[0].request_count;
	size_t before = bytes_at(0);

	rig_answers(&rig, 0, "");
	client = post();
	if (moment->is_whole)
		RIG_UNTIL(&rig, rig.backends[0].request_count > asked);
	else
		RIG_UNTIL(&rig, bytes_at(0) > before + PART);
	stop_backend(0);
	return client;
}

static void leave_connection(size_t backend_count)
{
	for (size_t i = 0; i < backend_count; i++)
		(void)expect_answer(&rig, post(), 200, ANSWER);
}

START_TEST(restart_given_a_pool_of_one_fails_what_is_under_way_and_nothing_after)
{
	const struct moment *moment = &moments[_i];

	begin(CONFIG("$1", ONE), moment->photo_n);
	if (moment->is_kept)
		leave_connection(1);
	(void)expect_detail(&rig, post_to_stopping(moment), 502, moment->says);
	ck_assert_int_eq(status_of(0), HEALTH_UNHEALTHY);
	(void)expect_detail(&rig, post(), 502, "backend 'b1': cannot connect: Connection refused");
	rig_answers(&rig, 0, OK);
	rig_listens(&rig, 0);
	(void)expect_answer(&rig, post(), 200, ANSWER);
	ck_assert_int_eq(status_of(0), HEALTH_HEALTHY);
	end();
}
END_TEST

START_TEST(restart_given_a_pool_of_two_fails_nothing)
{
	const struct moment *moment = &moments[_i];
	size_t asked;

	begin(CONFIG("$1", TWO), moment->photo_n);
	if (moment->is_kept)
		leave_connection(2);
	asked = rig.backends[1].request_count;
	(void)expect_answer(&rig, post_to_stopping(moment), 200, ANSWER);
	(void)expect_request(&rig, 1, asked, PREDICT, buf_span(&body));
	ck_assert_int_eq(status_of(0), HEALTH_UNHEALTHY);
	for (size_t i = 0; i < 3; i++) /* who is down is not asked */
		(void)expect_answer(&rig, post(), 200, ANSWER);
	ck_assert_uint_eq(rig.backends[1].request_count, asked + 4);
	rig_answers(&rig, 0, OK);
	rig_listens(&rig, 0);
	stop_backend(1); /* now there is nobody but the one that was down */
	(void)expect_answer(&rig, post(), 200, ANSWER);
	ck_assert_int_eq(status_of(0), HEALTH_HEALTHY);
	ck_assert_int_eq(status_of(1), HEALTH_UNHEALTHY);
	rig_listens(&rig, 1);
	end();
}
END_TEST

/* -- stumbles -------------------------------------------------------------------------------- */

/* Every request gets the word of the backend that it went to; the third in a row is one too many.
 */
START_TEST(storm_of_500s_takes_the_backend_out_at_the_third_and_asks_nobody_else)
{
	static const int statuses[] = {500, 200, 500, 200, 500, 200, 200, 200};

	begin(CONFIG("$1", TWO), _i ? LONG : 100);
	rig_answers(&rig, 0, OH);
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		bool is_good = statuses[i] == 200;
		struct span head =
			expect_answer(&rig, post(), statuses[i], is_good ? ANSWER : SPAN_LITERAL("no"));

		ck_assert_uint_eq(expect_count_lines(head, "x-mlproxy-tried:"), 0);
		ck_assert_int_eq(status_of(0), i < 4 ? HEALTH_UNKNOWN : HEALTH_UNHEALTHY);
	}
	ck_assert_uint_eq(rig.backends[0].request_count, 3);
	ck_assert_uint_eq(rig.backends[1].request_count, 5);
	end();
}
END_TEST

/* With nobody better it is asked all the same, and one good answer is enough. */
START_TEST(storm_of_500s_given_a_pool_of_one_is_answered_until_it_is_over)
{
	begin(CONFIG("$1", ONE), 100);
	rig_answers(&rig, 0, OH);
	for (size_t i = 0; i < 5; i++) {
		(void)expect_answer(&rig, post(), 500, SPAN_LITERAL("no"));
		ck_assert_int_eq(status_of(0), i < 2 ? HEALTH_UNKNOWN : HEALTH_UNHEALTHY);
	}
	rig_answers(&rig, 0, OK);
	(void)expect_answer(&rig, post(), 200, ANSWER);
	ck_assert_int_eq(status_of(0), HEALTH_HEALTHY);
	ck_assert_uint_eq(rig.backends[0].request_count, 6);
	end();
}
END_TEST

/* -- names ----------------------------------------------------------------------------------- */

/* A label cannot be empty, so no name server is asked. */
START_TEST(name_given_that_does_not_resolve)
{
	begin(_i ? CONFIG("a..b", TWO) : CONFIG("a..b", ONE), 100);
	if (_i)
		(void)expect_answer(&rig, post(), 200, ANSWER);
	else
		(void)expect_detail(&rig, post(), 502, "backend 'b1': cannot resolve 'a..b': ");
	ck_assert_int_eq(status_of(0), HEALTH_UNHEALTHY);
	ck_assert_uint_eq(rig.backends[1].request_count, (size_t)_i);
	end();
}
END_TEST

/* Where nobody is any more; the name has another address by now. */
START_TEST(name_given_new_address_and_nobody_at_the_old_one_is_asked_for_anew)
{
	struct hole hole;
	uint16_t port;
	int fd = places_bind(&port);
	bool is_silent = _i;

	hole_open(&hole);
	begin(CONFIG("localhost:#1", ONE), 100);
	places_resolve(&rig, 0, is_silent ? &hole.port : &port, 1);
	if (is_silent) {
		struct peer *client = post();

		rig_settle(&rig);
		rig_pass(&rig, CLOCK_MS(1100));
		(void)expect_detail(&rig, client, 504, "backend 'b1': no connection within 1000 ms");
	} else {
		(void)expect_detail(&rig, post(), 502, "backend 'b1': cannot connect");
	}
	(void)expect_answer(&rig, post(), 200, ANSWER);
	ck_assert_uint_eq(rig.backends[0].request_count, 1);
	ck_assert_int_eq(status_of(0), HEALTH_HEALTHY);
	end();
	hole_close(&hole);
	(void)close(fd);
}
END_TEST

/* Somebody is at the old one, but the answer of the resolver is no longer young. */
START_TEST(name_given_new_address_is_followed_after_five_seconds)
{
	begin(CONFIG("localhost:#1", ONE), 100);
	places_resolve(&rig, 0, &rig.backends[1].port, 1);
	rig.backends[1].closes = true; /* else its connection would serve on */
	(void)expect_answer(&rig, post(), 200, ANSWER);
	rig_pass(&rig, CLOCK_MS(4900));
	(void)expect_answer(&rig, post(), 200, ANSWER);
	ck_assert_uint_eq(rig.backends[1].request_count, 2);
	rig_pass(&rig, CLOCK_MS(200));
	(void)expect_answer(&rig, post(), 200, ANSWER);
	ck_assert_uint_eq(rig.backends[1].request_count, 2);
	ck_assert_uint_eq(rig.backends[0].request_count, 1);
	end();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("fault_restart");
	TCase *tcase = tcase_create("restart");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase,
		restart_given_a_pool_of_one_fails_what_is_under_way_and_nothing_after, 0,
		COUNT_OF(moments));
	tcase_add_loop_test(tcase, restart_given_a_pool_of_two_fails_nothing, 0, COUNT_OF(moments));
	tcase_add_loop_test(
		tcase, storm_of_500s_takes_the_backend_out_at_the_third_and_asks_nobody_else, 0, 2);
	tcase_add_test(tcase, storm_of_500s_given_a_pool_of_one_is_answered_until_it_is_over);
	tcase_add_loop_test(tcase, name_given_that_does_not_resolve, 0, 2);
	tcase_add_loop_test(
		tcase, name_given_new_address_and_nobody_at_the_old_one_is_asked_for_anew, 0, 2);
	tcase_add_test(tcase, name_given_new_address_is_followed_after_five_seconds);
	suite_add_tcase(suite, tcase);
	return suite;
}
