/* The rules of har-schema 2.0 as tables, an object each, but for what a browser's cache held.
 * Members of other names are nobody's business. */
#include "wire/har_valid.h"

#include <math.h>

#include "base/ascii.h"
#include "base/utc.h"
#include "wire/json.h"
#include "wire/json_number.h"
#include "wire/percent.h"
#include "wire/url.h"

struct rules;

struct rule {
	const char *key;
	bool (*fits)(struct span value, struct arena *arena);
	const char *wanted;
	bool is_required;
	const struct rules *object;  /* the value is such a one, and not looked at by fits */
	const struct rules *element; /* it is an array of such */
};

enum { RULES_MAX = 16 }; /* of an object */

struct rules {
	struct rule rules[RULES_MAX];
};

/* -- values ---------------------------------------------------------------------------------- */

static bool is_string(struct span value, struct arena *arena)
{
	(void)arena;
	return json_type_of(value) == JSON_STRING;
}

static bool is_boolean(struct span value, struct arena *arena)
{
	(void)arena;
	return json_type_of(value) == JSON_TRUE || json_type_of(value) == JSON_FALSE;
}

static bool is_number(struct span value, struct arena *arena)
{
	(void)arena;
	return json_type_of(value) == JSON_NUMBER;
}

/* 5.0 and 5e1 are, too. */
static bool is_integer(struct span value, struct arena *arena)
{
	double number;

	if (!is_number(value, arena))
		return false;
	number = json_number_value(value);
	return number == floor(number);
}

static bool is_moment(struct span value, struct arena *arena)
{
	int64_t us;

	return json_type_of(value) == JSON_STRING && utc_read(json_string(value, arena), &us);
}

static bool is_moment_or_null(struct span value, struct arena *arena)
{
	return json_type_of(value) == JSON_NULL || is_moment(value, arena);
}

static bool may_be_in_uri(struct span rest)
{
	char c = rest.p[0];

	return ascii_is_alphanumeric(c) || (c && strchr("-._~:/?#[]@!$&'()*+,;=", c)) ||
		   percent_is_escape(rest);
}

/* With a scheme (RFC 3986). */
static bool is_uri(struct span value, struct arena *arena)
{
	struct span uri;
	struct span rest;
	struct span scheme;

	if (json_type_of(value) != JSON_STRING)
		return false;
	uri = rest = json_string(value, arena);
	scheme = span_cut(&rest, ':');
	if (!scheme.n || scheme.n == uri.n || !ascii_is_letter(scheme.p[0]))
		return false;
	while (uri.n && may_be_in_uri(uri))
		uri = span_skip(uri, 1);
	return !uri.n;
}

static bool is_address(struct span value, struct arena *arena)
{
	struct span text;

	if (json_type_of(value) != JSON_STRING)
		return false;
	text = json_string(value, arena);
	return url_is_ipv4(text) || url_is_ipv6(text);
}

/* -- objects --------------------------------------------------------------------------------- */

#define STRING(key, is_required)        {key, is_string, "a string", is_required, NULL, NULL}
#define NUMBER(key, is_required)        {key, is_number, "a number", is_required, NULL, NULL}
#define INTEGER(key, is_required)       {key, is_integer, "an integer", is_required, NULL, NULL}
#define BOOLEAN(key)                    {key, is_boolean, "true or false", false, NULL, NULL}
#define MOMENT(key)                     {key, is_moment, "a moment by RFC 3339", true, NULL, NULL}
#define OBJECT(key, is_required, rules) {key, NULL, "an object", is_required, &(rules), NULL}
#define ARRAY(key, is_required, rules)  {key, NULL, "an array", is_required, NULL, &(rules)}

static const struct rules pair = {{
	STRING("name", true),
	STRING("value", true),
	STRING("comment", false),
}};

static const struct rules cookie = {{
	STRING("name", true),
	STRING("value", true),
	STRING("path", false),
	STRING("domain", false),
	{"expires", is_moment_or_null, "a moment by RFC 3339 or null", false, NULL, NULL},
	BOOLEAN("httpOnly"),
	BOOLEAN("secure"),
	STRING("comment", false),
}};

static const struct rules parameter = {{
	STRING("name", true),
	STRING("value", false),
	STRING("fileName", false),
	STRING("contentType", false),
	STRING("comment", false),
}};

static const struct rules post_data = {{
	STRING("mimeType", true),
	STRING("text", false),
	ARRAY("params", false, parameter),
	STRING("comment", false),
}};

