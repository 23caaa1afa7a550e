/* Answers, as they are framed or refused; and which fields go no further. */
#include "rig/suite.h"
#include "wire/http1.h"

#define ROWS(row) (sizeof(row) / sizeof *(row))
#define OK        "HTTP/1.1 200 OK\r\n"
#define END       "\r\n"

static const struct http1_limits limits = {1000, 10};

/* -- answers --------------------------------------------------------------------------------- */

static const struct {
	const char *bytes;
	const char *judgement; /* version, status, reason, body, is_last */
} answers[] = {
	{OK END, "1 200 'OK' until close last"},
	{"HTTP/1.1 200\r\n" END, "1 200 '' until close last"},
	{"HTTP/1.1 200 \r\n" END, "1 200 '' until close last"},
	{"HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 2\r\n" END,
		"1 422 'Unprocessable Content' length 2"},
	{"HTTP/1.1 500 \xc3\xa4 \t!\r\nContent-Length: 2\r\n" END, "1 500 '\xc3\xa4 \t!' length 2"},
	{"HTTP/1.1 599 x\r\nContent-Length: 2\r\n" END, "1 599 'x' length 2"},
	{OK "Content-Length: 0\r\n" END, "1 200 'OK' none"},
	{OK "Transfer-Encoding: chunked\r\n" END, "1 200 'OK' chunked"},
	{OK "Content-Length: 5\r\nConnection: close\r\n" END, "1 200 'OK' length 5 last"},
	{OK "Content-Length: 5\r\nConnection: x, Close\r\n" END, "1 200 'OK' length 5 last"},
	{OK "Transfer-Encoding: chunked\r\nConnection: close\r\n" END, "1 200 'OK' chunked last"},
	/* HTTP/1.0 ends with the connection unless it says otherwise */
	{"HTTP/1.0 200 OK\r\n" END, "0 200 'OK' until close last"},
	{"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" END, "0 200 'OK' until close last"},
	{"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n" END, "0 200 'OK' length 5 last"},
	{"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n" END,
		"0 200 'OK' length 5"},
	{"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive, close\r\n" END,
		"0 200 'OK' length 5 last"},
	/* those without a body */
	{"HTTP/1.1 100 Continue\r\n" END, "1 100 'Continue' none"},
	{"HTTP/1.1 102 Processing\r\nX: y\r\n" END, "1 102 'Processing' none"},
	{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n" END, "1 101 'Switching Protocols' none"},
	{"HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\n" END, "1 103 'Early Hints' none"},
	{"HTTP/1.1 204 No Content\r\n" END, "1 204 'No Content' none"},
	{"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n" END, "1 204 'No Content' none"},
	{"HTTP/1.1 304 Not Modified\r\n" END, "1 304 'Not Modified' none"},
	{"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n" END, "1 304 'Not Modified' none"},
	{"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n" END,
		"1 304 'Not Modified' none"},
	{"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n" END, "1 205 'Reset Content' none"},
	/* what only requests are refused for */
	{OK "Content-Length: 1\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n" END,
		"1 200 'OK' length 1"},
	{OK "Content-Length: 1\r\nHost: a b\r\n" END, "1 200 'OK' length 1"},
};

static void judge(const struct http1_head *head, struct buf *out)
{
	static const char *const bodies[] = {
		[HTTP1_BODY_NONE] = "none",
		[HTTP1_BODY_LENGTH] = "length",
		[HTTP1_BODY_CHUNKED] = "chunked",
		[HTTP1_BODY_UNTIL_CLOSE] = "until close",
	};

	buf_add_format(out, "%d %d '%.*s' %s", head->version_minor, head->status,
		SPAN_ARG(head->reason), bodies[head->body]);
	if (head->body == HTTP1_BODY_LENGTH)
		buf_add_format(out, " %llu", (unsigned long long)head->content_length);
	buf_add_text(out, head->is_last ? " last" : "");
}

START_TEST(feed_given_good_answer_judges_it)
{
	struct span in = span_of(answers[_i].bytes);
	BUF_AUTO struct buf judgement = {0};
	struct http1 http1;
	struct err err = {0};

	http1_init(&http1, HTTP1_RESPONSE, &limits);
	ck_assert_msg(
		http1_feed(&http1, &in, &err) == 1, "row %d: %s: %s", _i, err.text, answers[_i].bytes);
	ck_assert_uint_eq(in.n, 0);
	judge(&http1.head, &judgement);
	ck_assert_msg(span_is(buf_span(&judgement), answers[_i].judgement), "row %d: %.*s", _i,
		SPAN_ARG(buf_span(&judgement)));
	http1_deinit(&http1);
}
END_TEST

static const struct span refused[] = {
	/* status lines */
	SPAN_LITERAL("\r\n" OK END),
	SPAN_LITERAL("200 OK\r\n" END),
	SPAN_LITERAL("HTTP/1.1\r\n" END),
	SPAN_LITERAL("HTTP/1.1 \r\n" END),
	SPAN_LITERAL("HTTP/1.1 20\r\n" END),
	SPAN_LITERAL("HTTP/1.1 2000 OK\r\n" END),
	SPAN_LITERAL("HTTP/1.1 099 OK\r\n" END),
	SPAN_LITERAL("HTTP/1.1 600 OK\r\n" END),
	SPAN_LITERAL("HTTP/1.1 2x0 OK\r\n" END),
	SPAN_LITERAL("HTTP/1.1 +20 OK\r\n" END),
	SPAN_LITERAL("HTTP/1.1  200 OK\r\n" END),
	SPAN_LITERAL("HTTP/1.1\t200 OK\r\n" END),
	SPAN_LITERAL("HTTP/1.1 200\tOK\r\n" END),
	SPAN_LITERAL(" HTTP/1.1 200 OK\r\n" END),
	SPAN_LITERAL("HTTP/2.0 200 OK\r\n" END),
	SPAN_LITERAL("HTTP/1.2 200 OK\r\n" END),
	SPAN_LITERAL("http/1.1 200 OK\r\n" END),
	SPAN_LITERAL("HTTP/1.1 200 O\0K\r\n" END),
	SPAN_LITERAL("HTTP/1.1 200 O\rK\r\n" END),
	SPAN_LITERAL("HTTP/1.1 200 OK\n"),
	SPAN_LITERAL("GET / HTTP/1.1\r\nHost: a\r\n" END),
	/* fields */
	SPAN_LITERAL(OK "X : y\r\n" END),
	SPAN_LITERAL(OK ": y\r\n" END),
	SPAN_LITERAL(OK "X\r\n" END),
	SPAN_LITERAL(OK "X: y\r\n z\r\n" END),
	SPAN_LITERAL(OK "X: y\rZ: z\r\n" END),
	SPAN_LITERAL(OK "X: y\n"),
	SPAN_LITERAL(OK "X: \0\r\n" END),
	/* framing */
	SPAN_LITERAL(OK "Content-Length: 5\r\nContent-Length: 5\r\n" END),
	SPAN_LITERAL(OK "Content-Length: 5\r\nContent-Length: 6\r\n" END),
	SPAN_LITERAL(OK "Content-Length: 5, 5\r\n" END),
	SPAN_LITERAL(OK "Content-Length: -1\r\n" END),
	SPAN_LITERAL(OK "Content-Length:\r\n" END),
	SPAN_LITERAL(OK "Content-Length: 18446744073709551621\r\n" END),
	SPAN_LITERAL(OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END),
	SPAN_LITERAL(OK "Transfer-Encoding: gzip\r\n" END),
	SPAN_LITERAL(OK "Transfer-Encoding: gzip, chunked\r\n" END),
	SPAN_LITERAL(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END),
	SPAN_LITERAL("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n" END),
	SPAN_LITERAL("HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n" END),
	SPAN_LITERAL("HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n" END),
	SPAN_LITERAL("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n" END),
	SPAN_LITERAL("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n" END),
	SPAN_LITERAL("HTTP/1.1 304 Not Modified\r\nContent-Length: 5, 5\r\n" END),
	/* limits: 10 lines */
	SPAN_LITERAL(OK "A:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n"),
};

START_TEST(feed_given_doubtful_answer_is_the_backends_failure)
{
	struct span in = refused[_i];
	struct http1 http1;
	struct err err = {0};

	http1_init(&http1, HTTP1_RESPONSE, &limits);
	ck_assert_msg(http1_feed(&http1, &in, &err) == -1, "row %d: %.*s", _i, SPAN_ARG(refused[_i]));
	ck_assert_int_eq(err.kind, ERR_UPSTREAM);
	ck_assert_str_ne(err.text, "");
	http1_deinit(&http1);
}
END_TEST

START_TEST(feed_given_answer_over_the_limit_of_bytes_is_the_backends_failure)
{
	struct http1_limits small = {64, 10};
	struct span in = SPAN_LITERAL(
		OK "X: 0123456789012345678901234567890123456789012345678901234567890123456789");
	struct http1 http1;
	struct err err = {0};

	http1_init(&http1, HTTP1_RESPONSE, &small);
	ck_assert_int_eq(http1_feed(&http1, &in, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UPSTREAM);
	ck_assert(strstr(err.text, "64 bytes"));
	http1_deinit(&http1);
}
END_TEST

/* -- what goes no further -------------------------------------------------------------------- */

static const struct {
	const char *name;
	bool may_pass;
} passing[] = {
	{"host", true},
	{"Content-Type", true},
	{"cookie", true},
	{"X-Min", true},
	{"X-Mine2", true},
	/* by their names; see test_http1_name.c */
	{"KEEP-ALIVE", false},
	{"Expect", false},
	{"Transfer_Encoding", false},
	/* named in Connection */
	{"close", false},
	{"x-mine", false},
	{"X-MINE", false},
	{"X-Other", false},
	{"accept", false},
	{"X-Third", false},
};

START_TEST(feed_given_field_tells_whether_it_goes_further)
{
	BUF_AUTO struct buf bytes = {0};
	const struct http1_field *field;
	struct http1 http1;
	struct span in;
	struct err err = {0};

	buf_add_format(&bytes,
		"HTTP/1.1 200 OK\r\nconnection: close, x-MINE ,,\tX-Other\r\n"
		"%s: 1\r\nX: X-Min\r\nConnection: X-Third,Accept\r\n" END,
		passing[_i].name);
	in = buf_span(&bytes);
	http1_init(&http1, HTTP1_RESPONSE, &limits);
	ck_assert_int_eq(http1_feed(&http1, &in, &err), 1);
	field = &http1.head.fields[1];
	ck_assert(span_is(field->name, passing[_i].name));
	ck_assert_msg(field->may_pass == passing[_i].may_pass, "%s", passing[_i].name);
	ck_assert(!http1.head.fields[0].may_pass && !http1.head.fields[3].may_pass);
	ck_assert(http1.head.fields[2].may_pass);
	http1_deinit(&http1);
}
END_TEST

START_TEST(feed_given_nothing_named_in_connection_lets_a_field_pass)
{
	struct span in = SPAN_LITERAL("HTTP/1.1 200 OK\r\nX-Mine: 1\r\nConnection:\r\n" END);
	struct http1 http1;
	struct err err = {0};

	http1_init(&http1, HTTP1_RESPONSE, &limits);
	ck_assert_int_eq(http1_feed(&http1, &in, &err), 1);
	ck_assert(http1.head.fields[0].may_pass);
	http1_deinit(&http1);
}
END_TEST

/* -- trailers -------------------------------------------------------------------------------- */

static const struct {
	struct span bytes;
	int result;
} trailers[] = {
	{SPAN_LITERAL(END), 1},
	{SPAN_LITERAL("X: y\r\nZ: \xff\r\n" END), 1},
	{SPAN_LITERAL("X: y\r\n"), 0},
	{SPAN_LITERAL("\n"), -1},
	{SPAN_LITERAL("X: y\n"), -1},
	{SPAN_LITERAL("X : y\r\n"), -1},
	{SPAN_LITERAL("X y\r\n"), -1},
	{SPAN_LITERAL(": y\r\n"), -1},
	{SPAN_LITERAL(" X: y\r\n"), -1},
	{SPAN_LITERAL("X: y\r\n z\r\n"), -1},
	{SPAN_LITERAL("X: \0\r\n"), -1},
	{SPAN_LITERAL("X: y\rZ: z\r\n"), -1},
	{SPAN_LITERAL("GET / HTTP/1.1\r\n"), -1},
	/* those that would frame the message anew */
	{SPAN_LITERAL("Content-Length: 5\r\n" END), -1},
	{SPAN_LITERAL("Transfer-Encoding: chunked\r\n" END), -1},
	{SPAN_LITERAL("X: y\r\nTRANSFER-encoding: gzip\r\n" END), -1},
	{SPAN_LITERAL("Host: a\r\n" END), -1},
	{SPAN_LITERAL("Content-type: a/b\r\n" END), -1},
};

START_TEST(feed_given_trailers_checks_them_as_headers)
{
	struct span in = trailers[_i].bytes;
	struct http1 http1;
	struct err err = {0};

	http1_init(&http1, HTTP1_TRAILERS, &limits);
	ck_assert_msg(http1_feed(&http1, &in, &err) == trailers[_i].result, "row %d: %.*s", _i,
		SPAN_ARG(trailers[_i].bytes));
	if (trailers[_i].result < 0)
		ck_assert_int_eq(err.kind, ERR_SYNTAX);
	http1_deinit(&http1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http1 framing");
	TCase *tcase = tcase_create("answers");
	TCase *further = tcase_create("passing");

	tcase_add_loop_test(tcase, feed_given_good_answer_judges_it, 0, ROWS(answers));
	tcase_add_loop_test(
		tcase, feed_given_doubtful_answer_is_the_backends_failure, 0, ROWS(refused));
	tcase_add_test(tcase, feed_given_answer_over_the_limit_of_bytes_is_the_backends_failure);
	tcase_add_loop_test(tcase, feed_given_trailers_checks_them_as_headers, 0, ROWS(trailers));
	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(further, feed_given_field_tells_whether_it_goes_further, 0, ROWS(passing));
	tcase_add_test(further, feed_given_nothing_named_in_connection_lets_a_field_pass);
	suite_add_tcase(suite, further);
	return suite;
}
