/* perturb: what an answer would be if another library, model or machine had made it: moved by as
 * much as is asked for, so that whoever compares answers can be tried on both sides of a threshold.
 */
#ifndef MLMOCK_PERTURB_H
#define MLMOCK_PERTURB_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum { PERTURB_BOX_MAX = 10000, PERTURB_TEXT_MAX = 1000 };

struct perturb {
	double vector;   /* cosine distance of each vector from what it was */
	double box_px;   /* to the right, of faces, landmarks and texts */
	double score;    /* what each score has less, or more where less would be below 0 */
	unsigned text;   /* characters of each text that become others */
	bool drops_face; /* the first, which is the surest */
	bool adds_face;
	bool turns;   /* lists and members come the other way round */
	bool formats; /* numbers are written otherwise, and say the same */
};

/* `vector=1e-3,box=4px,drop-face,extra-face,text=1,score=0.05,order,float-format`, or some of them.
 * -1 (ERR_INVALID) with what was found, and what is wanted. */
int perturb_parse(struct span spec, struct perturb *ret_perturb, struct err *err)
	__attribute__((warn_unused_result));

/* Adds the answer as it would be: always the same for the same. What is not as the service writes
 * it is left as it is. */
void perturb_answer(const struct perturb *perturb, struct span answer, struct buf *out);

#endif
