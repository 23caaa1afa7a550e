/* The framer over a socket pair, from a source that gives its bytes in odd pieces and at odd times.
 */
#include "io/framer.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rng.h"
#include "rig/suite.h"

enum { BODY = 100000 };

struct pieces {
	struct source source;
	struct rng *rng; /* of the sizes of pieces; NULL: `piece` bytes each */
	size_t piece;
	char bytes[BODY];
	size_t there; /* bytes there so far */
	size_t all;   /* bytes of the body */
	bool is_complete;
	uint64_t done;
};

static struct pieces *pieces_of(struct source *source)
{
	return (struct pieces *)(void *)source;
}

static size_t peek(struct source *source, uint64_t position, struct iovec *iov, size_t max)
{
	struct pieces *pieces = pieces_of(source);
	size_t count = 0;

	ck_assert_uint_le(position, pieces->there);
	for (; count < max && position < pieces->there; count++) {
		size_t left = pieces->there - (size_t)position;
		size_t n = pieces->rng ? 1 + rng_next(pieces->rng) % 3000 : pieces->piece;

		iov[count] = (struct iovec){pieces->bytes + position, n < left ? n : left};
		position += iov[count].iov_len;
	}
	return count;
}

static void done(struct source *source, uint64_t position)
{
	struct pieces *pieces = pieces_of(source);

	ck_assert_uint_gt(position, pieces->done);
	ck_assert_uint_le(position, pieces->there);
	pieces->done = position;
}

static bool is_end(const struct source *source, uint64_t position)
{
	const struct pieces *pieces = (const struct pieces *)(const void *)source;

	return pieces->is_complete && position == pieces->there;
}

static bool is_held(const struct source *source, uint64_t position)
{
	(void)source;
	(void)position;
	return true;
}

static struct pipe *no_pipe(const struct source *source, uint64_t position)
{
	(void)source;
	(void)position;
	return NULL;
}

static void grow(struct pieces *pieces, size_t n)
{
	size_t left = pieces->all - pieces->there;

	pieces->there += n < left ? n : left;
	pieces->is_complete = pieces->there == pieces->all;
}

struct fixture {
	struct loop *loop;
	struct transport transport;
	int peer;
	struct framer framer;
	struct pieces pieces;
	struct buf got; /* what has come to the peer */
};

static void on_ready(void *ctx, unsigned what)
{
	(void)ctx;
	(void)what;
}

static void set_up(struct fixture *fixture, const char *head, size_t body_n, bool is_chunked)
{
	static const struct source_ops ops = {peek, done, is_end, is_held, no_pipe};
	struct pieces *pieces = &fixture->pieces;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	*fixture = (struct fixture){.loop = loop_new(&clock_monotonic), .peer = fds[1]};
	transport_init(&fixture->transport, fixture->loop, fds[0], on_ready, NULL);
	pieces->source = (struct source){&ops, is_chunked ? SOURCE_LENGTH_UNKNOWN : body_n};
	pieces->all = body_n;
	pieces->piece = BODY;
	for (size_t i = 0; i < BODY; i++)
		pieces->bytes[i] = (char)(i * 13 + i / 251);
	framer_init(&fixture->framer, span_of(head), &pieces->source);
}

static void tear_down(struct fixture *fixture)
{
	transport_close(&fixture->transport);
	if (fixture->peer >= 0)
		(void)close(fixture->peer);
	buf_deinit(&fixture->got);
	loop_free(fixture->loop);
}

static enum framer_result send_on(struct fixture *fixture)
{
	return framer_send(&fixture->framer, &fixture->transport);
}

/* Takes at most n bytes of what has come. */
static void receive(struct fixture *fixture, size_t n)
{
	ssize_t got = recv(fixture->peer, buf_reserve(&fixture->got, n), n, 0);

	fixture->got.n += got > 0 ? (size_t)got : 0;
}

static void expect_got(struct fixture *fixture, const char *text)
{
	receive(fixture, 1000);
	ck_assert_msg(
		span_is(buf_span(&fixture->got), text), "%.*s", SPAN_ARG(buf_span(&fixture->got)));
	ck_assert_uint_eq(fixture->framer.sent, strlen(text));
}

START_TEST(send_given_no_source_sends_the_head)
{
	struct fixture fixture;

	set_up(&fixture, "head", 0, false);
	framer_init(&fixture.framer, SPAN_LITERAL("head"), NULL);
	ck_assert_int_eq(send_on(&fixture), FRAMER_SENT);
	ck_assert_int_eq(send_on(&fixture), FRAMER_SENT);
	expect_got(&fixture, "head");
	tear_down(&fixture);
}
END_TEST

