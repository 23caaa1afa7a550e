/* noise: how far two copies of one service are apart: learned from their answers to the same
 * questions, so that another service fails only beyond it.
 *
 * Of each answer counts the most that it is off by. The most of n answers is a limit of which one
 * can say, whatever the distribution: if more than the share p of all answers were beyond it, all
 * of n would be within it with less than (1 - p)^n. So with confidence c at most 1 - (1 - c)^(1/n)
 * of them are, as long as they are like those that were seen. A question that is asked over and
 * over counts once.
 */
#ifndef DOMAIN_NOISE_H
#define DOMAIN_NOISE_H

#include "base/buf.h"
#include "domain/findings.h"
#include "domain/tolerance.h"

/* What is measured, of every answer that has it. */
enum noise_kind {
	NOISE_DISTANCE,
	NOISE_NORM,
	NOISE_BOX, /* what two boxes have not in common: 1 - IoU */
	NOISE_FACE_SCORE,
	NOISE_TEXT_SCORE,
	NOISE_LANDMARK,
	NOISE_NUMBER, /* any other: of every answer, since one without it is not off by any */
	NOISE_KINDS,
};

struct noise_measure {
	uint64_t answers; /* to different questions */
	double most;      /* of NOISE_NUMBER nothing: each path has its own */
};

/* More of all answers than that may not be beyond a limit, or it says little. */
extern const double noise_share_wanted;

struct noise;

struct noise *noise_new(void) __attribute__((warn_unused_result));
void noise_free(struct noise *noise); /* takes NULL */

/* What the two answers are to be compared with, so that all of their noise is found. */
const struct tolerance *noise_tolerance(void);

/* What was measured of the answers to the question of that number. */
void noise_add(struct noise *noise, uint64_t question, const struct findings *findings);

/* One of what was found there. False when it is nothing that a limit can be learned for: the two
 * differ in kind. */
bool noise_take(struct noise *noise, const struct findings_item *item);

const struct noise_measure *noise_measure(const struct noise *noise, enum noise_kind kind);

/* "vector distance", … */
extern const char *const noise_words[NOISE_KINDS];

/* The limits: those of the default, or wider. Its rules are the noise's. */
void noise_limits(const struct noise *noise, struct tolerance *ret_tolerance);

/* The share of all answers that may be beyond a limit that was learned from so many: 1 of none. */
double noise_share(double confidence, uint64_t answers);

/* How many answers it takes for noise_share_wanted. */
uint64_t noise_answers_wanted(double confidence);

/* Writes a tolerance file, with a note of what it was learned from. */
void noise_write(const struct noise *noise, double confidence, struct buf *out);

#endif
