/* Bodies whose rest goes through a pipe, from socket to socket: they arrive as they were, and end
 * in every way that others do. On wires that cannot splice the same holds, by reading and writing.
 */
#include "proxy/splice.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"
#include "rig/wire.h"

#define B1      "{\"name\":\"b1\",\"url\":\"http://$1\"}"
#define B2      "{\"name\":\"b2\",\"url\":\"http://$2\"}"
#define ONE     "\"defaultBackend\":\"b1\",\"backends\":[" B1 "]}"
#define BOTH    "\"backends\":[" B1 "," B2 "]"
#define CLIP    "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
#define ANSWER  SPAN_LITERAL("{}")
#define PREDICT "POST /predict HTTP/1.1"

#define TWO "{\"clip\":{\"visual\":{\"modelName\":\"m\"}},\"ocr\":{\"x\":{\"modelName\":\"n\"}}}"

enum { LONG = 8000000, HALF = LONG / 2, BEGIN = 1000000 };

static struct rig rig;
static struct buf body;
static struct buf request;
static struct peer *client;
static struct pipe *pipes[100];
static size_t pipe_count;

static void set_up_with(const char *config)
{
	rig_init_alone(&rig, 2, config);
	rig_answers(&rig, 0, OK);
	rig_answers(&rig, 1, OK);
	client = rig_client(&rig);
}

static void set_up(void)
{
	set_up_with("{" ONE);
}

static void reset(void)
{
	buf_reset(&body);
	buf_reset(&request);
}

static void tear_down(void)
{
	rig_deinit(&rig);
	buf_deinit(&body);
	buf_deinit(&request);
}

static void make_request(const char *entries, size_t photo_n)
{
	BUF_AUTO struct buf photo = form_photo(photo_n);
	BUF_AUTO struct buf form = form_body(entries, FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf whole = form_request("/predict", FORM_TYPE, buf_span(&form));

	reset();
	buf_add(&body, buf_span(&form));
	buf_add(&request, buf_span(&whole));
}

static bool can_splice(void)
{
	return wire_used() == WIRE_LEAN;
}

/* Bytes that were spliced so far. */
static uint64_t spliced(void)
{
	return rig.worker->metrics.spliced;
}

/* The first `n` bytes of a long request are with the backend. */
static void send_first(size_t n)
{
	make_request(CLIP, LONG);
	peer_send(client, span_first(buf_span(&request), n));
	RIG_UNTIL(&rig, rig_peer(&rig, 0) && rig_peer(&rig, 0)->in.n > n - 1000);
	ck_assert_int_eq(spliced() > 0, can_splice());
}

static void send_half(void)
{
	send_first(HALF);
}

static void send_rest(void)
{
	peer_send(client, span_skip(buf_span(&request), HALF));
}

/* -- what arrives ---------------------------------------------------------------------------- */

START_TEST(body_given_one_way_is_spliced_and_arrives_as_it_was)
{
	make_request(CLIP, LONG);
	for (size_t i = 0; i < 3; i++) { /* on the same connections */
		uint64_t before = spliced();

		peer_send(client, buf_span(&request));
		(void)expect_answer(&rig, client, 200, ANSWER);
		(void)expect_request(&rig, 0, i, PREDICT, buf_span(&body));
		ck_assert_int_eq(spliced() - before > LONG - 16 * CHUNK_BYTES, can_splice());
	}
	ck_assert_ptr_eq(rig_peer(&rig, 0)->node.next, &rig.backends[0].peers);
}
END_TEST

static struct span take(struct span *rest, size_t n)
{
	struct span taken = span_first(*rest, n);

	*rest = span_skip(*rest, n);
	return taken;
}

START_TEST(body_given_small_packets_arrives_as_it_was)
{
	struct span rest;

	make_request(CLIP, 200000);
	rest = buf_span(&request);
	peer_send_now(client, take(&rest, 70000));
	while (rest.n) {
		peer_send_now(client, take(&rest, 700));
		if (rest.n % 3 == 0)
			rig_settle(&rig);
	}
	(void)expect_answer(&rig, client, 200, ANSWER);
	(void)expect_request(&rig, 0, 0, PREDICT, buf_span(&body));
}
END_TEST

/* The request behind it is none of its bytes. */
START_TEST(body_given_another_request_behind_it_ends_where_it_ends)
{
	BUF_AUTO struct buf next = form_predict(CLIP, "next");

	make_request(CLIP, LONG);
	buf_add(&request, buf_span(&next));
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, ANSWER);
	(void)expect_answer(&rig, client, 200, ANSWER);
	(void)expect_request(&rig, 0, 0, PREDICT, buf_span(&body));
	ck_assert_uint_eq(rig.backends[0].request_count, 2);
}
END_TEST

