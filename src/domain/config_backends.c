#include "domain/config_backends.h"

#include <stddef.h>

#include "base/clock.h"
#include "domain/config_draft.h"
#include "wire/base64.h"
#include "wire/http1_head.h"
#include "wire/json.h"
#include "wire/json_dict.h"

enum { HEADERS_MAX = 64 }; /* of one backend */

static int read_name(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	struct span *name = into;
	size_t other;

	if (config_node_name(node, &config->arena, name, fault) < 0)
		return -1;
	if (config_find_backend(config, *name, &other))
		return config_node_fault(
			node, fault, "a name of its own, not that of backends[%zu]", other);
	return 0;
}

static int read_url(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	static const char wanted[] = "http[s]://HOST[:PORT][/BASE] or unix:/PATH";
	struct span text;
	struct err err;

	if (json_type_of(node->value) != JSON_STRING)
		return config_node_fault(node, fault, "%s", wanted);
	text = json_string(node->value, &config->arena);
	if (url_parse(text, into, &err) < 0)
		return config_node_fault(node, fault, "%s: %s", wanted, err.text);
	return 0;
}

static int read_weight(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	unsigned *weight = into;
	uint64_t count;

	(void)config;
	if (config_node_count(node, 1, CONFIG_WEIGHT_MAX, &count, fault) < 0)
		return -1;
	*weight = (unsigned)count;
	return 0;
}

/* -- fields of requests ---------------------------------------------------------------------- */

/* The one that is being read. */
static const struct config_backend *backend_at_hand(const struct config *config)
{
	return &config->backends[config->backend_count];
}

/* A field that is ours to say, the coding of answers among them: some are to be merged. */
static bool is_ours(struct span name)
{
	static const struct span content = SPAN_LITERAL("content-");
	enum http1_name which = http1_name_of(name);

	return !http1_name_may_pass(which, name) || which == HTTP1_HOST ||
		   which == HTTP1_ACCEPT_ENCODING ||
		   span_equal_nocase(span_first(name, content.n), content);
}

/* Blanks around a value would not arrive. */
static bool is_value(struct span value)
{
	return !value.n || (config_node_is_name(value) && span_trim(value).n == value.n);
}

/* Adds lines to those of the backend, unless there are too many bytes then. */
static int add_lines(struct config *config, const struct config_node *node, struct span *fields,
	struct span lines, struct config_fault *fault)
{
	BUF_AUTO struct buf all = {0};

	buf_add(&all, *fields);
	buf_add(&all, lines);
	if (all.n > CONFIG_FIELDS_MAX)
		return config_node_fault(
			node, fault, "at most %d bytes of headers a backend", CONFIG_FIELDS_MAX);
	*fields = arena_dup(&config->arena, buf_span(&all));
	return 0;
}

/* A name that is none is not shown: it may be a whole line, with the secret in it. */
static int read_header(struct config *config, const struct config_node *headers,
	const struct json_dict_item *item, struct buf *lines, struct config_fault *fault)
{
	struct config_node node = {.parent = headers,
		.key = config_node_key(item->key),
		.is_secret = true,
		.value = item->value};
	struct http1_field field = {.name = item->name};

	if (!http1_is_token(field.name))
		return config_node_fault(headers, fault, "names of headers as its keys");
	if (is_ours(field.name))
		return config_node_fault(&node, fault,
			"a header that is not about framing, connection, host or content, nor Accept-Encoding");
	if (http1_lines_have(buf_span(lines), field.name))
		return config_node_fault(&node, fault, "each header once");
	if (json_type_of(node.value) != JSON_STRING)
		return config_node_fault(&node, fault, "a string");
	if (config_draft_unmask(&node, backend_at_hand(config), fault) < 0)
		return -1;
	field.value = json_string(node.value, &config->arena);
	if (!is_value(field.value))
		return config_node_fault(
			&node, fault, "a value without control characters and blanks around it");
	http1_write_field(lines, &field);
	return 0;
}

static int read_headers(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	BUF_AUTO struct buf lines = {0};
	struct config_node headers = *node;
	struct span values[HEADERS_MAX];
	struct json_dict dict;

	headers.is_secret = true;
	if (json_type_of(node->value) != JSON_OBJECT)
		return config_node_fault(&headers, fault, "an object");
	if (!json_dict_read(node->value, HEADERS_MAX, &config->arena, &dict))
		return config_node_fault(&headers, fault, "at most %d headers", HEADERS_MAX);
	for (size_t i = 0; i < dict.count; i++)
		if (read_header(config, &headers, &dict.items[i], &lines, fault) < 0)
			return -1;
	for (size_t i = 0; i < dict.count; i++)
		values[i] = dict.items[i].value;
	config_draft_keep(&headers, values, dict.count);
	return add_lines(config, &headers, into, buf_span(&lines), fault);
}

