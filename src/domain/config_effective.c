/* The tables of keys that the readers go by say what there is and of what type; the text says what
 * was written; the configuration, what came of it.
 */
#include "domain/config_effective.h"

#include <inttypes.h>

#include "base/clock.h"
#include "domain/config_backends.h"
#include "domain/config_environment.h"
#include "domain/config_parse.h"
#include "wire/json.h"
#include "wire/json_dict.h"

struct view {
	const struct config *config;
	struct span temp_dir;
	struct buf *out;
};

static void add_name(struct buf *out, struct span name)
{
	buf_add_json(out, name);
	buf_add_text(out, ":");
}

/* -- values ---------------------------------------------------------------------------------- */

static void write_text_or_null(struct buf *out, struct span text)
{
	if (text.n)
		buf_add_json(out, text);
	else
		buf_add_text(out, "null");
}

/* As written, or what stands for nothing. */
static void write_json_or(struct buf *out, struct span json, const char *nothing)
{
	if (json.n)
		buf_add(out, json);
	else
		buf_add_text(out, nothing);
}

/* With no more digits than it takes. */
static void write_seconds(struct buf *out, int64_t ns)
{
	int64_t fraction = ns % CLOCK_S(1);

	buf_add_format(out, "%" PRId64, ns / CLOCK_S(1));
	if (!fraction)
		return;
	buf_add_format(out, ".%09" PRId64, fraction);
	while (out->bytes[out->n - 1] == '0')
		out->n--;
}

static void write_pool(const struct view *view, const struct config_pool *pool)
{
	if (!pool) {
		buf_add_text(view->out, "null");
		return;
	}
	buf_add_text(view->out, "{\"backends\":[");
	for (size_t i = 0; i < pool->count; i++) {
		buf_add_text(view->out, i ? "," : "");
		buf_add_json(view->out, view->config->backends[pool->backends[i]].name);
	}
	buf_add_text(view->out, "]");
	if (pool->count > 1)
		buf_add_format(view->out, ",\"balance\":\"%s\"", config_balance_words[pool->balance]);
	buf_add_text(view->out, "}");
}

/* Names as written, of each the one that counts. */
static void write_headers(struct buf *out, struct span headers)
{
	struct json_dict dict = {0};
	struct arena arena;

	arena_init(&arena);
	if (headers.n && !json_dict_read(headers, CONFIG_FIELDS_MAX, &arena, &dict))
		dict.count = 0;
	buf_add_text(out, "{");
	for (size_t i = 0; i < dict.count; i++) {
		buf_add_text(out, i ? "," : "");
		add_name(out, dict.items[i].name);
		buf_add_text(out, "\"" CONFIG_MASK "\"");
	}
	buf_add_text(out, "}");
	arena_deinit(&arena);
}

static void write_plain(const struct view *view, const struct config_field *field,
	const struct config_node *node, const void *at)
{
	struct buf *out = view->out;

	switch (field->kind) {
	case CONFIG_FIELD_COUNT: buf_add_format(out, "%" PRIu64, *(const uint64_t *)at); break;
	case CONFIG_FIELD_SECONDS: write_seconds(out, *(const int64_t *)at); break;
	case CONFIG_FIELD_MS:
		buf_add_format(out, "%" PRId64, *(const int64_t *)at / CLOCK_MS(1));
		break;
	case CONFIG_FIELD_SHARE: buf_add_format(out, "%.9g", *(const double *)at); break;
	case CONFIG_FIELD_BOOL: buf_add_text(out, *(const bool *)at ? "true" : "false"); break;
	case CONFIG_FIELD_TEMP_DIR:
		write_text_or_null(out, node->value.n ? *(const struct span *)at : view->temp_dir);
		break;
	case CONFIG_FIELD_PATH:
	case CONFIG_FIELD_TEXT: write_text_or_null(out, *(const struct span *)at); break;
	case CONFIG_FIELD_URL: buf_add_json(out, ((const struct url *)at)->text); break;
	case CONFIG_FIELD_WEIGHT: buf_add_format(out, "%u", *(const unsigned *)at); break;
	case CONFIG_FIELD_CHOICE:
		buf_add_format(out, "\"%s\"", field->words.all[*(const unsigned *)at]);
		break;
	case CONFIG_FIELD_POOL: write_pool(view, *(struct config_pool *const *)at); break;
	case CONFIG_FIELD_HEADERS: write_headers(out, node->value); break;
	case CONFIG_FIELD_SECRET:
		write_text_or_null(out, node->value.n ? SPAN_LITERAL(CONFIG_MASK) : SPAN_EMPTY);
		break;
	case CONFIG_FIELD_HOSTS:
	case CONFIG_FIELD_REDACT: write_json_or(out, node->value, "[]"); break;
	case CONFIG_FIELD_LISTEN:
	case CONFIG_FIELD_STATUS:
	case CONFIG_FIELD_PICK:
	case CONFIG_FIELD_OBJECT:
	case CONFIG_FIELD_RULES:
	case CONFIG_FIELD_BACKENDS: write_json_or(out, node->value, "null"); break;
	}
}

