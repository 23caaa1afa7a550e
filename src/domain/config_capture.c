#include "domain/config_capture.h"

#include <stddef.h>

#include "base/clock.h"
#include "wire/http1_head.h"
#include "wire/json.h"
#include "wire/json_path.h"

/* -- which exchanges ------------------------------------------------------------------------- */

static int read_task(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	struct span *task = into;

	if (config_node_name(node, &config->arena, task, fault) < 0)
		return -1;
	if (span_is(*task, "facial_recognition")) /* as routes may say, too */
		*task = SPAN_LITERAL("facial-recognition");
	return 0;
}

/* 404, or "4xx". */
static int read_status(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	static const char *const classes[] = {"2xx", "3xx", "4xx", "5xx"};
	unsigned *status = into;
	uint64_t number;

	(void)config;
	for (unsigned i = 0; i < sizeof classes / sizeof *classes; i++)
		if (json_type_of(node->value) == JSON_STRING &&
			json_string_is(node->value, span_of(classes[i]))) {
			*status = i + 2;
			return 0;
		}
	if (!span_to_number(node->value, 599, &number) || number < 200)
		return config_node_fault(
			node, fault, "a status from 200 to 599, or \"2xx\", \"3xx\", \"4xx\" or \"5xx\"");
	*status = (unsigned)number;
	return 0;
}

#define MATCH(name, its_kind, member) \
	name, CONFIG_FIELD_##its_kind, .offset = offsetof(struct capture_match, member)

static const struct config_field match[] = {
	{MATCH("task", TEXT, task), .read = read_task},
	{MATCH("status", STATUS, status), .read = read_status},
	{MATCH("minMs", MS, min_ns), .max = 86400000},
	{MATCH("errorsOnly", BOOL, is_errors_only)},
};

/* -- what is taken out ----------------------------------------------------------------------- */

/* How a rule is written: {KEY: WORD}, or {KEY: a name}. */
static const struct form {
	const char *key;
	const char *word; /* NULL: a name */
	enum redact_kind kind;
} forms[] = {
	{"header", NULL, REDACT_HEADER},
	{"entries", NULL, REDACT_ENTRIES},
	{"answer", NULL, REDACT_ANSWER},
	{"text", "hash", REDACT_TEXT},
	{"image", "exif", REDACT_IMAGE_EXIF},
	{"image", "synthetic", REDACT_IMAGE_SYNTHETIC},
};

static bool is_form(const struct form *form, struct span key, struct span value)
{
	return json_string_is(key, span_of(form->key)) &&
		   (!form->word || json_string_is(value, span_of(form->word)));
}

static bool is_name(enum redact_kind kind, struct span name)
{
	return kind == REDACT_HEADER ? http1_is_token(name) : json_path_check(name);
}

/* What is misspelt is a fault, not a warning: it would stay in. */
static int read_rule(struct config *config, const struct config_node *node,
	struct redact_rule *rule, struct config_fault *fault)
{
	static const char wanted[] =
		"one of {\"header\": NAME}, {\"entries\": PATH}, {\"answer\": PATH}, {\"text\": "
		"\"hash\"}, {\"image\": \"exif\"}, {\"image\": \"synthetic\"}";
	struct json_members walk;
	struct span key;
	struct span value;
	struct span more[2];

	if (json_type_of(node->value) != JSON_OBJECT)
		return config_node_fault(node, fault, "%s", wanted);
	walk = json_members_of(node->value);
	if (!json_members_next(&walk, &key, &value) || json_type_of(value) != JSON_STRING ||
		json_members_next(&walk, &more[0], &more[1]))
		return config_node_fault(node, fault, "%s", wanted);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (!is_form(&forms[i], key, value))
			continue;
		*rule = (struct redact_rule){forms[i].kind, json_string(value, &config->arena)};
		if (forms[i].word || is_name(rule->kind, rule->name))
			return 0;
	}
	return config_node_fault(node, fault, "%s", wanted);
}

static int read_redact(
	struct config *config, const struct config_node *list, void *into, struct config_fault *fault)
{
	struct capture_config *capture = into;
	struct config_node node = {.parent = list, .is_element = true};
	struct json_elements walk;

	if (json_type_of(list->value) != JSON_ARRAY)
		return config_node_fault(list, fault, "a list of rules");
	capture->redact = arena_new(&config->arena, REDACT_RULES_MAX, sizeof *capture->redact);
	walk = json_elements_of(list->value);
	for (; json_elements_next(&walk, &node.value); node.index++) {
		if (node.index == REDACT_RULES_MAX)
			return config_node_fault(list, fault, "at most %d rules", REDACT_RULES_MAX);
		if (read_rule(config, &node, &capture->redact[node.index], fault) < 0)
			return -1;
		capture->redact_count++;
	}
	return 0;
}

/* -- all of it ------------------------------------------------------------------------------- */

enum { AGE_MAX_S = 366 * 86400 };

#define BYTES_MAX (UINT64_C(1) << 40)

#define MEMBER(name, its_kind, member) \
	name, CONFIG_FIELD_##its_kind, .offset = offsetof(struct capture_config, member)

/* Redaction's place is all of the struct. */
const struct config_field config_capture_fields[CONFIG_CAPTURE_FIELDS] = {
	{MEMBER("dir", PATH, dir), .is_required = true},
	{MEMBER("enabled", BOOL, is_enabled)},
	{MEMBER("maxBytes", COUNT, max_bytes), .max = BYTES_MAX},
	{MEMBER("rotateBytes", COUNT, rotate_bytes), .max = BYTES_MAX},
	{MEMBER("rotateSeconds", SECONDS, rotate_ns), .max = CLOCK_S(AGE_MAX_S)},
	{MEMBER("sample", SHARE, sample)},
	{MEMBER("match", OBJECT, match), .fields = CONFIG_FIELDS(match)},
	{"redact", CONFIG_FIELD_REDACT, .read = read_redact},
};