static int read_basic_auth(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	BUF_AUTO struct buf line = {0};
	struct config_node secret = *node;
	struct span *fields = into;
	struct span text = SPAN_EMPTY;
	struct span rest;

	secret.is_secret = true;
	if (config_draft_unmask(&secret, backend_at_hand(config), fault) < 0)
		return -1;
	if (json_type_of(secret.value) == JSON_STRING)
		text = json_string(secret.value, &config->arena);
	rest = text;
	if (!config_node_is_name(text) || span_cut(&rest, ':').n == text.n)
		return config_node_fault(&secret, fault, "USER:PASSWORD (UTF-8, no control characters)");
	if (http1_lines_have(*fields, SPAN_LITERAL("authorization")))
		return config_node_fault(&secret, fault, "no header authorization beside it");
	buf_add_text(&line, "authorization: Basic ");
	base64_encode(text, &line);
	buf_add_text(&line, "\r\n");
	return add_lines(config, &secret, fields, buf_span(&line), fault);
}

/* -- backends -------------------------------------------------------------------------------- */

/* What is said of a certificate must not look as if it were heeded. */
static int check_tls(const struct config_node *node, const struct config_backend *backend,
	struct config_fault *fault)
{
	const char *key = backend->ca_file.n ? "caFile" : "insecure";
	struct config_node member = config_node_member(node, key);

	if (backend->url.scheme == URL_HTTPS || (!backend->ca_file.n && !backend->is_insecure))
		return 0;
	return config_node_fault(&member, fault, "it only where the url begins with https://");
}

#define MEMBER(name, its_kind, member) \
	name, CONFIG_FIELD_##its_kind, .offset = offsetof(struct config_backend, member)

static const struct config_field backend_fields[] = {
	{MEMBER("name", TEXT, name), .is_required = true, .read = read_name},
	{MEMBER("url", URL, url), .is_required = true, .read = read_url},
	{MEMBER("enabled", BOOL, is_enabled)},
	{MEMBER("weight", WEIGHT, weight), .read = read_weight},
	{MEMBER("caFile", PATH, ca_file)},
	{MEMBER("insecure", BOOL, is_insecure)},
	{MEMBER("headers", HEADERS, fields), .read = read_headers},
	{MEMBER("basicAuth", SECRET, fields), .read = read_basic_auth},
	{MEMBER("connectTimeout", SECONDS, connect_ns), .min = CLOCK_MS(10), .max = CLOCK_S(300),
		.fallback = "timeouts.connect"},
	{MEMBER("timeout", SECONDS, answer_ns), .min = CLOCK_MS(10), .max = CLOCK_S(86400),
		.fallback = "timeouts.backend"},
};

const struct config_fields config_backend_fields = CONFIG_FIELDS(backend_fields);

static int read_backend(struct config *config, const struct config_node *node,
	struct config_backend *backend, struct config_fault *fault)
{
	backend->json = node->value;
	backend->is_enabled = true;
	backend->weight = 1;
	backend->connect_ns = config->timeouts.connect_ns;
	backend->answer_ns = config->timeouts.backend_ns;
	if (config_object_read(config, node, config_backend_fields, backend, fault) < 0)
		return -1;
	return check_tls(node, backend, fault);
}

int config_backends_read(
	struct config *config, const struct config_node *list, void *into, struct config_fault *fault)
{
	struct config_backend **backends = into;
	struct config_node node = {.parent = list, .is_element = true};
	struct json_elements walk;

	if (json_type_of(list->value) != JSON_ARRAY)
		return config_node_fault(list, fault, "a list of backends");
	*backends = arena_new(&config->arena, CONFIG_BACKENDS_MAX, sizeof **backends);
	walk = json_elements_of(list->value);
	for (; json_elements_next(&walk, &node.value); node.index++) {
		if (node.index == CONFIG_BACKENDS_MAX)
			return config_node_fault(list, fault, "at most %d backends", CONFIG_BACKENDS_MAX);
		if (read_backend(config, &node, *backends + node.index, fault) < 0)
			return -1;
		config->backend_count++;
	}
	if (!config->backend_count)
		return config_node_fault(list, fault, "at least one backend");
	return 0;
}