static const struct rules request = {{
	STRING("method", true),
	{"url", is_uri, "a URI", true, NULL, NULL},
	STRING("httpVersion", true),
	ARRAY("cookies", true, cookie),
	ARRAY("headers", true, pair),
	ARRAY("queryString", true, pair),
	OBJECT("postData", false, post_data),
	INTEGER("headersSize", true),
	INTEGER("bodySize", true),
	STRING("comment", false),
}};

static const struct rules content = {{
	INTEGER("size", true),
	INTEGER("compression", false),
	STRING("mimeType", true),
	STRING("text", false),
	STRING("encoding", false),
	STRING("comment", false),
}};

static const struct rules response = {{
	INTEGER("status", true),
	STRING("statusText", true),
	STRING("httpVersion", true),
	ARRAY("cookies", true, cookie),
	ARRAY("headers", true, pair),
	OBJECT("content", true, content),
	STRING("redirectURL", true),
	INTEGER("headersSize", true),
	INTEGER("bodySize", true),
	STRING("comment", false),
}};

static const struct rules cache = {{STRING("comment", false)}};

static const struct rules timings = {{
	NUMBER("blocked", false),
	NUMBER("dns", false),
	NUMBER("connect", false),
	NUMBER("send", true),
	NUMBER("wait", true),
	NUMBER("receive", true),
	NUMBER("ssl", false),
	STRING("comment", false),
}};

static const struct rules whole = {{
	STRING("pageref", false),
	MOMENT("startedDateTime"),
	NUMBER("time", true),
	OBJECT("request", true, request),
	OBJECT("response", true, response),
	OBJECT("cache", true, cache),
	OBJECT("timings", true, timings),
	{"serverIPAddress", is_address, "an IP address", false, NULL, NULL},
	STRING("connection", false),
	STRING("comment", false),
}};

/* -- checking -------------------------------------------------------------------------------- */

/* What is wrong with a member of a member. */
static int fail_inside(const char *key, const size_t *index, struct err *err)
{
	struct err inner = *err;

	if (index)
		return err_set(err, ERR_INVALID, "%s[%zu].%.200s", key, *index, inner.text);
	return err_set(err, ERR_INVALID, "%s.%.200s", key, inner.text);
}

static int check_object(
	struct span object, const struct rules *rules, struct arena *arena, struct err *err);

static int check_elements(
	struct span array, const struct rule *rule, struct arena *arena, struct err *err)
{
	struct json_elements walk = json_elements_of(array);
	struct span element;

	for (size_t i = 0; json_elements_next(&walk, &element); i++) {
		if (json_type_of(element) != JSON_OBJECT)
			return err_set(err, ERR_INVALID, "%s[%zu]: wanted an object", rule->key, i);
		if (check_object(element, rule->element, arena, err) < 0)
			return fail_inside(rule->key, &i, err);
	}
	return 0;
}

static bool has_type(struct span value, const struct rule *rule, struct arena *arena)
{
	if (rule->fits)
		return rule->fits(value, arena);
	return json_type_of(value) == (rule->object ? JSON_OBJECT : JSON_ARRAY);
}

static int check_member(
	struct span value, const struct rule *rule, struct arena *arena, struct err *err)
{
	if (!has_type(value, rule, arena))
		return err_set(err, ERR_INVALID, "%s: wanted %s", rule->key, rule->wanted);
	if (rule->element)
		return check_elements(value, rule, arena, err);
	if (rule->object && check_object(value, rule->object, arena, err) < 0)
		return fail_inside(rule->key, NULL, err);
	return 0;
}

static size_t find_rule(const struct rules *rules, struct span key)
{
	size_t i = 0;

	while (
		i < RULES_MAX && rules->rules[i].key && !json_string_is(key, span_of(rules->rules[i].key)))
		i++;
	return i < RULES_MAX && rules->rules[i].key ? i : RULES_MAX;
}

static int check_object(
	struct span object, const struct rules *rules, struct arena *arena, struct err *err)
{
	struct json_members walk = json_members_of(object);
	bool is_there[RULES_MAX] = {false};
	struct span key;
	struct span value;

	while (json_members_next(&walk, &key, &value)) {
		size_t i = find_rule(rules, key);

		if (i == RULES_MAX)
			continue;
		is_there[i] = true;
		if (check_member(value, &rules->rules[i], arena, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < RULES_MAX; i++)
		if (rules->rules[i].is_required && !is_there[i])
			return err_set(err, ERR_INVALID, "%s: is missing", rules->rules[i].key);
	return 0;
}

int har_valid(struct span entry, struct err *err)
{
	struct arena arena;
	int result;

	arena_init(&arena);
	result = check_object(entry, &whole, &arena, err);
	arena_deinit(&arena);
	return result;
}
