#include "domain/question.h"

#include <stdio.h>

#include "domain/config_node.h"
#include "wire/json.h"

static int read_payload(
	const struct config_node *node, enum route_payload *ret_payload, struct config_fault *fault)
{
	if (json_type_of(node->value) == JSON_STRING) {
		if (json_string_is(node->value, SPAN_LITERAL("image"))) {
			*ret_payload = ROUTE_PAYLOAD_IMAGE;
			return 0;
		}
		if (json_string_is(node->value, SPAN_LITERAL("text"))) {
			*ret_payload = ROUTE_PAYLOAD_TEXT;
			return 0;
		}
	}
	return config_node_fault(node, fault, "\"image\" or \"text\"");
}

static int read_entries(const struct config *config, const struct config_node *node,
	struct arena *arena, struct entries *ret_entries, struct config_fault *fault)
{
	struct err err;

	if (json_type_of(node->value) != JSON_OBJECT)
		return config_node_fault(node, fault, "an object, as in POST /predict");
	if (node->value.n > config->limits.entries_bytes)
		return config_node_fault(node, fault, "at most %llu bytes (limits.entries)",
			(unsigned long long)config->limits.entries_bytes);
	if (entries_parse(node->value, arena, ret_entries, &err) < 0)
		return config_node_fault(node, fault, "entries as in POST /predict: %s", err.text);
	return 0;
}

static int check_json(const struct config_node *root, struct config_fault *fault)
{
	enum json_type type;
	struct err err;

	if (json_check_whole(root->value, &type, &err) < 0) {
		*fault = (struct config_fault){0};
		(void)snprintf(fault->text, sizeof fault->text, "%s", err.text);
		return -1;
	}
	return type == JSON_OBJECT ? 0 : config_node_fault(root, fault, "an object with entries");
}

/* Of doubled ones the last; everything but entries and payload is refused. In one walk, since it is
 * the loop that waits. */
static int read_members(struct config_node *entries, struct config_node *payload,
	const struct config_node *root, struct config_fault *fault)
{
	struct json_members walk = json_members_of(root->value);
	struct config_node node = {.parent = root};
	struct span key;

	*entries = (struct config_node){.parent = root, .key = SPAN_LITERAL("entries")};
	*payload = (struct config_node){.parent = root, .key = SPAN_LITERAL("payload")};
	while (json_members_next(&walk, &key, &node.value)) {
		node.key = config_node_key(key);
		if (json_string_is(key, entries->key))
			entries->value = node.value;
		else if (json_string_is(key, payload->key))
			payload->value = node.value;
		else
			return config_node_fault(&node, fault, "nothing beside entries and payload");
	}
	return 0;
}

int question_read(const struct config *config, struct span text, struct arena *arena,
	struct question *ret_question, struct config_fault *fault)
{
	struct config_node root = {.value = text};
	struct config_node entries;
	struct config_node payload;

	if (check_json(&root, fault) < 0 || read_members(&entries, &payload, &root, fault) < 0)
		return -1;
	ret_question->payload = ROUTE_PAYLOAD_UNKNOWN;
	if (payload.value.n && read_payload(&payload, &ret_question->payload, fault) < 0)
		return -1;
	return read_entries(config, &entries, arena, &ret_question->entries, fault);
}
