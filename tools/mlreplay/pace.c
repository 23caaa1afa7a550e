#include "mlreplay/pace.h"

#include <math.h>

#include "mlreplay/number.h"

#define NS_PER_S 1e9
#define END_NS   1e18 /* thirty years: whatever times a capture claims, sums stay in an int64_t */

enum { NUMBER_MOST = 1000000 };

/* True when the text is the prefix and a number that one can divide by. */
static bool is_with_number(struct span text, struct span prefix, double *ret_number)
{
	double number;

	if (!span_starts(text, prefix) || !number_read(span_skip(text, prefix.n), &number) ||
		number < 1.0 / NUMBER_MOST || number > NUMBER_MOST)
		return false;
	*ret_number = number;
	return true;
}

bool pace_parse(struct span text, struct pace_rule *rule)
{
	if (is_with_number(text, SPAN_LITERAL("x"), &rule->factor)) {
		rule->kind = PACE_CAPTURED;
	} else if (is_with_number(text, SPAN_LITERAL("rate="), &rule->rate)) {
		rule->kind = PACE_RATE;
	} else if (is_with_number(text, SPAN_LITERAL("poisson="), &rule->rate)) {
		rule->kind = PACE_POISSON;
	} else if (span_is(text, "max")) {
		rule->kind = PACE_MAX;
	} else if (span_is(text, "original")) {
		rule->kind = PACE_CAPTURED;
		rule->factor = 1;
	} else {
		return false;
	}
	return true;
}

void pace_init(struct pace *pace, const struct pace_rule *rule)
{
	*pace = (struct pace){.rule = *rule};
	rng_init(&pace->rng, rule->seed);
}

/* Time that goes back is a capture that begins anew, or a file put together by hand. */
static double gap_captured(const struct pace *pace, int64_t started_us)
{
	double gap_ns = ((double)started_us - (double)pace->started_us) * 1000 / pace->rule.factor;
	double max_ns = pace->rule.max_gap_ns ? (double)pace->rule.max_gap_ns : END_NS;

	if (!pace->count || gap_ns < 0)
		return 0;
	return gap_ns < max_ns ? gap_ns : max_ns;
}

/* Between events that know nothing of one another: exponentially distributed. */
static double gap_poisson(struct pace *pace)
{
	double share = (double)(rng_next(&pace->rng) >> 11) * 0x1p-53; /* in [0, 1) */

	return -log1p(-share) / pace->rule.rate * NS_PER_S;
}

int64_t pace_next(struct pace *pace, int64_t started_us)
{
	switch (pace->rule.kind) {
	case PACE_CAPTURED: pace->at_ns += gap_captured(pace, started_us); break;
	case PACE_RATE: pace->at_ns = (double)pace->count / pace->rule.rate * NS_PER_S; break;
	case PACE_POISSON: pace->at_ns += gap_poisson(pace); break;
	case PACE_MAX: return -1;
	}
	if (pace->at_ns > END_NS)
		pace->at_ns = END_NS;
	pace->started_us = started_us;
	pace->count++;
	return (int64_t)pace->at_ns;
}
