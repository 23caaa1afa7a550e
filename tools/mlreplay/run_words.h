/* run_words: what the words behind `mlreplay run` say. */
#ifndef MLREPLAY_RUN_WORDS_H
#define MLREPLAY_RUN_WORDS_H

#include "mlreplay/fail_if.h"
#include "mlreplay/filter.h"
#include "mlreplay/pace.h"
#include "mlreplay/reports.h"
#include "mlreplay/trust.h"

enum {
	RUN_WORDS_FAIL_IF_MAX = 16,
	RUN_WORDS_OPTIONS = 22,
	RUN_WORDS_LOOP_MAX = 1000000,
	RUN_WORDS_CONCURRENCY_MAX = 1000,
	RUN_WORDS_TIMEOUT_S = 300, /* if nothing is said */
	RUN_WORDS_DAY_S = 86400,
};

struct run_words {
	const char *target;   /* NULL: not given, as all here */
	const char *baseline; /* "recorded", or a URL */
	const char *tolerance;
	const char *resume;
	struct reports_paths reports;
	enum har_side side;
	struct filter filter;
	struct pace_rule pace;
	uint64_t seed;
	uint64_t concurrency; /* 0: as many as suit the pace */
	uint64_t warmup;
	uint64_t loop;
	uint64_t limit;
	uint64_t timeout_s;
	struct trust trust;
	struct fail_if fail_if[RUN_WORDS_FAIL_IF_MAX];
	size_t fail_if_count;
	bool is_dry;
	bool takes_lossy; /* see io/capture_reader */
};

/* Of --filter, which adds to those before it. */
bool run_words_take_filter(void *words, struct span value);

/* Rows for the table of a command that runs, whose settings begin with a struct run_words: what is
 * asked of what there is, and how whoever is asked is reached. */
#define RUN_WORDS_CHOICE FILTER_OPTIONS(run_words_take_filter, offsetof(struct run_words, limit))
#define RUN_WORDS_REACH                                                                          \
	{.name = "timeout",                                                                          \
		.value = "SECONDS",                                                                      \
		.help = "how long an answer may take (300)",                                             \
		.kind = WORDS_NUMBER,                                                                    \
		.offset = offsetof(struct run_words, timeout_s),                                         \
		.min = 1,                                                                                \
		.max = RUN_WORDS_DAY_S},                                                                 \
		{.name = "ca-file",                                                                      \
			.value = "FILE",                                                                     \
			.help = "of https: certificates (PEM) of whom to trust,\n"                           \
					"instead of whom the system trusts",                                         \
			.kind = WORDS_TEXT,                                                                  \
			.offset = offsetof(struct run_words, trust.ca_file)},                                \
	{                                                                                            \
		.name = "insecure", .help = "of https: do not look at certificates", .kind = WORDS_FLAG, \
		.offset = offsetof(struct run_words, trust.is_insecure)                                  \
	}

extern const struct run_words run_words_defaults;
extern const struct words_option run_words_options[RUN_WORDS_OPTIONS];

#endif
