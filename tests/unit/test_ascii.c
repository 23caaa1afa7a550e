#include "base/ascii.h"

#include <string.h>

#include "rig/suite.h"

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char digits[] = "0123456789";

static bool is_among(const char *set, int byte)
{
	return byte && strchr(set, byte);
}

START_TEST(kinds_given_every_byte)
{
	for (int byte = 0; byte < 256; byte++) {
		char c = (char)byte;

		ck_assert_int_eq(ascii_is_letter(c), is_among(letters, byte));
		ck_assert_int_eq(ascii_is_digit(c), is_among(digits, byte));
		ck_assert_int_eq(
			ascii_is_alphanumeric(c), is_among(letters, byte) || is_among(digits, byte));
	}
}
END_TEST

START_TEST(lower_given_every_byte_folds_letters_alone)
{
	for (int byte = 0; byte < 256; byte++) {
		const char *at = byte ? strchr(letters + 26, byte) : NULL;

		ck_assert_int_eq(ascii_lower((char)byte), at ? at[-26] : (char)byte);
	}
}
END_TEST

START_TEST(hex_digit_given_every_byte)
{
	static const char all[] = "0123456789abcdefABCDEF";

	for (int byte = 0; byte < 256; byte++) {
		const char *at = byte ? strchr(all, byte) : NULL;
		int value = at ? (int)(at - all) : -1;

		ck_assert_int_eq(ascii_hex_digit((char)byte), value < 16 ? value : value - 6);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("ascii");
	TCase *tcase = tcase_create("ascii");

	tcase_add_test(tcase, kinds_given_every_byte);
	tcase_add_test(tcase, lower_given_every_byte_folds_letters_alone);
	tcase_add_test(tcase, hex_digit_given_every_byte);
	suite_add_tcase(suite, tcase);
	return suite;
}
