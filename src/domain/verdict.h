/* verdict: what many comparisons come to: whether results stay the same, and, in Immich's terms,
 * what that means for who has a library of them, and what is to be done. */
#ifndef DOMAIN_VERDICT_H
#define DOMAIN_VERDICT_H

#include "base/buf.h"
#include "domain/findings.h"
#include "domain/vector.h"

enum {
	VERDICT_TASKS_MAX = 64,   /* of more only the totals know */
	VERDICT_NEAREST_MAX = 10, /* a recall's k */
};

enum verdict_word { VERDICT_SAME, VERDICT_REGRESSION, VERDICT_INCONCLUSIVE, VERDICT_WORDS };

/* What came of one exchange. */
enum verdict_outcome {
	VERDICT_COMPARED,  /* see its findings */
	VERDICT_UNSTABLE,  /* differed at first, and was the same when asked again alone */
	VERDICT_ERROR,     /* no answer, where the capture had one: a regression, too, see below */
	VERDICT_BROKEN,    /* an error, too: an answer that broke off, or cannot be decoded */
	VERDICT_SKIPPED,   /* there is nothing to compare: the capture has no answer, or no body */
	VERDICT_UNREACHED, /* nobody is there; a regression if anybody was there otherwise */
};

/* True of VERDICT_ERROR and VERDICT_BROKEN. */
bool verdict_is_error(enum verdict_outcome outcome);

enum verdict_advice {
	VERDICT_SAFE,    /* results can live side by side with the old ones */
	VERDICT_RERUN,   /* they cannot, or are others: run the task again for all assets */
	VERDICT_LOOK,    /* errors, or what no rule is known for */
	VERDICT_UNKNOWN, /* nothing was compared */
};

struct verdict_task {
	struct span name;
	size_t compared;
	size_t regressions; /* exchanges with a failure in this task */
	size_t warnings;    /* with a warning, and no failure */
	struct findings_task sum;
	const struct verdict *verdict; /* of which it is */
};

struct verdict; /* bounded: of vectors it keeps a sample for the recall */

struct verdict_totals {
	uint64_t requests;    /* all of what follows */
	uint64_t compared;    /* unstable ones included */
	uint64_t regressions; /* errors included, once anything was answered: else nobody is there */
	uint64_t warnings;
	uint64_t unstable;
	uint64_t errors;
	uint64_t skipped;
	uint64_t unreached;
};

struct verdict *verdict_new(void) __attribute__((warn_unused_result));
void verdict_free(struct verdict *verdict);

/* `findings` is NULL unless the two answers were compared. Of unstable ones they are those of the
 * comparison that counts. */
void verdict_add(
	struct verdict *verdict, enum verdict_outcome outcome, const struct findings *findings);

/* An image's or a text's vector for search, old and new, of which some are kept. */
void verdict_add_vectors(
	struct verdict *verdict, bool is_text, const struct vector *before, const struct vector *after);

/* Inconclusive when nothing was answered: then nothing could be compared. */
enum verdict_word verdict_word(const struct verdict *verdict);
extern const char *const verdict_words[VERDICT_WORDS]; /* "same", "regression", "inconclusive" */

const struct verdict_totals *verdict_totals(const struct verdict *verdict);
size_t verdict_task_count(const struct verdict *verdict);
const struct verdict_task *verdict_task(const struct verdict *verdict, size_t i);

/* What a regression means to whoever has a library, by what Immich does with vectors that far from
 * one another: it may be safe to live with. */
enum verdict_advice verdict_advice(const struct verdict_task *task);

/* Writes a sentence: "safe in place: …", "re-run smart search for all assets …". */
void verdict_write_advice(const struct verdict_task *task, struct buf *out);

/* Of the k nearest among the old images, the share that is still among the k nearest: to an image,
 * when all are new; to a text's new vector, when the images are still the old ones, as a library
 * has them that was not run again. NAN when there are too few, or they cannot be compared. */
struct verdict_recall {
	size_t k; /* at most 10, and fewer when there are few images */
	size_t images;
	size_t texts;
	double new_to_new;
	double text_to_old;
};

void verdict_recall(const struct verdict *verdict, struct verdict_recall *ret_recall);

#endif
