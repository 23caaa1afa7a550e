/* The ways to a backend: names, several addresses, IPv6, UNIX sockets, and those that lead nowhere.
 */
#include <stdio.h>
#include <unistd.h>

#include "io/upstream_conn.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/places.h"
#include "rig/suite.h"

#define CONFIG(url) \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"" url "\"}]}"
#define NAMED CONFIG("http://one.test:#1")
#define CLIP  "{\"clip\":{\"textual\":{\"modelName\":\"m\"}}}"
#define OK    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
#define BODY  SPAN_LITERAL("{}")

static struct rig rig;

static void begin(const char *config)
{
	rig_init(&rig, 1, config);
	rig_answers(&rig, 0, OK);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

static struct peer *post(void)
{
	BUF_AUTO struct buf request = form_predict(CLIP, "cat");

	return rig_asks(&rig, buf_span(&request));
}

static struct upstream_host *host(void)
{
	return places_host(&rig, 0);
}

/* -- several addresses ----------------------------------------------------------------------- */

static uint16_t open_port(void)
{
	return listener_port(rig.backends[0].listener);
}

START_TEST(addresses_given_refusing_ones_are_tried_in_turn)
{
	uint16_t port;
	int fd = places_bind(&port);

	begin(NAMED);
	places_resolve(&rig, 0, (uint16_t[]){port, port, open_port()}, 3);
	(void)expect_answer(&rig, post(), 200, BODY);
	ck_assert_int_eq(host()->resolved_ns, rig.clock.now); /* not to be asked for again */
	(void)close(fd);
}
END_TEST

START_TEST(addresses_given_a_silent_one_share_the_time)
{
	struct hole hole;
	struct peer *client;

	begin(NAMED);
	hole_open(&hole);
	places_resolve(&rig, 0, (uint16_t[]){hole.port, open_port()}, 2);
	client = post();
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(2400));
	ck_assert_ptr_null(rig_peer(&rig, 0));
	rig_pass(&rig, CLOCK_MS(200));
	(void)expect_answer(&rig, client, 200, BODY);
	hole_close(&hole);
}
END_TEST

START_TEST(addresses_given_all_refuse_is_502_and_they_are_forgotten)
{
	uint16_t port;
	int fd = places_bind(&port);

	begin(NAMED);
	places_resolve(&rig, 0, (uint16_t[]){port, port}, 2);
	(void)expect_detail(&rig, post(), 502, "backend 'b1': cannot connect: Connection refused");
	ck_assert_int_eq(host()->resolved_ns, 0);
	(void)close(fd);
}
END_TEST

START_TEST(addresses_given_all_silent_is_504)
{
	struct hole hole;
	struct peer *client;

	begin(NAMED);
	hole_open(&hole);
	places_resolve(&rig, 0, (uint16_t[]){hole.port, hole.port}, 2);
	client = post();
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(2600));
	rig_pass(&rig, CLOCK_MS(2300));
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(200));
	(void)expect_detail(&rig, client, 504, "backend 'b1': ");
	hole_close(&hole);
}
END_TEST

START_TEST(client_given_leaving_while_connecting_ends_it)
{
	struct hole hole;
	struct peer *client;

	begin(NAMED);
	hole_open(&hole);
	places_resolve(&rig, 0, &hole.port, 1);
	client = post();
	rig_settle(&rig);
	peer_reset(client);
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_S(6)); /* nothing is left that could be late */
	hole_close(&hole);
}
END_TEST

/* -- names ----------------------------------------------------------------------------------- */

START_TEST(name_given_several_at_once_is_resolved_for_all)
{
	struct peer *clients[3];

	begin(CONFIG("http://LocalHost:#1/base"));
	for (size_t i = 0; i < 3; i++)
		clients[i] = post();
	for (size_t i = 0; i < 3; i++)
		(void)expect_answer(&rig, clients[i], 200, BODY);
	ck_assert(peer_has(rig_peer(&rig, 0), "POST /base/predict HTTP/1.1\r\nhost: LocalHost:"));
}
END_TEST

