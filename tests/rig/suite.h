/* suite: what each test program defines; rig/main.c runs it. */
#ifndef RIG_SUITE_H
#define RIG_SUITE_H

#include <check.h>

Suite *test_suite(void);

#endif
