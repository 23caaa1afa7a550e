#include "domain/access.h"

#include "wire/hostport.h"
#include "wire/mediatype.h"
#include "wire/url.h"

/* -- names ----------------------------------------------------------------------------------- */

/* `box.` is `box`, and ours if that is. */
static struct span without_dot(struct span name)
{
	return name.n && name.p[name.n - 1] == '.' ? span_first(name, name.n - 1) : name;
}

static bool is_same_name(struct span a, struct span b)
{
	return span_equal_nocase(without_dot(a), without_dot(b));
}

/* box, box.local, and box.lan for the machine box.lan. */
static bool is_machine(struct span name, struct span machine)
{
	struct span rest = machine;
	struct span label = span_cut(&rest, '.');

	if (!label.n)
		return false;
	return span_equal_nocase(name, machine) || span_equal_nocase(name, label) ||
		   (span_equal_nocase(span_first(name, label.n), label) &&
			   span_equal_nocase(span_skip(name, label.n), SPAN_LITERAL(".local")));
}

static bool is_ours(const struct config_access *access, struct span machine, struct span text)
{
	struct host_port asked;

	if (!hostport_parse(text, &asked))
		return false;
	if (url_is_ipv4(asked.host) || url_is_ipv6(asked.host) ||
		is_same_name(asked.host, SPAN_LITERAL("localhost")) ||
		is_machine(without_dot(asked.host), machine))
		return true;
	for (size_t i = 0; access && i < access->host_count; i++)
		if (is_same_name(asked.host, access->hosts[i]))
			return true;
	return false;
}

/* Who the request says that we are. Of a target with a name in it that is the one (RFC 9112,
 * section 3.2.2), whatever Host says. Empty when it does not say. */
static struct span asked_host(const struct http1_head *head)
{
	struct span host = SPAN_EMPTY;

	if (head->authority.n)
		return head->authority;
	(void)http1_find(head, HTTP1_HOST, &host);
	return host;
}

/* Both names must be ours where there are two: who sees which of them is not for us to guess. */
static bool has_foreign_host(
	const struct config_access *access, struct span machine, const struct http1_head *head)
{
	struct span host;

	return (head->authority.n && !is_ours(access, machine, head->authority)) ||
		   (http1_find(head, HTTP1_HOST, &host) && !is_ours(access, machine, host));
}

/* -- the token ------------------------------------------------------------------------------- */

bool access_is_token(const struct config_access *access, struct span authorization)
{
	return access->admin_token.n &&
		   span_equal_nocase(span_cut(&authorization, ' '), SPAN_LITERAL("bearer")) &&
		   span_equal_secret(span_trim(authorization), access->admin_token);
}

static bool has_token(const struct config_access *access, const struct http1_head *head)
{
	struct span given;

	if (!access || !access->admin_token.n)
		return true;
	return http1_find(head, HTTP1_AUTHORIZATION, &given) && access_is_token(access, given);
}

/* -- pages of others ------------------------------------------------------------------------- */

static bool changes_something(const struct http1_head *head)
{
	return !span_is(head->method, "GET") && !span_is(head->method, "HEAD") &&
		   !span_is(head->method, "OPTIONS");
}

/* Where no port is named it is the scheme's own. Which scheme we were asked by only who stands
 * before us knows, so that without ports http and https are the same here. */
static bool is_same_origin(struct span origin, struct span host)
{
	bool is_https = span_equal_nocase(span_first(origin, 8), SPAN_LITERAL("https://"));
	bool is_http = span_equal_nocase(span_first(origin, 7), SPAN_LITERAL("http://"));
	uint16_t usual = is_https ? 443 : 80;
	struct host_port theirs;
	struct host_port ours;

	if ((!is_http && !is_https) || !hostport_parse(host, &ours) ||
		!hostport_parse(span_skip(origin, is_https ? 8 : 7), &theirs))
		return false;
	return is_same_name(theirs.host, ours.host) &&
		   (theirs.port ? theirs.port : usual) == (ours.port ? ours.port : usual);
}

/* What a browser says of itself by Sec-Fetch-Site, which it does where it trusts the way, tells
 * http from https, too. */
static bool has_foreign_origin(const struct http1_head *head)
{
	struct span host = asked_host(head);
	struct span site;

	for (size_t i = 0; i < head->field_count; i++)
		if (head->fields[i].which == HTTP1_ORIGIN && !is_same_origin(head->fields[i].value, host))
			return true;
	return http1_find(head, HTTP1_SEC_FETCH_SITE, &site) && !span_is(site, "same-origin") &&
		   !span_is(site, "none");
}

static bool lacks_json(const struct http1_head *head)
{
	struct mediatype_params params;
	struct span type;

	if (!span_is(head->method, "POST") && !span_is(head->method, "PUT") &&
		!span_is(head->method, "PATCH"))
		return false;
	return !http1_find(head, HTTP1_CONTENT_TYPE, &type) ||
		   !span_equal_nocase(mediatype_value(type, &params), SPAN_LITERAL("application/json"));
}

/* -- all of it ------------------------------------------------------------------------------- */

enum access access_judge(
	const struct config_access *access, struct span machine, const struct http1_head *head)
{
	if (has_foreign_host(access, machine, head))
		return ACCESS_FOREIGN_HOST;
	if (!has_token(access, head))
		return ACCESS_NO_TOKEN;
	if (changes_something(head) && has_foreign_origin(head))
		return ACCESS_FOREIGN_ORIGIN;
	return lacks_json(head) ? ACCESS_NOT_JSON : ACCESS_GRANTED;
}