/* Nobody else gets one. */
static void take_pipes(void)
{
	pipe_count = 0;
	while ((pipes[pipe_count] = pipes_take(rig.worker->pipes)))
		pipe_count++;
	ck_assert_uint_gt(pipe_count, 0);
}

static void give_pipes(void)
{
	while (pipe_count)
		pipes_give(rig.worker->pipes, pipes[--pipe_count]);
}

START_TEST(body_given_no_pipe_is_read_and_written)
{
	take_pipes();
	make_request(CLIP, LONG);
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, ANSWER);
	(void)expect_request(&rig, 0, 0, PREDICT, buf_span(&body));
	ck_assert_uint_eq(spliced(), 0);
	give_pipes();
}
END_TEST

/* -- which bodies are ------------------------------------------------------------------------ */

static const struct row {
	const char *name;
	const char *config;
	const char *entries;
	size_t photo_n;
	int64_t rested_ms; /* since the backend has answered a first request; 0: there was none */
	bool is_chunked;
	bool is_spliced;
} rows[] = {
	{"front", "{\"inspect\":\"front\"," ONE, CLIP, LONG, 0, false, true},
	{"whole", "{\"inspect\":\"whole\"," ONE, CLIP, LONG, 0, false, false},
	{"chunked", "{" ONE, CLIP, LONG, 0, true, false},
	{"short", "{" ONE, CLIP, SPLICE_FRONT_BYTES + SPLICE_REST_MIN / 2, 0, false, false},
	{"middling", "{" ONE, CLIP, 250000, 0, false, true},
	{"on one used just now", "{" ONE, CLIP, 250000, 200, false, true},
	{"on one that may be stale", "{" ONE, CLIP, 250000, 300, false, false},
	{"long, beside one that may be stale", "{" ONE, CLIP, LONG, 300, false, true},
	{"pool of two", "{\"defaultBackend\":[\"b1\",\"b2\"]," BOTH "}", CLIP, LONG, 0, false, false},
	{"pool of two, one enabled",
		"{\"defaultBackend\":[\"b1\",\"b2\"],\"backends\":[" B1
		",{\"name\":\"b2\",\"url\":\"http://$2\",\"enabled\":false}]}",
		CLIP, LONG, 0, false, true},
	{"split", "{\"defaultBackend\":\"b1\"," BOTH ",\"taskRouting\":{\"ocr\":\"b2\"}}", TWO, LONG, 0,
		false, false},
};

START_TEST(body_is_spliced_where_nobody_looks_at_it_or_needs_it_again)
{
	const struct row *row = &rows[_i];
	BUF_AUTO struct buf first = form_predict(CLIP, "first");
	BUF_AUTO struct buf chunked = {0};
	size_t before;

	set_up_with(row->config);
	if (row->rested_ms) {
		peer_send(client, buf_span(&first));
		(void)expect_answer(&rig, client, 200, ANSWER);
		rig_pass(&rig, CLOCK_MS(row->rested_ms));
	}
	before = client->in.n;
	make_request(row->entries, row->photo_n);
	chunked = form_request_chunked("/predict", FORM_TYPE, buf_span(&body), 50000);
	peer_send(client, row->is_chunked ? buf_span(&chunked) : buf_span(&request));
	RIG_UNTIL(&rig, client->in.n > before && atomic_load(&rig.shared.exchanges) == 0);
	ck_assert_msg((spliced() > 0) == (row->is_spliced && can_splice()), "%s", row->name);
	tear_down();
}
END_TEST

