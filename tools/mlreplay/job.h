/* job: one entry of the capture on its way through a run: asked, perhaps asked again, judged. */
#ifndef MLREPLAY_JOB_H
#define MLREPLAY_JOB_H

#include "mlreplay/feed.h"
#include "mlreplay/judge.h"
#include "mlreplay/trial.h"

struct run;

struct job {
	struct list node; /* of the run's */
	struct run *run;
	struct feed_item *item;
	struct trial trial;
	bool is_warmup;           /* it will not be judged */
	bool was_alone;           /* nothing else was under way while it was */
	bool is_again;            /* it was asked before, and differed */
	enum verdict_outcome was; /* what came of it then */
	struct buf first;         /* how it differed then, for people */
	int64_t due_ns;           /* of the loop's clock: when it should have been sent */
	int64_t sent_ns;
	int64_t latency_ns; /* since it was due, when it was asked first; -1: no answer */
	int64_t baseline_ns;
	/* What came of it. */
	struct outcome outcome;
	/* private */
	struct arena arena; /* has the findings */
	struct findings findings;
	struct buf recorded;
};

/* Takes the item over. */
struct job *job_new(struct run *run, struct feed_item *item) __attribute__((warn_unused_result));
void job_free(struct job *job);

/* 0 when the entry can be sent, and its answer held against one; -1 (ERR_INVALID) with why not. */
int job_check(const struct har_entry *entry, bool has_baseline, struct err *err)
	__attribute__((warn_unused_result));

/* When its trial is over: sets the outcome, and the latencies if it was asked for the first time.
 * -1 (ERR_INVALID) when the capture is broken. */
int job_judge(struct job *job, const struct trial_setup *setup, const struct judge *judge,
	struct err *err) __attribute__((warn_unused_result));

/* Of what cannot be sent. */
void job_skip_unsent(struct job *job, bool has_baseline, struct span why);

/* Skips what the capture has not any more, since its file was removed meanwhile: true; false when
 * that is not so, and the capture is broken. */
bool job_skip_removed(struct job *job, const struct capture_reader *reader);

/* True when it would count as a regression. */
bool job_fails(const struct job *job);

/* Makes it ready to be asked again: what is known of it now is only told as what was at first. */
void job_doubt(struct job *job);

/* It will not be asked again after all: the error that it had counts. */
void job_believe(struct job *job);

/* Sets the outcome of what is not asked. */
void job_skip(struct job *job, enum verdict_outcome outcome, struct span why);

#endif
