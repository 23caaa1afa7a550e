#include "domain/texts.h"
#include "mlmock/perturb_writer.h"

/* Of the first characters. */
static struct span change_text(struct perturb_writer *writer, struct span text)
{
	struct buf changed = {.arena = &writer->arena};
	unsigned left = writer->perturb->text;
	size_t at = 0;

	for (; at < text.n && left; left--) {
		buf_add_text(&changed, text.p[at] == 'x' ? "y" : "x");
		for (at++; at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80;)
			at++;
	}
	buf_add(&changed, span_skip(text, at));
	return buf_span(&changed);
}

static void write_text(struct perturb_writer *writer, const void *things, size_t i)
{
	buf_add_json(writer->out, change_text(writer, ((const struct texts_text *)things)[i].text));
}

/* Of eight numbers in an array of all of them. */
static void write_flat_box(struct perturb_writer *writer, const void *things, size_t i)
{
	const struct box *box = &((const struct texts_text *)things)[i].box;
	double shift = writer->width > 0 ? writer->perturb->box_px / writer->width : 0;

	for (size_t k = 0; k < BOX_CORNERS; k++) {
		buf_add_text(writer->out, k ? "," : "");
		perturb_writer_number(writer, box->corners[k].x + shift);
		buf_add_text(writer->out, ",");
		perturb_writer_number(writer, box->corners[k].y);
	}
}

static void write_corners(struct perturb_writer *writer, const void *things, size_t i)
{
	const struct box *box = &((const struct texts_text *)things)[i].box;

	for (size_t k = 0; k < BOX_CORNERS; k++) {
		buf_add_text(writer->out, k ? "," : "[");
		perturb_writer_point(writer, box->corners[k], writer->perturb->box_px);
	}
	buf_add_text(writer->out, "]");
}

static void write_box_score(struct perturb_writer *writer, const void *things, size_t i)
{
	perturb_writer_score(writer, ((const struct texts_text *)things)[i].box_score);
}

static void write_text_score(struct perturb_writer *writer, const void *things, size_t i)
{
	perturb_writer_score(writer, ((const struct texts_text *)things)[i].text_score);
}

void perturb_writer_texts(struct perturb_writer *writer, struct span value)
{
	static const struct perturb_writer_member columns[] = {{"box", write_flat_box},
		{"text", write_text}, {"boxScore", write_box_score}, {"textScore", write_text_score}};
	static const struct perturb_writer_member detection[] = {
		{"boxes", write_corners}, {"scores", write_box_score}};
	struct texts texts;
	struct err err;

	if (texts_read(value, &writer->arena, &texts, &err) < 0) {
		buf_add(writer->out, value);
		return;
	}
	if (texts.is_detection)
		perturb_writer_columns(writer, detection, 2, texts.all, texts.count);
	else
		perturb_writer_columns(writer, columns, 4, texts.all, texts.count);
	perturb_writer_end(writer, texts.rest);
}
