#include "base/span.h"

#include <valgrind/memcheck.h>

#include "base/mem.h"
#include "rig/suite.h"

#define ROWS(row) (sizeof(row) / sizeof *(row))

START_TEST(equal_given_pairs)
{
	ck_assert(span_equal(SPAN_EMPTY, SPAN_LITERAL("")));
	ck_assert(span_equal(SPAN_LITERAL("a\0b"), SPAN_LITERAL("a\0b")));
	ck_assert(!span_equal(SPAN_LITERAL("a\0b"), SPAN_LITERAL("a\0c")));
	ck_assert(!span_equal(SPAN_LITERAL("a"), SPAN_LITERAL("ab")));
	ck_assert(span_is(SPAN_LITERAL("ab"), "ab"));
	ck_assert(!span_is(SPAN_LITERAL("a\0"), "a"));
	ck_assert(span_starts(SPAN_LITERAL("ab"), SPAN_LITERAL("a")));
	ck_assert(span_starts(SPAN_LITERAL("ab"), SPAN_EMPTY));
	ck_assert(!span_starts(SPAN_LITERAL("a"), SPAN_LITERAL("ab")));
	ck_assert(span_ends(SPAN_LITERAL("ab"), SPAN_LITERAL("b")));
	ck_assert(span_ends(SPAN_LITERAL("ab"), SPAN_EMPTY));
	ck_assert(!span_ends(SPAN_LITERAL("ab"), SPAN_LITERAL("a")));
	ck_assert(!span_ends(SPAN_LITERAL("b"), SPAN_LITERAL("ab")));
}
END_TEST

START_TEST(equal_nocase_folds_ascii_letters_alone)
{
	ck_assert(span_equal_nocase(SPAN_LITERAL("Content-LENGTH"), SPAN_LITERAL("content-length")));
	ck_assert(span_equal_nocase(SPAN_EMPTY, SPAN_EMPTY));
	ck_assert(!span_equal_nocase(SPAN_LITERAL("a"), SPAN_LITERAL("b")));
	ck_assert(!span_equal_nocase(SPAN_LITERAL("a"), SPAN_LITERAL("aa")));
	/* neighbours of the letters, and the same letter in another alphabet */
	ck_assert(!span_equal_nocase(SPAN_LITERAL("@[`{"), SPAN_LITERAL("`{@[")));
	ck_assert(!span_equal_nocase(SPAN_LITERAL("_"), SPAN_LITERAL("\x7f")));
	ck_assert(!span_equal_nocase(SPAN_LITERAL("\xc3\x84"), SPAN_LITERAL("\xc3\xa4")));
}
END_TEST

START_TEST(equal_secret_given_pairs_says_as_equal)
{
	static const char *const texts[] = {"", "s", "secret", "secreT", "Secret", "secre", "secret ",
		"secretsecret", "\xff\x80", "\x80\xff"};

	for (size_t i = 0; i < ROWS(texts); i++)
		for (size_t k = 0; k < ROWS(texts); k++)
			ck_assert_int_eq(span_equal_secret(span_of(texts[i]), span_of(texts[k])), i == k);
	ck_assert(!span_equal_secret(SPAN_LITERAL("a\0b"), SPAN_LITERAL("a\0c")));
	ck_assert(!span_equal_secret(SPAN_LITERAL("a\0"), SPAN_LITERAL("a")));
	ck_assert(!span_equal_secret(SPAN_LITERAL("a"), SPAN_LITERAL("a\0")));
	ck_assert(span_equal_secret(SPAN_EMPTY, SPAN_EMPTY));
}
END_TEST

/* Bytes nobody may decide by: where valgrind looks on, it reports each branch that they take. */
START_TEST(equal_secret_decides_nothing_by_the_bytes_of_the_secret)
{
	char secret[] = "s3cret";
	static const char *const given[] = {"s3cret", "s3creT", "x3cret", "s", "s3cret and more"};

	for (size_t i = 0; i < ROWS(given); i++) {
		bool is_equal;

		(void)VALGRIND_MAKE_MEM_UNDEFINED(secret, sizeof secret - 1);
		is_equal = span_equal_secret(span_of(given[i]), (struct span){secret, sizeof secret - 1});
		(void)VALGRIND_MAKE_MEM_DEFINED(&is_equal, sizeof is_equal);
		ck_assert_int_eq(is_equal, i == 0);
	}
}
END_TEST

START_TEST(equal_nocase_given_any_length_sees_each_difference)
{
	char lower[] = "x-forwarded-[proto]-12";
	char upper[] = "X-FORWARDED-[PROTO]-12";

	for (size_t n = 0; n < sizeof lower; n++) {
		ck_assert(span_equal_nocase((struct span){lower, n}, (struct span){upper, n}));
		for (size_t i = 0; i < n; i++) {
			upper[i] ^= 1;
			ck_assert(!span_equal_nocase((struct span){lower, n}, (struct span){upper, n}));
			upper[i] ^= 1;
		}
	}
}
END_TEST

