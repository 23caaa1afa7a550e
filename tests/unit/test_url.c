#include "rig/suite.h"
#include "wire/url.h"

static const struct good {
	const char *text;
	enum url_scheme scheme;
	const char *authority;
	const char *host;
	uint16_t port;
	const char *base;
} goods[] = {
	{"http://ml", URL_HTTP, "ml", "ml", 80, ""},
	{"http://ml/", URL_HTTP, "ml", "ml", 80, ""},
	{"http://ml:3003", URL_HTTP, "ml:3003", "ml", 3003, ""},
	{"http://ml:3003/", URL_HTTP, "ml:3003", "ml", 3003, ""},
	{"HTTP://ML:3003", URL_HTTP, "ML:3003", "ML", 3003, ""},
	{"http://ml:1", URL_HTTP, "ml:1", "ml", 1, ""},
	{"http://ml:65535", URL_HTTP, "ml:65535", "ml", 65535, ""},
	{"http://ml:080", URL_HTTP, "ml:080", "ml", 80, ""},
	{"http://immich_machine-learning:3003", URL_HTTP, "immich_machine-learning:3003",
		"immich_machine-learning", 3003, ""},
	{"http://gpu.lan.:3003", URL_HTTP, "gpu.lan.:3003", "gpu.lan.", 3003, ""},
	{"http://192.168.1.5:3003", URL_HTTP, "192.168.1.5:3003", "192.168.1.5", 3003, ""},
	{"http://5gpu", URL_HTTP, "5gpu", "5gpu", 80, ""},
	{"http://[::1]", URL_HTTP, "[::1]", "::1", 80, ""},
	{"http://[::1]:3003/base", URL_HTTP, "[::1]:3003", "::1", 3003, "/base"},
	{"http://[2001:db8::192.0.2.1]:3003", URL_HTTP, "[2001:db8::192.0.2.1]:3003",
		"2001:db8::192.0.2.1", 3003, ""},
	{"http://ml/base", URL_HTTP, "ml", "ml", 80, "/base"},
	{"http://ml/a/b/", URL_HTTP, "ml", "ml", 80, "/a/b"},
	{"http://ml//", URL_HTTP, "ml", "ml", 80, ""},
	{"http://ml//a//b//", URL_HTTP, "ml", "ml", 80, "//a//b"},
	{"http://ml/A-z.0_~!$&'()*+,;=:@", URL_HTTP, "ml", "ml", 80, "/A-z.0_~!$&'()*+,;=:@"},
	{"http://ml/%C3%a4", URL_HTTP, "ml", "ml", 80, "/%C3%a4"},
	{"https://ml", URL_HTTPS, "ml", "ml", 443, ""},
	{"https://ml/base/", URL_HTTPS, "ml", "ml", 443, "/base"},
	{"HTTPS://ML:80", URL_HTTPS, "ML:80", "ML", 80, ""},
	{"https://[::1]:8443/a/b", URL_HTTPS, "[::1]:8443", "::1", 8443, "/a/b"},
	{"https://[::1]", URL_HTTPS, "[::1]", "::1", 443, ""},
	{"unix:/run/ml.sock", URL_UNIX, "localhost", "/run/ml.sock", 0, ""},
	{"UNIX:/run/ml.sock", URL_UNIX, "localhost", "/run/ml.sock", 0, ""},
	{"unix:/a b/%20?#\xc3\xa4", URL_UNIX, "localhost", "/a b/%20?#\xc3\xa4", 0, ""},
};

START_TEST(parse_given_good_url_names_its_parts)
{
	const struct good *good = &goods[_i];
	struct span text = span_of(good->text);
	struct url url;
	struct err err = {0};

	ck_assert_msg(url_parse(text, &url, &err) == 0, "%s: %s", good->text, err.text);
	ck_assert_int_eq(url.scheme, good->scheme);
	ck_assert(span_equal(url.text, text));
	ck_assert_msg(span_is(url.authority, good->authority), "%.*s", SPAN_ARG(url.authority));
	ck_assert_msg(span_is(url.host, good->host), "%.*s", SPAN_ARG(url.host));
	ck_assert_uint_eq(url.port, good->port);
	ck_assert_msg(span_is(url.base, good->base), "%.*s", SPAN_ARG(url.base));
}
END_TEST

#define BAD(text, why) {SPAN_LITERAL(text), why}

