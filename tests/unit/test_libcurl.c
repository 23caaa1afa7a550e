#include "io/libcurl.h"

#include "base/span.h"
#include "rig/suite.h"

START_TEST(load_given_several_each_can_be_used_until_it_is_unloaded)
{
	struct libcurl first;
	struct libcurl second;
	struct err err;
	CURL *easy;

	ck_assert_int_eq(libcurl_load(&first, LIBCURL_NAME, &err), 0);
	ck_assert_int_eq(libcurl_load(&second, LIBCURL_NAME, &err), 0);
	libcurl_unload(&first);
	libcurl_unload(&first);
	easy = second.curl_easy_init();
	ck_assert_ptr_nonnull(easy);
	second.curl_easy_cleanup(easy);
	libcurl_unload(&second);
}
END_TEST

START_TEST(load_given_what_is_not_libcurl_says_so)
{
	static const struct {
		const char *name;
		const char *why;
	} cases[] = {
		{"libnone-at-all.so.4", "cannot open shared object file"},
		{"libevent_core-2.1.so.7", "it is too old, or not built on OpenSSL"},
		{LIBCURL_OLD, "it is too old, or not built on OpenSSL"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct libcurl libcurl;
		struct err err;

		ck_assert_int_eq(libcurl_load(&libcurl, cases[i].name, &err), -1);
		ck_assert_int_eq(err.kind, ERR_BUSY);
		ck_assert_msg(strstr(err.text, cases[i].name), "%s", err.text);
		ck_assert_msg(strstr(err.text, cases[i].why), "%s", err.text);
		libcurl_unload(&libcurl);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("libcurl");
	TCase *tcase = tcase_create("libcurl");

	tcase_add_test(tcase, load_given_several_each_can_be_used_until_it_is_unloaded);
	tcase_add_test(tcase, load_given_what_is_not_libcurl_says_so);
	suite_add_tcase(suite, tcase);
	return suite;
}
