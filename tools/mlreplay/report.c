#include "mlreplay/report.h"

enum verdict_word report_word(const struct report_end *end)
{
	enum verdict_word word = verdict_word(end->verdict);

	if (end->fail_if && word == VERDICT_SAME)
		return VERDICT_REGRESSION;
	if (end->was_interrupted && word == VERDICT_SAME)
		return VERDICT_INCONCLUSIVE;
	return word;
}

bool report_is_of_little(const struct report_end *end)
{
	const struct verdict_totals *totals = verdict_totals(end->verdict);

	return totals->skipped > totals->requests - totals->skipped;
}
