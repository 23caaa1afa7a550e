/* report: who is told of every outcome, one after the other, and of the end: on the terminal, in a
 * file of JSON, of JUnit's XML, or a page. */
#ifndef MLREPLAY_REPORT_H
#define MLREPLAY_REPORT_H

#include <stdio.h>

#include "io/capture_reader.h"
#include "mlreplay/outcome.h"

/* What a run or a diff was. Texts outlive it. */
struct report_setup {
	const char *capture;   /* as named on the command line */
	const char *target;    /* a URL, or the other capture */
	const char *baseline;  /* "recorded", or a URL */
	const char *tolerance; /* the name of a profile or of a file */
	int64_t started_us;
	const struct capture_reader *reader; /* for who shows pictures */
};

/* Latencies in ns since the intended time, with 0 samples where nothing was sent. */
struct report_latency {
	uint64_t count;
	int64_t p50_ns;
	int64_t p90_ns;
	int64_t p95_ns;
	int64_t p99_ns;
	int64_t max_ns;
};

struct report_end {
	const struct verdict *verdict;
	struct report_latency latency;
	struct report_latency baseline; /* as recorded, or as the baseline's target had it */
	const char *fail_if;            /* that was not met; NULL: none, or it was met */
	bool was_interrupted;
	int64_t duration_ns;
};

/* The word for all of it: a condition that was not met is a regression, too, and of what did not
 * come to its end one cannot say that it is the same. */
enum verdict_word report_word(const struct report_end *end);

/* Whether more was skipped than is judged: what is said to be the same is not much of it. */
bool report_is_of_little(const struct report_end *end);

struct report;

struct report_ops {
	void (*outcome)(struct report *report, const struct outcome *outcome);
	/* The last one; writes what is to be written. -1 when it cannot. */
	int (*end)(struct report *report, const struct report_end *end, struct err *err);
	void (*free)(struct report *report);
};

/* The first member of each kind. */
struct report {
	const struct report_ops *ops;
};

/* Each writes to the path; what it needs of outcomes it keeps, within bounds, or writes beside it
 * to a file that has no name. -1 when the path cannot be written, so that one knows before the run.
 */
int report_json_new(const struct report_setup *setup, const char *path, struct report **ret_report,
	struct err *err) __attribute__((warn_unused_result));
int report_junit_new(const struct report_setup *setup, const char *path, struct report **ret_report,
	struct err *err) __attribute__((warn_unused_result));
int report_html_new(const struct report_setup *setup, const char *path, struct report **ret_report,
	struct err *err) __attribute__((warn_unused_result));
/* For people: the worst differences and the verdict, all at the end. Colours when has_colours. */
struct report *report_text_new(const struct report_setup *setup, FILE *out, bool has_colours)
	__attribute__((warn_unused_result));

#endif
