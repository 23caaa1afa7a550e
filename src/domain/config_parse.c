/* Numbers come first, since time-outs are what backends have that name none; then backends, since
 * all routes name them. Of a file with a fault nothing is kept.
 */
#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "domain/config_access.h"
#include "domain/config_backends.h"
#include "domain/config_capture.h"
#include "domain/config_object.h"
#include "domain/config_parse.h"
#include "domain/config_routes.h"
#include "wire/json.h"

/* -- keys ------------------------------------------------------------------------------------ */

#define MIB UINT64_C(1048576)
#define TIB (MIB * MIB)

#define LIMIT(name, member, least, most)                                                         \
	{name, CONFIG_FIELD_COUNT, .offset = offsetof(struct config_limits, member), .min = (least), \
		.max = (most)}

/* The minima leave room for a small but genuine request; the maxima bound what is held in one piece
 * (entries, heads) and keep sums of the others from overflowing. */
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
	{"spillDir", CONFIG_FIELD_TEMP_DIR, .offset = offsetof(struct config_limits, spill_dir)},
};

#define TIMEOUT(name, member, most_s)                                                \
	{name, CONFIG_FIELD_SECONDS, .offset = offsetof(struct config_timeouts, member), \
		.min = CLOCK_MS(10), .max = CLOCK_S(most_s)}

static const struct config_field timeouts[] = {
	TIMEOUT("connect", connect_ns, 300),
	TIMEOUT("backend", backend_ns, 86400),
	TIMEOUT("head", head_ns, 3600),
	TIMEOUT("stall", stall_ns, 3600),
	TIMEOUT("idle", idle_ns, 86400),
	TIMEOUT("drain", drain_ns, 86400),
	TIMEOUT("request", request_ns, 86400),
};

static const struct config_field health[] = {
	{"strict", CONFIG_FIELD_BOOL, .offset = offsetof(struct config_health, is_strict)},
	{"interval", CONFIG_FIELD_SECONDS, .offset = offsetof(struct config_health, interval_ns),
		.min = CLOCK_MS(100), .max = CLOCK_S(3600)},
	{"timeout", CONFIG_FIELD_SECONDS, .offset = offsetof(struct config_health, timeout_ns),
		.min = CLOCK_MS(10), .max = CLOCK_S(60)},
};

#define MEMBER(name, its_kind, member) \
	name, CONFIG_FIELD_##its_kind, .offset = offsetof(struct config, member)
#define POOL(name, member) MEMBER(name, POOL, member), .read = config_routes_read_pool

static const struct config_field payloads[] = {
	{POOL("text", text_pool)},
	{POOL("image", image_pool)},
};

static const struct config_field file[] = {
	{MEMBER("limits", OBJECT, limits), .fields = CONFIG_FIELDS(limits)},
	{MEMBER("timeouts", OBJECT, timeouts), .fields = CONFIG_FIELDS(timeouts)},
	{MEMBER("health", OBJECT, health), .fields = CONFIG_FIELDS(health)},
	{MEMBER("access", OBJECT, access), .fields = CONFIG_FIELDS(config_access_fields)},
	{MEMBER("capture", OBJECT, capture), .fields = CONFIG_FIELDS(config_capture_fields)},
	{MEMBER("inspect", CHOICE, inspect), .words = CONFIG_WORDS(config_inspect_words)},
	{MEMBER("debugHeaders", BOOL, has_debug_headers)},
	{MEMBER("backends", BACKENDS, backends), .is_required = true, .read = config_backends_read},
	{MEMBER("balance", CHOICE, balance), .words = CONFIG_WORDS(config_balance_words)},
	{POOL("defaultBackend", default_pool), .is_required = true},
	{MEMBER("taskRouting", RULES, task_rules), .read = config_routes_read_tasks},
	{MEMBER("modelTypeRouting", RULES, type_rules), .read = config_routes_read_types},
	{"payloadRouting", CONFIG_FIELD_OBJECT, .fields = CONFIG_FIELDS(payloads)},
};

const struct config_fields config_file_fields = CONFIG_FIELDS(file);

/* -- the file -------------------------------------------------------------------------------- */

/* A backend that hangs must leave time to ask another. */
static void warn_times(struct config *config, const struct config_node *root)
{
	struct config_node times = {.parent = root, .key = SPAN_LITERAL("timeouts")};
	struct config_node request = {.parent = &times, .key = SPAN_LITERAL("request")};

	for (size_t i = 0; i < config->backend_count; i++)
		if (config->backends[i].is_enabled &&
			config->backends[i].answer_ns >= config->timeouts.request_ns) {
			config_node_warn(&request, config,
				"no longer than a backend may take (timeouts.backend, or its own timeout): "
				"none is asked after one that hangs");
			return;
		}
}

static int read_file(struct config *config, struct config_draft *draft, struct config_fault *fault)
{
	struct config_node root = {.value = json_trim(config->text), .draft = draft};

	if (json_type_of(root.value) == JSON_OBJECT)
		config_routes_reserve(config, &root);
	if (config_object_read(config, &root, config_file_fields, config, fault) < 0)
		return -1;
	warn_times(config, &root);
	return 0;
}

static int check_size(struct span text, struct config_fault *fault)
{
	if (text.n <= CONFIG_BYTES_MAX)
		return 0;
	(void)snprintf(fault->path, sizeof fault->path, CONFIG_WHOLE);
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
	const char *end = text.n ? text.p + text.n : NULL; /* of an empty body there is no p */
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
	config->capture = config_default_capture;
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