/* -- where they come from -------------------------------------------------------------------- */

static void write_origin(
	const struct view *view, const struct config_field *field, const struct config_node *node)
{
	const char *variable = NULL;
	const char *from = field->fallback ? field->fallback : "default";

	if (node->value.n && view->config->origin == CONFIG_FROM_ENVIRONMENT)
		variable = config_environment_variable(view->config, node);
	else if (node->value.n)
		from = "file";
	else if (field->kind == CONFIG_FIELD_TEMP_DIR && !span_is(view->temp_dir, "/tmp"))
		variable = "TMPDIR";
	if (variable)
		buf_add_format(view->out, "\"environment %s\"", variable);
	else
		buf_add_format(view->out, "\"%s\"", from);
}

static void write_value(const struct view *view, const struct config_field *field,
	const struct config_node *node, const void *at)
{
	buf_add_text(view->out, "{\"value\":");
	write_plain(view, field, node, at);
	buf_add_text(view->out, ",\"from\":");
	write_origin(view, field, node);
	buf_add_text(view->out, "}");
}

/* -- objects --------------------------------------------------------------------------------- */

/* NOLINTBEGIN(misc-no-recursion): as deep as the tables are in one another */

static void write_fields(const struct view *view, const struct config_node *object,
	struct config_fields fields, const void *from);

/* As the key that it has in the tables of the manual. */
static void write_rule_key(struct buf *out, const struct config_rule *rule)
{
	BUF_AUTO struct buf key = {0};

	buf_add(&key, rule->task);
	if (rule->task.n && (rule->type.n || rule->model.n))
		buf_add_text(&key, "/");
	buf_add(&key, rule->task.n && !rule->type.n && rule->model.n ? SPAN_LITERAL("*") : rule->type);
	if (rule->model.n)
		buf_add_text(&key, "/");
	buf_add(&key, rule->model);
	add_name(out, buf_span(&key));
}

static void write_rules(
	const struct view *view, const struct config_node *node, const struct config_rules *rules)
{
	static const struct config_field field = {.kind = CONFIG_FIELD_POOL};

	buf_add_text(view->out, "{");
	for (size_t i = 0; i < rules->count; i++) {
		const struct config_rule *rule = &rules->rules[i];

		buf_add_text(view->out, i ? "," : "");
		write_rule_key(view->out, rule);
		write_value(view, &field, node, &rule->pool);
	}
	buf_add_text(view->out, "}");
}

static void write_backends(const struct view *view, const struct config_node *list)
{
	struct config_node node = {.parent = list, .is_element = true};

	buf_add_text(view->out, "[");
	for (; node.index < view->config->backend_count; node.index++) {
		const struct config_backend *backend = &view->config->backends[node.index];

		buf_add_text(view->out, node.index ? "," : "");
		node.value = backend->json;
		write_fields(view, &node, config_backend_fields, backend);
	}
	buf_add_text(view->out, "]");
}

static void write_field(const struct view *view, const struct config_field *field,
	const struct config_node *node, const void *at)
{
	if (field->kind == CONFIG_FIELD_OBJECT)
		write_fields(view, node, field->fields, at);
	else if (field->kind == CONFIG_FIELD_RULES)
		write_rules(view, node, at);
	else if (field->kind == CONFIG_FIELD_BACKENDS)
		write_backends(view, node);
	else
		write_value(view, field, node, at);
}

static void write_fields(const struct view *view, const struct config_node *object,
	struct config_fields fields, const void *from)
{
	struct span values[CONFIG_FIELDS_OF_OBJECT_MAX] = {0};

	if (object->value.n)
		config_object_find(object, fields, values);
	buf_add_text(view->out, "{");
	for (size_t i = 0; i < fields.count; i++) {
		const struct config_field *field = &fields.all[i];
		struct config_node node = {
			.parent = object, .key = span_of(field->key), .value = values[i]};

		buf_add_text(view->out, i ? "," : "");
		add_name(view->out, node.key);
		write_field(view, field, &node, (const char *)from + field->offset);
	}
	buf_add_text(view->out, "}");
}

/* NOLINTEND(misc-no-recursion) */

void config_effective_write(const struct config *config, struct span temp_dir, struct buf *out)
{
	struct view view = {config, temp_dir, out};
	struct config_node file = {.value = json_trim(config->text)};

	write_fields(&view, &file, config_file_fields, config);
}
