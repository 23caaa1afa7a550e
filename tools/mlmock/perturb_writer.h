/* perturb_writer: writes values of an answer as they would be. Lists and members are written by
 * place: what stands at the k-th place is the k-th, or, turned round, the k-th from the end.
 */
#ifndef MLMOCK_PERTURB_WRITER_H
#define MLMOCK_PERTURB_WRITER_H

#include "base/rng.h"
#include "domain/box.h"
#include "mlmock/perturb.h"

struct perturb_writer {
	const struct perturb *perturb;
	struct arena arena; /* for what is needed meanwhile */
	struct buf *out;
	struct rng rng;
	double width; /* of the picture, in pixels; 0: unknown */
};

/* Writes what the i-th of the things has. */
typedef void perturb_writer_fn(struct perturb_writer *writer, const void *things, size_t i);

struct perturb_writer_member {
	const char *name;
	perturb_writer_fn *write;
};

/* A finite one, in nine digits: as many as the service's float32 have. */
void perturb_writer_number(struct perturb_writer *writer, double number);

void perturb_writer_score(struct perturb_writer *writer, double score);
void perturb_writer_point(struct perturb_writer *writer, struct box_point point, double shift);

/* A JSON string that holds an array, or an array; what is no vector stays as it is. */
void perturb_writer_vector(struct perturb_writer *writer, struct span json);

/* Which one comes at the k-th place of as many. */
size_t perturb_writer_place(const struct perturb_writer *writer, size_t k, size_t count);

/* What stands before the k-th member of an object. */
void perturb_writer_name(struct perturb_writer *writer, size_t k, const char *name);

void perturb_writer_array(
	struct perturb_writer *writer, perturb_writer_fn *write, const void *things, size_t count);

/* Members of the i-th thing, and then members that are arrays of what each of n things has there.
 * The object is still to be ended. */
void perturb_writer_object(struct perturb_writer *writer,
	const struct perturb_writer_member *members, size_t count, const void *things, size_t i);
void perturb_writer_columns(struct perturb_writer *writer,
	const struct perturb_writer_member *columns, size_t count, const void *things, size_t n);

/* The rest is an object of what else is in it. */
void perturb_writer_end(struct perturb_writer *writer, struct span rest);

/* The value of a task; what is none stays as it is. */
void perturb_writer_faces(struct perturb_writer *writer, struct span value);
void perturb_writer_texts(struct perturb_writer *writer, struct span value);

#endif