START_TEST(skip_and_first_given_more_than_there_is)
{
	struct span s = SPAN_LITERAL("abc");

	ck_assert(span_is(span_skip(s, 0), "abc"));
	ck_assert(span_is(span_skip(s, 2), "c"));
	ck_assert_uint_eq(span_skip(s, 3).n, 0);
	ck_assert_uint_eq(span_skip(s, SIZE_MAX).n, 0);
	ck_assert(span_is(span_first(s, 2), "ab"));
	ck_assert(span_is(span_first(s, SIZE_MAX), "abc"));
	ck_assert_uint_eq(span_first(SPAN_EMPTY, 1).n, 0);
}
END_TEST

START_TEST(trim_takes_spaces_and_tabs_off_both_ends)
{
	static const char *const rows[][2] = {{"", ""}, {" ", ""}, {" \t \t", ""}, {"a", "a"},
		{" a b\t", "a b"}, {"\ta", "a"}, {"a ", "a"}, {"\na\r", "\na\r"}};

	for (size_t i = 0; i < ROWS(rows); i++)
		ck_assert(span_is(span_trim(span_of(rows[i][0])), rows[i][1]));
	ck_assert_uint_eq(span_trim(SPAN_EMPTY).n, 0);
}
END_TEST

START_TEST(cut_gives_every_piece_and_then_nothing)
{
	struct span rest = SPAN_LITERAL("a,,bc,");

	ck_assert(span_is(span_cut(&rest, ','), "a"));
	ck_assert(span_is(rest, ",bc,"));
	ck_assert(span_is(span_cut(&rest, ','), ""));
	ck_assert(span_is(span_cut(&rest, ','), "bc"));
	/* a separator at the end leaves an empty rest, none at all leaves no rest */
	ck_assert(rest.n == 0 && rest.p);
	rest = SPAN_LITERAL("abc");
	ck_assert(span_is(span_cut(&rest, ','), "abc"));
	ck_assert(rest.n == 0 && !rest.p);
	ck_assert_uint_eq(span_cut(&rest, ',').n, 0);
}
END_TEST

