/* Answers of more than 1 MiB: they stream at the client's pace, and where they break off the client
 * is reset, since it has seen a 200. */
#include <sys/socket.h>

#include "io/httpd_conn.h"
#include "proxy/exchange.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG "{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]}"
#define CLIP   "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK     "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"

enum {
	MIB = 1 << 20,
	TWO_MIB = 2 << 20,
	LARGE = 32 << 20,
	PACE_BYTES = 4 << 20,
	/* what is queued for a client that does not read: what was withheld, and a little more */
	QUEUED_MAX = TWO_MIB,
};

static struct rig rig;
static struct peer *client;
static struct peer *backend;

/* A request with entries is with the backend. */
static void post(struct span extra_lines, const char *version)
{
	BUF_AUTO struct buf body = form_body(CLIP, FORM_TEXT, SPAN_LITERAL("cat"));
	BUF_AUTO struct buf request = {0};

	buf_add_format(&request, "POST /predict HTTP/%s\r\nhost: a\r\n" FORM_TYPE, version);
	buf_add(&request, extra_lines);
	buf_add_format(&request, "content-length: %zu\r\n\r\n", body.n);
	buf_add(&request, buf_span(&body));
	client = rig_client(&rig);
	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	backend = rig_peer(&rig, 0);
}

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
	post(SPAN_EMPTY, "1.1");
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

/* A JSON object of n bytes. */
static struct buf object(size_t n)
{
	struct buf json = {0};

	buf_add_text(&json, "{\"clip\":\"");
	memset(buf_reserve(&json, n), 'x', n);
	for (size_t i = json.n; i < n; i += 1009)
		json.bytes[i] = (char)('a' + i % 26);
	json.n = n - 2;
	buf_add_text(&json, "\"}");
	return json;
}

static void send_length(size_t n)
{
	BUF_AUTO struct buf head = {0};

	buf_add_format(&head, "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\n\r\n", n);
	peer_send(backend, buf_span(&head));
}

/* The client has that much of the answer's body. */
static bool has_body(size_t n)
{
	const char *at = client->in.n ? memmem(client->in.bytes, client->in.n, "\r\n\r\n", 4) : NULL;

	return at && client->in.n - (size_t)(at + 4 - client->in.bytes) >= n;
}

static void expect_alive(void)
{
	BUF_AUTO struct buf next = form_predict(CLIP, "next");

	rig_answers(&rig, 0, OK);
	peer_send(client, buf_span(&next));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{}"));
}

/* -- withheld -------------------------------------------------------------------------------- */

START_TEST(answer_given_1_mib_is_withheld_until_it_is_whole)
{
	BUF_AUTO struct buf json = object(MIB);

	send_length(MIB);
	peer_send(backend, span_first(buf_span(&json), MIB - 1));
	rig_settle(&rig);
	ck_assert_uint_eq(client->in.n, 0);
	if (_i) {
		peer_fin(backend);
		(void)expect_detail(
			&rig, client, 502, "backend 'b1': the backend closed the connection within its answer");
	} else {
		peer_send_text(backend, "}");
		(void)expect_answer(&rig, client, 200, buf_span(&json));
	}
	expect_alive();
}
END_TEST

