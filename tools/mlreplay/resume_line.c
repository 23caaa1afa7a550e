#include "mlreplay/resume_line.h"

#include <math.h>

#include "wire/base64.h"
#include "wire/json.h"
#include "wire/json_number.h"

#define NUMBER_MAX ((uint64_t)1 << 53) /* of a double that counts by ones */
#define NS_MAX     1e17                /* three years: sums stay in an int64_t */

/* clang-format off */
static const char *const outcomes[] = {
	[VERDICT_COMPARED] = "compared",
	[VERDICT_UNSTABLE] = "unstable",
	[VERDICT_ERROR] = "error",
	[VERDICT_BROKEN] = "broken",
	[VERDICT_SKIPPED] = "skipped",
	[VERDICT_UNREACHED] = "unreached",
};
/* clang-format on */

/* -- writing --------------------------------------------------------------------------------- */

static void write_answer(const char *key, const struct compare_answer *answer, struct buf *out)
{
	buf_add_format(out, ",\"%s\":{\"status\":%d,\"body\":\"", key, answer->status);
	base64_encode(answer->body, out);
	buf_add_text(out, "\"}");
}

bool resume_line_fits(const struct resume_item *item)
{
	const struct outcome *outcome = &item->outcome;
	const int64_t times[] = {
		outcome->latency_ns, item->baseline_ns, outcome->intended_ns, outcome->sent_ns};

	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		if (times[i] < -1 || (double)times[i] > NS_MAX)
			return false;
	return item->number <= NUMBER_MAX && item->seq <= NUMBER_MAX;
}

void resume_line_write(const struct resume_item *item, struct buf *out)
{
	const struct outcome *outcome = &item->outcome;

	buf_add_format(out, "{\"n\":%llu,\"seq\":%llu,\"outcome\":\"%s\",\"again\":%s,\"error\":",
		(unsigned long long)item->number, (unsigned long long)item->seq, outcomes[outcome->outcome],
		outcome->was_asked_again ? "true" : "false");
	buf_add_json(out, outcome->error);
	buf_add_format(out,
		",\"latencyNs\":%lld,\"baselineNs\":%lld,\"intendedNs\":%lld,\"sentNs\":%lld",
		(long long)outcome->latency_ns, (long long)item->baseline_ns,
		(long long)outcome->intended_ns, (long long)outcome->sent_ns);
	if (item->has_before)
		write_answer("before", &outcome->before, out);
	if (item->has_after)
		write_answer("after", &outcome->after, out);
	buf_add_text(out, "}\n");
}

/* -- reading --------------------------------------------------------------------------------- */

/* The whole number at the key of an object. */
static bool find_number(
	struct span object, const char *key, double min, double max, double *ret_number)
{
	struct span value;

	if (!json_member(object, span_of(key), &value) || json_type_of(value) != JSON_NUMBER)
		return false;
	*ret_number = json_number_value(value);
	return *ret_number >= min && *ret_number <= max && *ret_number == floor(*ret_number);
}

static bool find_count(struct span line, const char *key, uint64_t *ret_count)
{
	double number;

	if (!find_number(line, key, 0, (double)NUMBER_MAX, &number))
		return false;
	*ret_count = (uint64_t)number;
	return true;
}

static bool find_ns(struct span line, const char *key, int64_t *ret_ns)
{
	double number;

	if (!find_number(line, key, -1, NS_MAX, &number))
		return false;
	*ret_ns = (int64_t)number;
	return true;
}

static bool find_times(struct span line, struct resume_item *item)
{
	return find_ns(line, "latencyNs", &item->outcome.latency_ns) &&
		   find_ns(line, "baselineNs", &item->baseline_ns) &&
		   find_ns(line, "intendedNs", &item->outcome.intended_ns) &&
		   find_ns(line, "sentNs", &item->outcome.sent_ns);
}

/* The string at the key, with its quotes. */
static bool find_text(struct span object, const char *key, struct span *ret_text)
{
	return json_member(object, span_of(key), ret_text) && json_type_of(*ret_text) == JSON_STRING;
}

static bool find_outcome(struct span line, struct outcome *outcome)
{
	struct span word;
	struct span again;

	if (!find_text(line, "outcome", &word) || !json_member(line, SPAN_LITERAL("again"), &again))
		return false;
	outcome->was_asked_again = span_is(again, "true");
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
		if (json_string_is(word, span_of(outcomes[i]))) {
			outcome->outcome = (enum verdict_outcome)i;
			return outcome->was_asked_again || span_is(again, "false");
		}
	return false;
}

/* Its body has no more bytes than an answer may have that is compared: the line has not either. */
static bool find_answer(struct span line, const char *key, struct arena *arena, bool *ret_is_there,
	struct compare_answer *ret_answer)
{
	struct buf body = {.arena = arena};
	struct span answer;
	struct span text;
	double status;

	*ret_is_there = json_member(line, span_of(key), &answer);
	if (!*ret_is_there)
		return true;
	if (json_type_of(answer) != JSON_OBJECT || !find_number(answer, "status", 0, 999, &status) ||
		!find_text(answer, "body", &text) || !base64_decode(json_string(text, arena), &body))
		return false;
	*ret_answer = (struct compare_answer){(int)status, buf_span(&body)};
	return true;
}

bool resume_line_read(struct span line, struct arena *arena, struct resume_item *ret_item)
{
	struct resume_item item = {0};
	struct outcome *outcome = &item.outcome;
	enum json_type type;
	struct err ignored;
	struct span error;

	if (json_check_whole(line, &type, &ignored) < 0 || type != JSON_OBJECT ||
		!find_count(line, "n", &item.number) || !find_count(line, "seq", &item.seq) ||
		!find_outcome(line, outcome) || !find_text(line, "error", &error) ||
		!find_times(line, &item) ||
		!find_answer(line, "before", arena, &item.has_before, &outcome->before) ||
		!find_answer(line, "after", arena, &item.has_after, &outcome->after))
		return false;
	outcome->error = json_string(error, arena);
	*ret_item = item;
	return true;
}