static const struct bad {
	struct span text;
	const char *why; /* is part of the error's text */
} bads[] = {
	BAD("", "is empty"),
	BAD("ml", "begin with http://"),
	BAD("ml:3003", "begin with http://"),
	BAD("192.168.1.5:3003", "begin with http://"),
	BAD("//ml", "begin with http://"),
	BAD("http:ml", "begin with http://"),
	BAD("http:/ml", "begin with http://"),
	BAD(" http://ml", "begin with http://"),
	BAD("ftp://ml", "begin with http://"),
	BAD("unix", "begin with http://"),
	BAD("https", "begin with http://"),
	BAD("https:/ml", "begin with http://"),
	BAD("httpss://ml", "begin with http://"),
	BAD("https://", "no host"),
	BAD("https://:443", "no host"),
	BAD("https://ml:0", "port"),
	BAD("https://user:pass@ml", "user"),
	BAD("https://ml?x", "query"),
	BAD("http://", "no host"),
	BAD("http:///base", "no host"),
	BAD("http://:3003", "no host"),
	BAD("http://[]", "IPv6"),
	BAD("http://[]:3003", "IPv6"),
	BAD("http://[::1", "IPv6"),
	BAD("http://::1", "brackets"),
	BAD("http://::1:3003", "brackets"),
	BAD("http://ml:30:03", "brackets"),
	BAD("http://[::1]x", "port"),
	BAD("http://[::1]3003", "port"),
	BAD("http://[1:2:3]", "IPv6"),
	BAD("http://[fe80::1%25eth0]", "IPv6"),
	BAD("http://[127.0.0.1]", "IPv6"),
	BAD("http://[v1.x]", "IPv6"),
	BAD("http://[::1\0]", "IPv6"),
	BAD("http://[0000:0000:0000:0000:0000:0000:255.255.255.2550000000000000000000000]", "IPv6"),
	BAD("http://ml]", "host"),
	BAD("http://300.1.1.1", "IPv4"),
	BAD("http://192.168.1", "IPv4"),
	BAD("http://192.168.1.2.", "IPv4"),
	BAD("http://3232235777", "IPv4"),
	BAD("http://ml:", "port"),
	BAD("http://ml:/", "port"),
	BAD("http://ml:0", "port"),
	BAD("http://ml:65536", "port"),
	BAD("http://ml:99999999999999999999", "port"),
	BAD("http://ml:-1", "port"),
	BAD("http://ml:+1", "port"),
	BAD("http://ml: 80", "port"),
	BAD("http://ml:80a", "port"),
	BAD("http://ml:0x50", "port"),
	BAD("http://user@ml", "user"),
	BAD("http://user:pass@ml:3003/x", "user"),
	BAD("http://@ml", "user"),
	BAD("http://ml?", "query"),
	BAD("http://ml/?x=1", "query"),
	BAD("http://ml/x?", "query"),
	BAD("http://ml#", "fragment"),
	BAD("http://ml/x#y", "fragment"),
	BAD("http://m l", "host"),
	BAD("http://m\tl", "host"),
	BAD("http://ml\n", "host"),
	BAD("http://m\0l", "host"),
	BAD("http://m\xc3\xa4", "host"),
	BAD("http://m%6c", "host"),
	BAD("http://m,l", "host"),
	BAD("http://ml\\x", "host"),
	BAD("http://ml/a b", "path"),
	BAD("http://ml/\r\nX: y", "path"),
	BAD("http://ml/\0", "path"),
	BAD("http://ml/\x7f", "path"),
	BAD("http://ml/\xc3\xa4", "path"),
	BAD("http://ml/\"", "path"),
	BAD("http://ml/<x>", "path"),
	BAD("http://ml/a\\b", "path"),
	BAD("http://ml/a^b`c|{d}", "path"),
	BAD("http://ml/%", "path"),
	BAD("http://ml/%2", "path"),
	BAD("http://ml/%2x", "path"),
	BAD("http://ml/%g0", "path"),
	BAD("unix:", "path"),
	BAD("unix:/", "path"),
	BAD("unix:ml.sock", "path"),
	BAD("unix:/a\nb", "path"),
	BAD("unix:/a\0b", "path"),
	BAD("unix:/a\x7f", "path"),
};

START_TEST(parse_given_bad_url_says_why)
{
	const struct bad *bad = &bads[_i];
	struct url url = {.port = 7};
	struct err err = {0};

	ck_assert_msg(url_parse(bad->text, &url, &err) == -1, "%.*s", SPAN_ARG(bad->text));
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_msg(strstr(err.text, bad->why), "%.*s: %s", SPAN_ARG(bad->text), err.text);
	ck_assert_uint_eq(url.port, 7);
}
END_TEST

static int parse_of_length(size_t n, struct err *err)
{
	static const char start[] = "http://ml/";
	char text[URL_BYTES_MAX + 1];
	struct url url;

	memset(text, 'a', sizeof text);
	memcpy(text, start, sizeof start - 1);
	return url_parse((struct span){text, n}, &url, err);
}

START_TEST(parse_given_length_at_and_over_the_limit)
{
	struct err err = {0};

	ck_assert_int_eq(parse_of_length(URL_BYTES_MAX, &err), 0);
	ck_assert_int_eq(parse_of_length(URL_BYTES_MAX + 1, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert(strstr(err.text, "2048"));
}
END_TEST

START_TEST(parse_given_socket_path_at_and_over_the_limit)
{
	char text[5 + 108];
	struct url url;
	struct err err = {0};

	memset(text, 'a', sizeof text);
	memcpy(text, "unix:/", 6);
	ck_assert_int_eq(url_parse((struct span){text, 5 + 107}, &url, &err), 0);
	ck_assert_uint_eq(url.host.n, 107);
	ck_assert_int_eq(url_parse((struct span){text, 5 + 108}, &url, &err), -1);
	ck_assert(strstr(err.text, "107 bytes"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("url");
	TCase *tcase = tcase_create("parse");

	tcase_add_loop_test(
		tcase, parse_given_good_url_names_its_parts, 0, sizeof goods / sizeof *goods);
	tcase_add_loop_test(tcase, parse_given_bad_url_says_why, 0, sizeof bads / sizeof *bads);
	tcase_add_test(tcase, parse_given_length_at_and_over_the_limit);
	tcase_add_test(tcase, parse_given_socket_path_at_and_over_the_limit);
	suite_add_tcase(suite, tcase);
	return suite;
}
