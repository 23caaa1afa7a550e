/* suite: what each test program defines; rig/main.c runs it. */
#ifndef RIG_SUITE_H
#define RIG_SUITE_H

#include <check.h>

Suite *test_suite(void);

/* A case of its own in the suite, with time enough for sanitizers; each test begins and ends so. */
static inline TCase *suite_case(
	Suite *suite, const char *name, void (*begin)(void), void (*end)(void))
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, begin, end);
	suite_add_tcase(suite, tcase);
	return tcase;
}

#endif
