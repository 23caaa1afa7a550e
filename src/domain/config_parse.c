/* What may stand in an object is a table of fields: read_object() goes through it, reads each value
 * into its place in the struct, and puts down the keys that the table does not have. Backends come
 * first, since everything else names them. Of a file with a fault nothing is kept.
 */
#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "domain/config_node.h"
#include "domain/config_routes.h"
#include "wire/json.h"

enum field_kind { FIELD_COUNT, FIELD_SECONDS, FIELD_OWN };

/* A key of an object. */
struct field {
	const char *key;
	enum field_kind kind;
	bool is_required;
	size_t offset; /* of what is read, in the object's struct */
	uint64_t min;  /* FIELD_COUNT; FIELD_SECONDS, in nanoseconds */
	uint64_t max;
	int (*read)(struct config *config, const struct config_node *node, void *into,
		struct config_fault *fault); /* FIELD_OWN */
};

struct fields {
	const struct field *all;
	size_t count;
};

#define FIELDS(array) ((struct fields){array, sizeof(array) / sizeof *(array)})

/* -- objects --------------------------------------------------------------------------------- */

static bool is_known(struct span key, struct fields fields)
{
	for (size_t i = 0; i < fields.count; i++)
		if (json_string_is(key, span_of(fields.all[i].key)))
			return true;
	return false;
}

static void warn_unknown(
	struct config *config, const struct config_node *object, struct fields fields)
{
	struct json_members walk = json_members_of(object->value);
	struct config_node node = {.parent = object};
	struct span key;

	while (json_members_next(&walk, &key, &node.value)) {
		if (is_known(key, fields) || config->warning_count == CONFIG_WARNINGS_MAX)
			continue;
		if (!config->warnings)
			config->warnings =
				arena_new(&config->arena, CONFIG_WARNINGS_MAX, sizeof *config->warnings);
		node.key = config_node_key(key);
		config_node_warn(&node, &config->warnings[config->warning_count++]);
	}
}

static int read_field(struct config *config, const struct config_node *node,
	const struct field *field, void *into, struct config_fault *fault)
{
	switch (field->kind) {
	case FIELD_COUNT: return config_node_count(node, field->min, field->max, into, fault);
	case FIELD_SECONDS:
		return config_node_seconds(node, (int64_t)field->min, (int64_t)field->max, into, fault);
	case FIELD_OWN: return field->read(config, node, into, fault);
	}
	return 0;
}

static int read_object(struct config *config, const struct config_node *object,
	struct fields fields, void *into, struct config_fault *fault)
{
	if (json_type_of(object->value) != JSON_OBJECT)
		return config_node_fault(object, fault, "an object");
	for (size_t i = 0; i < fields.count; i++) {
		const struct field *field = &fields.all[i];
		struct config_node node = config_node_member(object, field->key);

		if (!node.value.n && !field->is_required)
			continue;
		if (read_field(config, &node, field, (char *)into + field->offset, fault) < 0)
			return -1;
	}
	warn_unknown(config, object, fields);
	return 0;
}

/* -- backends -------------------------------------------------------------------------------- */

static int read_name(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	struct span *name = into;
	size_t other;

	if (config_node_name(node, &config->arena, name, fault) < 0)
		return -1;
	if (config_routes_find_backend(config, *name, &other))
		return config_node_fault(
			node, fault, "a name of its own, not that of backends[%zu]", other);
	return 0;
}

static int read_url(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	static const char wanted[] = "http://HOST[:PORT][/BASE] or unix:/PATH";
	struct err err;

	if (json_type_of(node->value) != JSON_STRING)
		return config_node_fault(node, fault, "%s", wanted);
	if (url_parse(json_string(node->value, &config->arena), into, &err) < 0)
		return config_node_fault(node, fault, "%s: %s", wanted, err.text);
	return 0;
}

static int read_backend(struct config *config, const struct config_node *node,
	struct config_backend *backend, struct config_fault *fault)
{
	static const struct field fields[] = {
		{"name", FIELD_OWN, true, offsetof(struct config_backend, name), .read = read_name},
		{"url", FIELD_OWN, true, offsetof(struct config_backend, url), .read = read_url},
	};

	return read_object(config, node, FIELDS(fields), backend, fault);
}

