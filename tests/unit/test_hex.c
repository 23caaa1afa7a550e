#include "wire/hex.h"

#include "rig/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

static const struct {
	const char *text;
	struct span bytes;
} pairs[] = {
	{"", SPAN_LITERAL("")},
	{"00", SPAN_LITERAL("\0")},
	{"7fFf80", SPAN_LITERAL("\x7f\xff\x80")},
	{"0123456789abcdefABCDEF", SPAN_LITERAL("\x01\x23\x45\x67\x89\xab\xcd\xef\xab\xcd\xef")},
};

START_TEST(decode_given_pairs_adds_their_bytes)
{
	BUF_AUTO struct buf out = {0};

	buf_add_text(&out, ">");
	ck_assert(hex_decode(span_of(pairs[_i].text), &out));
	ck_assert(span_equal(span_skip(buf_span(&out), 1), pairs[_i].bytes));
}
END_TEST

static const char *const broken[] = {
	"0", "000", "0g", "g0", " 0", "0x", "00 ", "00\n0", "\xff\xff"};

START_TEST(decode_given_anything_else_adds_nothing)
{
	BUF_AUTO struct buf out = {0};

	ck_assert(!hex_decode(span_of(broken[_i]), &out));
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("hex");
	TCase *tcase = tcase_create("hex");

	tcase_add_loop_test(tcase, decode_given_pairs_adds_their_bytes, 0, ROWS(pairs));
	tcase_add_loop_test(tcase, decode_given_anything_else_adds_nothing, 0, ROWS(broken));
	suite_add_tcase(suite, tcase);
	return suite;
}
