/* runs: a run of mlreplay against fake servers, on a clock that the test turns, with a report that
 * keeps what it is told. Only for tests that link mlreplay. */
#ifndef RIG_RUNS_H
#define RIG_RUNS_H

#include "mlreplay/run.h"
#include "rig/exchanges.h"
#include "rig/rig.h"

enum { RUNS_KEPT_MAX = 512 };

/* What the report was told. */
struct runs_kept {
	uint64_t seq;
	enum verdict_outcome outcome;
	bool was_asked_again;
	char error[120];
	int64_t intended_ns;
	int64_t latency_ns;
};

struct runs {
	struct rig rig; /* with a backend for the target, and one for the baseline */
	struct exchanges exchanges;
	struct capture_reader *reader;
	struct filter filter;
	struct feed_setup feed_setup; /* which a test may change before it begins, as the next */
	struct run_setup setup;
	struct judge judge;
	struct ledger ledger;
	struct run *run;
	bool has_ended;
	char urls[TRIAL_SIDES][40];
	struct report report;
	struct runs_kept kept[RUNS_KEPT_MAX];
	int kept_count;
};

/* One request at a time, as soon as there is room for it. */
void runs_init(struct runs *runs);
void runs_deinit(struct runs *runs);

/* Makes the capture, and a run that begins with run_begin(). */
void runs_prepare(
	struct runs *runs, const struct exchange_row *rows, size_t count, bool has_baseline);

/* The same without a baseline, and begins. */
void runs_begin(struct runs *runs, const struct exchange_row *rows, size_t count);

/* As if the program had ended; then forgets all that was judged, to be prepared once more. */
void runs_end(struct runs *runs);
void runs_forget(struct runs *runs);

/* Waits for the end. */
void runs_finish(struct runs *runs, enum run_end wanted);

void runs_expect_totals(
	const struct runs *runs, uint64_t compared, uint64_t regressions, uint64_t unstable);

/* Requests so far. */
size_t runs_asked(const struct runs *runs, size_t backend);

/* The target's i-th connection, of those that were asked something. */
struct peer *runs_peer(struct runs *runs, size_t i);

#endif
