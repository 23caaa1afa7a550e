#include "domain/redact.h"

#include "rig/configs.h"
#include "rig/suite.h"

static const struct {
	const char *name;
	bool is_credential;
} rows[] = {
	{"Authorization", true},
	{"authorization", true},
	{"Proxy-Authorization", true},
	{"X-Forwarded-Authorization", true},
	{"Cookie", true},
	{"COOKIE", true},
	{"Cookie2", true},
	{"Set-Cookie", true},
	{"Set-Cookie2", true},
	{"X-Api-Key", true},
	{"x_api_key", true},
	{"Api-Key", true},
	{"ApiKey", true},
	{"X-Auth", true},
	{"X-Auth-Token", true},
	{"X-Amz-Security-Token", true},
	{"X-CSRF-Token", true},
	{"X-Immich-User-Token", true},
	{"X-Immich-Share-Key", true},
	{"X-Immich-Session-Token", true},
	{"Session", true},
	{"X-Session-Id", true},
	{"CF-Access-Client-Secret", true},
	{"Cf-Access-Jwt-Assertion", true},
	{"X-Hub-Signature", true},
	{"X-Password", true},
	{"token!", true},
	{"", false},
	{"-", false},
	{"Key", false},
	{"Keep-Alive", false},
	{"Key-Type", false},
	{"Monkey", false},
	{"X-Monkey", false},
	{"Author", false},
	{"X-Author", false},
	{"Tokenizer", false},
	{"WWW-Authenticate", false},
	{"Accept", false},
	{"Content-Type", false},
	{"Host", false},
	{"User-Agent", false},
	{"X-Request-Id", false},
	{"\xc3\xa9", false},
};

START_TEST(credential_is_known_by_the_words_of_its_name)
{
	ck_assert_msg(redact_is_credential(span_of(rows[_i].name)) == rows[_i].is_credential, "%s",
		rows[_i].name);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("redact");
	TCase *tcase = tcase_create("redact");

	tcase_add_loop_test(tcase, credential_is_known_by_the_words_of_its_name, 0, COUNT_OF(rows));
	suite_add_tcase(suite, tcase);
	return suite;
}
