#include "wire/http1_name.h"

#include "base/ascii.h"
#include "rig/configs.h"
#include "rig/suite.h"

static const struct {
	const char *text;
	enum http1_name name;
	bool may_pass;
} names[] = {
	{"connection", HTTP1_CONNECTION, false},
	{"content-length", HTTP1_CONTENT_LENGTH, false},
	{"expect", HTTP1_EXPECT, false},
	{"http2-settings", HTTP1_HTTP2_SETTINGS, false},
	{"keep-alive", HTTP1_KEEP_ALIVE, false},
	{"proxy-authenticate", HTTP1_PROXY_AUTHENTICATE, false},
	{"proxy-authorization", HTTP1_PROXY_AUTHORIZATION, false},
	{"proxy-connection", HTTP1_PROXY_CONNECTION, false},
	{"te", HTTP1_TE, false},
	{"trailer", HTTP1_TRAILER, false},
	{"transfer-encoding", HTTP1_TRANSFER_ENCODING, false},
	{"upgrade", HTTP1_UPGRADE, false},
	{"accept", HTTP1_ACCEPT, true},
	{"accept-encoding", HTTP1_ACCEPT_ENCODING, true},
	{"authorization", HTTP1_AUTHORIZATION, true},
	{"content-encoding", HTTP1_CONTENT_ENCODING, true},
	{"content-type", HTTP1_CONTENT_TYPE, true},
	{"host", HTTP1_HOST, true},
	{"origin", HTTP1_ORIGIN, true},
	{"sec-fetch-site", HTTP1_SEC_FETCH_SITE, true},
	{"x-request-id", HTTP1_X_REQUEST_ID, true},
};

/* In lower case, upper case, and turn by turn. */
static void write_case(struct span text, int way, char *to)
{
	for (size_t i = 0; i < text.n; i++) {
		bool is_upper = ascii_is_letter(text.p[i]) && (way == 1 || (way == 2 && i % 2));

		to[i] = (char)(text.p[i] - (is_upper ? 'a' - 'A' : 0));
	}
}

START_TEST(of_given_each_name_knows_it_in_any_case)
{
	struct span text = span_of(names[_i].text);
	char bytes[32];

	ck_assert_int_eq(COUNT_OF(names), HTTP1_NAME_COUNT - 1);
	for (int way = 0; way < 3; way++) {
		write_case(text, way, bytes);
		ck_assert_int_eq(http1_name_of((struct span){bytes, text.n}), names[_i].name);
	}
	ck_assert(http1_name_may_pass(names[_i].name, text) == names[_i].may_pass);
}
END_TEST

/* One byte too few, too many, or another; none of these is a name of its own. */
START_TEST(of_given_what_is_nearly_a_name_knows_none)
{
	struct span text = span_of(names[_i].text);
	char bytes[32];

	memcpy(bytes, text.p, text.n);
	bytes[text.n] = 's';
	ck_assert_int_eq(http1_name_of((struct span){bytes, text.n - 1}), HTTP1_OTHER);
	ck_assert_int_eq(http1_name_of((struct span){bytes + 1, text.n - 1}), HTTP1_OTHER);
	ck_assert_int_eq(http1_name_of((struct span){bytes, text.n + 1}), HTTP1_OTHER);
	for (size_t i = 0; i < text.n; i++) {
		bytes[i] ^= 0x40; /* '-' becomes 'm', a letter a digit or a sign */
		ck_assert_int_eq(http1_name_of((struct span){bytes, text.n}), HTTP1_OTHER);
		bytes[i] ^= 0x40;
	}
	ck_assert_int_eq(http1_name_of(SPAN_EMPTY), HTTP1_OTHER);
	ck_assert_int_eq(http1_name_of(SPAN_LITERAL("a-name-longer-than-all")), HTTP1_OTHER);
}
END_TEST

static const struct {
	const char *text;
	bool may_pass;
} others[] = {
	{"accept-language", true},
	{"cookie", true},
	{"trailers", true},
	{"length", true},
	{"content-lengths", true},
	{"content-lengt", true},
	{"transfer-coding", true},
	{"!", true},
	/* what some take for Content-Length and Transfer-Encoding */
	{"Content_Length", false},
	{"Content.Length", false},
	{"ContentLength", false},
	{"content--length", false},
	{"-content-length-", false},
	{"Content-Length2", false},
	{"Transfer_Encoding", false},
	{"transfer.encoding", false},
	{"TRANSFERENCODING", false},
	{"Transfer-Encoding'", false},
	{"9Transfer~Encoding", false},
};

START_TEST(may_pass_given_another_name_looks_at_its_letters)
{
	struct span text = span_of(others[_i].text);

	ck_assert_int_eq(http1_name_of(text), HTTP1_OTHER);
	ck_assert_msg(
		http1_name_may_pass(HTTP1_OTHER, text) == others[_i].may_pass, "%s", others[_i].text);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http1_name");
	TCase *tcase = tcase_create("names");

	tcase_add_loop_test(tcase, of_given_each_name_knows_it_in_any_case, 0, COUNT_OF(names));
	tcase_add_loop_test(tcase, of_given_what_is_nearly_a_name_knows_none, 0, COUNT_OF(names));
	tcase_add_loop_test(
		tcase, may_pass_given_another_name_looks_at_its_letters, 0, COUNT_OF(others));
	suite_add_tcase(suite, tcase);
	return suite;
}
