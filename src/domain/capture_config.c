#include "domain/capture_config.h"

static bool has_task(const struct capture_facts *facts, struct span task)
{
	for (size_t i = 0; i < facts->task_count; i++)
		if (span_equal(facts->tasks[i], task))
			return true;
	return false;
}

/* As many bits of the draw as a double has. */
bool capture_config_samples(const struct capture_config *config, uint64_t draw)
{
	return (double)(draw >> 11) * 0x1p-53 < config->sample;
}

bool capture_config_wants(const struct capture_config *config, const struct capture_facts *facts)
{
	const struct capture_match *match = &config->match;
	unsigned status = (unsigned)facts->status;

	if (match->task.n && !has_task(facts, match->task))
		return false;
	if (match->status && match->status != status && match->status != status / 100)
		return false;
	if (match->is_errors_only && status && status < 500 && !facts->has_failed)
		return false;
	return facts->took_ns >= match->min_ns;
}

struct capture_config capture_config_copy(const struct capture_config *config, struct arena *arena)
{
	struct capture_config copy = *config;

	copy.dir = arena_dup(arena, config->dir);
	copy.match.task = arena_dup(arena, config->match.task);
	copy.redact = arena_new(arena, config->redact_count + 1, sizeof *copy.redact);
	for (size_t i = 0; i < config->redact_count; i++)
		copy.redact[i] =
			(struct redact_rule){config->redact[i].kind, arena_dup(arena, config->redact[i].name)};
	return copy;
}

bool capture_config_redacts(const struct capture_config *config, enum redact_kind kind)
{
	for (size_t i = 0; i < config->redact_count; i++)
		if (config->redact[i].kind == kind)
			return true;
	return false;
}

bool capture_config_redacts_requests(const struct capture_config *config)
{
	for (size_t i = 0; i < config->redact_count; i++)
		if (config->redact[i].kind != REDACT_ANSWER)
			return true;
	return false;
}
