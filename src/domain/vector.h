/* vector: an embedding as the service sends it: a JSON string that holds a JSON array of numbers.
 */
#ifndef DOMAIN_VECTOR_H
#define DOMAIN_VECTOR_H

#include "base/arena.h"
#include "base/err.h"

enum { VECTOR_MAX = 65536 }; /* numbers */

struct vector {
	double *all;
	size_t count;
};

/* Reads a value that has passed json_check: the string, quotes included, or an array itself. -1
 * (ERR_INVALID) with what is wrong: nothing in it, something that is no number, one that is not
 * finite where the service keeps it, in 32 bits. */
int vector_read(struct span json, struct arena *arena, struct vector *ret_vector, struct err *err)
	__attribute__((warn_unused_result));

double vector_norm(const struct vector *vector);

/* 1 minus the cosine, from 0 to 2; of two of the same count, neither of them all zeros. */
double vector_distance(const struct vector *a, const struct vector *b);

#endif
