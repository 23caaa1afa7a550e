#include "domain/redact.h"

#include "rig/configs.h"
#include "rig/fixture.h"
#include "rig/suite.h"
#include "wire/image.h"

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
	{"accessToken", true},
	{"sessionId", true},
	{"xApiKey", true},
	{"accesstoken", true},
	{"X-AuthToken", true},
	{"sessionid", true},
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

static const struct {
	const char *json;
	const char *pattern;
	const char *after; /* NULL: nothing is written */
} values[] = {
	{"{\"a\":{\"b\":\"secret\",\"c\":1}}", "a.b", "{\"a\":{\"b\":\"(redacted)\",\"c\":1}}"},
	{" { \"a\" : 12.5 } ", "a", " { \"a\" : 0 } "},
	{"{\"a\":true,\"b\":null}", "*", "{\"a\":false,\"b\":null}"},
	{"{\"a\":[1,2],\"b\":{\"c\":3}}", "*", "{\"a\":[],\"b\":{}}"},
	{"{\"a\":[1,\"x\",{\"b\":2}]}", "a[*]", "{\"a\":[0,\"(redacted)\",{}]}"},
	{"{\"a\":[1,\"x\"]}", "a[1]", "{\"a\":[1,\"(redacted)\"]}"},
	{"{\"a\":{\"b\":1},\"b\":2,\"c\":[{\"b\":\"\"}]}", "**.b",
		"{\"a\":{\"b\":0},\"b\":0,\"c\":[{\"b\":\"(redacted)\"}]}"},
	{"{\"a\":1,\"a\":2}", "a", "{\"a\":0,\"a\":0}"},
	{"{\"\\u0061\":\"x\"}", "a", "{\"\\u0061\":\"(redacted)\"}"},
	{"{\"a\":1}", "b", NULL},
	{"{\"a\":1}", "a.b", NULL},
	{"[]", "a", NULL},
	{"7", "a", NULL},
};

START_TEST(json_given_pattern_is_replaced_there_and_nowhere_else)
{
	BUF_AUTO struct buf out = {0};
	bool is_written = redact_json(span_of(values[_i].json), span_of(values[_i].pattern), &out);

	ck_assert_int_eq(is_written, values[_i].after != NULL);
	ck_assert_msg(span_equal(buf_span(&out), span_of(is_written ? values[_i].after : "")), "%.*s",
		SPAN_ARG(buf_span(&out)));
}
END_TEST

START_TEST(picture_of_no_known_kind_is_not_written)
{
	BUF_AUTO struct buf out = {0};

	ck_assert(!redact_exif(SPAN_LITERAL("GIF89a"), &out));
	ck_assert(!redact_picture(SPAN_LITERAL("GIF89a"), &out));
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

/* The bytes of the one that was there are nowhere in it. */
START_TEST(picture_is_replaced_by_one_of_the_same_size)
{
	BUF_AUTO struct buf file = {0};
	BUF_AUTO struct buf out = {0};
	struct image_size size;

	fixture_read("pictures/rotated-exif.jpg", &file);
	ck_assert(redact_picture(buf_span(&file), &out));
	ck_assert(image_read_size(buf_span(&out), &size));
	ck_assert(size.width == 640 && size.height == 427);
	ck_assert_uint_eq(out.n, file.n);
	ck_assert(!memmem(out.bytes, out.n, file.bytes + file.n / 2, 16));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("redact");
	TCase *tcase = tcase_create("redact");

	tcase_add_loop_test(tcase, credential_is_known_by_the_words_of_its_name, 0, COUNT_OF(rows));
	tcase_add_loop_test(
		tcase, json_given_pattern_is_replaced_there_and_nowhere_else, 0, COUNT_OF(values));
	tcase_add_test(tcase, picture_of_no_known_kind_is_not_written);
	tcase_add_test(tcase, picture_is_replaced_by_one_of_the_same_size);
	suite_add_tcase(suite, tcase);
	return suite;
}
