#include "wire/hostport.h"

#include "wire/url.h"

/* Cuts "[HOST]" off the front; false when it is none, or nothing in them is an IPv6 address. */
static bool cut_brackets(struct span *rest, struct span *ret_host)
{
	struct span inside = span_skip(*rest, 1);
	struct span host = span_cut(&inside, ']');

	if (host.n + 2 > rest->n || !url_is_ipv6(host))
		return false;
	*rest = span_skip(*rest, host.n + 2);
	*ret_host = host;
	return true;
}

static bool has_bracket(struct span text)
{
	return span_starts(text, SPAN_LITERAL("["));
}

/* The port with the colon before it. */
static bool read_port(struct span text, struct span *ret_digits)
{
	if (!span_starts(text, SPAN_LITERAL(":")))
		return false;
	*ret_digits = span_skip(text, 1);
	return true;
}

bool hostport_parse_listen(struct span text, struct host_port *ret_address)
{
	struct span rest = text;
	struct span host;
	struct span digits;
	uint64_t port;

	if (has_bracket(text)) {
		if (!cut_brackets(&rest, &host) || !read_port(rest, &digits))
			return false;
	} else {
		digits = text;
		host = span_cut(&digits, ':');
		host = span_is(host, "*") ? SPAN_EMPTY : host;
		if (host.n && !url_is_ipv4(host))
			return false;
	}
	if (!span_to_number(digits, UINT16_MAX, &port))
		return false;
	*ret_address = (struct host_port){host, (uint16_t)port};
	return true;
}

bool hostport_parse(struct span text, struct host_port *ret_host)
{
	struct span rest = text;
	struct span host = text;
	struct span digits = SPAN_EMPTY;
	uint64_t port = 0;

	if (has_bracket(text)) {
		if (!cut_brackets(&rest, &host))
			return false;
	} else {
		host = span_cut(&rest, ':');
		rest = span_skip(text, host.n);
		if (!url_is_name(host))
			return false;
	}
	if (rest.n && !read_port(rest, &digits))
		return false;
	if (digits.n && (!span_to_number(digits, UINT16_MAX, &port) || !port))
		return false;
	*ret_host = (struct host_port){host, (uint16_t)port};
	return true;
}
