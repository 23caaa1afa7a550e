#include <math.h>

#include "domain/faces.h"
#include "domain/vector.h"
#include "mlmock/perturb_writer.h"
#include "mlmock/vectors.h"

enum { DIMENSIONS = 512, MARKS = 5 };

static void write_bounding_box(struct perturb_writer *writer, const void *things, size_t i)
{
	static const char *const names[] = {"x1", "y1", "x2", "y2"};
	const struct box *box = &((const struct faces_face *)things)[i].box;
	const double at[] = {box->corners[0].x + writer->perturb->box_px, box->corners[0].y,
		box->corners[2].x + writer->perturb->box_px, box->corners[2].y};

	for (size_t k = 0; k < 4; k++) {
		size_t side = perturb_writer_place(writer, k, 4);

		perturb_writer_name(writer, k, names[side]);
		perturb_writer_number(writer, at[side]);
	}
	buf_add_text(writer->out, "}");
}

static void write_embedding(struct perturb_writer *writer, const void *things, size_t i)
{
	perturb_writer_vector(writer, ((const struct faces_face *)things)[i].embedding);
}

static void write_face_score(struct perturb_writer *writer, const void *things, size_t i)
{
	perturb_writer_score(writer, ((const struct faces_face *)things)[i].score);
}

static void write_face(struct perturb_writer *writer, const void *things, size_t i)
{
	static const struct perturb_writer_member members[] = {{"boundingBox", write_bounding_box},
		{"embedding", write_embedding}, {"score", write_face_score}};

	perturb_writer_object(writer, members, 3, things, i);
	perturb_writer_end(writer, ((const struct faces_face *)things)[i].rest);
}

static void write_sides(struct perturb_writer *writer, const void *things, size_t i)
{
	const struct box *box = &((const struct faces_face *)things)[i].box;

	buf_add_text(writer->out, "[");
	perturb_writer_number(writer, box->corners[0].x + writer->perturb->box_px);
	buf_add_text(writer->out, ",");
	perturb_writer_number(writer, box->corners[0].y);
	buf_add_text(writer->out, ",");
	perturb_writer_number(writer, box->corners[2].x + writer->perturb->box_px);
	buf_add_text(writer->out, ",");
	perturb_writer_number(writer, box->corners[2].y);
	buf_add_text(writer->out, "]");
}

static void write_landmarks(struct perturb_writer *writer, const void *things, size_t i)
{
	const struct faces_face *face = &((const struct faces_face *)things)[i];

	buf_add_text(writer->out, "[");
	for (size_t k = 0; k < face->landmark_count; k++) {
		buf_add_text(writer->out, k ? "," : "");
		perturb_writer_point(writer, face->landmarks[k], writer->perturb->box_px);
	}
	buf_add_text(writer->out, "]");
}

/* A vector for it, as long as the others'. */
static struct span draw_embedding(struct perturb_writer *writer, const struct faces *faces)
{
	struct buf text = {.arena = &writer->arena};
	unsigned dimensions = DIMENSIONS;
	struct vector vector;
	struct err err;

	if (faces->count && vector_read(faces->all[0].embedding, &writer->arena, &vector, &err) == 0 &&
		vector.count <= VECTORS_DIMENSIONS_MAX)
		dimensions = (unsigned)vector.count;
	buf_add_text(&text, "\"");
	vectors_add(&text, rng_next(&writer->rng), dimensions);
	buf_add_text(&text, "\"");
	return buf_span(&text);
}

/* To the right of all others, and as sure as can be. */
static void draw_face(
	struct perturb_writer *writer, const struct faces *faces, struct faces_face *face)
{
	double x = 0;

	for (size_t i = 0; i < faces->count; i++)
		x = fmax(x, fmax(faces->all[i].box.corners[0].x, faces->all[i].box.corners[2].x) + 10);
	*face = (struct faces_face){.score = 0.99, .rest = SPAN_LITERAL("{}")};
	if (!box_init(&face->box, (struct box_point[]){{x, 0}, {x + 80, 0}, {x + 80, 100}, {x, 100}}))
		face->box = faces->all[0].box; /* no picture is as wide */
	if (faces->is_detection) {
		face->landmarks = arena_new(&writer->arena, MARKS, sizeof *face->landmarks);
		face->landmark_count = MARKS;
		for (size_t i = 0; i < MARKS; i++)
			face->landmarks[i] = box_centre(&face->box);
	} else {
		face->embedding = draw_embedding(writer, faces);
	}
}

void perturb_writer_faces(struct perturb_writer *writer, struct span value)
{
	static const struct perturb_writer_member columns[] = {
		{"boxes", write_sides}, {"scores", write_face_score}, {"landmarks", write_landmarks}};
	struct faces_face *all;
	struct faces faces;
	struct err err;
	size_t left;

	if (faces_read(value, &writer->arena, &faces, &err) < 0) {
		buf_add(writer->out, value);
		return;
	}
	left = writer->perturb->drops_face && faces.count ? faces.count - 1 : faces.count;
	all = arena_new(&writer->arena, faces.count + 1, sizeof *all);
	memcpy(all, faces.all + faces.count - left, left * sizeof *all);
	if (writer->perturb->adds_face)
		draw_face(writer, &faces, &all[left++]);
	if (!faces.is_detection) {
		perturb_writer_array(writer, write_face, all, left);
		return;
	}
	perturb_writer_columns(writer, columns, 3, all, left);
	perturb_writer_end(writer, faces.rest);
}
