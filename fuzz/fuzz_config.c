/* What parses keeps the promises of config.h, and parses again to the same with more blanks around
 * it; what does not says where and what. */
#include "base/buf.h"
#include "domain/config.h"
#include "fuzz.h"
#include "wire/http1_head.h"

static void check_text(const char *text)
{
	struct span span = span_of(text);

	must(span.n > 0 && span_utf8_length(span) == span.n);
	for (size_t i = 0; i < span.n; i++)
		must((unsigned char)text[i] >= 0x20);
}

static void check_fault(const struct config_fault *fault)
{
	check_text(fault->path);
	check_text(fault->text);
}

/* Whole lines that no reader takes for more or fewer than they are meant to be. */
static void check_fields(struct span fields)
{
	struct span rest = fields;

	must(fields.n <= CONFIG_FIELDS_MAX);
	must(!fields.n || fields.p[fields.n - 1] == '\n');
	while (rest.n) {
		struct span value = span_cut(&rest, '\n');
		struct span name = span_cut(&value, ':');

		must(http1_is_token(name) && !http1_lines_have(rest, name));
		must(value.n > 1 && value.p[value.n - 1] == '\r');
		value.n--;
		for (size_t i = 0; i < value.n; i++)
			must((unsigned char)value.p[i] >= 0x20 && value.p[i] != 0x7f);
	}
}

static void check_backends(const struct config *config)
{
	must(config->backend_count > 0 && config->backend_count <= CONFIG_BACKENDS_MAX);
	for (size_t i = 0; i < config->backend_count; i++) {
		const struct config_backend *backend = &config->backends[i];
		struct span name = backend->name;

		must(name.n > 0 && span_utf8_length(name) == name.n && backend->url.text.n > 0);
		must(backend->weight > 0 && backend->weight <= CONFIG_WEIGHT_MAX && !backend->state);
		must(backend->connect_ns > 0 && backend->answer_ns > 0);
		check_fields(backend->fields);
		for (size_t k = 0; k < i; k++)
			must(!span_equal(name, config->backends[k].name));
	}
}

static bool is_pool(const struct config *config, const struct config_pool *pool)
{
	return pool >= config->pools && pool < config->pools + config->pool_count;
}

static void check_pools(const struct config *config)
{
	for (size_t i = 0; i < config->pool_count; i++) {
		const struct config_pool *pool = &config->pools[i];

		must(pool->count > 0);
		for (size_t k = 0; k < pool->count; k++)
			must(pool->backends[k] < config->backend_count &&
				 pool->set[pool->backends[k] / 64] >> pool->backends[k] % 64 & 1);
		for (size_t k = 0; k < i; k++)
			must(pool->balance != config->pools[k].balance ||
				 memcmp(pool->set, config->pools[k].set, sizeof pool->set) != 0);
		must(pool->count > 1 || pool->balance == CONFIG_ROUND_ROBIN);
	}
	must(is_pool(config, config->default_pool));
	must(!config->text_pool || is_pool(config, config->text_pool));
	must(!config->image_pool || is_pool(config, config->image_pool));
}

static void check_rules(const struct config *config, const struct config_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct config_rule *rule = &rules->rules[i];

		must(is_pool(config, rule->pool) && (rule->task.n || rule->type.n));
		must(!span_is(rule->task, "facial_recognition"));
		must(config_rules_find(rules, rule) == rule);
		for (size_t k = 0; k < i; k++)
			must(!span_equal(rule->task, rules->rules[k].task) ||
				 !span_equal(rule->type, rules->rules[k].type) ||
				 !span_equal(rule->model, rules->rules[k].model));
	}
}

static void check_capture(const struct capture_config *capture)
{
	unsigned status = capture->match.status;

	must(!capture->dir.n || capture->dir.p[0] == '/');
	must(capture->sample >= 0 && capture->sample <= 1);
	must(!status || (status >= 2 && status <= 5) || (status >= 200 && status <= 599));
	must(capture->rotate_ns >= 0 && capture->match.min_ns >= 0);
	must(capture->redact_count <= REDACT_RULES_MAX);
	for (size_t i = 0; i < capture->redact_count; i++) {
		const struct redact_rule *rule = &capture->redact[i];

		must(rule->name.n > 0);
		must(rule->kind != REDACT_HEADER || http1_is_token(rule->name));
	}
}

static void check_again(const struct config *config, struct span text)
{
	BUF_AUTO struct buf wide = {0};
	struct config *again;
	struct config_fault fault;

	buf_add_text(&wide, "\r\n\t ");
	buf_add(&wide, text);
	buf_add_text(&wide, "\n");
	must(config_parse(buf_span(&wide), &again, &fault) == 0);
	must(again->backend_count == config->backend_count);
	must(again->pool_count == config->pool_count);
	must(again->task_rules.count == config->task_rules.count);
	must(again->type_rules.count == config->type_rules.count);
	must(memcmp(&again->limits, &config->limits, offsetof(struct config_limits, spill_dir)) == 0);
	must(span_equal(again->limits.spill_dir, config->limits.spill_dir));
	must(memcmp(&again->timeouts, &config->timeouts, sizeof config->timeouts) == 0);
	must(again->health.interval_ns == config->health.interval_ns);
	must(again->health.timeout_ns == config->health.timeout_ns);
	must(span_equal(again->capture.dir, config->capture.dir));
	must(again->capture.redact_count == config->capture.redact_count);
	must(again->warning_count == config->warning_count);
	config_unref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};
	struct config *config;
	struct config_fault fault = {0};

	if (config_parse(text, &config, &fault)) {
		check_fault(&fault);
		return 0;
	}
	check_backends(config);
	check_pools(config);
	check_rules(config, &config->task_rules);
	check_rules(config, &config->type_rules);
	check_capture(&config->capture);
	must(config->warning_count <= CONFIG_WARNINGS_MAX);
	for (size_t i = 0; i < config->warning_count; i++)
		check_fault(&config->warnings[i]);
	check_again(config, text);
	config_unref(config);
	return 0;
}
