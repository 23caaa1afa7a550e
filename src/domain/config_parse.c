/* Numbers come first, since time-outs are what backends have that name none; then backends, since
 * all routes name them. Of a file with a fault nothing is kept.
 */
#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "domain/config_access.h"
#include "domain/config_backends.h"
#include "domain/config_object.h"
#include "domain/config_parse.h"
#include "domain/config_routes.h"
#include "wire/json.h"

/* -- numbers --------------------------------------------------------------------------------- */

#define MIB UINT64_C(1048576)
#define TIB (MIB * MIB)

#define LIMIT(name, member, least, most)                                                         \
	{name, CONFIG_FIELD_COUNT, .offset = offsetof(struct config_limits, member), .min = (least), \
		.max = (most)}

/* The minima leave room for a small but genuine request; the maxima bound what is held in one piece
 * (entries, heads) and keep sums of the others from overflowing. */
static int read_limits(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	static const struct config_field limits[] = {
		LIMIT("body", body_bytes, 64, CONFIG_BODY_MAX),
		LIMIT("entries", entries_bytes, 16, MIB),
		LIMIT("head", head_bytes, 256, MIB),
		LIMIT("headLines", head_lines, 4, 10000),
		LIMIT("parts", parts, 2, 100000),
		LIMIT("partHead", part_head_bytes, 64, MIB),
		LIMIT("connections", connections, 1, 1000000),
		LIMIT("keptBytes", kept_bytes, 65536, TIB),
		LIMIT("spillBytes", spill_bytes, 0, TIB),
		{"spillDir", CONFIG_FIELD_PATH, .offset = offsetof(struct config_limits, spill_dir)},
	};

	return config_object_read(config, node, CONFIG_FIELDS(limits), into, fault);
}

#define TIMEOUT(name, member, most_s)                                                \
	{name, CONFIG_FIELD_SECONDS, .offset = offsetof(struct config_timeouts, member), \
		.min = CLOCK_MS(10), .max = CLOCK_S(most_s)}

static int read_timeouts(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	static const struct config_field timeouts[] = {
		TIMEOUT("connect", connect_ns, 300),
		TIMEOUT("backend", backend_ns, 86400),
		TIMEOUT("head", head_ns, 3600),
		TIMEOUT("stall", stall_ns, 3600),
		TIMEOUT("idle", idle_ns, 86400),
		TIMEOUT("drain", drain_ns, 86400),
		TIMEOUT("request", request_ns, 86400),
	};

	return config_object_read(config, node, CONFIG_FIELDS(timeouts), into, fault);
}

static int read_health(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	static const struct config_field fields[] = {
		{"strict", CONFIG_FIELD_BOOL, .offset = offsetof(struct config_health, is_strict)},
		{"interval", CONFIG_FIELD_SECONDS, .offset = offsetof(struct config_health, interval_ns),
			.min = CLOCK_MS(100), .max = CLOCK_S(3600)},
		{"timeout", CONFIG_FIELD_SECONDS, .offset = offsetof(struct config_health, timeout_ns),
			.min = CLOCK_MS(10), .max = CLOCK_S(60)},
	};

	return config_object_read(config, node, CONFIG_FIELDS(fields), into, fault);
}

static int read_payloads(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	static const struct config_field payloads[] = {
		{"text", CONFIG_FIELD_OWN, .offset = offsetof(struct config, text_pool),
			.read = config_routes_read_pool},
		{"image", CONFIG_FIELD_OWN, .offset = offsetof(struct config, image_pool),
			.read = config_routes_read_pool},
	};

	return config_object_read(config, node, CONFIG_FIELDS(payloads), into, fault);
}

/* -- the file -------------------------------------------------------------------------------- */

/* A backend that hangs must leave time to ask another. */
static void warn_times(struct config *config, const struct config_node *file)
{
	struct config_node timeouts = {.parent = file, .key = SPAN_LITERAL("timeouts")};
	struct config_node request = {.parent = &timeouts, .key = SPAN_LITERAL("request")};

	for (size_t i = 0; i < config->backend_count; i++)
		if (config->backends[i].is_enabled &&
			config->backends[i].answer_ns >= config->timeouts.request_ns) {
			config_node_warn(&request, config,
				"no longer than a backend may take (timeouts.backend, or its own timeout): "
				"none is asked after one that hangs");
			return;
		}
}

#define MEMBER(name, member, reader) \
	name, CONFIG_FIELD_OWN, .offset = offsetof(struct config, member), .read = (reader)

static int read_file(struct config *config, struct config_draft *draft, struct config_fault *fault)
{
	static const struct config_field file_fields[] = {
		{MEMBER("limits", limits, read_limits)},
		{MEMBER("timeouts", timeouts, read_timeouts)},
		{MEMBER("health", health, read_health)},
		{MEMBER("access", access, config_access_read)},
		{"debugHeaders", CONFIG_FIELD_BOOL, .offset = offsetof(struct config, has_debug_headers)},
		{MEMBER("backends", backends, config_backends_read), .is_required = true},
		{MEMBER("balance", balance, config_routes_read_balance)},
		{MEMBER("defaultBackend", default_pool, config_routes_read_pool), .is_required = true},
		{MEMBER("taskRouting", task_rules, config_routes_read_tasks)},
		{MEMBER("modelTypeRouting", type_rules, config_routes_read_types)},
		{"payloadRouting", CONFIG_FIELD_OWN, .read = read_payloads},
	};
	struct config_node file = {.value = json_trim(config->text), .draft = draft};

	if (json_type_of(file.value) == JSON_OBJECT)
		config_routes_reserve(config, &file);
	if (config_object_read(config, &file, CONFIG_FIELDS(file_fields), config, fault) < 0)
		return -1;
	warn_times(config, &file);
	return 0;
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

int config_check(struct span text, struct config_fault *fault)
{
	if (check_size(text, fault) < 0 || check_bom(text, fault) < 0 || check_json(text, fault) < 0)
		return -1;
	return 0;
}

int config_parse_checked(struct span text, struct config_draft *draft, struct config **ret_config,
	struct config_fault *fault)
{
	struct config *config = mem_new(1, sizeof *config);

	atomic_init(&config->refs, 1);
	arena_init(&config->arena);
	config->limits = config_default_limits;
	config->timeouts = config_default_timeouts;
	config->health = config_default_health;
	config->text = arena_dup(&config->arena, text);
	if (read_file(config, draft, fault) < 0) {
		config_unref(config);
		return -1;
	}
	*ret_config = config;
	return 0;
}

int config_parse(struct span text, struct config **ret_config, struct config_fault *fault)
{
	if (config_check(text, fault) < 0)
		return -1;
	return config_parse_checked(text, NULL, ret_config, fault);
}
