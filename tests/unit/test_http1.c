/* Requests, as the head they are read as or the status they are refused with. Each row is fed whole
 * and byte by byte. */
#include "wire/http1.h"

#include "base/mem.h"
#include "rig/suite.h"
#include "wire/status.h"

#define HOST      "Host: a\r\n"
#define GET       "GET / HTTP/1.1\r\n" HOST
#define POST      "POST /predict HTTP/1.1\r\n" HOST
#define END       "\r\n"
#define ROWS(row) (sizeof(row) / sizeof *(row))

static const struct http1_limits limits = {65536, 256};

/* Feeds pieces of at most n bytes, each a heap block of its own. Returns http1_feed()'s last result
 * and in *ret_left the bytes it did not use up. */
static int feed(struct http1 *http1, struct span in, size_t n, size_t *ret_left, struct err *err)
{
	int result = 0;

	while (in.n && !result) {
		struct span piece = span_first(in, n);
		MEM_AUTO char *copy = mem_new(piece.n, 1);
		struct span rest = {copy, piece.n};

		memcpy(copy, piece.p, piece.n);
		result = http1_feed(http1, &rest, err);
		in = span_skip(in, piece.n - rest.n);
		ck_assert(result || !rest.n);
	}
	*ret_left = in.n;
	return result;
}

/* -- refused --------------------------------------------------------------------------------- */

#define REFUSED(bytes, status) {SPAN_LITERAL(bytes), status}

