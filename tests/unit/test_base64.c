#include "rig/suite.h"
#include "wire/base64.h"

/* The first seven are RFC 4648's own. */
static const struct pair {
	struct span bytes;
	const char *text;
} pairs[] = {
	{SPAN_LITERAL(""), ""},
	{SPAN_LITERAL("f"), "Zg=="},
	{SPAN_LITERAL("fo"), "Zm8="},
	{SPAN_LITERAL("foo"), "Zm9v"},
	{SPAN_LITERAL("foob"), "Zm9vYg=="},
	{SPAN_LITERAL("fooba"), "Zm9vYmE="},
	{SPAN_LITERAL("foobar"), "Zm9vYmFy"},
	{SPAN_LITERAL("Aladdin:open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
	{SPAN_LITERAL("\0\0\0"), "AAAA"},
	{SPAN_LITERAL("\xff\xff\xff"), "////"},
	{SPAN_LITERAL("\xfb\xef\xbe\xff"), "++++/w=="},
};

START_TEST(encode_given_bytes_writes_their_letters)
{
	BUF_AUTO struct buf out = {0};

	buf_add_text(&out, ">");
	base64_encode(pairs[_i].bytes, &out);
	ck_assert_msg(
		span_is(span_skip(buf_span(&out), 1), pairs[_i].text), "%.*s", SPAN_ARG(buf_span(&out)));
}
END_TEST

START_TEST(decode_given_letters_writes_their_bytes)
{
	BUF_AUTO struct buf out = {0};

	buf_add_text(&out, ">");
	ck_assert(base64_decode(span_of(pairs[_i].text), &out));
	ck_assert(span_equal(span_skip(buf_span(&out), 1), pairs[_i].bytes));
}
END_TEST

static const char *const broken[] = {
	"A",
	"AA",
	"AAA",
	"AAAAA",
	"AAAA=",
	"=",
	"==",
	"====",
	"A===",
	"AA=A",
	"=AAA",
	"AA==AAAA",
	"Zg=",
	"Zh==",
	"Zm9=", /* bits that belong to no byte */
	"AA A",
	"AAA\n",
	"AAAA\n",
	"-_-_",
	"\xff\xff\xff\xff",
	"@@@@",
	"[[[[",
	"````",
	"{{{{",
	"::::",
	"AAAA====",
};

START_TEST(decode_given_anything_else_writes_nothing)
{
	BUF_AUTO struct buf out = {0};

	ck_assert(!base64_decode(span_of(broken[_i]), &out));
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

START_TEST(decode_takes_back_what_encode_writes)
{
	BUF_AUTO struct buf bytes = {0};

	for (unsigned n = 0; n < 600; n++) {
		BUF_AUTO struct buf text = {0};
		BUF_AUTO struct buf again = {0};

		base64_encode(buf_span(&bytes), &text);
		ck_assert(base64_decode(buf_span(&text), &again));
		ck_assert(span_equal(buf_span(&again), buf_span(&bytes)));
		buf_add(&bytes, (struct span){(char[]){(char)(n * 37)}, 1});
	}
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("base64");
	TCase *tcase = tcase_create("base64");

	tcase_add_loop_test(tcase, encode_given_bytes_writes_their_letters, 0, ROWS(pairs));
	tcase_add_loop_test(tcase, decode_given_letters_writes_their_bytes, 0, ROWS(pairs));
	tcase_add_loop_test(tcase, decode_given_anything_else_writes_nothing, 0, ROWS(broken));
	tcase_add_test(tcase, decode_takes_back_what_encode_writes);
	suite_add_tcase(suite, tcase);
	return suite;
}
