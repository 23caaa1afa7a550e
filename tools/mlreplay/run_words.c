#include "mlreplay/run_words.h"

#include "base/clock.h"
#include "mlreplay/number.h"

const struct run_words run_words_defaults = {
	.baseline = "recorded",
	.tolerance = "default",
	.pace = {.kind = PACE_MAX},
	.seed = 1,
	.loop = 1,
	.timeout_s = RUN_WORDS_TIMEOUT_S,
};

static bool take_pace(void *settings, struct span value)
{
	struct run_words *words = settings;

	return pace_parse(value, &words->pace);
}

static bool take_max_gap(void *settings, struct span value)
{
	struct run_words *words = settings;
	double seconds;

	if (!number_read(value, &seconds) || seconds < 0.001 || seconds > RUN_WORDS_DAY_S)
		return false;
	words->pace.max_gap_ns = (int64_t)(seconds * (double)CLOCK_S(1));
	return true;
}

static bool take_side(void *settings, struct span value)
{
	struct run_words *words = settings;

	words->side = span_is(value, "backend") ? HAR_BACKEND : HAR_CLIENT;
	return span_is(value, "backend") || span_is(value, "client");
}

bool run_words_take_filter(void *settings, struct span value)
{
	struct run_words *words = settings;

	return filter_parse(value, &words->filter);
}

static bool take_fail_if(void *settings, struct span value)
{
	struct run_words *words = settings;

	if (words->fail_if_count == RUN_WORDS_FAIL_IF_MAX ||
		!fail_if_parse(value.p, &words->fail_if[words->fail_if_count]))
		return false;
	words->fail_if_count++;
	return true;
}

#define AT(member) offsetof(struct run_words, member)

const struct words_option run_words_options[] = {
	{.name = "target",
		.value = "URL",
		.help = "whom to ask: http://HOST:PORT, with a path if it\n"
				"has one before /predict; /predict itself is added,\n"
				"and may be there already",
		.kind = WORDS_TEXT,
		.offset = AT(target)},
	{.name = "baseline",
		.value = "recorded|URL",
		.help = "whose answers count as right: those of the capture\n"
				"(recorded), or of another place, which is asked too",
		.kind = WORDS_TEXT,
		.offset = AT(baseline)},
	{.name = "tolerance",
		.value = "FILE|PROFILE",
		.help = "how far answers may be apart: default, exact,\n"
				"fp16, runtime, or a file that says it (default)",
		.kind = WORDS_TEXT,
		.offset = AT(tolerance)},
	{.name = "pace",
		.value = "PACE",
		.help = "when to ask: as recorded (original), N times as\n"
				"fast (xN), N a second evenly (rate=N) or at random\n"
				"(poisson=N), or whenever there is room (max)",
		.kind = WORDS_OTHER,
		.take = take_pace,
		.wanted = PACE_WANTED},
	{.name = "max-gap",
		.value = "SECONDS",
		.help = "make no pause of the capture longer than that",
		.kind = WORDS_OTHER,
		.take = take_max_gap,
		.wanted = "seconds from 0.001 to 86400"},
	{.name = "seed",
		.value = "N",
		.help = "of poisson=N; the same one asks at the same\n"
				"moments (1)",
		.kind = WORDS_NUMBER,
		.offset = AT(seed),
		.max = UINT64_MAX},
	{.name = "concurrency",
		.value = "N",
		.help = "requests under way at the same time, at most (4;\n"
				"by a schedule 64)",
		.kind = WORDS_NUMBER,
		.offset = AT(concurrency),
		.min = 1,
		.max = RUN_WORDS_CONCURRENCY_MAX},
	{.name = "side",
		.value = "client|backend",
		.help = "send what clients sent to the proxy, or what it\n"
				"sent to backends (client)",
		.kind = WORDS_OTHER,
		.take = take_side,
		.wanted = "client or backend"},
	RUN_WORDS_CHOICE,
	{.name = "loop",
		.value = "N",
		.help = "go through the capture N times (1)",
		.kind = WORDS_NUMBER,
		.offset = AT(loop),
		.min = 1,
		.max = RUN_WORDS_LOOP_MAX},
	{.name = "warmup",
		.value = "N",
		.help = "send the first N before, and do not judge them (0)",
		.kind = WORDS_NUMBER,
		.offset = AT(warmup),
		.max = UINT32_MAX},
	RUN_WORDS_REACH,
	{.name = "fail-if",
		.value = "CONDITION",
		.help = "count as a regression, too: p95>1.2*base,\n"
				"p99>=500ms, errors>0, compared<40; may be given up\n"
				"to 16 times",
		.kind = WORDS_OTHER,
		.take = take_fail_if,
		.wanted = FAIL_IF_WANTED},
	{.name = "resume",
		.value = "STATE",
		.help = "keep in this file how far it came; go on from there\n"
				"when it is there already",
		.kind = WORDS_TEXT,
		.offset = AT(resume)},
	{.name = "lossy",
		.help = "take bodies of other programs' files, too, that are\n"
				"likely not what was sent",
		.kind = WORDS_FLAG,
		.offset = AT(takes_lossy)},
	{.name = "dry-run",
		.help = "send nothing; say what would be sent, and when",
		.kind = WORDS_FLAG,
		.offset = AT(is_dry)},
	REPORTS_OPTIONS(struct run_words, reports),
};

_Static_assert(
	sizeof run_words_options == RUN_WORDS_OPTIONS * sizeof *run_words_options, "a row each");