static const struct refused {
	struct span bytes;
	int status;
} refused[] = {
	/* two framings, or none that is certain */
	REFUSED(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" END, 400),
	REFUSED(POST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n" END, 400),
	REFUSED(POST "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n" END, 400),
	REFUSED(POST "Content-Length: 5\r\ncontent-length: 5\r\n" END, 400),
	REFUSED(POST "Content-Length: 5\r\nContent-Length: 6\r\n" END, 400),
	REFUSED(POST "Content-Length: 5, 5\r\n" END, 400),
	REFUSED(POST "Content-Length: 5,\r\n" END, 400),
	REFUSED(POST "Content-Length:\r\n" END, 400),
	REFUSED(POST "Content-Length: abc\r\n" END, 400),
	REFUSED(POST "Content-Length: +5\r\n" END, 400),
	REFUSED(POST "Content-Length: -5\r\n" END, 400),
	REFUSED(POST "Content-Length: 5 5\r\n" END, 400),
	REFUSED(POST "Content-Length: 5.0\r\n" END, 400),
	REFUSED(POST "Content-Length: 0x5\r\n" END, 400),
	REFUSED(POST "Content-Length: 1e2\r\n" END, 400),
	REFUSED(POST "Content-Length: \"5\"\r\n" END, 400),
	REFUSED(POST "Content-Length: 5;\r\n" END, 400),
	REFUSED(POST "Content-Length: \xd9\xa5\r\n" END, 400),
	REFUSED(POST "Content-Length: 9223372036854775808\r\n" END, 400),
	REFUSED(POST "Content-Length: 18446744073709551617\r\n" END, 400),
	REFUSED("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END, 400),
	REFUSED("POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: chunked, chunked\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: chunked, gzip\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: chunked, identity\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: chunked,\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: ,chunked\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding:\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: ,\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: \"chunked\"\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: chunked;q=1\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: chunked gzip\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: \x0b"
				 "chunked\r\n" END,
		400),
	REFUSED(POST "Transfer-Encoding: chunked\xa0\r\n" END, 400),
	REFUSED(POST "Transfer-Encoding: gzip\r\n" END, 501),
	REFUSED(POST "Transfer-Encoding: identity\r\n" END, 501),
	REFUSED(POST "Transfer-Encoding: xchunked\r\n" END, 501),
	REFUSED(POST "Transfer-Encoding: gzip, chunked\r\n" END, 501),
	/* targets */
	REFUSED("GET ping HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET ?x HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET #x HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET *x HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET \\ping HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET %2fping HTTP/1.1\r\n" HOST END, 400),
	REFUSED("CONNECT ml:3003 HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET ml/ping HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET http: HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET http:/ping HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET http:// HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET http:///ping HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET http://?x HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET http://:80/ HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET http://ml:x/ HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET http://m\"l/ HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET http://user@ml/ HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET ftp://ml/ping HTTP/1.1\r\n" HOST END, 400),
	/* request lines */
	REFUSED("hello\r\n" END, 400),
	REFUSED("GET\r\n" HOST END, 400),
	REFUSED("GET /\r\n" HOST END, 400),
	REFUSED("GET / \r\n" HOST END, 400),
	REFUSED("GET  / HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET /  HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET / HTTP/1.1 \r\n" HOST END, 400),
	REFUSED("GET / x HTTP/1.1\r\n" HOST END, 400),
	REFUSED(" GET / HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET\t/ HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET /\t HTTP/1.1\r\n" HOST END, 400),
	REFUSED("GET /\tHTTP/1.1\r\n" HOST END, 400),
	REFUSED("G@T / HTTP/1.1\r\n" HOST END, 400),
	REFUSED("G\xc3\x84T / HTTP/1.1\r\n" HOST END, 400),
	REFUSED("\"GET\" / HTTP/1.1\r\n" HOST END, 400),
	REFUSED("\x16\x03\x01\x02", 400),
	REFUSED("\r\n\r\nGET / HTTP/1.1\r\n" HOST END, 400),
	REFUSED("\nGET / HTTP/1.1\r\n" HOST END, 400),
	/* versions */
	REFUSED("GET / http/1.1\r\n" HOST END, 400),
	REFUSED("GET / HTTP/1\r\n" HOST END, 400),
	REFUSED("GET / HTTP/1.10\r\n" HOST END, 400),
	REFUSED("GET / HTTP/11\r\n" HOST END, 400),
	REFUSED("GET / HTTP/a.b\r\n" HOST END, 400),
	REFUSED("GET / HTTP/1,1\r\n" HOST END, 400),
	REFUSED("GET / HTTPS/1.1\r\n" HOST END, 400),
	REFUSED("GET / HTTP/2.0\r\n" HOST END, 505),
	REFUSED("GET / HTTP/1.2\r\n" HOST END, 505),
	REFUSED("GET / HTTP/0.9\r\n" HOST END, 505),
	REFUSED("PRI * HTTP/2.0\r\n" END, 505),
	/* line ends, control bytes, folding */
	REFUSED("GET / HTTP/1.1\n", 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a\n", 400),
	REFUSED(GET "X: y\n", 400),
	REFUSED(GET "\n", 400),
	REFUSED(GET "X: y\r\r\n", 400),
	REFUSED(GET "X: y\rZ: z\r\n", 400),
	REFUSED(GET "\rX: y\r\n", 400),
	REFUSED(GET "\r\rX", 400),
	REFUSED("GET /\r HTTP/1.1\r\n", 400),
	REFUSED("GET /\0 HTTP/1.1\r\n", 400),
	REFUSED("GET /\x7f HTTP/1.1\r\n", 400),
	REFUSED("GET /\x1b HTTP/1.1\r\n", 400),
	REFUSED(GET "X: a\0b\r\n", 400),
	REFUSED(GET "X: a\x01"
				"b\r\n",
		400),
	REFUSED(GET "X: a\x0b"
				"b\r\n",
		400),
	REFUSED(GET "X: a\x7f"
				"b\r\n",
		400),
	REFUSED(GET "X\0: a\r\n", 400),
	REFUSED(GET " X: y\r\n", 400),
	REFUSED(GET "\tX: y\r\n", 400),
	REFUSED(GET "X: y\r\n z\r\n", 400),
	REFUSED(GET "X: y\r\n\tz\r\n", 400),
	REFUSED(GET "X: y\r\n \r\n", 400),
	REFUSED("GET / HTTP/1.1\r\n Host: a\r\n" END, 400),
	/* names */
	REFUSED(GET "X : y\r\n", 400),
	REFUSED(GET "X\t: y\r\n", 400),
	REFUSED("GET / HTTP/1.1\r\nHost : a\r\n" END, 400),
	REFUSED(POST "Content-Length : 5\r\n" END, 400),
	REFUSED(GET ": y\r\n", 400),
	REFUSED(GET ":\r\n", 400),
	REFUSED(GET "X\r\n", 400),
	REFUSED(GET "X Y: z\r\n", 400),
	REFUSED(GET "X(Y): z\r\n", 400),
	REFUSED(GET "\"X\": z\r\n", 400),
	REFUSED(GET "X\xc3\xa4: z\r\n", 400),
	/* Host, Content-Type */
	REFUSED("GET / HTTP/1.1\r\n" END, 400),
	REFUSED("GET http://a/ HTTP/1.1\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n" END, 400),
	REFUSED("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost:\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: :80\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a b\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a/b\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a?b\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a#b\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: u@a\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a\\b\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a|b\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: \"a\"\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a\xc3\xa4\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: http://a\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a:b\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a:80:80\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a:-1\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a:65536\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: ::1\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: []\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: [::1\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: [[::1]\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: [::1]80\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: [::1]]\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a%\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a%2\r\n" END, 400),
	REFUSED("GET / HTTP/1.1\r\nHost: a%2g\r\n" END, 400),
	REFUSED(POST "Content-Type: a/b\r\ncontent-type: a/b\r\n" END, 400),
	REFUSED("POST / HTTP/1.0\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n" END, 400),
};

START_TEST(feed_given_bad_request_is_refused_with_its_status)
{
	const struct refused *row = &refused[_i];
	char first_text[ERR_TEXT_MAX];
	size_t first_left = 0;

	for (int n = 0; n < 2; n++) {
		struct http1 http1;
		struct err err = {0};
		size_t left;

		http1_init(&http1, HTTP1_REQUEST, &limits);
		ck_assert_msg(feed(&http1, row->bytes, n ? 1 : SIZE_MAX, &left, &err) == -1,
			"row %d is not refused: %.*s", _i, SPAN_ARG(row->bytes));
		ck_assert_msg(status_of_err(err.kind) == row->status, "row %d: %d, not %d (%s): %.*s", _i,
			status_of_err(err.kind), row->status, err.text, SPAN_ARG(row->bytes));
		ck_assert_msg(!n || strcmp(err.text, first_text) == 0, "row %d: '%s' whole, '%s' in bytes",
			_i, first_text, err.text);
		memcpy(first_text, err.text, sizeof first_text);
		first_left = left;
		http1_deinit(&http1);
	}
	ck_assert_uint_lt(first_left, row->bytes.n);
}
END_TEST

/* -- accepted -------------------------------------------------------------------------------- */

#define ACCEPTED(bytes, judgement) {SPAN_LITERAL(bytes), judgement}

/* The judgement: version, method, path, query, body, authority, is_last, expects_continue. */
static const struct accepted {
	struct span bytes;
	const char *judgement;
} accepted[] = {
	ACCEPTED(GET END, "1 GET / ''"),
	ACCEPTED("\r\n" GET END, "1 GET / ''"),
	ACCEPTED("GET / HTTP/1.0\r\n" END, "0 GET / '' last"),
	ACCEPTED("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n" END, "0 GET / '' last"),
	/* methods */
	ACCEPTED("get / HTTP/1.1\r\n" HOST END, "1 get / ''"),
	ACCEPTED("FOO / HTTP/1.1\r\n" HOST END, "1 FOO / ''"),
	ACCEPTED("!#$%&'*+-.^_`|~9 / HTTP/1.1\r\n" HOST END, "1 !#$%&'*+-.^_`|~9 / ''"),
	ACCEPTED("OPTIONS * HTTP/1.1\r\n" HOST END, "1 OPTIONS * ''"),
	ACCEPTED("GET * HTTP/1.1\r\n" HOST END, "1 GET * ''"),
	/* targets */
	ACCEPTED("GET /a/b?c=d&e HTTP/1.1\r\n" HOST END, "1 GET /a/b '?c=d&e'"),
	ACCEPTED("GET /? HTTP/1.1\r\n" HOST END, "1 GET / '?'"),
	ACCEPTED("GET /a?b?c HTTP/1.1\r\n" HOST END, "1 GET /a '?b?c'"),
	ACCEPTED("GET //ping HTTP/1.1\r\n" HOST END, "1 GET //ping ''"),
	ACCEPTED("GET /\"a\"#b?\"#c HTTP/1.1\r\n" HOST END, "1 GET /\"a\"#b '?\"#c'"),
	ACCEPTED("GET /%00%2e\\{}|^`<> HTTP/1.1\r\n" HOST END, "1 GET /%00%2e\\{}|^`<> ''"),
	ACCEPTED("GET /\xc3\xa4 HTTP/1.1\r\n" HOST END, "1 GET /\xc3\xa4 ''"),
	ACCEPTED("GET http://b/ping?x HTTP/1.1\r\n" HOST END, "1 GET /ping '?x' for b"),
	ACCEPTED("GET HTTP://b:80/ping HTTP/1.1\r\n" HOST END, "1 GET /ping '' for b:80"),
	ACCEPTED("GET https://b HTTP/1.1\r\n" HOST END, "1 GET / '' for b"),
	ACCEPTED("GET http://b?x HTTP/1.1\r\n" HOST END, "1 GET / '?x' for b"),
	ACCEPTED("GET http://[::1]:3003/?x HTTP/1.1\r\n" HOST END, "1 GET / '?x' for [::1]:3003"),
	/* Host */
	ACCEPTED("GET / HTTP/1.1\r\nHost: A-z.0_~:3003\r\n" END, "1 GET / ''"),
	ACCEPTED("GET / HTTP/1.1\r\nHost: a!$&'()*+,;=b\r\n" END, "1 GET / ''"),
	ACCEPTED("GET / HTTP/1.1\r\nHost: a%C3%a4\r\n" END, "1 GET / ''"),
	ACCEPTED("GET / HTTP/1.1\r\nHost: a:\r\n" END, "1 GET / ''"),
	ACCEPTED("GET / HTTP/1.1\r\nHost: a:65535\r\n" END, "1 GET / ''"),
	ACCEPTED("GET / HTTP/1.1\r\nhOST:[::1]:80\t \r\n" END, "1 GET / ''"),
	ACCEPTED("GET / HTTP/1.1\r\nHost: [2001:db8::192.0.2.1]\r\n" END, "1 GET / ''"),
	ACCEPTED("GET / HTTP/1.1\r\nHost: 127.0.0.1:3003\r\n" END, "1 GET / ''"),
	/* fields */
	ACCEPTED(GET "X:\r\nY: \t \r\nZ:z\r\n" END, "1 GET / ''"),
	ACCEPTED(GET "X: \x80\xff\xc3\xa4\tb\r\n" END, "1 GET / ''"),
	ACCEPTED(GET "X: a\r\nX: b\r\n" END, "1 GET / ''"),
	ACCEPTED(GET "!#$%&'*+-.^_`|~9: a:b\r\n" END, "1 GET / ''"),
	ACCEPTED(GET "Content_Length: x\r\nTransfer_Encoding: x\r\n" END, "1 GET / ''"),
	/* bodies */
	ACCEPTED(POST "Content-Length: 5\r\n" END, "1 POST /predict '' length 5"),
	ACCEPTED(POST "CONTENT-LENGTH:\t0005 \r\n" END, "1 POST /predict '' length 5"),
	ACCEPTED(POST "Content-Length: 0\r\n" END, "1 POST /predict ''"),
	ACCEPTED(POST "Content-Length: 9223372036854775807\r\n" END,
		"1 POST /predict '' length 9223372036854775807"),
	ACCEPTED(POST "Transfer-Encoding: chunked\r\n" END, "1 POST /predict '' chunked"),
	ACCEPTED(POST "transfer-encoding:CHUNKED \r\n" END, "1 POST /predict '' chunked"),
	ACCEPTED("GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n" END, "1 GET / '' length 5"),
	ACCEPTED("POST / HTTP/1.0\r\nContent-Length: 5\r\n" END, "0 POST / '' length 5 last"),
	/* the connection's end, and going on */
	ACCEPTED(GET "Connection: close\r\n" END, "1 GET / '' last"),
	ACCEPTED(GET "Connection: x ,\tCLOSE, y\r\n" END, "1 GET / '' last"),
	ACCEPTED(GET "Connection: keep-alive\r\nConnection: close\r\n" END, "1 GET / '' last"),
	ACCEPTED(GET "Connection: close\r\nConnection: keep-alive\r\n" END, "1 GET / '' last"),
	ACCEPTED(GET "Connection: close, keep-alive\r\n" END, "1 GET / '' last"),
	ACCEPTED(GET "Connection: closed, \"close\"\r\n" END, "1 GET / ''"),
	ACCEPTED(POST "Content-Length: 5\r\nExpect: 100-Continue\r\n" END,
		"1 POST /predict '' length 5 continue"),
	ACCEPTED(POST "Content-Length: 5\r\nExpect: 200-ok\r\n" END, "1 POST /predict '' length 5"),
	ACCEPTED("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n" END,
		"0 POST / '' length 5 last"),
};

static void judge(const struct http1_head *head, struct buf *out)
{
	buf_add_format(out, "%d %.*s %.*s '%.*s'", head->version_minor, SPAN_ARG(head->method),
		SPAN_ARG(head->path), SPAN_ARG(head->query));
	if (head->body == HTTP1_BODY_LENGTH)
		buf_add_format(out, " length %llu", (unsigned long long)head->content_length);
	if (head->body == HTTP1_BODY_CHUNKED)
		buf_add_text(out, " chunked");
	ck_assert_int_ne(head->body, HTTP1_BODY_UNTIL_CLOSE);
	if (head->authority.n)
		buf_add_format(out, " for %.*s", SPAN_ARG(head->authority));
	buf_add_text(out, head->is_last ? " last" : "");
	buf_add_text(out, head->expects_continue ? " continue" : "");
}

START_TEST(feed_given_good_request_judges_it)
{
	const struct accepted *row = &accepted[_i];

	for (int n = 0; n < 2; n++) {
		BUF_AUTO struct buf bytes = {0};
		BUF_AUTO struct buf judgement = {0};
		struct http1 http1;
		struct err err = {0};
		size_t left;

		buf_add(&bytes, row->bytes);
		buf_add_text(&bytes, "rest");
		http1_init(&http1, HTTP1_REQUEST, &limits);
		ck_assert_msg(feed(&http1, buf_span(&bytes), n ? 1 : SIZE_MAX, &left, &err) == 1,
			"row %d is refused (%s): %.*s", _i, err.text, SPAN_ARG(row->bytes));
		ck_assert_uint_eq(left, 4);
		judge(&http1.head, &judgement);
		ck_assert_msg(span_is(buf_span(&judgement), row->judgement), "row %d: %.*s", _i,
			SPAN_ARG(buf_span(&judgement)));
		http1_deinit(&http1);
	}
}
END_TEST

/* -- what the reader keeps ------------------------------------------------------------------- */

static int feed_text(struct http1 *http1, const char *text, struct err *err)
{
	size_t left;

	return feed(http1, span_of(text), SIZE_MAX, &left, err);
}

static void expect_field(const struct http1_head *head, size_t index, struct span field)
{
	struct span name = span_cut(&field, '=');

	ck_assert_uint_lt(index, head->field_count);
	ck_assert(span_equal(head->fields[index].name, name));
	ck_assert(span_equal(head->fields[index].value, field));
}

START_TEST(feed_given_fields_keeps_their_order_case_and_bytes)
{
	struct http1 http1;
	struct err err = {0};
	struct span value = SPAN_EMPTY;

	http1_init(&http1, HTTP1_REQUEST, &limits);
	ck_assert_int_eq(
		feed_text(&http1, GET "x-B: \t b \t c\t\r\nEmpty:\r\nX-b: \xff\r\n" END, &err), 1);
	ck_assert_uint_eq(http1.head.field_count, 4);
	expect_field(&http1.head, 0, SPAN_LITERAL("Host=a"));
	expect_field(&http1.head, 1, SPAN_LITERAL("x-B=b \t c"));
	expect_field(&http1.head, 2, SPAN_LITERAL("Empty="));
	expect_field(&http1.head, 3, SPAN_LITERAL("X-b=\xff"));
	ck_assert(http1_find(&http1.head, HTTP1_HOST, &value));
	ck_assert(span_is(value, "a"));
	ck_assert(!http1_find(&http1.head, HTTP1_ACCEPT, &value));
	http1_deinit(&http1);
}
END_TEST

START_TEST(feed_given_next_request_after_reset_forgets_the_first)
{
	struct http1 http1;
	struct err err = {0};

	http1_init(&http1, HTTP1_REQUEST, &limits);
	ck_assert(!http1_is_inside(&http1));
	ck_assert_int_eq(
		feed_text(&http1, POST "Content-Length: 5\r\nExpect: 100-continue\r\n", &err), 0);
	ck_assert(http1_is_inside(&http1));
	ck_assert_int_eq(feed_text(&http1, "Connection: close\r\n" END, &err), 1);
	http1_reset(&http1);
	ck_assert(!http1_is_inside(&http1));
	ck_assert_int_eq(feed_text(&http1, "\r\nGET / HTTP/1.1\r\n" HOST END, &err), 1);
	ck_assert_uint_eq(http1.head.field_count, 1);
	ck_assert_int_eq(http1.head.body, HTTP1_BODY_NONE);
	ck_assert(!http1.head.is_last && !http1.head.expects_continue);
	http1_reset(&http1);
	ck_assert_int_eq(feed_text(&http1, "GET / HTTP/1.1\r\n" END, &err), -1);
	http1_deinit(&http1);
}
END_TEST

static const struct {
	const char *bytes;
	const char *path;
} paths[] = {
	{"", ""},
	{"GET /api/x HTTP/1.1\r", ""},
	{"GET /api/x HTTP/1.1\r\n", "/api/x"},
	{"GET /api/x?y HTTP/1.1\r\nhost: a\r\nb", "/api/x"},
	{"GET /api/x HTTP/1.1\r\nno colon\r\n", "/api/x"},
	{"GET /api/x HTTP/1.1\r\nhost: a\r\n\r\n", "/api/x"},
	{"GET /api/x HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "/api/x"},
	{"GET http://a/api/x HTTP/1.1\r\nhost", "/api/x"},
	{"GET  /api/x HTTP/1.1\r\n", ""},
	{"GET /api/x HTTP/2.0\r\n", ""},
};

/* So that a refusal of the rest can be worded as that path's. */
START_TEST(path_is_known_as_soon_as_the_first_line_is_read)
{
	struct span in = span_of(paths[_i].bytes);
	struct http1 http1;
	struct span path;
	struct err err;

	http1_init(&http1, HTTP1_REQUEST, &limits);
	ck_assert_int_le(http1_feed(&http1, &in, &err), 1);
	path = http1_path(&http1);
	ck_assert_msg(span_is(path, paths[_i].path), "%.*s", SPAN_ARG(path));
	http1_reset(&http1);
	ck_assert_uint_eq(http1_path(&http1).n, 0);
	http1_deinit(&http1);
}
END_TEST

START_TEST(reset_given_large_head_gives_its_memory_back)
{
	static char padding[8000];
	struct http1 http1;
	struct err err = {0};

	memset(padding, 'a', sizeof padding - 1);
	http1_init(&http1, HTTP1_REQUEST, &limits);
	ck_assert_int_eq(feed_text(&http1, GET "X: ", &err), 0);
	ck_assert_int_eq(feed_text(&http1, padding, &err), 0);
	ck_assert_int_eq(feed_text(&http1, "\r\n" END, &err), 1);
	http1_reset(&http1);
	ck_assert_uint_eq(http1.bytes.capacity, 0);
	ck_assert_int_eq(feed_text(&http1, GET END, &err), 1);
	http1_deinit(&http1);
}
END_TEST

/* -- limits ---------------------------------------------------------------------------------- */

/* Feeds `start`, n times `repeated`, and `end`; returns 200 when that is a whole head, 0 when more
 * is wanted, else the status of the refusal. */
static int status_of(const struct http1_limits *with, const char *start, size_t n,
	const char *repeated, const char *end)
{
	BUF_AUTO struct buf bytes = {0};
	int statuses[2] = {0};

	buf_add_text(&bytes, start);
	for (size_t i = 0; i < n; i++)
		buf_add_text(&bytes, repeated);
	buf_add_text(&bytes, end);
	for (int i = 0; i < 2; i++) {
		struct http1 http1;
		struct err err = {0};
		size_t left;
		int result;

		http1_init(&http1, HTTP1_REQUEST, with);
		result = feed(&http1, buf_span(&bytes), i ? 7 : SIZE_MAX, &left, &err);
		statuses[i] = result < 0 ? status_of_err(err.kind) : result * 200;
		ck_assert_uint_le(http1.bytes.n, with->bytes);
		http1_deinit(&http1);
	}
	ck_assert_int_eq(statuses[0], statuses[1]);
	return statuses[0];
}

#define LINE "GET / HTTP/1.1\r\nHost: a\r\n" /* 25 bytes */

START_TEST(feed_given_head_at_and_over_the_limit_of_bytes)
{
	struct http1_limits small = {1000, 256};

	ck_assert_int_eq(status_of(&small, LINE "X: ", 1000 - 25 - 3 - 4, "x", "\r\n" END), 200);
	ck_assert_int_eq(status_of(&small, LINE "X: ", 1001 - 25 - 3 - 4, "x", "\r\n" END), 431);
	ck_assert_int_eq(status_of(&small, LINE "X: ", 1000 - 25 - 3, "x", ""), 0);
	ck_assert_int_eq(status_of(&small, LINE "X: ", 1001 - 25 - 3, "x", ""), 431);
	ck_assert_int_eq(status_of(&small, LINE "X: ", 2000, "x", "\x01"), 431);
	ck_assert_int_eq(status_of(&small, LINE "X: \x01", 2000, "x", ""), 400);
	ck_assert_int_eq(status_of(&small, "GET /", 2000, "x", ""), 431);
	ck_assert_int_eq(status_of(&limits, LINE "X: ", 65536 - 25 - 3 - 4, "x", "\r\n" END), 200);
	ck_assert_int_eq(status_of(&limits, LINE "X: ", 65537 - 25 - 3 - 4, "x", "\r\n" END), 431);
}
END_TEST

START_TEST(feed_given_head_at_and_over_the_limit_of_lines)
{
	struct http1_limits few = {1000, 5};

	ck_assert_int_eq(status_of(&few, LINE, 3, "X: y\r\n", END), 200);
	ck_assert_int_eq(status_of(&few, LINE, 4, "X: y\r\n", END), 431);
	ck_assert_int_eq(status_of(&few, LINE, 3, "X: y\r\n", "X: y\r\n"), 431);
	ck_assert_int_eq(status_of(&limits, LINE, 254, "X: y\r\n", END), 200);
	ck_assert_int_eq(status_of(&limits, LINE, 255, "X: y\r\n", END), 431);
}
END_TEST

START_TEST(feed_given_target_at_and_over_its_limit)
{
	static const char end[] = " HTTP/1.1\r\n" HOST END;

	ck_assert_int_eq(status_of(&limits, "GET /", HTTP1_TARGET_MAX - 1, "x", end), 200);
	ck_assert_int_eq(status_of(&limits, "GET /", HTTP1_TARGET_MAX, "x", end), 414);
	ck_assert_int_eq(status_of(&limits, "GET /?", 70000, "x", end), 414);
	ck_assert_int_eq(status_of(&limits, "GET /?", 70000, "x", ""), 414);
	ck_assert_int_eq(status_of(&limits, "GET ", 70000, "x", end), 414);
}
END_TEST

START_TEST(feed_given_connection_at_and_over_its_limit)
{
	ck_assert_int_eq(
		status_of(&limits, GET "Connection: ", HTTP1_CONNECTION_MAX, ",", "\r\n" END), 200);
	ck_assert_int_eq(
		status_of(&limits, GET "Connection: ", HTTP1_CONNECTION_MAX + 1, ",", "\r\n" END), 431);
	ck_assert_int_eq(status_of(&limits, GET, 170, "Connection: 012345\r\n", END), 200);
	ck_assert_int_eq(status_of(&limits, GET, 171, "Connection: 012345\r\n", END), 431);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http1");
	TCase *requests = tcase_create("requests");
	TCase *reader = tcase_create("reader");

	tcase_add_loop_test(
		requests, feed_given_bad_request_is_refused_with_its_status, 0, ROWS(refused));
	tcase_add_loop_test(requests, feed_given_good_request_judges_it, 0, ROWS(accepted));
	suite_add_tcase(suite, requests);
	tcase_add_test(reader, feed_given_fields_keeps_their_order_case_and_bytes);
	tcase_add_test(reader, feed_given_next_request_after_reset_forgets_the_first);
	tcase_add_loop_test(reader, path_is_known_as_soon_as_the_first_line_is_read, 0, ROWS(paths));
	tcase_add_test(reader, reset_given_large_head_gives_its_memory_back);
	tcase_add_test(reader, feed_given_head_at_and_over_the_limit_of_bytes);
	tcase_add_test(reader, feed_given_head_at_and_over_the_limit_of_lines);
	tcase_add_test(reader, feed_given_target_at_and_over_its_limit);
	tcase_add_test(reader, feed_given_connection_at_and_over_its_limit);
	suite_add_tcase(suite, reader);
	return suite;
}
