/* Handshakes with servers whose certificates are good, bad or none, and what is sent then. */
#include <sys/socket.h>

#include "io/transport.h"
#include "rig/clock_fake.h"
#include "rig/pair.h"
#include "rig/peer.h"
#include "rig/suite.h"

#define HOST      "ml.test"
#define NAMES     "DNS:" HOST
#define PLAIN     "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n"
#define UNTRUSTED "the certificate is signed by an authority that is not trusted"

enum { TURNS_MAX = 1000, YEAR_S = 31536000 };

static struct clock_fake turned;
static struct loop *loop;
static struct tls *tls;
static struct transport transport;
static struct certificate authority;
static struct certificate certificate;
static SSL_CTX *context;
static struct peer *server;
static bool is_done;
static struct err error;
static unsigned told;

static void on_ready(void *ctx, unsigned what)
{
	(void)ctx;
	told |= what;
}

static void on_done(void *ctx, const struct err *err)
{
	(void)ctx;
	ck_assert(!is_done);
	is_done = true;
	error = err ? *err : (struct err){0};
}

static void set_up(void)
{
	clock_fake_init(&turned);
	loop = loop_new(&turned.clock);
	tls = tls_new(loop, &error);
	ck_assert_msg(tls, "%s", error.text);
	is_done = false;
	told = 0;
	certificate_init(&authority, &(struct certificate_options){0});
}

static void tear_down(void)
{
	transport_close(&transport);
	peer_free(server);
	tls_free(tls);
	loop_free(loop);
	SSL_CTX_free(context);
	certificate_deinit(&certificate);
	certificate_deinit(&authority);
}