/* Without a length what is withheld gets one. */
START_TEST(answer_given_1_mib_in_chunks_gets_a_length)
{
	BUF_AUTO struct buf json = object(MIB);
	struct span head;

	peer_send_text(backend, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n100000\r\n");
	peer_send(backend, buf_span(&json));
	rig_settle(&rig);
	ck_assert_uint_eq(client->in.n, 0);
	peer_send_text(backend, "\r\n0\r\n\r\n");
	head = expect_answer(&rig, client, 200, buf_span(&json));
	ck_assert(expect_has_line(head, "content-length: 1048576"));
}
END_TEST

/* -- streamed -------------------------------------------------------------------------------- */

enum framing { BY_LENGTH, CHUNKED, UNTIL_CLOSE, FRAMING_COUNT };

/* Sends all of the body but for its last bytes, and then those. */
static void send_framed(enum framing framing, struct span body, size_t last_n)
{
	BUF_AUTO struct buf size = {0};
	struct span last = span_skip(body, body.n - last_n);

	buf_add_format(&size, "%zx\r\n", body.n);
	if (framing == BY_LENGTH)
		send_length(body.n);
	else if (framing == CHUNKED)
		peer_send_text(backend, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
	else
		peer_send_text(backend, "HTTP/1.1 200 OK\r\n\r\n");
	if (framing == CHUNKED)
		peer_send(backend, buf_span(&size));
	peer_send(backend, span_first(body, body.n - last_n));
	RIG_UNTIL(&rig, client->in.n > body.n - last_n); /* the head, too */
	ck_assert_uint_lt(client->in.n, body.n + 4000);  /* chunk lines among it */
	peer_send(backend, last);
	if (framing == CHUNKED)
		peer_send_text(backend, "\r\n0\r\n\r\n");
	RIG_UNTIL(&rig, !peer_unsent(backend));
	if (framing == UNTIL_CLOSE)
		peer_fin(backend);
}

START_TEST(answer_given_a_byte_more_streams_as_it_is_framed)
{
	static const char *const lines[] = {
		"content-length: 1048578", "transfer-encoding: chunked", "transfer-encoding: chunked"};
	BUF_AUTO struct buf json = object(MIB + 2);
	struct span head;

	send_framed((enum framing)_i, buf_span(&json), 1);
	head = expect_answer(&rig, client, 200, buf_span(&json));
	ck_assert(expect_has_line(head, lines[_i]));
	expect_alive();
}
END_TEST

START_TEST(answer_given_an_old_client_and_no_length_streams_until_the_end)
{
	BUF_AUTO struct buf json = object(MIB + 2);
	struct span head;

	rig_deinit(&rig);
	rig_init(&rig, 1, CONFIG);
	post(SPAN_EMPTY, "1.0");
	send_framed(CHUNKED, buf_span(&json), 1);
	head = expect_answer(&rig, client, 200, buf_span(&json));
	ck_assert(expect_has_line(head, "connection: close"));
	ck_assert_uint_eq(expect_count_lines(head, "transfer-encoding:"), 0);
	ck_assert(!client->is_broken);
}
END_TEST

/* -- pace ------------------------------------------------------------------------------------ */

/* Bytes on their way from us to clients. What the kernel holds is its own affair. */
static uint64_t queued(void)
{
	uint64_t n = 0;

	LIST_EACH(node, &rig.worker->exchanges) {
		const struct exchange *exchange = LIST_OBJECT(node, struct exchange, node);

		n += exchange->http ? chain_length(&exchange->http->queue) : 0;
	}
	return n;
}

START_TEST(answer_given_a_slow_client_is_read_at_its_pace)
{
	BUF_AUTO struct buf json = object(LARGE);

	send_length(LARGE);
	peer_send(backend, buf_span(&json));
	for (size_t wanted = PACE_BYTES; wanted <= LARGE; wanted += PACE_BYTES) {
		peer_set_deaf(client, true);
		rig_settle(&rig);
		if (wanted < 3 * (size_t)PACE_BYTES)
			rig_pass(&rig, CLOCK_S(29)); /* slow, but nobody stalls */
		peer_set_deaf(client, false);
		RIG_UNTIL(&rig, client->in.n >= wanted);
		ck_assert_uint_lt(queued(), QUEUED_MAX);
	}
	(void)expect_answer(&rig, client, 200, buf_span(&json));
	expect_alive();
	ck_assert_ptr_eq(rig_peer(&rig, 0), backend);
}
END_TEST

/* -- breaking off ---------------------------------------------------------------------------- */

static const struct cut {
	const char *beginning;
	const char *end;
	int close; /* 0: not, 1: FIN, 2: RST */
} cuts[] = {
	{"content-length: 2000000\r\n\r\n{\"a\":\"", "", 1},
	{"content-length: 2000000\r\n\r\n{\"a\":\"", "", 2},
	{"\r\n{\"a\":\"", "", 2},
	{"\r\n{\"a\":\"", "", 1}, /* the end of the connection is the answer's, but not the object's */
	{"content-length: 2000000\r\n\r\n{\"a\":\"", "\",]", 0},
	{"transfer-encoding: chunked\r\n\r\n124f86\r\n{\"a\":\"", "xyz", 0},
	{"transfer-encoding: chunked\r\n\r\n124fff\r\n{\"a\":\"", "x", 1},
};

/* Waits until the client has what can be had of n bytes. */
START_TEST(answer_given_to_break_off_resets_the_client)
{
	const struct cut *row = &cuts[_i];
	BUF_AUTO struct buf text = {0};

	memset(buf_reserve(&text, 1200000), 'x', 1200000);
	text.n = 1200000;
	peer_send_text(backend, "HTTP/1.1 200 OK\r\n");
	peer_send_text(backend, row->beginning);
	peer_send(backend, buf_span(&text));
	RIG_UNTIL(&rig, client->in.n > 1200000);
	ck_assert(peer_has(client, "HTTP/1.1 200 OK\r\n"));
	peer_send_text(backend, row->end);
	RIG_UNTIL(&rig, !peer_unsent(backend));
	if (row->close == 1)
		peer_fin(backend);
	else if (row->close == 2)
		peer_reset(backend);
	RIG_UNTIL(&rig, client->is_broken);
	ck_assert_uint_eq(peer_count(client, "HTTP/1.1 "), 1);
	RIG_UNTIL(&rig, peer_is_over(backend));
}
END_TEST

START_TEST(answer_given_stall_resets_the_client)
{
	BUF_AUTO struct buf json = object(TWO_MIB);

	send_length(TWO_MIB);
	peer_send(backend, span_first(buf_span(&json), TWO_MIB - 1));
	RIG_UNTIL(&rig, has_body(TWO_MIB - 1)); /* all of it: a byte that comes later is progress */
	rig_pass(&rig, CLOCK_MS(29900));
	ck_assert(!client->is_broken);
	rig_pass(&rig, CLOCK_MS(200));
	RIG_UNTIL(&rig, client->is_broken);
	RIG_UNTIL(&rig, peer_is_over(backend));
}
END_TEST

/* What the client did not take for a while is no excuse for the backend afterwards. */
START_TEST(answer_given_stall_after_a_pause_resets_the_client)
{
	BUF_AUTO struct buf json = object(TWO_MIB);
	int room = CHUNK_BYTES; /* the kernel would find more and more for it */

	(void)setsockopt(client->transport.fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	peer_set_deaf(client, true);
	send_length(TWO_MIB);
	peer_send(backend, span_first(buf_span(&json), MIB + 1));
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_S(29));
	peer_set_deaf(client, false);
	(void)rig_look(&rig, 0); /* it takes a little, which is progress */
	peer_set_deaf(client, true);
	rig_pass(&rig, CLOCK_S(2)); /* nothing has come for 31 s, since nothing was read */
	ck_assert_uint_gt(queued(), HTTPD_QUEUE_LOW);
	peer_set_deaf(client, false);
	RIG_UNTIL(&rig, has_body(MIB + 1));
	rig_pass(&rig, CLOCK_MS(29900));
	ck_assert(!client->is_broken);
	rig_pass(&rig, CLOCK_MS(200));
	RIG_UNTIL(&rig, client->is_broken);
	RIG_UNTIL(&rig, peer_is_over(backend));
}
END_TEST

START_TEST(answer_given_bytes_behind_it_is_whole)
{
	BUF_AUTO struct buf json = object(TWO_MIB);

	send_length(TWO_MIB);
	peer_send(backend, buf_span(&json));
	peer_send_text(backend, "more");
	(void)expect_answer(&rig, client, 200, buf_span(&json));
	RIG_UNTIL(&rig, peer_is_over(backend));
	expect_alive();
}
END_TEST

/* -- clients --------------------------------------------------------------------------------- */

static void send_large_to_deaf(void)
{
	BUF_AUTO struct buf json = object(LARGE);

	peer_set_deaf(client, true);
	send_length(LARGE);
	peer_send(backend, buf_span(&json));
	rig_settle(&rig);
	ck_assert_uint_gt(peer_unsent(backend), LARGE / 2);
}

START_TEST(client_given_leaving_leaves_the_backend)
{
	send_large_to_deaf();
	peer_reset(client);
	RIG_UNTIL(&rig, backend->is_broken || peer_is_over(backend));
}
END_TEST

START_TEST(client_given_never_reading_is_reset_and_the_backend_left)
{
	send_large_to_deaf();
	rig_pass(&rig, CLOCK_MS(30100));
	peer_set_deaf(client, false);
	RIG_UNTIL(&rig, client->is_broken);
	RIG_UNTIL(&rig, backend->is_broken || peer_is_over(backend));
}
END_TEST

/* To such a client the end of the connection is the end of the answer, so it must not be a FIN. */
START_TEST(old_client_given_never_reading_is_reset)
{
	BUF_AUTO struct buf json = object(LARGE);

	rig_deinit(&rig);
	rig_init(&rig, 1, CONFIG);
	post(SPAN_EMPTY, "1.0");
	peer_set_deaf(client, true);
	peer_send_text(backend, "HTTP/1.1 200 OK\r\n\r\n");
	peer_send(backend, buf_span(&json));
	if (_i) /* whole, but not all of it is with the client */
		backend->closes = true;
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_MS(30100));
	peer_set_deaf(client, false);
	RIG_UNTIL(&rig, peer_is_over(client));
	ck_assert(client->is_broken);
}
END_TEST

/* The last answer of a connection has as much time as any other. */
START_TEST(last_answer_given_a_slow_client_arrives)
{
	BUF_AUTO struct buf json = object(MIB);

	rig_deinit(&rig);
	rig_init(&rig, 1, CONFIG);
	post(SPAN_LITERAL("connection: close\r\n"), "1.1");
	peer_set_deaf(client, true);
	send_length(MIB);
	peer_send(backend, buf_span(&json));
	RIG_UNTIL(&rig, !peer_unsent(backend));
	rig_settle(&rig);
	rig_pass(&rig, CLOCK_S(29));
	peer_set_deaf(client, false);
	(void)expect_answer(&rig, client, 200, buf_span(&json));
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_loop_test(tcase, answer_given_1_mib_is_withheld_until_it_is_whole, 0, 2);
	tcase_add_test(tcase, answer_given_1_mib_in_chunks_gets_a_length);
	tcase_add_loop_test(tcase, answer_given_a_byte_more_streams_as_it_is_framed, 0, FRAMING_COUNT);
	tcase_add_test(tcase, answer_given_an_old_client_and_no_length_streams_until_the_end);
	tcase_add_test(tcase, answer_given_a_slow_client_is_read_at_its_pace);
	tcase_add_loop_test(
		tcase, answer_given_to_break_off_resets_the_client, 0, sizeof cuts / sizeof *cuts);
	tcase_add_test(tcase, answer_given_stall_resets_the_client);
	tcase_add_test(tcase, answer_given_stall_after_a_pause_resets_the_client);
	tcase_add_test(tcase, answer_given_bytes_behind_it_is_whole);
	tcase_add_test(tcase, client_given_leaving_leaves_the_backend);
	tcase_add_test(tcase, client_given_never_reading_is_reset_and_the_backend_left);
	tcase_add_loop_test(tcase, old_client_given_never_reading_is_reset, 0, 2);
	tcase_add_test(tcase, last_answer_given_a_slow_client_arrives);
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("streaming");
	TCase *tcase = tcase_create("streaming");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
