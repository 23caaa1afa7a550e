/* Read from left to right:
 *
 *     http://  [2001:db8::5]:3003  /base/
 *     scheme   authority           base, without the slashes at its end
 *
 * A host is an IPv4 address, an IPv6 address in brackets, or a name of letters, digits and "-._~".
 * Names that end in a number are addresses or mistakes (`192.168.1.300`, `10.1`); what the C
 * library would make of them is nothing that anyone means.
 */
#include "wire/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "base/ascii.h"
#include "wire/percent.h"

enum { SOCKET_PATH_MAX = sizeof((struct sockaddr_un){0}.sun_path) - 1 };

static bool is_one_of(char c, struct span set)
{
	return memchr(set.p, c, set.n);
}

/* RFC 3986's unreserved. */
static bool is_unreserved(char c)
{
	return ascii_is_alphanumeric(c) || is_one_of(c, SPAN_LITERAL("-._~"));
}

/* RFC 3986's path: unreserved, percent-encoded, sub-delims, ':', '@', '/'. */
static bool is_path(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!percent_is_escape(span_skip(s, i)) && !is_unreserved(s.p[i]) &&
			!is_one_of(s.p[i], SPAN_LITERAL("!$&'()*+,;=:@/")))
			return false;
	return true;
}

/* True when the bytes are an address of the family in the form that inet_pton() takes. */
static bool is_address(struct span s, int family)
{
	char text[INET6_ADDRSTRLEN] = {0};
	struct in6_addr address;

	if (!s.n || s.n >= sizeof text || memchr(s.p, '\0', s.n))
		return false;
	memcpy(text, s.p, s.n);
	return inet_pton(family, text, &address) == 1;
}

bool url_is_ipv4(struct span text)
{
	return is_address(text, AF_INET);
}

bool url_is_ipv6(struct span text)
{
	return is_address(text, AF_INET6);
}

/* True when the last label is a number, a final dot set aside. */
static bool ends_in_number(struct span name)
{
	size_t digits = 0;

	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	while (digits < name.n && ascii_is_digit(name.p[name.n - 1 - digits]))
		digits++;
	return digits && (digits == name.n || name.p[name.n - 1 - digits] == '.');
}

static int check_name(struct span name, struct err *err)
{
	if (!name.n)
		return err_set(err, ERR_INVALID, "there is no host");
	for (size_t i = 0; i < name.n; i++)
		if (!is_unreserved(name.p[i]))
			return err_set(err, ERR_INVALID, "there are bytes in the host that no name has");
	if (ends_in_number(name) && !url_is_ipv4(name))
		return err_set(err, ERR_INVALID, "the host is a broken IPv4 address");
	return 0;
}

bool url_is_name(struct span text)
{
	struct err err;

	return check_name(text, &err) == 0;
}

/* Sets the host and returns what follows it. */
static int parse_host(
	struct span authority, struct url *url, struct span *ret_rest, struct err *err)
{
	struct span rest = authority;

	if (!span_starts(authority, SPAN_LITERAL("["))) {
		url->host = span_cut(&rest, ':');
		*ret_rest = span_skip(authority, url->host.n);
		if (rest.n && memchr(rest.p, ':', rest.n))
			return err_set(err, ERR_INVALID, "an IPv6 address needs brackets");
		return check_name(url->host, err);
	}
	rest = span_skip(authority, 1);
	url->host = span_cut(&rest, ']');
	*ret_rest = rest;
	if (url->host.n + 2 > authority.n || !url_is_ipv6(url->host))
		return err_set(err, ERR_INVALID, "there is no IPv6 address in the brackets");
	return 0;
}

static int parse_authority(struct span authority, struct url *url, struct err *err)
{
	struct span port;
	uint64_t number;

	if (authority.n && memchr(authority.p, '@', authority.n))
		return err_set(err, ERR_INVALID, "user and password do not belong here, but in basicAuth");
	url->authority = authority;
	url->port = url->scheme == URL_HTTPS ? 443 : 80;
	if (parse_host(authority, url, &port, err) < 0)
		return -1;
	if (!port.n)
		return 0;
	if (port.p[0] != ':' || !span_to_number(span_skip(port, 1), UINT16_MAX, &number) || !number)
		return err_set(err, ERR_INVALID, "the port is no number from 1 to 65535");
	url->port = (uint16_t)number;
	return 0;
}

static int parse_http(struct span rest, enum url_scheme scheme, struct url *url, struct err *err)
{
	size_t n = 0;

	url->scheme = scheme;
	if (rest.n && memchr(rest.p, '?', rest.n))
		return err_set(err, ERR_INVALID, "there is a query");
	if (rest.n && memchr(rest.p, '#', rest.n))
		return err_set(err, ERR_INVALID, "there is a fragment");
	while (n < rest.n && rest.p[n] != '/')
		n++;
	if (parse_authority(span_first(rest, n), url, err) < 0)
		return -1;
	url->base = span_skip(rest, n);
	while (url->base.n && url->base.p[url->base.n - 1] == '/')
		url->base.n--;
	if (!is_path(url->base))
		return err_set(err, ERR_INVALID, "there are bytes in the path that must be escaped");
	return 0;
}

/* The path is taken as it is: nothing in it is escaped or unescaped. */
static int parse_unix(struct span path, struct url *url, struct err *err)
{
	if (path.n < 2 || path.p[0] != '/')
		return err_set(err, ERR_INVALID, "unix: wants an absolute path");
	if (path.n > SOCKET_PATH_MAX)
		return err_set(err, ERR_INVALID, "the path is over %d bytes", SOCKET_PATH_MAX);
	for (size_t i = 0; i < path.n; i++)
		if ((unsigned char)path.p[i] < 0x20 || path.p[i] == 0x7f)
			return err_set(err, ERR_INVALID, "there is a control character in the path");
	url->scheme = URL_UNIX;
	url->authority = SPAN_LITERAL("localhost");
	url->host = path;
	return 0;
}

/* True when it stood at the front, of which it is then gone. */
static bool cut_scheme(struct span *text, struct span scheme)
{
	if (!span_equal_nocase(span_first(*text, scheme.n), scheme))
		return false;
	*text = span_skip(*text, scheme.n);
	return true;
}

int url_parse(struct span text, struct url *ret_url, struct err *err)
{
	struct url url = {.text = text};
	struct span rest = text;
	int status;

	if (!text.n)
		return err_set(err, ERR_INVALID, "it is empty");
	if (text.n > URL_BYTES_MAX)
		return err_set(err, ERR_INVALID, "it is over %d bytes", URL_BYTES_MAX);
	if (cut_scheme(&rest, SPAN_LITERAL("http://")))
		status = parse_http(rest, URL_HTTP, &url, err);
	else if (cut_scheme(&rest, SPAN_LITERAL("https://")))
		status = parse_http(rest, URL_HTTPS, &url, err);
	else if (cut_scheme(&rest, SPAN_LITERAL("unix:")))
		status = parse_unix(rest, &url, err);
	else
		status = err_set(err, ERR_INVALID, "it does not begin with http://, https:// or unix:");
	if (!status)
		*ret_url = url;
	return status;
}
