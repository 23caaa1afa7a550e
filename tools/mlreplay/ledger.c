#include "mlreplay/ledger.h"

static void count(struct ledger *ledger, const struct resume_item *item)
{
	if (item->latency_ns >= 0)
		latency_note(&ledger->latencies[LEDGER_TARGET], item->latency_ns);
	if (item->baseline_ns >= 0)
		latency_note(&ledger->latencies[LEDGER_BASELINE], item->baseline_ns);
	ledger->done++;
}

int ledger_add(struct ledger *ledger, const struct job *job, struct err *err)
{
	const struct resume_item item = {.number = job->item->number,
		.outcome = job->outcome.outcome,
		.findings = job->outcome.findings,
		.latency_ns = job->latency_ns,
		.baseline_ns = job->baseline_ns};

	judge_tell(ledger->judge, &job->outcome);
	count(ledger, &item);
	return ledger->resume ? resume_add(ledger->resume, &item, err) : 0;
}

void ledger_restore(void *ledger, const struct resume_item *item)
{
	struct ledger *all = ledger;

	verdict_add(all->judge->verdict, item->outcome, item->findings);
	count(all, item);
	all->before++;
}
