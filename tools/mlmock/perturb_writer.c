#include "mlmock/perturb_writer.h"

#include <math.h>

#include "domain/vector.h"
#include "wire/json.h"

void perturb_writer_number(struct perturb_writer *writer, double number)
{
	size_t from = writer->out->n;

	if (writer->perturb->formats) {
		buf_add_format(writer->out, "%.8e", number);
		return;
	}
	buf_add_format(writer->out, "%.9g", number);
	if (!strpbrk(writer->out->bytes + from, ".e"))
		buf_add_text(writer->out, ".0");
}

void perturb_writer_score(struct perturb_writer *writer, double score)
{
	double less = score - writer->perturb->score;

	perturb_writer_number(writer, less >= 0 ? less : score + writer->perturb->score);
}

void perturb_writer_point(struct perturb_writer *writer, struct box_point point, double shift)
{
	buf_add_text(writer->out, "[");
	perturb_writer_number(writer, point.x + shift);
	buf_add_text(writer->out, ",");
	perturb_writer_number(writer, point.y);
	buf_add_text(writer->out, "]");
}

/* -- vectors --------------------------------------------------------------------------------- */

/* Of some direction or other that stands upright on the vector, and as long as it; false when it
 * has but one dimension. */
static bool draw_upright(
	struct perturb_writer *writer, const struct vector *vector, double *upright)
{
	double norm = vector_norm(vector);
	struct vector drawn = {upright, vector->count};
	double along = 0;
	double scale;

	for (size_t i = 0; i < vector->count; i++) {
		upright[i] = (double)(rng_next(&writer->rng) >> 11) / 0x1p52 - 1;
		along += upright[i] * vector->all[i];
	}
	for (size_t i = 0; i < vector->count; i++)
		upright[i] -= along / norm / norm * vector->all[i];
	scale = norm / vector_norm(&drawn);
	for (size_t i = 0; i < vector->count; i++)
		upright[i] *= scale;
	return vector->count > 1;
}

/* Turns it by the angle whose cosine is 1 less the distance. */
static void turn(struct perturb_writer *writer, struct vector *vector)
{
	double cosine = 1 - writer->perturb->vector;
	double sine = sqrt(fmax(0, 1 - cosine * cosine));
	double *upright = arena_new(&writer->arena, vector->count, sizeof *upright);

	if (!(vector_norm(vector) > 0) || !draw_upright(writer, vector, upright))
		return;
	for (size_t i = 0; i < vector->count; i++)
		vector->all[i] = cosine * vector->all[i] + sine * upright[i];
}

void perturb_writer_vector(struct perturb_writer *writer, struct span json)
{
	const char *quote = json_type_of(json) == JSON_STRING ? "\"" : "";
	struct vector vector;
	struct err err;
	bool stays = writer->perturb->vector <= 0 && !writer->perturb->formats;

	if (stays || vector_read(json, &writer->arena, &vector, &err) < 0) {
		buf_add(writer->out, json);
		return;
	}
	if (writer->perturb->vector > 0)
		turn(writer, &vector);
	buf_add_format(writer->out, "%s[", quote);
	for (size_t i = 0; i < vector.count; i++) {
		buf_add_text(writer->out, i ? "," : "");
		perturb_writer_number(writer, vector.all[i]);
	}
	buf_add_format(writer->out, "]%s", quote);
}

/* -- lists and members ----------------------------------------------------------------------- */

size_t perturb_writer_place(const struct perturb_writer *writer, size_t k, size_t count)
{
	return writer->perturb->turns ? count - 1 - k : k;
}

void perturb_writer_array(
	struct perturb_writer *writer, perturb_writer_fn *write, const void *things, size_t count)
{
	buf_add_text(writer->out, "[");
	for (size_t k = 0; k < count; k++) {
		buf_add_text(writer->out, k ? "," : "");
		write(writer, things, perturb_writer_place(writer, k, count));
	}
	buf_add_text(writer->out, "]");
}

void perturb_writer_end(struct perturb_writer *writer, struct span rest)
{
	if (rest.n > 2) {
		buf_add_text(writer->out, ",");
		buf_add(writer->out, span_skip(rest, 1));
	} else {
		buf_add_text(writer->out, "}");
	}
}

void perturb_writer_name(struct perturb_writer *writer, size_t k, const char *name)
{
	buf_add_format(writer->out, "%s\"%s\":", k ? "," : "{", name);
}

void perturb_writer_object(struct perturb_writer *writer,
	const struct perturb_writer_member *members, size_t count, const void *things, size_t i)
{
	for (size_t k = 0; k < count; k++) {
		const struct perturb_writer_member *member =
			&members[perturb_writer_place(writer, k, count)];

		perturb_writer_name(writer, k, member->name);
		member->write(writer, things, i);
	}
}

void perturb_writer_columns(struct perturb_writer *writer,
	const struct perturb_writer_member *columns, size_t count, const void *things, size_t n)
{
	for (size_t k = 0; k < count; k++) {
		const struct perturb_writer_member *column =
			&columns[perturb_writer_place(writer, k, count)];

		perturb_writer_name(writer, k, column->name);
		perturb_writer_array(writer, column->write, things, n);
	}
}
