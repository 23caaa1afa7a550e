/* fail_if: a condition on what a run has measured under which it counts as a regression, too:
 *
 *     p95>1.2*base    p99>=500ms    max>2s    errors>0    compared<40
 *
 * A latency (p50, p90, p95, p99, max) is held against a duration, or against the same of the
 * baseline, `base`; a number (errors, regressions, warnings, unstable, skipped, compared, requests)
 * against a number. */
#ifndef MLREPLAY_FAIL_IF_H
#define MLREPLAY_FAIL_IF_H

#include "mlreplay/report.h"

enum fail_if_comparison { FAIL_IF_MORE, FAIL_IF_LEAST, FAIL_IF_LESS, FAIL_IF_MOST };

struct fail_if {
	const char *text; /* all of it */
	size_t metric;    /* which, of the table in fail_if.c */
	enum fail_if_comparison comparison;
	bool is_of_base; /* the limit is a multiple of the baseline's */
	double limit;    /* or in ns, or a number */
};

#define FAIL_IF_WANTED                                                                        \
	"a condition such as p95>1.2*base, p99>=500ms, max>2s, errors>0 or compared<40, of p50, " \
	"p90, p95, p99, max, errors, regressions, warnings, unstable, skipped, compared, requests"

/* False, with nothing set, for anything else. The text outlives it. */
bool fail_if_parse(const char *text, struct fail_if *ret_fail_if)
	__attribute__((warn_unused_result));

struct fail_if_facts {
	const struct verdict_totals *totals;
	const struct report_latency *latency;
	const struct report_latency *baseline;
};

/* True when it is so; also when it is about a latency that nothing was measured of: who demands a
 * limit wants to know that it was kept. */
bool fail_if_holds(const struct fail_if *fail_if, const struct fail_if_facts *facts);

#endif
