#include "wire/status.h"

#include "rig/configs.h"
#include "rig/suite.h"

START_TEST(of_err_gives_every_kind_a_status_with_a_reason)
{
	for (int kind = ERR_NONE; kind <= ERR_INTERNAL; kind++)
		ck_assert_str_ne(status_reason(status_of_err((enum err_kind)kind)), "");
}
END_TEST

/* Those that come of no error: what a path, a method or who asks is refused with. */
static const int refusals[] = {401, 403, 404, 405, 415};

START_TEST(reason_given_a_refusal_is_there)
{
	ck_assert_str_ne(status_reason(refusals[_i]), "");
}
END_TEST

START_TEST(reason_given_an_unknown_status_is_empty)
{
	ck_assert_str_eq(status_reason(200), "OK");
	ck_assert_str_eq(status_reason(299), "");
}
END_TEST

START_TEST(write_detail_escapes_the_text)
{
	BUF_AUTO struct buf out = {0};

	status_write_detail(&out, SPAN_LITERAL("no \"entries\""));
	ck_assert(span_is(buf_span(&out), "{\"detail\":\"no \\\"entries\\\"\"}"));
}
END_TEST

START_TEST(write_error_names_the_path_where_there_is_one)
{
	BUF_AUTO struct buf out = {0};

	status_write_error(&out, SPAN_LITERAL("found \"7\""), SPAN_LITERAL("backends[0].\"url\""));
	ck_assert(span_is(
		buf_span(&out), "{\"error\":\"found \\\"7\\\"\",\"path\":\"backends[0].\\\"url\\\"\"}"));
	buf_reset(&out);
	status_write_error(&out, SPAN_LITERAL("busy"), SPAN_EMPTY);
	ck_assert(span_is(buf_span(&out), "{\"error\":\"busy\"}"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("status");
	TCase *tcase = tcase_create("status");

	tcase_add_test(tcase, of_err_gives_every_kind_a_status_with_a_reason);
	tcase_add_loop_test(tcase, reason_given_a_refusal_is_there, 0, COUNT_OF(refusals));
	tcase_add_test(tcase, reason_given_an_unknown_status_is_empty);
	tcase_add_test(tcase, write_detail_escapes_the_text);
	tcase_add_test(tcase, write_error_names_the_path_where_there_is_one);
	suite_add_tcase(suite, tcase);
	return suite;
}
