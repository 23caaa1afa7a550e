/* judge: what a run, or a diff, comes to: two answers to one question are compared; what came of it
 * counts for the verdict and is told to every report. */
#ifndef MLREPLAY_JUDGE_H
#define MLREPLAY_JUDGE_H

#include "mlreplay/report.h"

enum { JUDGE_REPORTS_MAX = 8 };

struct judge {
	const struct tolerance *tolerance; /* outlives it */
	struct verdict *verdict;
	struct report *reports[JUDGE_REPORTS_MAX];
	size_t report_count;
};

void judge_init(struct judge *judge, const struct tolerance *tolerance);
void judge_deinit(struct judge *judge); /* frees the reports, too; takes a zeroed one */

/* Takes the report over. */
void judge_add_report(struct judge *judge, struct report *report);

/* Compares outcome->before to outcome->after, both of which have a status, and sets the outcome and
 * its findings, which lie in the arena. */
void judge_compare(const struct judge *judge, struct arena *arena, struct outcome *outcome,
	struct findings *ret_findings);

void judge_tell(struct judge *judge, const struct outcome *outcome);

/* Ends every report, the others too if one cannot: then it is -1, with the first one's reason. */
int judge_end(struct judge *judge, struct report_end *end, struct err *err)
	__attribute__((warn_unused_result));

#endif
