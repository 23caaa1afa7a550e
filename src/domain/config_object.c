#include "domain/config_object.h"

#include <assert.h>

#include "domain/config_draft.h"
#include "wire/json.h"

/* The number of fields when it is none of them. */
static size_t find_field(struct span key, struct config_fields fields)
{
	size_t i = 0;

	while (i < fields.count && !json_string_is(key, span_of(fields.all[i].key)))
		i++;
	return i;
}

void config_object_find(
	const struct config_node *object, struct config_fields fields, struct span *ret_values)
{
	struct json_members walk = json_members_of(object->value);
	struct span key;
	struct span value;

	assert(fields.count <= CONFIG_FIELDS_OF_OBJECT_MAX);
	for (size_t i = 0; i < fields.count; i++)
		ret_values[i] = SPAN_EMPTY;
	while (json_members_next(&walk, &key, &value)) {
		size_t at = find_field(key, fields);

		if (at < fields.count)
			ret_values[at] = value;
	}
}

static void warn_unknown(
	struct config *config, const struct config_node *object, struct config_fields fields)
{
	struct json_members walk = json_members_of(object->value);
	struct config_node node = {.parent = object};
	struct span key;

	while (json_members_next(&walk, &key, &node.value)) {
		node.key = config_node_key(key);
		if (find_field(key, fields) == fields.count)
			config_node_warn(&node, config, "unknown key");
	}
}

/* What somebody has put in the place of an object may be what should be secret in it. */
static int fault_of_type(const struct config_node *object, struct config_fault *fault)
{
	struct config_node secret = *object;

	secret.is_secret = true;
	return config_node_fault(&secret, fault, "an object");
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the tables are in one another */

static int read_field(struct config *config, const struct config_node *node,
	const struct config_field *field, void *into, struct config_fault *fault)
{
	switch (field->kind) {
	case CONFIG_FIELD_COUNT: return config_node_count(node, field->min, field->max, into, fault);
	case CONFIG_FIELD_SECONDS:
		return config_node_seconds(node, (int64_t)field->min, (int64_t)field->max, into, fault);
	case CONFIG_FIELD_MS: return config_node_ms(node, field->max, into, fault);
	case CONFIG_FIELD_SHARE: return config_node_share(node, into, fault);
	case CONFIG_FIELD_BOOL: return config_node_bool(node, into, fault);
	case CONFIG_FIELD_PATH:
	case CONFIG_FIELD_TEMP_DIR: return config_node_path(node, &config->arena, into, fault);
	case CONFIG_FIELD_CHOICE: return config_node_choice(node, field->words, into, fault);
	case CONFIG_FIELD_OBJECT: return config_object_read(config, node, field->fields, into, fault);
	case CONFIG_FIELD_TEXT:
	case CONFIG_FIELD_URL:
	case CONFIG_FIELD_WEIGHT:
	case CONFIG_FIELD_POOL:
	case CONFIG_FIELD_RULES:
	case CONFIG_FIELD_BACKENDS:
	case CONFIG_FIELD_HEADERS:
	case CONFIG_FIELD_SECRET:
	case CONFIG_FIELD_HOSTS:
	case CONFIG_FIELD_LISTEN:
	case CONFIG_FIELD_STATUS:
	case CONFIG_FIELD_REDACT:
	case CONFIG_FIELD_PICK: return field->read(config, node, into, fault);
	}
	return 0;
}

int config_object_read(struct config *config, const struct config_node *object,
	struct config_fields fields, void *into, struct config_fault *fault)
{
	struct span values[CONFIG_FIELDS_OF_OBJECT_MAX];

	if (json_type_of(object->value) != JSON_OBJECT)
		return fault_of_type(object, fault);
	config_object_find(object, fields, values);
	for (size_t i = 0; i < fields.count; i++) {
		const struct config_field *field = &fields.all[i];
		struct config_node node = {
			.parent = object, .key = span_of(field->key), .value = values[i]};

		if (!node.value.n && !field->is_required)
			continue;
		if (read_field(config, &node, field, (char *)into + field->offset, fault) < 0)
			return -1;
	}
	warn_unknown(config, object, fields);
	config_draft_keep(object, values, fields.count);
	return 0;
}

/* NOLINTEND(misc-no-recursion) */
