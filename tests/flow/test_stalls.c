/* Peers that stop at the worst moment: nobody is waited for without an end, and nobody who is only
 * slow is cut off. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG "{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]}"

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

/* -- backends -------------------------------------------------------------------------------- */

/* Takes connections, as the kernel does, and never a byte off them. A UNIX socket takes a write
 * whole or not at all, so that the last one finds no room without having sent anything. */
static int deaf_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	return fd;
}

static void send_slowly(struct rig *with, struct peer *client, size_t n, size_t piece_n)
{
	BUF_AUTO struct buf piece = form_photo(piece_n);
	char head[128];

	(void)snprintf(head, sizeof head,
		"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: %zu\r\n\r\n", n * piece_n);
	peer_send_text(client, head);
	for (size_t i = 0; i < n; i++) {
		peer_send(client, buf_span(&piece));
		rig_settle(with);
		if (i == 0)
			rig_pass(with, CLOCK_S(6)); /* the time to connect is over */
	}
}

START_TEST(backend_given_no_room_for_the_last_piece_is_504)
{
	char directory[] = "/tmp/mlproxy-stalls-XXXXXX";
	char path[64];
	char config[256];
	struct rig with;
	struct peer *client;
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	(void)snprintf(path, sizeof path, "%s/s", directory);
	(void)snprintf(config, sizeof config,
		"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"unix:%s\"}]}", path);
	fd = deaf_socket(path);
	rig_init(&with, 0, config);
	client = rig_client(&with);
	send_slowly(&with, client, 300, 1000);
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&with, CLOCK_S(31));
	(void)expect_detail(&with, client, 504, "taking the request stalled for 30000 ms");
	rig_deinit(&with);
	(void)close(fd);
	(void)unlink(path);
	(void)rmdir(directory);
}
END_TEST

/* Nothing is left to do: the loop sleeps as long as it may. */
static bool is_asleep(struct rig *with)
{
	const struct clock *clock = &clock_monotonic;
	int64_t began_ns;

	rig_settle(with);
	began_ns = clock->now_ns(clock);
	loop_turn(with->loop, CLOCK_MS(50));
	return clock->now_ns(clock) - began_ns > CLOCK_MS(40);
}

/* It begins to answer while the request is stuck, and then takes what was sent: no more is, so that
 * there is nothing to be told of. */
START_TEST(backend_given_early_answer_and_room_again_lets_the_loop_sleep)
{
	BUF_AUTO struct buf body = form_photo(8000000);
	BUF_AUTO struct buf request = form_request("/predict", "", buf_span(&body));
	struct peer *client = rig_client(&rig);

	rig.backends[0].is_deaf = true;
	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, rig_peer(&rig, 0));
	rig_settle(&rig);
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{");
	rig_settle(&rig);
	peer_set_deaf(rig_peer(&rig, 0), false);
	ck_assert(is_asleep(&rig));
	rig_pass(&rig, CLOCK_S(31));
	(void)expect_detail(&rig, client, 504, "the answer stalled for 30000 ms");
}
END_TEST

/* Each byte is progress, but nobody waits longer for a ping. */
START_TEST(ping_given_answer_in_bits_is_503_in_time)
{
	struct peer *client = rig_client(&rig);

	peer_send_text(client, "GET /ping HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	rig_pass(&rig, CLOCK_MS(700));
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n");
	rig_pass(&rig, CLOCK_MS(700));
	peer_send_text(rig_peer(&rig, 0), "po");
	rig_settle(&rig);
	ck_assert_uint_eq(client->in.n, 0);
	rig_pass(&rig, CLOCK_MS(200));
	(void)expect_detail(&rig, client, 503, "no whole answer within 1500 ms");
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)));
}
END_TEST

/* -- answers --------------------------------------------------------------------------------- */

static void answer_with(size_t n)
{
	BUF_AUTO struct buf answer = {0};

	buf_add_format(&answer, "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\n\r\n{\"a\":\"", n);
	for (size_t i = 8; i < n; i++)
		buf_add_text(&answer, "x");
	buf_add_text(&answer, "\"}");
	rig_answers_bytes(&rig, 0, buf_span(&answer));
}

START_TEST(client_given_close_and_a_pause_gets_the_whole_answer)
{
	struct peer *client = rig_client(&rig);

	answer_with(1000000);
	peer_set_deaf(client, true);
	peer_send_text(client,
		"POST /predict HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_S(29));
	peer_set_deaf(client, false);
	RIG_UNTIL(&rig, client->has_fin);
	ck_assert(!client->is_broken);
	ck_assert_uint_gt(client->in.n, 1000000);
}
END_TEST

START_TEST(client_given_close_and_no_end_of_a_pause_is_cut_off)
{
	struct peer *client = rig_client(&rig);

	answer_with(1000000);
	peer_set_deaf(client, true);
	peer_send_text(client,
		"POST /predict HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_S(31));
	RIG_UNTIL(&rig, atomic_load(&rig.shared.connections) == 0);
	peer_set_deaf(client, false);
	RIG_UNTIL(&rig, peer_is_over(client));
	ck_assert(client->is_broken);
	ck_assert_uint_lt(client->in.n, 1000000);
}
END_TEST

/* The answer's last read fills the client's queue and so pauses the backend's connection, which
 * then rests: its end must be seen all the same. */
START_TEST(backend_given_rest_after_a_pause_is_seen_to_close)
{
	struct peer *client = rig_client(&rig);

	answer_with(1048576 + 100);
	peer_send_text(client, "POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}");
	RIG_UNTIL(&rig, peer_has(client, "\"}"));
	ck_assert(!peer_is_over(rig_peer(&rig, 0)));
	peer_fin(rig_peer(&rig, 0));
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("stalls");
	TCase *tcase = tcase_create("stalls");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, backend_given_no_room_for_the_last_piece_is_504);
	tcase_add_test(tcase, backend_given_early_answer_and_room_again_lets_the_loop_sleep);
	tcase_add_test(tcase, ping_given_answer_in_bits_is_503_in_time);
	tcase_add_test(tcase, client_given_close_and_a_pause_gets_the_whole_answer);
	tcase_add_test(tcase, client_given_close_and_no_end_of_a_pause_is_cut_off);
	tcase_add_test(tcase, backend_given_rest_after_a_pause_is_seen_to_close);
	suite_add_tcase(suite, tcase);
	return suite;
}