START_TEST(send_given_length_sends_head_and_body)
{
	struct fixture fixture;

	set_up(&fixture, "head", 11, false);
	memcpy(fixture.pieces.bytes, "hello world", 11);
	ck_assert_int_eq(send_on(&fixture), FRAMER_STARVED);
	ck_assert_int_eq(send_on(&fixture), FRAMER_STARVED);
	grow(&fixture.pieces, 5);
	ck_assert_int_eq(send_on(&fixture), FRAMER_STARVED);
	ck_assert_uint_eq(fixture.framer.position, 5);
	grow(&fixture.pieces, 6);
	ck_assert_int_eq(send_on(&fixture), FRAMER_SENT);
	ck_assert_uint_eq(fixture.pieces.done, 11);
	expect_got(&fixture, "headhello world");
	tear_down(&fixture);
}
END_TEST

START_TEST(send_given_unknown_length_sends_what_is_there_as_chunks)
{
	struct fixture fixture;

	set_up(&fixture, "head", 19, true);
	memcpy(fixture.pieces.bytes, "hello world, hello!", 19);
	ck_assert_int_eq(send_on(&fixture), FRAMER_STARVED);
	fixture.pieces.piece = 2; /* several pieces are one chunk */
	grow(&fixture.pieces, 5);
	ck_assert_int_eq(send_on(&fixture), FRAMER_STARVED);
	grow(&fixture.pieces, 13);
	ck_assert_int_eq(send_on(&fixture), FRAMER_STARVED);
	grow(&fixture.pieces, 1);
	ck_assert_int_eq(send_on(&fixture), FRAMER_SENT);
	ck_assert_uint_eq(fixture.framer.position, 19);
	expect_got(&fixture, "head5\r\nhello\r\nd\r\n world, hello\r\n1\r\n!\r\n0\r\n\r\n");
	tear_down(&fixture);
}
END_TEST

START_TEST(send_given_end_told_behind_the_last_bytes_ends_then)
{
	struct fixture fixture;

	set_up(&fixture, "", 2, true);
	memcpy(fixture.pieces.bytes, "ab", 2);
	fixture.pieces.there = 2;
	ck_assert_int_eq(send_on(&fixture), FRAMER_STARVED);
	grow(&fixture.pieces, 0);
	ck_assert_int_eq(send_on(&fixture), FRAMER_SENT);
	ck_assert_int_eq(send_on(&fixture), FRAMER_SENT);
	expect_got(&fixture, "2\r\nab\r\n0\r\n\r\n");
	tear_down(&fixture);
}
END_TEST

START_TEST(send_given_empty_body)
{
	struct fixture fixture;

	set_up(&fixture, "head", 0, true);
	grow(&fixture.pieces, 0);
	ck_assert_int_eq(send_on(&fixture), FRAMER_SENT);
	expect_got(&fixture, "head0\r\n\r\n");
	tear_down(&fixture);
	set_up(&fixture, "head", 0, false);
	grow(&fixture.pieces, 0);
	ck_assert_int_eq(send_on(&fixture), FRAMER_SENT);
	expect_got(&fixture, "head");
	tear_down(&fixture);
}
END_TEST