/* Although the second one is the last that can be asked. */
START_TEST(body_given_another_backend_before_is_not_spliced)
{
	tear_down();
	set_up_with("{\"defaultBackend\":[\"b1\",\"b2\"]," BOTH "}");
	rig_refuses(&rig, 0);
	make_request(CLIP, LONG);
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, ANSWER);
	(void)expect_request(&rig, 1, 0, PREDICT, buf_span(&body));
	ck_assert_uint_eq(spliced(), 0);
}
END_TEST

/* It is the backend's to judge: the real service takes the last one. */
START_TEST(entries_given_twice_are_passed_on_where_nobody_looks)
{
	BUF_AUTO struct buf photo = form_photo(1000000);
	BUF_AUTO struct buf form = {0};

	if (!can_splice())
		return;
	form_part(&form, FORM_ENTRIES, SPAN_LITERAL(CLIP));
	form_part(&form, FORM_IMAGE, buf_span(&photo));
	form_part(&form, FORM_ENTRIES, SPAN_LITERAL(TWO));
	form_end(&form);
	BUF_AUTO struct buf twice = form_request("/predict", FORM_TYPE, buf_span(&form));
	peer_send(client, buf_span(&twice));
	(void)expect_answer(&rig, client, 200, ANSWER);
	(void)expect_request(&rig, 0, 0, PREDICT, buf_span(&form));
}
END_TEST

/* -- how it ends ----------------------------------------------------------------------------- */

START_TEST(client_given_leaving_leaves_the_backend)
{
	send_half();
	if (_i)
		peer_reset(client);
	else
		peer_fin(client);
	expect_left(&rig, 0);
	ck_assert_uint_eq(client->in.n, 0);
}
END_TEST

START_TEST(client_given_stall_is_408_and_the_backend_left)
{
	send_half();
	rig_pass(&rig, CLOCK_S(31));
	(void)expect_detail(&rig, client, 408, "timeouts.stall");
	expect_left(&rig, 0);
}
END_TEST

START_TEST(client_given_bits_in_time_is_waited_for)
{
	send_half();
	for (size_t i = 0; i < 3; i++) {
		rig_pass(&rig, CLOCK_S(25));
		peer_send(client, (struct span){request.bytes + HALF + i, 1});
		rig_settle(&rig);
	}
	peer_send(client, span_skip(buf_span(&request), HALF + 3));
	(void)expect_answer(&rig, client, 200, ANSWER);
	(void)expect_request(&rig, 0, 0, PREDICT, buf_span(&body));
}
END_TEST

START_TEST(backend_given_breaking_off_is_502)
{
	send_half();
	if (_i)
		peer_reset(rig_peer(&rig, 0));
	else
		peer_fin(rig_peer(&rig, 0));
	send_rest();
	(void)expect_detail(&rig, client, 502, "backend 'b1': the ");
	rig_settle(&rig);
	ck_assert(peer_is_over(client)); /* there is too much to read to get to another request */
}
END_TEST

/* Nothing is left to do: the loop sleeps as long as it may. */
static bool is_asleep(void)
{
	const struct clock *clock = &clock_monotonic;
	int64_t began_ns;

	rig_settle(&rig);
	began_ns = clock->now_ns(clock);
	loop_turn(rig.loop, CLOCK_MS(50));
	return clock->now_ns(clock) - began_ns > CLOCK_MS(40);
}