static const struct {
	struct span bytes;
	size_t valid;
} utf8[] = {
	{SPAN_LITERAL(""), 0},
	{SPAN_LITERAL("a\0\x7f"), 3},
	{SPAN_LITERAL("\xc2\x80\xdf\xbf"), 4},
	{SPAN_LITERAL("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), 12},
	{SPAN_LITERAL("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), 8},
	{SPAN_LITERAL("a\x80"), 1},
	{SPAN_LITERAL("a\xbf"), 1},
	/* cut short */
	{SPAN_LITERAL("a\xc3"), 1},
	{SPAN_LITERAL("a\xe2\x82"), 1},
	{SPAN_LITERAL("a\xf0\x9f\x98"), 1},
	/* a continuation is missing */
	{SPAN_LITERAL("\xc3("), 0},
	{SPAN_LITERAL("\xe2(\xac"), 0},
	{SPAN_LITERAL("\xe2\x82("), 0},
	{SPAN_LITERAL("\xf0\x9f\x98("), 0},
	{SPAN_LITERAL("\xf0\x9f(\x80"), 0},
	{SPAN_LITERAL("\xe2\x82\xc0"), 0},
	/* overlong */
	{SPAN_LITERAL("\xc0\x80"), 0},
	{SPAN_LITERAL("\xc1\xbf"), 0},
	{SPAN_LITERAL("\xe0\x9f\xbf"), 0},
	{SPAN_LITERAL("\xf0\x8f\xbf\xbf"), 0},
	/* surrogates, beyond U+10FFFF, bytes that never are */
	{SPAN_LITERAL("\xed\xa0\x80"), 0},
	{SPAN_LITERAL("\xed\xbf\xbf"), 0},
	{SPAN_LITERAL("\xf4\x90\x80\x80"), 0},
	{SPAN_LITERAL("\xf5\x80\x80\x80"), 0},
	{SPAN_LITERAL("\xfe"), 0},
	{SPAN_LITERAL("\xff"), 0},
};

START_TEST(utf8_length_counts_the_valid_bytes_at_the_front)
{
	MEM_AUTO char *copy = mem_new(utf8[_i].bytes.n + 1, 1);

	memcpy(copy, utf8[_i].bytes.p, utf8[_i].bytes.n);
	ck_assert_uint_eq(span_utf8_length((struct span){copy, utf8[_i].bytes.n}), utf8[_i].valid);
}
END_TEST

/* ASCII is looked at several bytes at once. */
START_TEST(utf8_length_given_ascii_around_counts_the_same)
{
	struct span bytes = utf8[_i].bytes;
	char text[64];

	for (size_t before = 0; before < 20; before++) {
		size_t valid = before + utf8[_i].valid;

		memset(text, 'a', sizeof text);
		memcpy(text + before, bytes.p, bytes.n);
		if (utf8[_i].valid == bytes.n)
			valid = sizeof text;
		ck_assert_uint_eq(span_utf8_length((struct span){text, sizeof text}), valid);
	}
}
END_TEST

static const struct {
	struct span text;
	uint64_t max;
	bool is_number;
	uint64_t value;
} numbers[] = {
	{SPAN_LITERAL("0"), 0, true, 0},
	{SPAN_LITERAL("007"), 7, true, 7},
	{SPAN_LITERAL("8"), 7, false, 0},
	{SPAN_LITERAL("10"), 7, false, 0},
	{SPAN_LITERAL("1"), 0, false, 0},
	{SPAN_LITERAL("65535"), 65535, true, 65535},
	{SPAN_LITERAL("65536"), 65535, false, 0},
	{SPAN_LITERAL("655350"), 65535, false, 0},
	{SPAN_LITERAL("18446744073709551615"), UINT64_MAX, true, UINT64_MAX},
	{SPAN_LITERAL("18446744073709551616"), UINT64_MAX, false, 0},
	{SPAN_LITERAL("99999999999999999999999"), UINT64_MAX, false, 0},
	{SPAN_LITERAL("9223372036854775807"), INT64_MAX, true, INT64_MAX},
	{SPAN_LITERAL("9223372036854775808"), INT64_MAX, false, 0},
	{SPAN_LITERAL(""), 9, false, 0},
	{SPAN_LITERAL("-1"), 9, false, 0},
	{SPAN_LITERAL("+1"), 9, false, 0},
	{SPAN_LITERAL(" 1"), 9, false, 0},
	{SPAN_LITERAL("1 "), 9, false, 0},
	{SPAN_LITERAL("1\0"), 9, false, 0},
	{SPAN_LITERAL("1.0"), 9, false, 0},
	{SPAN_LITERAL("0x1"), 9, false, 0},
	{SPAN_LITERAL("/"), 9, false, 0},
	{SPAN_LITERAL(":"), 9, false, 0},
	{SPAN_LITERAL("\xb1"), UINT64_MAX, false, 0},
};

START_TEST(to_number_takes_digits_up_to_the_most)
{
	uint64_t value = 12345;

	ck_assert(span_to_number(numbers[_i].text, numbers[_i].max, &value) == numbers[_i].is_number);
	ck_assert_uint_eq(value, numbers[_i].is_number ? numbers[_i].value : 12345);
}
END_TEST

START_TEST(dup_puts_a_nul_behind)
{
	MEM_AUTO char *copy = span_dup(span_first(SPAN_LITERAL("abc"), 2));
	MEM_AUTO char *empty = span_dup(SPAN_EMPTY);

	ck_assert_str_eq(copy, "ab");
	ck_assert_str_eq(empty, "");
}
END_TEST

static bool is_plain(unsigned byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* Each byte, at each place of a text that is longer than what is looked at in one go. */
START_TEST(plain_length_counts_up_to_what_must_be_escaped)
{
	char text[20];

	for (size_t at = 0; at < sizeof text; at++) {
		memset(text, _i % 2 ? ' ' : '~', sizeof text);
		text[at] = (char)_i;
		ck_assert_uint_eq(span_plain_length((struct span){text, sizeof text}),
			is_plain((unsigned)_i) ? sizeof text : at);
		ck_assert_uint_eq(span_plain_length((struct span){text, at}), at);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("span");
	TCase *tcase = tcase_create("span");

	tcase_add_test(tcase, equal_given_pairs);
	tcase_add_test(tcase, equal_secret_given_pairs_says_as_equal);
	tcase_add_test(tcase, equal_secret_decides_nothing_by_the_bytes_of_the_secret);
	tcase_add_test(tcase, equal_nocase_folds_ascii_letters_alone);
	tcase_add_test(tcase, equal_nocase_given_any_length_sees_each_difference);
	tcase_add_test(tcase, skip_and_first_given_more_than_there_is);
	tcase_add_test(tcase, trim_takes_spaces_and_tabs_off_both_ends);
	tcase_add_test(tcase, cut_gives_every_piece_and_then_nothing);
	tcase_add_loop_test(tcase, utf8_length_counts_the_valid_bytes_at_the_front, 0, ROWS(utf8));
	tcase_add_loop_test(tcase, utf8_length_given_ascii_around_counts_the_same, 0, ROWS(utf8));
	tcase_add_loop_test(tcase, to_number_takes_digits_up_to_the_most, 0, ROWS(numbers));
	tcase_add_test(tcase, dup_puts_a_nul_behind);
	tcase_add_loop_test(tcase, plain_length_counts_up_to_what_must_be_escaped, 0, 256);
	suite_add_tcase(suite, tcase);
	return suite;
}