START_TEST(name_given_client_that_leaves_is_of_no_more_interest)
{
	struct peer *client;

	begin(CONFIG("http://localhost:#1"));
	client = post();
	RIG_UNTIL(&rig, host()->query);
	peer_reset(client);
	(void)expect_answer(&rig, post(), 200, BODY);
	ck_assert_uint_eq(rig.backends[0].request_count, 1);
}
END_TEST

/* The worker ends while the question is open. */
START_TEST(name_given_the_end_of_all_is_of_no_more_interest)
{
	begin(CONFIG("http://localhost:#1"));
	(void)post();
	RIG_UNTIL(&rig, host()->query);
}
END_TEST

/* -- IPv6 and UNIX sockets ------------------------------------------------------------------- */

START_TEST(address_given_ipv6_is_connected_to)
{
	struct listener *listener = NULL;
	struct span head;
	struct err err;
	char line[64];

	begin(CONFIG("http://[::1]:#1"));
	if (listener_open(rig.loop, &(struct host_port){SPAN_LITERAL("::1"), open_port()}, rig_accepted,
			&rig.backends[0], &listener, &err) < 0)
		return; /* a machine without IPv6 */
	(void)snprintf(line, sizeof line, "host: [::1]:%u", open_port());
	rig_refuses(&rig, 0);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_TEXT, SPAN_LITERAL("cat"));
	(void)expect_answer(&rig, post(), 200, BODY);
	head = expect_request(&rig, 0, 0, "POST /predict HTTP/1.1", buf_span(&body));
	ck_assert(expect_has_line(head, line));
	listener_close(listener);
}
END_TEST

static void begin_unix(struct unix_place *place)
{
	char config[256];

	unix_place_init(place);
	(void)snprintf(config, sizeof config, CONFIG("unix:%s"), place->path);
	begin(config);
}

START_TEST(socket_given_unix_is_connected_to_and_kept)
{
	BUF_AUTO struct buf body = form_body(CLIP, FORM_TEXT, SPAN_LITERAL("cat"));
	BUF_AUTO struct buf photo = form_photo(3000000);
	BUF_AUTO struct buf large = form_request("/predict?x", "", buf_span(&photo));
	struct unix_place place;
	struct peer *client;
	struct span head;

	begin_unix(&place);
	unix_place_listen(&place, &rig.backends[0]);
	client = post();
	(void)expect_answer(&rig, client, 200, BODY);
	head = expect_request(&rig, 0, 0, "POST /predict HTTP/1.1", buf_span(&body));
	ck_assert(expect_has_line(head, "host: localhost"));
	peer_send(client, buf_span(&large));
	(void)expect_answer(&rig, client, 200, BODY);
	(void)expect_request(&rig, 0, 1, "POST /predict?x HTTP/1.1", buf_span(&photo));
	ck_assert_uint_eq(rig_peer(&rig, 0)->requests, 2);
	unix_place_deinit(&place);
}
END_TEST

START_TEST(socket_given_no_such_file_is_502)
{
	struct unix_place place;

	begin_unix(&place);
	(void)expect_detail(
		&rig, post(), 502, "backend 'b1': cannot connect: No such file or directory");
	unix_place_deinit(&place);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("upstream_connect");
	TCase *tcase = tcase_create("connect");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, NULL, tear_down);
	tcase_add_test(tcase, addresses_given_refusing_ones_are_tried_in_turn);
	tcase_add_test(tcase, addresses_given_a_silent_one_share_the_time);
	tcase_add_test(tcase, addresses_given_all_refuse_is_502_and_they_are_forgotten);
	tcase_add_test(tcase, addresses_given_all_silent_is_504);
	tcase_add_test(tcase, client_given_leaving_while_connecting_ends_it);
	tcase_add_test(tcase, name_given_several_at_once_is_resolved_for_all);
	tcase_add_test(tcase, name_given_client_that_leaves_is_of_no_more_interest);
	tcase_add_test(tcase, name_given_the_end_of_all_is_of_no_more_interest);
	tcase_add_test(tcase, address_given_ipv6_is_connected_to);
	tcase_add_test(tcase, socket_given_unix_is_connected_to_and_kept);
	tcase_add_test(tcase, socket_given_no_such_file_is_502);
	suite_add_tcase(suite, tcase);
	return suite;
}
