#include "mlreplay/scratch.h"

#include <stdlib.h>

#include "rig/suite.h"

static struct scratch *scratch;
static struct err err;

START_TEST(read_gives_what_was_added_wherever_it_is)
{
	BUF_AUTO struct buf out = {0};
	uint64_t last;

	ck_assert(!scratch_new(&scratch, &err));
	ck_assert(!scratch_add(scratch, SPAN_LITERAL("first"), &err));
	for (int i = 0; i < 20000; i++)
		ck_assert(!scratch_add(scratch, SPAN_LITERAL("0123456789"), &err));
	last = scratch_length(scratch);
	ck_assert_uint_eq(last, 200005);
	ck_assert(!scratch_add(scratch, SPAN_LITERAL("last"), &err));
	ck_assert(!scratch_read(scratch, 0, 7, &out, &err));
	ck_assert(!scratch_read(scratch, last - 2, 6, &out, &err));
	ck_assert(!scratch_read(scratch, last + 4, 0, &out, &err));
	ck_assert(span_is(buf_span(&out), "first0189last"));
	ck_assert(!scratch_add(scratch, SPAN_LITERAL("more"), &err));
	buf_reset(&out);
	ck_assert(!scratch_read(scratch, last, 8, &out, &err));
	ck_assert(span_is(buf_span(&out), "lastmore"));
	scratch_free(scratch);
}
END_TEST

START_TEST(new_given_no_folder_says_which)
{
	ck_assert(!setenv("TMPDIR", "/nonexistent/x", 1));
	ck_assert_int_eq(scratch_new(&scratch, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INTERNAL);
	ck_assert_str_eq(err.text, "/nonexistent/x: No such file or directory");
	ck_assert(!setenv("TMPDIR", "", 1));
	ck_assert(!scratch_new(&scratch, &err));
	scratch_free(scratch);
	scratch_free(NULL);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_scratch");
	TCase *tcase = tcase_create("scratch");

	tcase_add_test(tcase, read_gives_what_was_added_wherever_it_is);
	tcase_add_test(tcase, new_given_no_folder_says_which);
	suite_add_tcase(suite, tcase);
	return suite;
}
