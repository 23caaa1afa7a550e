#include "io/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "rig/suite.h"

static struct address address_of(int family, const char *host, uint16_t port)
{
	struct address address = {0};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};

	ck_assert_int_eq(
		inet_pton(family, host, family == AF_INET6 ? (void *)&v6.sin6_addr : &v4.sin_addr), 1);
	address.n = family == AF_INET6 ? sizeof v6 : sizeof v4;
	memcpy(&address.bytes, family == AF_INET6 ? (void *)&v6 : &v4, address.n);
	return address;
}

static const struct {
	int family;
	const char *host;
	uint16_t port;
	const char *text;
} addresses[] = {
	{AF_INET, "127.0.0.1", 3004, "127.0.0.1:3004"},
	{AF_INET, "255.255.255.255", 65535, "255.255.255.255:65535"},
	{AF_INET6, "::1", 1, "[::1]:1"},
	{AF_INET6, "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", 65535,
		"[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:65535"},
};

START_TEST(write_and_port_given_both_families)
{
	struct address address =
		address_of(addresses[_i].family, addresses[_i].host, addresses[_i].port);
	char text[ADDRESS_TEXT_MAX];

	address_write(&address, text);
	ck_assert_str_eq(text, addresses[_i].text);
	ck_assert_uint_eq(address_port(&address), addresses[_i].port);
}
END_TEST

START_TEST(unmap_given_an_ipv4_client_of_an_ipv6_socket_is_ipv4)
{
	static const struct {
		int family;
		const char *host;
		const char *text;
	} rows[] = {
		{AF_INET6, "::ffff:192.0.2.7", "192.0.2.7:3004"},
		{AF_INET6, "::192.0.2.7", "[::192.0.2.7]:3004"},
		{AF_INET6, "2001:db8::ffff:102:304", "[2001:db8::ffff:102:304]:3004"},
		{AF_INET, "192.0.2.7", "192.0.2.7:3004"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct address address = address_of(rows[i].family, rows[i].host, 3004);
		char text[ADDRESS_TEXT_MAX];

		address_unmap(&address);
		address_write(&address, text);
		ck_assert_str_eq(text, rows[i].text);
	}
}
END_TEST

START_TEST(write_given_another_family_is_empty)
{
	struct address address = {.bytes = {.ss_family = AF_UNIX}, .n = sizeof(sa_family_t)};
	char text[ADDRESS_TEXT_MAX] = "before";

	address_write(&address, text);
	ck_assert_str_eq(text, "");
	ck_assert_uint_eq(address_port(&address), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("address");
	TCase *tcase = tcase_create("address");

	tcase_add_loop_test(
		tcase, write_and_port_given_both_families, 0, sizeof addresses / sizeof *addresses);
	tcase_add_test(tcase, unmap_given_an_ipv4_client_of_an_ipv6_socket_is_ipv4);
	tcase_add_test(tcase, write_given_another_family_is_empty);
	suite_add_tcase(suite, tcase);
	return suite;
}
