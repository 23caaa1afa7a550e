/* compare: whether two answers of the service to the same request are the same to Immich: typed,
 * since a vector is a string that holds numbers, a face has no name, and lines of text come in any
 * order. Which value is compared in which way:
 *
 *     "clip"                        a vector                            compare_vector
 *     "facial-recognition"          faces, or {boxes,scores,landmarks}  compare_faces
 *     "ocr"                         boxes, texts and scores             compare_ocr
 *     all else                      JSON, by the tolerance's rules      compare_json
 */
#ifndef DOMAIN_COMPARE_H
#define DOMAIN_COMPARE_H

#include "domain/findings.h"
#include "domain/tolerance.h"

enum {
	COMPARE_BODY_MAX = 67108864, /* bytes of an answer */
	COMPARE_STEPS_MAX = 1 << 29, /* of one answer's comparison; some 3 ns each */
};

struct compare_answer {
	int status;
	struct span body; /* content codings undone */
};

/* The arena has all that is found. `entries` is the request's, for its minScores; empty, or no
 * JSON, when it has none that can be read. */
struct compare_request {
	const struct tolerance *tolerance;
	struct span entries;
	struct compare_answer before;
	struct compare_answer after;
};

void compare_answers(
	const struct compare_request *request, struct arena *arena, struct findings *ret_findings);

/* -- what it consists of --------------------------------------------------------------------- */

/* Where it is. */
struct compare {
	const struct tolerance *tolerance;
	struct arena *arena;
	struct findings *findings; /* its arena is that one */
	struct span task;          /* as in findings_item */
	double min_score;          /* of what is compared, faces or texts; NAN: not known */
	double min_box_score;      /* of the boxes that texts are read in; NAN: not known */
	uint64_t steps;            /* that were taken */
};

/* Takes that many steps; false once COMPARE_STEPS_MAX are taken. What then is not the same bytes
 * counts as different, so that no answer that somebody has made for it, such as lists deep within
 * one another, takes minutes. What the service gives takes a hundredth of them. */
bool compare_step(struct compare *compare, uint64_t steps);

/* `before` and `after` are JSON values that have passed json_check; any of them may be of another
 * type than the service gives, which is a finding like others. Paths are json_path's. */

/* Numbers are the same that say the same, strings that decode to the same, objects in any order of
 * keys, of doubled ones the last. An empty span stands for a value that is missing. */
void compare_json(struct compare *compare, struct span path, struct span before, struct span after);

void compare_vector(
	struct compare *compare, struct span path, struct span before, struct span after);

/* Values of tasks that the answer names so. */
void compare_faces(
	struct compare *compare, struct span path, struct span before, struct span after);
void compare_ocr(struct compare *compare, struct span path, struct span before, struct span after);

#endif