START_TEST(send_given_peer_that_has_gone_is_broken)
{
	struct fixture fixture;

	set_up(&fixture, "head", 5, false);
	(void)close(fixture.peer);
	fixture.peer = -1;
	grow(&fixture.pieces, 5);
	ck_assert_int_eq(send_on(&fixture), FRAMER_BROKEN);
	ck_assert_int_ne(fixture.transport.error, 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(send_given_very_many_pieces_lets_others_have_their_turn)
{
	struct fixture fixture;

	set_up(&fixture, "", 10000, false);
	fixture.pieces.piece = 1;
	grow(&fixture.pieces, 10000);
	ck_assert_int_eq(send_on(&fixture), FRAMER_BLOCKED);
	ck_assert_uint_gt(fixture.framer.position, 100);
	ck_assert_uint_lt(fixture.framer.position, 1000);
	tear_down(&fixture);
}
END_TEST

/* Sends all, while the peer reads and the source grows at random. */
static void run(struct fixture *fixture, struct rng *rng)
{
	enum framer_result result;

	do {
		result = send_on(fixture);
		if (result == FRAMER_STARVED || rng_next(rng) % 2)
			grow(&fixture->pieces, rng_next(rng) % 5000);
		if (result == FRAMER_BLOCKED)
			receive(fixture, 1 + rng_next(rng) % 20000);
		ck_assert_int_ne(result, FRAMER_BROKEN);
	} while (result != FRAMER_SENT);
	while (fixture->got.n < fixture->framer.sent)
		receive(fixture, BODY);
}

/* The body behind the head, read as what it is framed as. */
static void read_body(struct span in, bool is_chunked, struct buf *out)
{
	struct chunked chunked;
	struct span data = SPAN_EMPTY;
	struct err err;
	int event = CHUNKED_END;

	chunked_init(&chunked);
	if (!is_chunked)
		buf_add(out, in);
	while (is_chunked && (event = chunked_next(&chunked, &in, &data, &err)) == CHUNKED_DATA)
		buf_add(out, data);
	ck_assert_int_eq(event, CHUNKED_END);
	ck_assert(!is_chunked || !in.n);
	chunked_deinit(&chunked);
}

static void shrink_buffer(const struct fixture *fixture)
{
	int small = 1;

	ck_assert_int_eq(
		setsockopt(fixture->transport.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
}

static void expect_sent(struct fixture *fixture, const char *head, bool is_chunked)
{
	BUF_AUTO struct buf body = {0};
	struct span got = buf_span(&fixture->got);

	ck_assert_uint_eq(got.n, fixture->framer.sent);
	ck_assert(span_starts(got, span_of(head)));
	read_body(span_skip(got, strlen(head)), is_chunked, &body);
	ck_assert(
		span_equal(buf_span(&body), (struct span){fixture->pieces.bytes, fixture->pieces.all}));
	ck_assert_uint_eq(fixture->pieces.done, fixture->pieces.all);
}

START_TEST(send_given_small_socket_buffer_and_odd_pieces_sends_the_same)
{
	static const char head[] = "a head that is as long as heads are\r\n\r\n";
	struct fixture fixture;
	bool is_chunked = _i % 2;
	struct rng rng;

	rng_init(&rng, (uint64_t)_i);
	set_up(&fixture, head, 1 + rng_next(&rng) % BODY, is_chunked);
	shrink_buffer(&fixture);
	fixture.pieces.rng = &rng;
	run(&fixture, &rng);
	expect_sent(&fixture, head, is_chunked);
	tear_down(&fixture);
}
END_TEST

/* How many bytes the kernel takes at once of many. */
static size_t bytes_taken_at_once(void)
{
	struct fixture fixture;
	struct iovec iov;
	size_t sent = 0;

	set_up(&fixture, "", 0, false);
	shrink_buffer(&fixture);
	iov = (struct iovec){fixture.pieces.bytes, BODY};
	ck_assert_int_eq(transport_write(&fixture.transport, &iov, 1, &sent), TRANSPORT_OK);
	ck_assert_uint_lt(sent, BODY);
	tear_down(&fixture);
	return sent;
}

/* The head is as long as what the kernel takes at once, give or take: a write ends within the head,
 * within the line of the chunk, and behind it. */
START_TEST(send_given_write_that_ends_within_head_or_framing_goes_on_there)
{
	size_t at_once = bytes_taken_at_once();
	int within = 0;

	for (size_t n = at_once - 12; n < at_once + 3; n++) {
		BUF_AUTO struct buf head = {0};
		struct fixture fixture;
		struct rng rng;

		rng_init(&rng, n);
		buf_add_format(&head, "%0*d", (int)n, 7);
		set_up(&fixture, head.bytes, 50000, true);
		shrink_buffer(&fixture);
		grow(&fixture.pieces, 50000);
		ck_assert_int_eq(send_on(&fixture), FRAMER_BLOCKED);
		within += fixture.framer.sent > n && !fixture.framer.position;
		run(&fixture, &rng);
		expect_sent(&fixture, head.bytes, true);
		tear_down(&fixture);
	}
	ck_assert_int_gt(within, 3);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("framer");
	TCase *tcase = tcase_create("framer");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, send_given_no_source_sends_the_head);
	tcase_add_test(tcase, send_given_length_sends_head_and_body);
	tcase_add_test(tcase, send_given_unknown_length_sends_what_is_there_as_chunks);
	tcase_add_test(tcase, send_given_end_told_behind_the_last_bytes_ends_then);
	tcase_add_test(tcase, send_given_empty_body);
	tcase_add_test(tcase, send_given_peer_that_has_gone_is_broken);
	tcase_add_test(tcase, send_given_very_many_pieces_lets_others_have_their_turn);
	tcase_add_loop_test(tcase, send_given_small_socket_buffer_and_odd_pieces_sends_the_same, 0, 60);
	tcase_add_test(tcase, send_given_write_that_ends_within_head_or_framing_goes_on_there);
	suite_add_tcase(suite, tcase);
	return suite;
}
