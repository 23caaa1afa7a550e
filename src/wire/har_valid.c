/* The rules of har-schema 2.0 as tables, an object each, but for what a browser's cache held.
 * Members of other names are nobody's business. */
#include "wire/har_valid.h"

#include <assert.h>
#include <math.h>

#include "base/ascii.h"
#include "base/buf.h"
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

enum { LEVELS_MAX = 4 }; /* the entry, its request, that one's postData, a parameter */

/* An object that is looked at, and what of it is at the moment. */
struct level {
	const struct rules *rules;
	struct json_members members;
	bool is_there[RULES_MAX];
	const struct rule *rule; /* the member's; NULL: none of interest */
	bool is_array;           /* the member is, whose elements are looked at */
	struct json_elements elements;
	size_t index; /* of the next one */
};

struct walk {
	struct level levels[LEVELS_MAX];
	size_t depth;
	struct arena arena;
	struct err *err;
};

/* Names the place, the last key of which is given. */
static int fail(struct walk *walk, const char *key, const char *what)
{
	BUF_AUTO struct buf path = {0};

	for (size_t i = 0; i + 1 < walk->depth; i++) {
		const struct level *level = &walk->levels[i];

		buf_add_text(&path, level->rule->key);
		if (level->is_array)
			buf_add_format(&path, "[%zu]", level->index - 1);
		buf_add_text(&path, ".");
	}
	return err_set(walk->err, ERR_INVALID, "%.*s%s: %s", SPAN_ARG(buf_span(&path)), key, what);
}

static void enter(struct walk *walk, struct span object, const struct rules *rules)
{
	assert(walk->depth < LEVELS_MAX);
	walk->levels[walk->depth++] =
		(struct level){.rules = rules, .members = json_members_of(object)};
}

static const struct rule *find_rule(struct level *level, struct span key)
{
	for (size_t i = 0; i < RULES_MAX && level->rules->rules[i].key; i++)
		if (json_string_is(key, span_of(level->rules->rules[i].key))) {
			level->is_there[i] = true;
			return &level->rules->rules[i];
		}
	return NULL;
}

static int check_member(struct walk *walk, const struct rule *rule, struct span value)
{
	struct level *level = &walk->levels[walk->depth - 1];
	enum json_type type = rule->object ? JSON_OBJECT : JSON_ARRAY;
	BUF_AUTO struct buf what = {0};

	if (rule->fits ? !rule->fits(value, &walk->arena) : json_type_of(value) != type) {
		buf_add_format(&what, "wanted %s", rule->wanted);
		return fail(walk, rule->key, what.bytes);
	}
	level->rule = rule;
	level->index = 0;
	level->is_array = rule->element;
	if (rule->element)
		level->elements = json_elements_of(value);
	else if (rule->object)
		enter(walk, value, rule->object);
	return 0;
}

static int check_element(struct walk *walk, struct level *level, struct span element)
{
	BUF_AUTO struct buf key = {0};

	level->index++;
	if (json_type_of(element) == JSON_OBJECT) {
		enter(walk, element, level->rule->element);
		return 0;
	}
	buf_add_format(&key, "%s[%zu]", level->rule->key, level->index - 1);
	return fail(walk, key.bytes, "wanted an object");
}

static int leave(struct walk *walk, const struct level *level)
{
	for (size_t i = 0; i < RULES_MAX; i++)
		if (level->rules->rules[i].is_required && !level->is_there[i])
			return fail(walk, level->rules->rules[i].key, "is missing");
	walk->depth--;
	return 0;
}

/* Looks at the next element or member, or at what is missing when there is none. */
static int step(struct walk *walk)
{
	struct level *level = &walk->levels[walk->depth - 1];
	const struct rule *rule;
	struct span key;
	struct span value;

	if (level->is_array && json_elements_next(&level->elements, &value))
		return check_element(walk, level, value);
	level->is_array = false;
	if (!json_members_next(&level->members, &key, &value))
		return leave(walk, level);
	rule = find_rule(level, key);
	return rule ? check_member(walk, rule, value) : 0;
}

int har_valid(struct span entry, struct err *err)
{
	struct walk walk = {.err = err};
	int result = 0;

	arena_init(&walk.arena);
	enter(&walk, entry, &whole);
	while (walk.depth && result == 0)
		result = step(&walk);
	arena_deinit(&walk.arena);
	return result;
}