/* Neither the pipe nor a socket makes it turn round and round. */
START_TEST(backend_given_no_room_stops_the_client_until_there_is)
{
	send_half();
	peer_set_deaf(rig_peer(&rig, 0), true);
	send_rest();
	RIG_UNTIL(&rig, is_asleep()); /* when the kernel has moved all that it can */
	rig_pass(&rig, CLOCK_S(20));
	peer_set_deaf(rig_peer(&rig, 0), false);
	(void)expect_answer(&rig, client, 200, ANSWER);
	(void)expect_request(&rig, 0, 0, PREDICT, buf_span(&body));
}
END_TEST

/* The kernel keeps up to 4 MB for the sender, and for who receives what it grants by now, so that
 * the rest is more than both. */
START_TEST(backend_given_no_room_for_too_long_is_504)
{
	int granted = CHUNK_BYTES;

	send_first(BEGIN);
	ck_assert_int_eq(setsockopt(rig_peer(&rig, 0)->transport.fd, SOL_SOCKET, SO_RCVBUF, &granted,
						 sizeof granted),
		0);
	rig.backends[0].is_deaf = true;
	peer_set_deaf(rig_peer(&rig, 0), true);
	peer_send(client, span_skip(buf_span(&request), BEGIN));
	rig_settle_kernel(&rig);
	for (int i = 0; i < 20 && !client->in.n; i++) /* the kernel may find room at any time */
		rig_pass(&rig, CLOCK_S(31));
	(void)expect_detail(&rig, client, 504, "taking the request stalled for 30000 ms");
}
END_TEST

START_TEST(client_given_leaving_while_there_is_no_room_leaves_the_backend)
{
	send_half();
	peer_set_deaf(rig_peer(&rig, 0), true);
	peer_send_now(client, span_first(span_skip(buf_span(&request), HALF), 100000));
	rig_settle(&rig);
	if (_i)
		peer_reset(client);
	else
		peer_fin(client);
	RIG_UNTIL(&rig, atomic_load(&rig.shared.exchanges) == 0);
	peer_set_deaf(rig_peer(&rig, 0), false);
	expect_left(&rig, 0);
}
END_TEST

/* What is left of the body is read and thrown away, with and without room at the backend. */
START_TEST(backend_given_early_answer_is_heard_and_the_client_gets_it)
{
	send_half();
	peer_set_deaf(rig_peer(&rig, 0), _i);
	if (_i) {
		peer_send(client, span_first(span_skip(buf_span(&request), HALF), HALF / 2));
		rig_settle(&rig);
	}
	peer_send_text(rig_peer(&rig, 0), OK);
	ck_assert(expect_has_line(expect_answer(&rig, client, 200, ANSWER), "connection: close"));
	peer_send(client, SPAN_LITERAL("more"));
	rig_settle(&rig);
	ck_assert(peer_is_over(client) || client->has_fin);
}
END_TEST

