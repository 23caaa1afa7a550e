#include "domain/config_object.h"

#include <assert.h>

#include "domain/config_draft.h"
#include "wire/json.h"

enum { FIELDS_MAX = 16 };

static bool is_known(struct span key, struct config_fields fields)
{
	for (size_t i = 0; i < fields.count; i++)
		if (json_string_is(key, span_of(fields.all[i].key)))
			return true;
	return false;
}

static void warn_unknown(
	struct config *config, const struct config_node *object, struct config_fields fields)
{
	struct json_members walk = json_members_of(object->value);
	struct config_node node = {.parent = object};
	struct span key;

	while (json_members_next(&walk, &key, &node.value)) {
		node.key = config_node_key(key);
		if (!is_known(key, fields))
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
	case CONFIG_FIELD_BOOL: return config_node_bool(node, into, fault);
	case CONFIG_FIELD_PATH:
	case CONFIG_FIELD_TEMP_DIR: return config_node_path(node, &config->arena, into, fault);
	case CONFIG_FIELD_OBJECT: return config_object_read(config, node, field->fields, into, fault);
	case CONFIG_FIELD_TEXT:
	case CONFIG_FIELD_URL:
	case CONFIG_FIELD_WEIGHT:
	case CONFIG_FIELD_BALANCE:
	case CONFIG_FIELD_POOL:
	case CONFIG_FIELD_RULES:
	case CONFIG_FIELD_BACKENDS:
	case CONFIG_FIELD_HEADERS:
	case CONFIG_FIELD_SECRET:
	case CONFIG_FIELD_HOSTS:
	case CONFIG_FIELD_LISTEN:
	case CONFIG_FIELD_PICK: return field->read(config, node, into, fault);
	}
	return 0;
}

int config_object_read(struct config *config, const struct config_node *object,
	struct config_fields fields, void *into, struct config_fault *fault)
{
	struct span values[FIELDS_MAX] = {0};

	assert(fields.count <= FIELDS_MAX);
	if (json_type_of(object->value) != JSON_OBJECT)
		return fault_of_type(object, fault);
	for (size_t i = 0; i < fields.count; i++) {
		const struct config_field *field = &fields.all[i];
		struct config_node node = config_node_member(object, field->key);

		values[i] = node.value;
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
