#include "rig/suite.h"
#include "wire/hostport.h"

#define COUNT_OF(array) (int)(sizeof(array) / sizeof *(array))

static const struct good {
	const char *text;
	const char *host;
	uint16_t port;
} addresses[] = {
	{":3004", "", 3004},
	{"*:3004", "", 3004},
	{"127.0.0.1:0", "127.0.0.1", 0},
	{"127.0.0.1:65535", "127.0.0.1", 65535},
	{"[::]:1", "::", 1},
	{"[2001:db8::192.0.2.1]:3004", "2001:db8::192.0.2.1", 3004},
};

START_TEST(parse_listen_given_good_address_reads_it)
{
	struct host_port address = {SPAN_LITERAL("unset"), 7};

	ck_assert(hostport_parse_listen(span_of(addresses[_i].text), &address));
	ck_assert(span_is(address.host, addresses[_i].host));
	ck_assert_uint_eq(address.port, addresses[_i].port);
}
END_TEST

static const char *const bad_addresses[] = {"", "3004", "127.0.0.1",
	"127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1: 1", "127.0.0.1:http",
	"127.0.0.1:3004:", "127.1:3004", "300.0.0.1:3004", "localhost:3004", "::1:3004", "[", "[::1",
	"[::1]", "[::1]3004", "[::1]:", "[::1:3004", "[]:3004", "[127.0.0.1]:3004", "[*]:3004",
	"**:3004", "unix:/run/ml.sock"};

START_TEST(parse_listen_given_anything_else_sets_nothing)
{
	struct host_port address = {SPAN_LITERAL("unset"), 7};

	ck_assert(!hostport_parse_listen(span_of(bad_addresses[_i]), &address));
	ck_assert(span_is(address.host, "unset"));
	ck_assert_uint_eq(address.port, 7);
}
END_TEST

static const struct good hosts[] = {
	{"localhost", "localhost", 0},
	{"localhost:3004", "localhost", 3004},
	{"Box.lan.:80", "Box.lan.", 80},
	{"a_b-c~d", "a_b-c~d", 0},
	{"box:", "box", 0},
	{"192.0.2.1:65535", "192.0.2.1", 65535},
	{"[::1]", "::1", 0},
	{"[::1]:", "::1", 0},
	{"[::1]:1", "::1", 1},
};

START_TEST(parse_given_good_host_reads_it)
{
	struct host_port host = {SPAN_LITERAL("unset"), 7};

	ck_assert(hostport_parse(span_of(hosts[_i].text), &host));
	ck_assert(span_is(host.host, hosts[_i].host));
	ck_assert_uint_eq(host.port, hosts[_i].port);
}
END_TEST

static const char *const bad_hosts[] = {"", ":", ":3004", "*", "a b", "a,b", "user@box", "box/",
	"a:0", "a:65536", "a:http", "a:1:2", "::1", "[::1", "[]", "[box]", "[192.0.2.1]", "[::1]1",
	"[::1]x:1", "300.0.0.1", "10.1", "b\xc3\xbcro"};

START_TEST(parse_given_anything_else_sets_nothing)
{
	struct host_port host = {SPAN_LITERAL("unset"), 7};

	ck_assert(!hostport_parse(span_of(bad_hosts[_i]), &host));
	ck_assert(span_is(host.host, "unset"));
	ck_assert_uint_eq(host.port, 7);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("hostport");
	TCase *tcase = tcase_create("hostport");

	tcase_add_loop_test(tcase, parse_listen_given_good_address_reads_it, 0, COUNT_OF(addresses));
	tcase_add_loop_test(
		tcase, parse_listen_given_anything_else_sets_nothing, 0, COUNT_OF(bad_addresses));
	tcase_add_loop_test(tcase, parse_given_good_host_reads_it, 0, COUNT_OF(hosts));
	tcase_add_loop_test(tcase, parse_given_anything_else_sets_nothing, 0, COUNT_OF(bad_hosts));
	suite_add_tcase(suite, tcase);
	return suite;
}
