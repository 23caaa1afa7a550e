#include "wire/har_valid.h"

#include "base/buf.h"
#include "rig/fixture.h"
#include "rig/suite.h"
#include "wire/har_entries.h"

static const char *const files[] = {
	"har/ours.har", "imports/mitmproxy-11.har", "imports/playwright-embed.har"};

/* As har-schema and ajv see them, too: tests/node/har.test.mjs. */
START_TEST(entries_of_real_files_are_valid)
{
	BUF_AUTO struct buf file = {0};
	struct har_entries entries;
	struct span entry;
	struct span in;
	struct err err;
	int count = 0;

	fixture_read(files[_i], &file);
	in = buf_span(&file);
	har_entries_init(&entries);
	while (har_entries_next(&entries, &in, &entry, &err) > 0) {
		ck_assert_msg(har_valid(entry, &err) == 0, "%s", err.text);
		count++;
	}
	ck_assert_int_gt(count, 4);
	har_entries_deinit(&entries);
}
END_TEST

static const char valid[] =
	"{\"startedDateTime\":\"2026-11-21T04:02:45.596Z\",\"time\":1.5,\"request\":{\"method\":"
	"\"POST\","
	"\"url\":\"http://ml:3003/predict?a=%20\",\"httpVersion\":\"HTTP/"
	"1.1\",\"cookies\":[{\"name\":\"c\","
	"\"value\":\"d\",\"expires\":null,\"secure\":true}],\"headers\":[{\"name\":\"a\",\"value\":"
	"\"b\"},"
	"{\"name\":\"e\",\"value\":\"f\"}],\"queryString\":[],\"headersSize\":-1,\"bodySize\":3,"
	"\"postData\":"
	"{\"mimeType\":\"t\",\"params\":[{\"name\":\"p\"}]}},\"response\":{\"status\":200,"
	"\"statusText\":"
	"\"OK\",\"httpVersion\":\"HTTP/1.1\",\"cookies\":[],\"headers\":[],\"content\":{\"size\":7.0,"
	"\"mimeType\":\"x-unknown\"},\"redirectURL\":\"\",\"headersSize\":-1,\"bodySize\":-1},"
	"\"cache\":{},"
	"\"timings\":{\"send\":0,\"wait\":-1,\"receive\":0.5},\"serverIPAddress\":\"::1\",\"_own\":[1]"
	"}";

/* What is written instead of what, and what is wrong then; nothing: it is valid nevertheless. */
static const struct {
	const char *from;
	const char *to;
	const char *why;
} cases[] = {
	{"\"time\":1.5,", "", "time: is missing"},
	{"\"cache\":{},", "", "cache: is missing"},
	{"\"cache\":{}", "\"cache\":null", "cache: wanted an object"},
	{"\"time\":1.5", "\"time\":\"1\"", "time: wanted a number"},
	{"\"time\":1.5", "\"t\\u0069me\":1.5", ""},
	{"\"time\":1.5", "\"time\":1.5,\"time\":null", "time: wanted a number"},
	{"2026-11-21T", "2026-13-21T", "startedDateTime: wanted a moment by RFC 3339"},
	{"\"2026-11-21T04:02:45.596Z\"", "1795", "startedDateTime: wanted a moment by RFC 3339"},
	{"\"2026-11-21T04:02:45.596Z\"", "\"1795248336544\"",
		"startedDateTime: wanted a moment by RFC 3339"},
	{".596Z", ".59612345+02:00", ""},
	{"http://ml", "/ml", "request.url: wanted a URI"},
	{"http://ml", "1http://ml", "request.url: wanted a URI"},
	{"a=%20", "a=%2", "request.url: wanted a URI"},
	{"a=%20", "a=<>", "request.url: wanted a URI"},
	{"a=%20", "a=\xc3\xa9", "request.url: wanted a URI"},
	{"\"queryString\":[]", "\"queryString\":[1]", "request.queryString[0]: wanted an object"},
	{"\"queryString\":[]", "\"queryString\":{}", "request.queryString: wanted an array"},
	{"\"value\":\"f\"", "\"value\":0", "request.headers[1].value: wanted a string"},
	{"\"name\":\"e\",", "", "request.headers[1].name: is missing"},
	{"\"expires\":null", "\"expires\":0",
		"request.cookies[0].expires: wanted a moment by RFC 3339 or null"},
	{"\"secure\":true", "\"secure\":1", "request.cookies[0].secure: wanted true or false"},
	{"\"bodySize\":3", "\"bodySize\":3.5", "request.bodySize: wanted an integer"},
	{"\"bodySize\":3", "\"bodySize\":3e-1", "request.bodySize: wanted an integer"},
	{"\"bodySize\":3", "\"bodySize\":3e1", ""},
	{"\"bodySize\":3", "\"bodySize\":null", "request.bodySize: wanted an integer"},
	{"\"mimeType\":\"t\",", "", "request.postData.mimeType: is missing"},
	{"[{\"name\":\"p\"}]", "[{\"value\":\"p\"}]", "request.postData.params[0].name: is missing"},
	{"\"size\":7.0,", "", "response.content.size: is missing"},
	{"\"redirectURL\":\"\"", "\"redirectURL\":null", "response.redirectURL: wanted a string"},
	{"\"wait\":-1", "\"wait\":null", "timings.wait: wanted a number"},
	{"\"::1\"", "\"127.0.0.1\"", ""},
	{"\"::1\"", "\"[::1]\"", "serverIPAddress: wanted an IP address"},
	{"\"::1\"", "\"127.0.0.1:80\"", "serverIPAddress: wanted an IP address"},
	{"\"_own\":[1]", "\"comment\":1", "comment: wanted a string"},
	{"\"_own\":[1]", "\"x\":null", ""},
};

START_TEST(what_is_wrong_is_named)
{
	const char *at = strstr(valid, cases[_i].from);
	BUF_AUTO struct buf entry = {0};
	struct err err = {0};

	ck_assert_int_eq(har_valid(span_of(valid), &err), 0);
	ck_assert_ptr_nonnull(at);
	buf_add(&entry, span_between(valid, at));
	buf_add_text(&entry, cases[_i].to);
	buf_add_text(&entry, at + strlen(cases[_i].from));
	ck_assert_int_eq(har_valid(buf_span(&entry), &err), cases[_i].why[0] ? -1 : 0);
	ck_assert_str_eq(err.text, cases[_i].why);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("har_valid");
	TCase *tcase = tcase_create("har_valid");

	tcase_add_loop_test(tcase, entries_of_real_files_are_valid, 0, ROWS(files));
	tcase_add_loop_test(tcase, what_is_wrong_is_named, 0, ROWS(cases));
	suite_add_tcase(suite, tcase);
	return suite;
}
