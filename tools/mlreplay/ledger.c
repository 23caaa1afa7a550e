#include "mlreplay/ledger.h"

static void count(struct ledger *ledger, const struct resume_item *item)
{
	if (item->outcome.latency_ns >= 0)
		latency_note(&ledger->latencies[LEDGER_TARGET], item->outcome.latency_ns);
	if (item->baseline_ns >= 0)
		latency_note(&ledger->latencies[LEDGER_BASELINE], item->baseline_ns);
	ledger->done++;
}

static bool is_same(const struct compare_answer *a, const struct compare_answer *b)
{
	return a->status == b->status && span_equal(a->body, b->body);
}

int ledger_add(struct ledger *ledger, const struct job *job, struct err *err)
{
	const struct outcome *outcome = &job->outcome;
	const struct resume_item item = {.number = job->item->number,
		.seq = outcome->entry->seq,
		.outcome = *outcome,
		.baseline_ns = job->baseline_ns,
		.has_before = ledger->has_baseline || !outcome->before.status,
		.has_after = !is_same(&outcome->before, &outcome->after)};

	judge_tell(ledger->judge, outcome);
	count(ledger, &item);
	return ledger->resume ? resume_add(ledger->resume, &item, err) : 0;
}

void ledger_restore(struct ledger *ledger, const struct resume_item *item)
{
	const struct outcome *outcome = &item->outcome;
	int64_t end_ns = outcome->intended_ns + (outcome->latency_ns > 0 ? outcome->latency_ns : 0);

	judge_tell(ledger->judge, outcome);
	count(ledger, item);
	ledger->before++;
	if (ledger->before_ns < end_ns)
		ledger->before_ns = end_ns;
}