#define UNTIL(condition)                                                      \
	for (int turns_ = 0; !(condition); turns_++) {                            \
		ck_assert_msg(turns_ < TURNS_MAX, "never came true: %s", #condition); \
		loop_turn(loop, CLOCK_MS(10));                                        \
	}

/* Both ends of a connection: the server's is the peer, ours the transport, not secured yet. */
static void connect_both(const struct certificate_options *options)
{
	int fds[2];

	certificate_init(&certificate, options);
	context = secure_context(&certificate);
	pair_connecting(fds);
	transport_init(&transport, loop, fds[0], on_ready, NULL);
	server = peer_new(loop, fds[1], NULL, NULL);
}

static void begin(const struct tls_peer *peer)
{
	transport_secure(&transport, tls, peer, on_done, NULL);
}

static struct tls_peer trusting(const char *ca_file)
{
	return (struct tls_peer){.authority = SPAN_LITERAL(HOST ":8443"), .ca_file = span_of(ca_file)};
}

/* A sound connection. */
static void open_sound(void)
{
	struct tls_peer peer = trusting(authority.path);

	connect_both(&(struct certificate_options){.names = NAMES, .issuer = &authority});
	peer_secure(server, context);
	begin(&peer);
	UNTIL(is_done);
	ck_assert_msg(!error.kind, "%s", error.text);
	watch_set(&transport.watch, WATCH_READ);
	UNTIL(secure_is_open(server->secure) && !peer_unsent(server));
}

/* -- certificates ---------------------------------------------------------------------------- */

static const struct handshake {
	const char *names;
	const char *issuer; /* who has signed it, if not the authority that the caFile names */
	bool is_own;        /* signed by itself */
	bool trusts_it;     /* the caFile is the certificate itself */
	bool is_insecure;   /* nothing is checked */
	long begins_s;
	long lasts_s;
	const char *ca_file; /* instead of any of these */
	const char *says;    /* NULL: it succeeds */
} handshakes[] = {
	{.names = NAMES},
	{.names = "DNS:other.test," NAMES},
	{.names = "DNS:ML.test,DNS:*.test.example"},
	{NAMES, .is_own = true, .trusts_it = true},
	{NAMES, .is_own = true, .says = "the certificate is self-signed and not trusted"},
	{NAMES, .issuer = "another", .says = UNTRUSTED},
	{NAMES, .issuer = "authority", .says = "the certificate's signature is not its authority's"},
	{NAMES, .ca_file = "", .says = UNTRUSTED}, /* the system's, which do not know it */
	{NAMES, .ca_file = "/nonexistent/ca.pem", .says = "the caFile cannot be read"},
	{NAMES, .ca_file = "/dev/null", .says = "the caFile cannot be read"},
	{"DNS:other.test", .says = "the certificate is for another name"},
	{"IP:127.0.0.1", .says = "the certificate is for another name"},
	{NAMES, .begins_s = -2, .lasts_s = 1, .says = "the certificate has expired"},
	{NAMES, .begins_s = YEAR_S, .says = "the certificate is not valid yet"},
	{"DNS:other.test", .is_own = true, .begins_s = -2, .lasts_s = 1, .is_insecure = true},
	{NAMES, .ca_file = "/nonexistent/ca.pem", .is_insecure = true},
};

START_TEST(handshake_given_certificate)
{
	const struct handshake *row = &handshakes[_i];
	struct certificate other;
	struct tls_peer peer;

	certificate_init(&other, &(struct certificate_options){.subject = row->issuer});
	connect_both(&(struct certificate_options){.names = row->names,
		.issuer = row->is_own   ? NULL
				  : row->issuer ? &other
								: &authority,
		.begins_s = row->begins_s,
		.lasts_s = row->lasts_s});
	peer_secure(server, context);
	peer = trusting(row->ca_file     ? row->ca_file
					: row->trusts_it ? certificate.path
									 : authority.path);
	peer.is_insecure = row->is_insecure;
	begin(&peer);
	UNTIL(is_done);
	if (row->says) {
		ck_assert_int_eq(error.kind, ERR_UPSTREAM);
		ck_assert_msg(strstr(error.text, row->says), "%s", error.text);
	} else {
		ck_assert_msg(!error.kind, "%s", error.text);
	}
	certificate_deinit(&other);
}
END_TEST

START_TEST(handshake_given_old_tls_is_refused)
{
	struct tls_peer peer = trusting(authority.path);

	connect_both(&(struct certificate_options){.names = NAMES, .issuer = &authority});
	SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
	peer_secure(server, context);
	begin(&peer);
	UNTIL(is_done);
	ck_assert_int_eq(error.kind, ERR_UPSTREAM);
	ck_assert_msg(strstr(error.text, "no TLS connection: "), "%s", error.text);
}
END_TEST

START_TEST(handshake_given_no_tls_says_so)
{
	struct tls_peer peer = trusting(authority.path);

	connect_both(&(struct certificate_options){.names = NAMES, .issuer = &authority});
	peer_send_text(server, PLAIN);
	begin(&peer);
	UNTIL(is_done);
	ck_assert_msg(strstr(error.text, "no TLS connection: it does not speak TLS"), "%s", error.text);
}
END_TEST

START_TEST(handshake_given_an_end_says_so)
{
	struct tls_peer peer = trusting(authority.path);

	connect_both(&(struct certificate_options){.names = NAMES, .issuer = &authority});
	begin(&peer);
	UNTIL(server->in.n);
	if (_i)
		peer_reset(server);
	else
		peer_fin(server);
	UNTIL(is_done);
	ck_assert_msg(strstr(error.text, _i ? "Connection reset by peer" : "it closed the connection"),
		"%s", error.text);
}
END_TEST

/* In each of its steps; and nobody is told. */
START_TEST(close_given_a_handshake_is_silent)
{
	struct tls_peer peer = trusting(authority.path);

	connect_both(&(struct certificate_options){.names = NAMES, .issuer = &authority});
	begin(&peer);
	if (_i)
		UNTIL(server->in.n);
	transport_close(&transport);
	ck_assert_int_eq(transport.fd, -1);
	UNTIL(server->has_fin);
	ck_assert(!is_done);
}
END_TEST

/* -- bytes ----------------------------------------------------------------------------------- */

static enum transport_result read_more(struct buf *bytes)
{
	enum transport_result result;
	struct slice slice;

	while ((result = transport_read(&transport, &slice)) == TRANSPORT_OK)
		buf_add(bytes, slice.bytes);
	return result;
}

static const size_t record_sizes[] = {1, 4096, 16384};

/* Records of any size; nothing stays behind where the watch does not see it. */
START_TEST(read_given_records_gives_all_of_them)
{
	BUF_AUTO struct buf wanted = {0};
	BUF_AUTO struct buf got = {0};
	enum transport_result result;
	size_t n = record_sizes[_i];

	open_sound();
	for (int i = 0; i < 40; i++) {
		size_t before = wanted.n;

		for (size_t k = 0; k < n; k++)
			buf_reserve(&wanted, n)[k] = (char)('a' + (i + (int)k) % 26);
		wanted.n += n;
		ck_assert(secure_write(server->secure, span_skip(buf_span(&wanted), before)));
	}
	peer_send(server, SPAN_EMPTY); /* lets it notice them */
	do {
		told = 0;
		UNTIL(told);
		result = read_more(&got);
		ck_assert_int_eq(result, TRANSPORT_AGAIN);
	} while (got.n < wanted.n);
	ck_assert(span_equal(buf_span(&got), buf_span(&wanted)));
}
END_TEST

START_TEST(read_given_close_notify_is_the_end)
{
	BUF_AUTO struct buf got = {0};

	open_sound();
	peer_send_now(server, SPAN_LITERAL("last"));
	peer_fin(server);
	UNTIL(read_more(&got) == TRANSPORT_END);
	ck_assert(span_is(buf_span(&got), "last"));
	ck_assert_int_eq(read_more(&got), TRANSPORT_END);
}
END_TEST

/* Somebody on the way may have cut it off: no end of a body that lasts until the end. */
START_TEST(read_given_fin_without_close_notify_is_broken)
{
	BUF_AUTO struct buf got = {0};

	open_sound();
	peer_send_now(server, SPAN_LITERAL("not all"));
	transport_half_close(&server->transport);
	UNTIL(read_more(&got) == TRANSPORT_BROKEN);
	ck_assert_str_eq(transport_error(&transport), "cut off without TLS's close_notify");
	ck_assert_int_eq(read_more(&got), TRANSPORT_BROKEN);
}
END_TEST

START_TEST(read_and_write_given_reset_are_broken)
{
	BUF_AUTO struct buf got = {0};
	char text[] = "x";
	struct iovec iov = {text, 1};
	size_t sent = 0;

	open_sound();
	peer_reset(server);
	UNTIL(told);
	ck_assert_int_eq(read_more(&got), TRANSPORT_BROKEN);
	ck_assert_str_eq(transport_error(&transport), "Connection reset by peer");
	ck_assert_int_eq(transport_write(&transport, &iov, 1, &sent), TRANSPORT_BROKEN);
}
END_TEST

START_TEST(read_given_bytes_that_are_no_record_is_broken)
{
	BUF_AUTO struct buf got = {0};

	open_sound();
	ck_assert_int_eq(send(server->transport.fd, PLAIN, sizeof PLAIN - 1, 0), sizeof PLAIN - 1);
	UNTIL(read_more(&got) == TRANSPORT_BROKEN);
}
END_TEST

/* Writes what is left of the bytes, in two pieces. */
static enum transport_result write_rest(struct span bytes, size_t *at)
{
	struct span rest = span_skip(bytes, *at);
	struct span first = span_first(rest, rest.n / 2);
	struct span second = span_skip(rest, first.n);
	struct iovec iov[] = {
		{(void *)(uintptr_t)first.p, first.n}, {(void *)(uintptr_t)second.p, second.n}};
	size_t sent = 0;
	enum transport_result result = transport_write(&transport, iov, 2, &sent);

	*at += sent;
	return result;
}

/* A server that does not read: what was refused goes first when there is room, each byte once. */
START_TEST(write_given_no_room_goes_on_where_it_stopped)
{
	BUF_AUTO struct buf wanted = {0};
	enum transport_result result = TRANSPORT_OK;
	size_t at = 0;

	open_sound();
	for (size_t i = 0; i < 12000000; i++)
		buf_reserve(&wanted, 12000000)[i] = (char)(i * 31 >> 3);
	wanted.n = 12000000;
	peer_set_deaf(server, true);
	while ((result = write_rest(buf_span(&wanted), &at)) == TRANSPORT_OK)
		;
	ck_assert_int_eq(result, TRANSPORT_AGAIN);
	ck_assert_uint_lt(at, wanted.n);
	peer_set_deaf(server, false);
	watch_set(&transport.watch, WATCH_READ | WATCH_WRITE);
	while (result == TRANSPORT_AGAIN) { /* less is offered than was before */
		loop_turn(loop, CLOCK_MS(10));
		result = write_rest(span_first(buf_span(&wanted), at + 1), &at);
	}
	ck_assert_int_eq(result, TRANSPORT_OK);
	while (at < wanted.n) {
		told = 0;
		UNTIL(told & WATCH_WRITE);
		while (at < wanted.n && (result = write_rest(buf_span(&wanted), &at)) == TRANSPORT_OK)
			;
		ck_assert_int_ne(result, TRANSPORT_BROKEN);
	}
	watch_set(&transport.watch, 0);
	UNTIL(server->in.n >= wanted.n);
	ck_assert(span_equal(buf_span(&server->in), buf_span(&wanted)));
}
END_TEST

/* A head and the beginning of its body. */
START_TEST(write_given_small_pieces_is_one_record)
{
	char pieces[] = "abc";
	struct iovec iov[] = {{pieces, 1}, {pieces + 1, 1}, {pieces + 2, 1}};
	uint64_t before;
	size_t sent = 0;

	open_sound();
	before = server->moved;
	ck_assert_int_eq(transport_write(&transport, iov, 3, &sent), TRANSPORT_OK);
	ck_assert_uint_eq(sent, 3);
	UNTIL(server->in.n);
	ck_assert(span_is(buf_span(&server->in), "abc"));
	ck_assert_uint_lt(server->moved - before, 3 + 30);
}
END_TEST

/* -- the other side wants more than bytes ---------------------------------------------------- */

START_TEST(read_given_new_keys_goes_on)
{
	BUF_AUTO struct buf got = {0};
	char text[] = "x";
	struct iovec iov = {text, 1};
	size_t sent = 0;

	open_sound();
	ck_assert_int_eq(SSL_key_update(server->secure->ssl, SSL_KEY_UPDATE_REQUESTED), 1);
	(void)SSL_do_handshake(server->secure->ssl);
	peer_send_now(server, SPAN_LITERAL("behind"));
	UNTIL(read_more(&got) == TRANSPORT_AGAIN && got.n);
	ck_assert(span_is(buf_span(&got), "behind"));
	ck_assert_int_eq(transport_write(&transport, &iov, 1, &sent), TRANSPORT_OK);
	UNTIL(server->in.n);
}
END_TEST

/* TLS 1.2: it is refused, by a warning; bytes still pass. */
START_TEST(read_given_renegotiation_goes_on_without)
{
	BUF_AUTO struct buf got = {0};
	struct tls_peer peer = trusting(authority.path);

	connect_both(&(struct certificate_options){.names = NAMES, .issuer = &authority});
	SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
	peer_secure(server, context);
	begin(&peer);
	UNTIL(is_done);
	ck_assert_msg(!error.kind, "%s", error.text);
	watch_set(&transport.watch, WATCH_READ);
	ck_assert_int_eq(SSL_renegotiate(server->secure->ssl), 1);
	(void)SSL_do_handshake(server->secure->ssl);
	peer_send_now(server, SPAN_EMPTY);
	UNTIL(told);
	ck_assert_int_eq(read_more(&got), TRANSPORT_AGAIN);
	ck_assert_uint_eq(got.n, 0);
	UNTIL(server->moved);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("tls");
	TCase *tcase = tcase_create("tls");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(
		tcase, handshake_given_certificate, 0, sizeof handshakes / sizeof *handshakes);
	tcase_add_test(tcase, handshake_given_old_tls_is_refused);
	tcase_add_test(tcase, handshake_given_no_tls_says_so);
	tcase_add_loop_test(tcase, handshake_given_an_end_says_so, 0, 2);
	tcase_add_loop_test(tcase, close_given_a_handshake_is_silent, 0, 2);
	tcase_add_loop_test(tcase, read_given_records_gives_all_of_them, 0, 3);
	tcase_add_test(tcase, read_given_close_notify_is_the_end);
	tcase_add_test(tcase, read_given_fin_without_close_notify_is_broken);
	tcase_add_test(tcase, read_and_write_given_reset_are_broken);
	tcase_add_test(tcase, read_given_bytes_that_are_no_record_is_broken);
	tcase_add_test(tcase, write_given_no_room_goes_on_where_it_stopped);
	tcase_add_test(tcase, write_given_small_pieces_is_one_record);
	tcase_add_test(tcase, read_given_new_keys_goes_on);
	tcase_add_test(tcase, read_given_renegotiation_goes_on_without);
	suite_add_tcase(suite, tcase);
	return suite;
}
