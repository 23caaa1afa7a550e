#include "base/crc32c.h"

#include "rig/suite.h"

#define EIGHT(byte) byte byte byte byte byte byte byte byte

/* All but the first two are RFC 3720's own (appendix B.4). */
static const struct {
	struct span bytes;
	uint32_t crc;
} sums[] = {
	{SPAN_LITERAL(""), 0},
	{SPAN_LITERAL("123456789"), 0xe3069283},
	{SPAN_LITERAL(EIGHT("\0") EIGHT("\0") EIGHT("\0") EIGHT("\0")), 0x8a9136aa},
	{SPAN_LITERAL(EIGHT("\xff") EIGHT("\xff") EIGHT("\xff") EIGHT("\xff")), 0x62a8ab43},
	{SPAN_LITERAL("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
				  "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f"),
		0x46dd794e},
};

START_TEST(crc32c_is_that_of_the_standard)
{
	ck_assert_uint_eq(crc32c(0, sums[_i].bytes), sums[_i].crc);
}
END_TEST

START_TEST(crc32c_goes_on_at_any_byte)
{
	for (size_t at = 0; at <= sums[_i].bytes.n; at++) {
		uint32_t front = crc32c(0, span_first(sums[_i].bytes, at));

		ck_assert_uint_eq(crc32c(front, span_skip(sums[_i].bytes, at)), sums[_i].crc);
	}
}
END_TEST

START_TEST(crc32c_sees_each_flipped_bit)
{
	char bytes[37] = "some text that is longer than a word";
	uint32_t crc = crc32c(0, (struct span){bytes, sizeof bytes});

	for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
		ck_assert_uint_ne(crc32c(0, (struct span){bytes, sizeof bytes}), crc);
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("crc32c");
	TCase *tcase = tcase_create("crc32c");

	tcase_add_loop_test(tcase, crc32c_is_that_of_the_standard, 0, sizeof sums / sizeof *sums);
	tcase_add_loop_test(tcase, crc32c_goes_on_at_any_byte, 0, sizeof sums / sizeof *sums);
	tcase_add_test(tcase, crc32c_sees_each_flipped_bit);
	suite_add_tcase(suite, tcase);
	return suite;
}