/* The answer's head comes early, its end when the client has sent everything. */
START_TEST(backend_given_early_head_is_sent_no_more)
{
	send_half();
	peer_set_deaf(rig_peer(&rig, 0), true);
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{");
	rig_settle(&rig);
	send_rest();
	RIG_UNTIL(&rig, peer_unsent(client) == 0);
	rig_settle(&rig);
	peer_send_text(rig_peer(&rig, 0), "}");
	(void)expect_answer(&rig, client, 200, ANSWER);
}
END_TEST

/* A pipe that there is from then on is not for what is thrown away. */
START_TEST(backend_given_early_head_before_there_was_a_pipe_gets_none)
{
	take_pipes();
	make_request(CLIP, LONG);
	peer_send(client, span_first(buf_span(&request), HALF));
	RIG_UNTIL(&rig, rig_peer(&rig, 0) && rig_peer(&rig, 0)->in.n > HALF - 1000);
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{");
	rig_settle(&rig);
	give_pipes();
	send_rest();
	RIG_UNTIL(&rig, peer_unsent(client) == 0);
	rig_settle(&rig);
	ck_assert_uint_eq(spliced(), 0);
	peer_send_text(rig_peer(&rig, 0), "}");
	(void)expect_answer(&rig, client, 200, ANSWER);
}
END_TEST

/* Its front was sent, and no byte has gone through the pipe. */
START_TEST(connection_given_stale_before_the_pipe_was_used_is_replaced)
{
	enum { FRONT = SPLICE_FRONT_BYTES + 1000 };
	BUF_AUTO struct buf first = form_predict(CLIP, "first");
	struct peer *stale;

	peer_send(client, buf_span(&first));
	(void)expect_answer(&rig, client, 200, ANSWER);
	stale = rig_peer(&rig, 0);
	make_request(CLIP, LONG);
	peer_send_now(client, span_first(buf_span(&request), FRONT));
	RIG_UNTIL(&rig, stale->in.n > FRONT);
	peer_reset(stale);
	RIG_UNTIL(&rig, rig_peer(&rig, 0) != stale);
	peer_send(client, span_skip(buf_span(&request), FRONT));
	(void)expect_answer(&rig, client, 200, ANSWER);
	(void)expect_request(&rig, 0, 1, PREDICT, buf_span(&body));
	ck_assert_int_eq(spliced() > 0, can_splice());
}
END_TEST

START_TEST(drain_waits_for_it)
{
	send_half();
	rig_drain(&rig);
	rig_settle(&rig);
	ck_assert(!rig.is_drained);
	send_rest();
	ck_assert(expect_has_line(expect_answer(&rig, client, 200, ANSWER), "connection: close"));
	peer_fin(client);
	RIG_UNTIL(&rig, rig.is_drained);
	(void)expect_request(&rig, 0, 0, PREDICT, buf_span(&body));
}
END_TEST

static void add_ends(TCase *tcase)
{
	tcase_add_loop_test(tcase, client_given_leaving_leaves_the_backend, 0, 2);
	tcase_add_test(tcase, client_given_stall_is_408_and_the_backend_left);
	tcase_add_test(tcase, client_given_bits_in_time_is_waited_for);
	tcase_add_loop_test(tcase, backend_given_breaking_off_is_502, 0, 2);
	tcase_add_test(tcase, backend_given_no_room_stops_the_client_until_there_is);
	tcase_add_test(tcase, backend_given_no_room_for_too_long_is_504);
	tcase_add_loop_test(
		tcase, client_given_leaving_while_there_is_no_room_leaves_the_backend, 0, 2);
	tcase_add_loop_test(tcase, backend_given_early_answer_is_heard_and_the_client_gets_it, 0, 2);
	tcase_add_test(tcase, backend_given_early_head_is_sent_no_more);
	tcase_add_test(tcase, backend_given_early_head_before_there_was_a_pipe_gets_none);
	tcase_add_test(tcase, connection_given_stale_before_the_pipe_was_used_is_replaced);
	tcase_add_test(tcase, drain_waits_for_it);
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("splice");
	TCase *tcase = tcase_create("splice");
	TCase *which = tcase_create("which");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, body_given_one_way_is_spliced_and_arrives_as_it_was);
	tcase_add_test(tcase, body_given_small_packets_arrives_as_it_was);
	tcase_add_test(tcase, body_given_another_request_behind_it_ends_where_it_ends);
	tcase_add_test(tcase, body_given_no_pipe_is_read_and_written);
	tcase_add_test(tcase, body_given_another_backend_before_is_not_spliced);
	tcase_add_test(tcase, entries_given_twice_are_passed_on_where_nobody_looks);
	add_ends(tcase);
	suite_add_tcase(suite, tcase);
	tcase_set_timeout(which, 120);
	tcase_add_loop_test(which, body_is_spliced_where_nobody_looks_at_it_or_needs_it_again, 0,
		sizeof rows / sizeof *rows);
	suite_add_tcase(suite, which);
	return suite;
}
