#include "wire/percent.h"

#include "rig/suite.h"

static const struct {
	const char *encoded;
	const char *text;
} decoded[] = {
	{"", ""}, {"predict", "predict"}, {"%70%72edict", "predict"}, {"%2F%2f", "//"},
	{"%c3%A4", "\xc3\xa4"}, {"100%", "100%"}, {"%7", "%7"}, {"%7g%g7", "%7g%g7"}, {"%%37", "%7"},
	{"%2541", "%41"}, /* once */
};

START_TEST(decode_given_escapes_and_what_looks_like_them)
{
	BUF_AUTO struct buf out = {0};

	percent_decode(span_of(decoded[_i].encoded), &out);
	ck_assert_msg(span_is(buf_span(&out), decoded[_i].text), "%.*s", SPAN_ARG(buf_span(&out)));
}
END_TEST

START_TEST(decode_given_an_escaped_nul_keeps_it)
{
	BUF_AUTO struct buf out = {0};

	percent_decode(SPAN_LITERAL("a%00b"), &out);
	ck_assert(span_equal(buf_span(&out), SPAN_LITERAL("a\0b")));
}
END_TEST

START_TEST(decoded_given_text_without_escapes_copies_nothing)
{
	BUF_AUTO struct buf room = {0};
	struct span text = SPAN_LITERAL("predict");
	struct span got = percent_decoded(text, &room);

	ck_assert_ptr_eq(got.p, text.p);
	ck_assert_uint_eq(got.n, text.n);
	ck_assert_uint_eq(percent_decoded(SPAN_EMPTY, &room).n, 0);
	ck_assert_uint_eq(room.n, 0);
}
END_TEST

START_TEST(decoded_given_escapes_is_what_decode_writes)
{
	BUF_AUTO struct buf room = {0};

	ck_assert(span_is(percent_decoded(span_of(decoded[_i].encoded), &room), decoded[_i].text));
}
END_TEST

START_TEST(encode_leaves_what_a_url_may_hold)
{
	BUF_AUTO struct buf out = {0};

	percent_encode(SPAN_LITERAL("aZ09_.-~:/%#?=@[]!$&'()*+, \"<\xc3\xa4"), &out);
	ck_assert(span_is(buf_span(&out), "aZ09_.-~:/%#?=@[]!$&'()*+,%20%22%3C%C3%A4"));
}
END_TEST

START_TEST(encode_name_leaves_nothing_that_parts_a_list)
{
	BUF_AUTO struct buf out = {0};

	percent_encode_name(SPAN_LITERAL("aZ09_.-~:%, ;\"\xc3\xa4"), &out);
	ck_assert(span_is(buf_span(&out), "aZ09_.-~%3A%25%2C%20%3B%22%C3%A4"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("percent");
	TCase *tcase = tcase_create("percent");

	tcase_add_loop_test(
		tcase, decode_given_escapes_and_what_looks_like_them, 0, sizeof decoded / sizeof *decoded);
	tcase_add_test(tcase, decode_given_an_escaped_nul_keeps_it);
	tcase_add_test(tcase, decoded_given_text_without_escapes_copies_nothing);
	tcase_add_loop_test(
		tcase, decoded_given_escapes_is_what_decode_writes, 0, sizeof decoded / sizeof *decoded);
	tcase_add_test(tcase, encode_leaves_what_a_url_may_hold);
	tcase_add_test(tcase, encode_name_leaves_nothing_that_parts_a_list);
	suite_add_tcase(suite, tcase);
	return suite;
}
