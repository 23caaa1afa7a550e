#include "mlreplay/restore.h"

#include "mlreplay/recorded.h"

struct restoring {
	const struct capture_reader *reader;
	struct ledger *ledger;
	struct arena arena; /* of one exchange, as the next two */
	struct buf recorded;
	struct findings findings;
};

static enum command_end misfit(const struct feed_item *feed_item, struct err *err)
{
	(void)err_set(err, ERR_INVALID,
		"--resume: what it has of #%llu does not fit the capture: delete it to begin anew",
		(unsigned long long)feed_item->entry.seq);
	return COMMAND_USAGE;
}

/* Takes from the capture what the state has not. */
static enum command_end complete(struct restoring *restoring, const struct feed_item *feed_item,
	struct resume_item *item, struct err *err)
{
	struct outcome *outcome = &item->outcome;
	int result = 0;

	outcome->entry = &feed_item->entry;
	outcome->entries = feed_item->entries;
	if (!item->has_before)
		result = recorded_answer(
			restoring->reader, outcome->entry, &restoring->recorded, &outcome->before, err);
	if (result < 0) {
		(void)feed_fail(feed_item, err);
		return COMMAND_CORRUPT;
	}
	if (result || item->seq != outcome->entry->seq)
		return misfit(feed_item, err);
	if (!item->has_after)
		outcome->after = outcome->before;
	return COMMAND_SAME;
}

static bool was_compared(const struct outcome *outcome)
{
	return outcome->outcome == VERDICT_COMPARED || outcome->outcome == VERDICT_UNSTABLE;
}

static void compare(struct restoring *restoring, struct outcome *outcome)
{
	enum verdict_outcome was = outcome->outcome;

	judge_compare(restoring->ledger->judge, &restoring->arena, outcome, &restoring->findings);
	if (restoring->findings.level < FINDINGS_FAIL)
		outcome->outcome = was; /* which may be that it was unstable */
}

static enum command_end restore_one(
	struct restoring *restoring, const struct feed_item *feed_item, struct err *err)
{
	struct resume_item item;
	enum command_end end;

	if (resume_read(restoring->ledger->resume, feed_item->number, &restoring->arena, &item, err) <
		0)
		return COMMAND_USAGE;
	end = complete(restoring, feed_item, &item, err);
	if (end != COMMAND_SAME)
		return end;
	if (was_compared(&item.outcome)) {
		if (!item.outcome.before.status || !item.outcome.after.status)
			return misfit(feed_item, err);
		compare(restoring, &item.outcome);
	}
	ledger_restore(restoring->ledger, &item);
	return COMMAND_SAME;
}

static enum command_end take(
	struct restoring *restoring, const struct feed_item *feed_item, struct err *err)
{
	enum command_end end;

	if (!resume_has(restoring->ledger->resume, feed_item->number))
		return COMMAND_SAME;
	arena_init(&restoring->arena);
	end = restore_one(restoring, feed_item, err);
	arena_deinit(&restoring->arena);
	buf_deinit(&restoring->recorded);
	return end;
}

enum command_end restore(
	struct feed *feed, const struct capture_reader *reader, struct ledger *ledger, struct err *err)
{
	struct restoring restoring = {.reader = reader, .ledger = ledger};
	enum command_end end = COMMAND_SAME;
	struct feed_item *item;
	int result = 0;

	while (end == COMMAND_SAME && (result = feed_next(feed, &item, err)) == 1) {
		end = take(&restoring, item, err);
		feed_give(item);
	}
	if (result < 0 || (end == COMMAND_SAME && feed_rewind(feed, err) < 0))
		return COMMAND_CORRUPT;
	return end;
}
