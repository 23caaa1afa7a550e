/* recall: whether searches would still find the same pictures: a sample of vectors, old and new,
 * and what is nearest to what among them. */
#ifndef DOMAIN_RECALL_H
#define DOMAIN_RECALL_H

#include "base/rng.h"
#include "domain/vector.h"
#include "domain/verdict.h"

enum {
	RECALL_PAIRS_MAX = 500,    /* kept of images, and of texts as many */
	RECALL_NUMBERS_MAX = 4096, /* of a vector that is kept; the largest known model has 1,536 */
};

/* An image's or a text's, made one long, so that what is nearest has the largest product. */
struct recall_pair {
	float *before;
	float *after;
	size_t before_count;
	size_t after_count;
};

/* When more are added than are kept, each has the same chance to be. */
struct recall_sample {
	struct recall_pair pairs[RECALL_PAIRS_MAX];
	size_t count;
	uint64_t seen;
};

struct recall {
	struct recall_sample images;
	struct recall_sample texts;
	struct rng rng; /* of a seed: the same vectors give the same figures */
};

void recall_init(struct recall *recall);
void recall_deinit(struct recall *recall);

/* Those without a length are not kept. */
void recall_add(
	struct recall *recall, bool is_text, const struct vector *before, const struct vector *after);

void recall_measure(const struct recall *recall, struct verdict_recall *ret_recall);

#endif
