#include "mlreplay/overlay.h"

#include "domain/faces.h"
#include "domain/texts.h"
#include "mlreplay/markup.h"
#include "wire/base64.h"
#include "wire/json.h"

struct drawing {
	struct buf *out;
	struct image_size size;
	const struct findings *findings; /* NULL: none */
	bool is_after;
	struct arena arena;
};

static const char *side_of(const struct drawing *drawing)
{
	return drawing->is_after ? "after" : "before";
}

/* Something was found about the line of text. */
static bool is_told(const struct drawing *drawing, size_t index)
{
	const struct findings *findings = drawing->findings;

	for (size_t i = 0; findings && i < findings->count; i++) {
		const struct findings_item *item = &findings->items[i];
		int about = drawing->is_after ? item->index_after : item->index_before;

		if (span_is(item->task, "ocr") && item->kind != FINDINGS_BOX && about >= 0 &&
			(size_t)about == index)
			return true;
	}
	return false;
}

/* `x` and `y` are what a unit of the box is in pixels. */
static void draw_box(
	const struct drawing *drawing, const struct box *box, double x, double y, struct span title)
{
	struct buf *out = drawing->out;

	buf_add_format(out, "<polygon class=\"%s\" points=\"", side_of(drawing));
	for (size_t i = 0; i < BOX_CORNERS; i++)
		buf_add_format(
			out, "%s%.2f,%.2f", i ? " " : "", box->corners[i].x * x, box->corners[i].y * y);
	buf_add_text(out, "\"><title>");
	buf_add_format(out, "%s: ", side_of(drawing));
	markup_add(out, title);
	buf_add_text(out, "</title></polygon>\n");
}

/* What was read before stands above the box, what is now below it. */
static void draw_text(const struct drawing *drawing, const struct texts_text *text)
{
	const struct box_point *at = &text->box.corners[drawing->is_after ? 3 : 0];
	double height = drawing->size.height;
	double away = drawing->is_after ? height / 44 : -height / 200;

	buf_add_format(drawing->out, "<text class=\"%s\" x=\"%.2f\" y=\"%.2f\" font-size=\"%.2f\">",
		side_of(drawing), at->x * drawing->size.width, at->y * height + away, height / 48);
	markup_add(drawing->out, text->text);
	buf_add_text(drawing->out, "</text>\n");
}

static void draw_faces(struct drawing *drawing, struct span value)
{
	struct faces faces;
	struct err err;

	if (faces_read(value, &drawing->arena, &faces, &err) < 0)
		return;
	for (size_t i = 0; i < faces.count; i++) {
		BUF_AUTO struct buf title = {0};

		buf_add_format(&title, "face %zu, score %.4g", i, faces.all[i].score);
		draw_box(drawing, &faces.all[i].box, 1, 1, buf_span(&title));
	}
}

static void draw_texts(struct drawing *drawing, struct span value)
{
	struct texts texts;
	struct err err;

	if (texts_read(value, &drawing->arena, &texts, &err) < 0)
		return;
	for (size_t i = 0; i < texts.count; i++) {
		const struct texts_text *text = &texts.all[i];

		draw_box(drawing, &text->box, texts.is_detection ? 1 : drawing->size.width,
			texts.is_detection ? 1 : drawing->size.height, text->text);
		if (is_told(drawing, i))
			draw_text(drawing, text);
	}
}

/* What is no answer has nothing to draw. */
static void draw_answer(struct drawing *drawing, const struct compare_answer *answer)
{
	enum json_type type;
	struct span value;
	struct err err;

	if (json_check_whole(answer->body, &type, &err) < 0 || type != JSON_OBJECT)
		return;
	if (json_member(answer->body, SPAN_LITERAL("facial-recognition"), &value))
		draw_faces(drawing, value);
	if (json_member(answer->body, SPAN_LITERAL("ocr"), &value))
		draw_texts(drawing, value);
}

void overlay_add(const struct outcome *outcome, const struct snapshot *snapshot, struct buf *out)
{
	struct drawing drawing = {.out = out, .size = snapshot->size, .findings = outcome->findings};

	arena_init(&drawing.arena);
	buf_add_format(out,
		"<svg class=\"picture\" viewBox=\"0 0 %u %u\"><image width=\"%u\" height=\"%u\" "
		"href=\"data:%s;base64,",
		snapshot->size.width, snapshot->size.height, snapshot->size.width, snapshot->size.height,
		snapshot->type);
	base64_encode(buf_span(&snapshot->bytes), out);
	buf_add_text(out, "\"/>\n");
	draw_answer(&drawing, &outcome->before);
	drawing.is_after = true;
	draw_answer(&drawing, &outcome->after);
	buf_add_text(out, "</svg>\n");
	arena_deinit(&drawing.arena);
}
