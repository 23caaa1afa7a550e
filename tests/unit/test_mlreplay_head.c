#include "mlreplay/head.h"

#include "rig/configs.h"
#include "rig/suite.h"

#define S(text) SPAN_LITERAL(text)

static const struct {
	const char *target;
	const char *url;
	const char *written;
} urls[] = {
	{"http://new:3003", "http://old:3003/predict", "http://new:3003/predict"},
	{"http://new:3003/", "http://old/ml/v1/predict", "http://new:3003/predict"},
	{"https://new/ml", "http://old/predict?a=b/c&d#e", "https://new/ml/predict?a=b/c&d"},
	{"http://[::1]:3003", "http://old/ping", "http://[::1]:3003/ping"},
	{"http://new", "http://old/", "http://new/"},
	{"http://new", "predict", "http://new/"},
	{"http://new", "", "http://new/"},
	{"http://new/a", "http://old/..", "http://new/a/.."},
	{"unix:/run/ml.sock", "http://old/predict", "http://localhost/predict"},
};

START_TEST(write_url_puts_the_last_segment_below_the_target)
{
	const struct har_request request = {.url = span_of(urls[_i].url)};
	BUF_AUTO struct buf out = {0};
	struct url target;
	struct err err;

	ck_assert(!url_parse(span_of(urls[_i].target), &target, &err));
	head_write_url(&target, &request, &out);
	ck_assert(span_is(buf_span(&out), urls[_i].written));
}
END_TEST

static struct har_field fields[] = {
	{S("host"), S("old:3003")},
	{S("Content-Type"), S("multipart/form-data; boundary=B")},
	{S("Content-Length"), S("12")},
	{S("connection"), S("close, X-Hop")},
	{S("x-hop"), S("1")},
	{S("X-Hope"), S("2")},
	{S("keep-alive"), S("timeout=5")},
	{S("Transfer-Encoding"), S("chunked")},
	{S("Expect"), S("100-continue")},
	{S("TE"), S("trailers")},
	{S("Upgrade"), S("h2c")},
	{S("authorization"), S("(redacted)")},
	{S("user-agent"), S("node")},
	{S("x-request-id"), S("abc")},
	{S(":method"), S("POST")},
	{S("accept-encoding"), S("gzip")},
	{S("x-empty"), S("")},
};

START_TEST(may_send_leaves_out_what_is_each_senders_own)
{
	static const char sent[] = "-+---+------++-++";
	const struct har_request request = {.fields = fields, .field_count = COUNT_OF(fields)};

	_Static_assert(sizeof sent == sizeof fields / sizeof *fields + 1, "a sign for each field");
	for (int i = 0; i < COUNT_OF(fields); i++)
		ck_assert_msg(head_may_send(&request, &fields[i]) == (sent[i] == '+'), "%d", i);
}
END_TEST

static const struct {
	const char *method;
	const char *url;
	struct har_field field;
	const char *says; /* NULL: it can be sent */
} heads[] = {
	{"POST", "http://o/predict", {S("a"), S("b\tc \xc3\xa4")}, NULL},
	{"GET", "/ping?x", {S("a"), S("")}, NULL},
	{"P OST", "http://o/predict", {S("a"), S("b")}, "its method is none: \"P OST\""},
	{"", "http://o/predict", {S("a"), S("b")}, "its method is none: \"\""},
	{"POST\r\nx: y", "http://o/p", {S("a"), S("b")}, "its method is none: \"POST??x: y\""},
	{"POST", "http://o/pre dict", {S("a"), S("b")}, "its URL is none, or longer than 2048 bytes"},
	{"POST", "http://o/p\r\nx: y", {S("a"), S("b")}, "its URL is none, or longer than 2048 bytes"},
	{"POST", "http://o/p\x80", {S("a"), S("b")}, "its URL is none, or longer than 2048 bytes"},
	{"POST", "http://o/p", {S("a"), S("b\r\nx: y")}, "its field \"a\" is none"},
	{"POST", "http://o/p", {S("a"), S("b\0c")}, "its field \"a\" is none"},
	{"POST", "http://o/p", {S("a\r\nx"), S("b")}, "its field \"a??x\" is none"},
	{"POST", "http://o/p", {S(""), S("b")}, "its field \"\" is none"},
	{"POST", "http://o/p", {S("a b"), S("b")}, "its field \"a b\" is none"},
	{"POST", "http://o/p", {S(":path"), S("b\r\n")}, NULL}, /* which is not sent */
};

START_TEST(check_refuses_what_would_break_the_head)
{
	struct har_field field = heads[_i].field;
	const struct har_request request = {.method = span_of(heads[_i].method),
		.url = span_of(heads[_i].url),
		.fields = &field,
		.field_count = 1};
	struct err err;

	ck_assert_int_eq(head_check(&request, &err), heads[_i].says ? -1 : 0);
	if (heads[_i].says)
		ck_assert_str_eq(err.text, heads[_i].says);
}
END_TEST

START_TEST(find_gives_the_last_one)
{
	struct har_field two[] = {{S("A"), S("1")}, {S("a"), S(" 2 ")}, {S("b"), S("3")}};

	ck_assert(span_is(head_find(two, 3, SPAN_LITERAL("a")), "2"));
	ck_assert(span_is(head_find(two, 3, SPAN_LITERAL("B")), "3"));
	ck_assert_uint_eq(head_find(two, 3, SPAN_LITERAL("c")).n, 0);
}
END_TEST

static const struct {
	const char *method;
	const char *url;
	bool is_predict;
} asked[] = {
	{"POST", "http://h/predict", true},
	{"POST", "http://h/*/predict?a=/b#c", true},
	{"GET", "http://h/predict", false},
	{"post", "http://h/predict", false},
	{"POST", "http://h/predict/", false},
	{"POST", "http://h/unpredict", false},
	{"POST", "http://h/a?/predict", false},
	{"POST", "", false},
};

START_TEST(is_predict_given_a_post_of_predict_alone)
{
	const struct har_request request = {
		.method = span_of(asked[_i].method), .url = span_of(asked[_i].url)};

	ck_assert(head_is_predict(&request) == asked[_i].is_predict);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_head");
	TCase *tcase = tcase_create("head");

	tcase_add_loop_test(tcase, write_url_puts_the_last_segment_below_the_target, 0, COUNT_OF(urls));
	tcase_add_test(tcase, may_send_leaves_out_what_is_each_senders_own);
	tcase_add_loop_test(tcase, check_refuses_what_would_break_the_head, 0, COUNT_OF(heads));
	tcase_add_test(tcase, find_gives_the_last_one);
	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, is_predict_given_a_post_of_predict_alone, 0, COUNT_OF(asked));
	return suite;
}