static int read_backends(
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

/* -- routing by payload, limits, time-outs --------------------------------------------------- */

static int read_payloads(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	static const struct field payloads[] = {
		{"text", FIELD_OWN, .offset = offsetof(struct config, text_pool),
			.read = config_routes_read_pool},
		{"image", FIELD_OWN, .offset = offsetof(struct config, image_pool),
			.read = config_routes_read_pool},
	};

	return read_object(config, node, FIELDS(payloads), into, fault);
}

#define MIB UINT64_C(1048576)
#define TIB (MIB * MIB)

#define LIMIT(name, member, least, most)                                                  \
	{name, FIELD_COUNT, .offset = offsetof(struct config_limits, member), .min = (least), \
		.max = (most)}

/* The minima leave room for a small but genuine request; the maxima bound what is held in one piece
 * (entries, heads) and keep sums of the others from overflowing. */
static int read_limits(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	static const struct field limits[] = {
		LIMIT("body", body_bytes, 64, TIB),
		LIMIT("entries", entries_bytes, 16, MIB),
		LIMIT("head", head_bytes, 256, MIB),
		LIMIT("headLines", head_lines, 4, 10000),
		LIMIT("parts", parts, 2, 100000),
		LIMIT("partHead", part_head_bytes, 64, MIB),
		LIMIT("connections", connections, 1, 1000000),
		LIMIT("keptBytes", kept_bytes, 65536, TIB),
	};

	return read_object(config, node, FIELDS(limits), into, fault);
}

#define TIMEOUT(name, member, most_s)                                                              \
	{name, FIELD_SECONDS, .offset = offsetof(struct config_timeouts, member), .min = CLOCK_MS(10), \
		.max = CLOCK_S(most_s)}

static int read_timeouts(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	static const struct field timeouts[] = {
		TIMEOUT("connect", connect_ns, 300),
		TIMEOUT("backend", backend_ns, 86400),
		TIMEOUT("head", head_ns, 3600),
		TIMEOUT("stall", stall_ns, 3600),
		TIMEOUT("idle", idle_ns, 86400),
	};

	return read_object(config, node, FIELDS(timeouts), into, fault);
}

/* -- the file -------------------------------------------------------------------------------- */

static int read_file(struct config *config, struct span text, struct config_fault *fault)
{
	static const struct field file_fields[] = {
		{"backends", FIELD_OWN, true, offsetof(struct config, backends), .read = read_backends},
		{"defaultBackend", FIELD_OWN, true, offsetof(struct config, default_pool),
			.read = config_routes_read_default},
		{"taskRouting", FIELD_OWN, .offset = offsetof(struct config, task_rules),
			.read = config_routes_read_tasks},
		{"modelTypeRouting", FIELD_OWN, .offset = offsetof(struct config, type_rules),
			.read = config_routes_read_types},
		{"payloadRouting", FIELD_OWN, .read = read_payloads},
		{"limits", FIELD_OWN, .offset = offsetof(struct config, limits), .read = read_limits},
		{"timeouts", FIELD_OWN, .offset = offsetof(struct config, timeouts), .read = read_timeouts},
	};
	struct config_node file = {.value = json_trim(text)};

	if (json_type_of(text) == JSON_OBJECT)
		config_routes_reserve(config, &file);
	return read_object(config, &file, FIELDS(file_fields), config, fault);
}

static int check_size(struct span text, struct config_fault *fault)
{
	if (text.n <= CONFIG_BYTES_MAX)
		return 0;
	(void)snprintf(fault->path, sizeof fault->path, "the file");
	(void)snprintf(fault->text, sizeof fault->text, "found %zu bytes, wanted at most %d", text.n,
		CONFIG_BYTES_MAX);
	return -1;
}

/* Editors put one there unseen. */
static int check_bom(struct span text, struct config_fault *fault)
{
	if (!span_starts(text, SPAN_LITERAL("\xef\xbb\xbf")))
		return 0;
	(void)snprintf(fault->path, sizeof fault->path, "line 1");
	(void)snprintf(
		fault->text, sizeof fault->text, "found a byte order mark, wanted UTF-8 without one");
	return -1;
}

/* Line by line, so that a fault can be said with its line. */
static int check_json(struct span text, struct config_fault *fault)
{
	const char *end = text.p + text.n;
	struct json_check check;
	struct err err;
	size_t lines = 0;
	int status = 0;

	json_check_init(&check);
	while (!status && text.n) {
		struct span line = span_cut(&text, '\n');

		status = json_check_feed(&check, span_between(line.p, text.n ? text.p : end), &err);
		lines++;
	}
	if (!status)
		status = json_check_end(&check, &err);
	if (status) {
		(void)snprintf(fault->path, sizeof fault->path, "line %zu", lines ? lines : 1);
		(void)snprintf(fault->text, sizeof fault->text, "%s", err.text);
	}
	return status;
}

int config_parse(struct span text, struct config **ret_config, struct config_fault *fault)
{
	struct config *config;

	if (check_size(text, fault) < 0 || check_bom(text, fault) < 0 || check_json(text, fault) < 0)
		return -1;
	config = mem_new(1, sizeof *config);
	atomic_init(&config->refs, 1);
	arena_init(&config->arena);
	config->limits = config_default_limits;
	config->timeouts = config_default_timeouts;
	if (read_file(config, arena_dup(&config->arena, text), fault) < 0) {
		config_unref(config);
		return -1;
	}
	*ret_config = config;
	return 0;
}
