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

Suite *test_suite(void)
{
	Suite *suite = suite_create("base64");
	TCase *tcase = tcase_create("encode");

	tcase_add_loop_test(
		tcase, encode_given_bytes_writes_their_letters, 0, sizeof pairs / sizeof *pairs);
	suite_add_tcase(suite, tcase);
	return suite;
}
