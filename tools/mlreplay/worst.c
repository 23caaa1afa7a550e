#include "mlreplay/worst.h"

#include "mlreplay/phrase.h"

void worst_deinit(struct worst *worst)
{
	for (size_t i = 0; i < worst->count; i++)
		buf_deinit(&worst->items[i].text);
}

enum worst_weight worst_weigh(const struct outcome *outcome)
{
	switch (outcome->outcome) {
	case VERDICT_COMPARED: break;
	case VERDICT_UNSTABLE: return WORST_UNSTABLE;
	case VERDICT_ERROR:
	case VERDICT_BROKEN: return WORST_ERROR;
	case VERDICT_SKIPPED:
	case VERDICT_UNREACHED: return WORST_SKIPPED;
	}
	switch (outcome->findings->level) {
	case FINDINGS_SAME: return WORST_SAME;
	case FINDINGS_WARN: return WORST_WARN;
	case FINDINGS_FAIL: return WORST_FAIL;
	}
	__builtin_unreachable();
}

const char *worst_word(const struct outcome *outcome)
{
	if (outcome->outcome == VERDICT_COMPARED)
		return phrase_levels[outcome->findings->level];
	return phrase_outcomes[outcome->outcome];
}

static bool is_as_bad(const struct worst_item *item, const struct worst_item *as)
{
	return item->weight > as->weight ||
		   (item->weight == as->weight && item->findings >= as->findings);
}

struct buf *worst_add(struct worst *worst, const struct outcome *outcome)
{
	const struct findings *findings = outcome->findings;
	struct worst_item item = {.weight = worst_weigh(outcome)};
	size_t at = 0;

	if (item.weight == WORST_SAME)
		return NULL;
	worst->told++;
	item.findings = findings ? findings->count + findings->dropped : 0;
	while (at < worst->count && is_as_bad(&worst->items[at], &item))
		at++;
	if (at == worst->max)
		return NULL;
	if (worst->count == worst->max)
		buf_deinit(&worst->items[--worst->count].text);
	memmove(&worst->items[at + 1], &worst->items[at], (worst->count - at) * sizeof item);
	worst->items[at] = item;
	worst->count++;
	return &worst->items[at].text;
}
