/* What the variables say is put into words as a file would say it: so it is checked as a file is,
 * can be shown, and becomes one when somebody edits it. A fault names the variable instead of the
 * key that it became.
 */
#include "domain/config_environment.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/ascii.h"
#include "base/buf.h"

enum { DEFAULT, TEXT, IMAGE, URLS };

static const char *const variables[URLS] = {"ML_DEFAULT_URL", "ML_TEXT_URL", "ML_IMAGE_URL"};
static const char *const names[URLS] = {"default", "text", "image"};
static const char size_variable[] = "MAX_BODY_SIZE";

/* -- sizes ----------------------------------------------------------------------------------- */

/* What nginx multiplies a number by that has the letter behind it; 0 for any other. */
static uint64_t unit_of(char c)
{
	switch (ascii_lower(c)) {
	case 'k': return UINT64_C(1) << 10;
	case 'm': return UINT64_C(1) << 20;
	case 'g': return UINT64_C(1) << 30;
	default: return 0;
	}
}

static bool read_size(struct span text, uint64_t *ret_bytes)
{
	uint64_t unit = text.n ? unit_of(text.p[text.n - 1]) : 0;
	uint64_t number;

	if (unit)
		text.n--;
	else
		unit = 1;
	if (!span_to_number(text, UINT64_MAX / unit, &number))
		return false;
	*ret_bytes = number ? number * unit : CONFIG_BODY_MAX;
	return true;
}

/* Adds limits.body, when the variable is set. */
static int add_size(const char *value, struct buf *text, struct config_fault *fault)
{
	BUF_AUTO struct buf found = {0};
	struct config_node nothing = {0};
	struct config_node node = {.parent = &nothing, .key = span_of(size_variable)};
	uint64_t bytes;

	if (!value)
		return 0;
	if (!read_size(span_of(value), &bytes)) {
		buf_add_json(&found, span_of(value));
		node.value = buf_span(&found);
		return config_node_fault(
			&node, fault, "a size such as 32m, 512k, 1g or 33554432, or 0 for no limit");
	}
	buf_add_format(text, ",\n  \"limits\": {\"body\": %" PRIu64 "}", bytes);
	return 0;
}

/* -- backends -------------------------------------------------------------------------------- */

static void add_backends(const char *const *values, struct buf *text)
{
	buf_add_text(text, "  \"backends\": [");
	for (size_t i = 0; i < URLS; i++) {
		if (!values[i])
			continue;
		buf_add_format(text, "%s\n    {\"name\": \"%s\", \"url\": ", i ? "," : "", names[i]);
		buf_add_json(text, span_of(values[i]));
		buf_add_text(text, "}");
	}
	buf_add_text(text, "\n  ]");
}

static void add_payloads(const char *const *values, struct buf *text)
{
	const char *comma = "";

	if (!values[TEXT] && !values[IMAGE])
		return;
	buf_add_text(text, ",\n  \"payloadRouting\": {");
	for (size_t i = TEXT; i < URLS; i++)
		if (values[i]) {
			buf_add_format(text, "%s\"%s\": \"%s\"", comma, names[i], names[i]);
			comma = ", ";
		}
	buf_add_text(text, "}");
}

/* -- all of it ------------------------------------------------------------------------------- */

/* Values whose variables are empty are NULL. False when there is no URL. */
static bool look_up(char *(*get_env)(const char *name), const char **values, const char **ret_size)
{
	bool is_any = false;

	for (size_t i = 0; i < URLS; i++) {
		const char *value = get_env(variables[i]);

		values[i] = value && *value ? value : NULL;
		is_any |= values[i] != NULL;
	}
	*ret_size = get_env(size_variable);
	if (*ret_size && !**ret_size)
		*ret_size = NULL;
	return is_any;
}

static int check_default(const char *const *values, struct config_fault *fault)
{
	struct config_node nothing = {0};
	struct config_node node = {.parent = &nothing, .key = span_of(variables[DEFAULT])};

	if (values[DEFAULT])
		return 0;
	return config_node_fault(
		&node, fault, "the URL of a backend: ML_TEXT_URL and ML_IMAGE_URL do not take everything");
}

/* The key that is wrong has become of a variable: says which. */
static void name_variable(const char *const *values, struct config_fault *fault)
{
	char path[sizeof fault->path];
	size_t index = 0;

	if (!strcmp(fault->path, "limits.body"))
		(void)snprintf(fault->path, sizeof fault->path, "%s", size_variable);
	for (size_t i = 0; i < URLS; i++) {
		if (!values[i])
			continue;
		(void)snprintf(path, sizeof path, "backends[%zu].url", index++);
		if (!strcmp(fault->path, path))
			(void)snprintf(fault->path, sizeof fault->path, "%s", variables[i]);
	}
}

int config_environment_read(
	char *(*get_env)(const char *name), struct config **ret_config, struct config_fault *fault)
{
	BUF_AUTO struct buf text = {0};
	const char *values[URLS];
	const char *size;

	if (!look_up(get_env, values, &size))
		return 1;
	if (check_default(values, fault) < 0)
		return -1;
	buf_add_text(&text, "{\n  \"defaultBackend\": \"default\",\n");
	add_backends(values, &text);
	add_payloads(values, &text);
	if (add_size(size, &text, fault) < 0)
		return -1;
	buf_add_text(&text, "\n}\n");
	if (config_parse(buf_span(&text), ret_config, fault) < 0) {
		name_variable(values, fault);
		return -1;
	}
	(*ret_config)->origin = CONFIG_FROM_ENVIRONMENT;
	return 0;
}

const char *config_environment_variable(const struct config *config, const struct config_node *node)
{
	const struct config_node *top = node; /* the key at the top under which it is */
	struct span name = node->key;

	for (; top->parent->parent; top = top->parent)
		if (top->is_element)
			name = config->backends[top->index].name;
	if (span_is(top->key, "defaultBackend"))
		name = span_of(names[DEFAULT]);
	for (size_t i = 0; i < URLS; i++)
		if (span_is(name, names[i]))
			return variables[i];
	return size_variable;
}
