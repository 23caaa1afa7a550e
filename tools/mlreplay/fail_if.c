#include "mlreplay/fail_if.h"

#include "base/clock.h"
#include "mlreplay/number.h"

/* -- what can be asked about ----------------------------------------------------------------- */

struct metric {
	const char *name;
	bool is_latency; /* else it is a number */
	size_t offset;   /* in struct report_latency, or in struct verdict_totals */
};

#define LATENCY(name, member) {name, true, offsetof(struct report_latency, member)}
#define NUMBER(member)        {#member, false, offsetof(struct verdict_totals, member)}

static const struct metric metrics[] = {
	LATENCY("p50", p50_ns),
	LATENCY("p90", p90_ns),
	LATENCY("p95", p95_ns),
	LATENCY("p99", p99_ns),
	LATENCY("max", max_ns),
	NUMBER(requests),
	NUMBER(compared),
	NUMBER(regressions),
	NUMBER(warnings),
	NUMBER(unstable),
	NUMBER(errors),
	NUMBER(skipped),
};

enum { METRICS = sizeof metrics / sizeof *metrics };

static double latency_of(const struct metric *metric, const struct report_latency *latency)
{
	return (double)*(const int64_t *)(const void *)((const char *)latency + metric->offset);
}

static double number_of(const struct metric *metric, const struct verdict_totals *totals)
{
	return (double)*(const uint64_t *)(const void *)((const char *)totals + metric->offset);
}

/* -- reading --------------------------------------------------------------------------------- */

/* Cuts the word, and blanks behind it, off the front. */
static bool cut_word(struct span *rest, const char *word)
{
	if (!span_starts(*rest, span_of(word)))
		return false;
	*rest = span_trim(span_skip(*rest, strlen(word)));
	return true;
}

static bool cut_metric(struct span *rest, size_t *ret_metric)
{
	for (size_t i = 0; i < METRICS; i++)
		if (cut_word(rest, metrics[i].name)) {
			*ret_metric = i;
			return true;
		}
	return false;
}

static bool cut_comparison(struct span *rest, enum fail_if_comparison *ret_comparison)
{
	/* Those that others begin with come last. */
	static const struct {
		const char *sign;
		enum fail_if_comparison comparison;
	} signs[] = {
		{">=", FAIL_IF_LEAST},
		{"<=", FAIL_IF_MOST},
		{">", FAIL_IF_MORE},
		{"<", FAIL_IF_LESS},
	};

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (cut_word(rest, signs[i].sign)) {
			*ret_comparison = signs[i].comparison;
			return true;
		}
	return false;
}

/* "500ms", "2s", "base", "1.2*base". */
static bool read_duration(struct span text, struct fail_if *fail_if)
{
	fail_if->limit = 1;
	fail_if->is_of_base = span_is(text, "base");
	if (fail_if->is_of_base)
		return true;
	if (!number_cut(&text, &fail_if->limit))
		return false;
	text = span_trim(text);
	if (cut_word(&text, "*")) {
		fail_if->is_of_base = true;
		return span_is(text, "base");
	}
	fail_if->limit *= (double)(span_is(text, "ms") ? CLOCK_MS(1) : CLOCK_S(1));
	return span_is(text, "ms") || span_is(text, "s");
}

bool fail_if_parse(const char *text, struct fail_if *ret_fail_if)
{
	struct span rest = span_trim(span_of(text));
	struct fail_if fail_if = {.text = text};

	if (!cut_metric(&rest, &fail_if.metric) || !cut_comparison(&rest, &fail_if.comparison))
		return false;
	if (metrics[fail_if.metric].is_latency ? !read_duration(rest, &fail_if)
										   : !number_read(rest, &fail_if.limit))
		return false;
	*ret_fail_if = fail_if;
	return true;
}

/* -- judging --------------------------------------------------------------------------------- */

static bool compare(enum fail_if_comparison comparison, double value, double limit)
{
	switch (comparison) {
	case FAIL_IF_MORE: return value > limit;
	case FAIL_IF_LEAST: return value >= limit;
	case FAIL_IF_LESS: return value < limit;
	case FAIL_IF_MOST: return value <= limit;
	}
	__builtin_unreachable();
}

bool fail_if_holds(const struct fail_if *fail_if, const struct fail_if_facts *facts)
{
	const struct metric *metric = &metrics[fail_if->metric];
	double limit = fail_if->limit;

	if (!metric->is_latency)
		return compare(fail_if->comparison, number_of(metric, facts->totals), limit);
	if (!facts->latency->count || (fail_if->is_of_base && !facts->baseline->count))
		return true;
	if (fail_if->is_of_base)
		limit *= latency_of(metric, facts->baseline);
	return compare(fail_if->comparison, latency_of(metric, facts->latency), limit);
}
