#include "mlmock/results.h"

#include "mlmock/digits.h"
#include "mlmock/findings.h"
#include "mlmock/vectors.h"

enum { SHARE_SHIFT = 40 }; /* bits of a coordinate as a share of the picture's side */

/* The service's defaults. */
static const double faces_min_score = 0.7;
static const double boxes_min_score = 0.5;
static const double texts_min_score = 0.9;

static uint64_t seed_of(
	const struct results_payload *payload, const struct asked_run *run, const char *what)
{
	return vectors_seed(span_of(run->model->name), span_of(what), &payload->digest);
}

static double score_of(uint32_t score)
{
	return (double)score / (1U << FINDINGS_SCORE_SHIFT);
}

/* As a string that holds an array. */
static void add_vector(struct buf *out, uint64_t seed, unsigned dimensions)
{
	buf_add_text(out, "\"");
	vectors_add(out, seed, dimensions);
	buf_add_text(out, "\"");
}

void results_add_vector(
	struct buf *out, const struct results_payload *payload, const struct asked_run *run)
{
	add_vector(out, seed_of(payload, run, "clip"), run->model->dimensions);
}

/* -- faces ----------------------------------------------------------------------------------- */

static void add_whole(struct buf *out, const char *before, uint32_t number)
{
	buf_add_text(out, before);
	digits_add(out, number, 0);
}

static void add_face(
	struct buf *out, const struct findings_face *face, uint64_t seed, unsigned dimensions)
{
	add_whole(out, "{\"boundingBox\":{\"x1\":", face->box.x1);
	add_whole(out, ",\"y1\":", face->box.y1);
	add_whole(out, ",\"x2\":", face->box.x2);
	add_whole(out, ",\"y2\":", face->box.y2);
	buf_add_text(out, "},\"embedding\":");
	add_vector(out, seed, dimensions);
	buf_add_text(out, ",\"score\":");
	digits_add(out, face->score, FINDINGS_SCORE_SHIFT);
	buf_add_text(out, "}");
}

/* Eyes, nose and the corners of the mouth. */
static void add_landmarks(struct buf *out, const struct findings_box *box)
{
	static const struct {
		unsigned x; /* percent of the box */
		unsigned y;
	} marks[] = {{30, 40}, {70, 40}, {50, 60}, {35, 80}, {65, 80}};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		int64_t x = box->x1 * 100 + marks[i].x * (box->x2 - box->x1);
		int64_t y = box->y1 * 100 + marks[i].y * (box->y2 - box->y1);

		buf_add_text(out, i ? ",[" : "[[");
		digits_add(out, (x << 20) / 100, 20);
		buf_add_text(out, ",");
		digits_add(out, (y << 20) / 100, 20);
		buf_add_text(out, "]");
	}
	buf_add_text(out, "]");
}

/* Detection alone: the network's arrays as they are. */
static void add_raw_faces(struct buf *out, const struct findings_face *face, size_t count)
{
	if (!count) {
		buf_add_text(out, "{\"boxes\":[],\"scores\":[],\"landmarks\":[]}");
		return;
	}
	add_whole(out, "{\"boxes\":[[", face->box.x1);
	add_whole(out, ",", face->box.y1);
	add_whole(out, ",", face->box.x2);
	add_whole(out, ",", face->box.y2);
	buf_add_text(out, "]],\"scores\":[");
	digits_add(out, face->score, FINDINGS_SCORE_SHIFT);
	buf_add_text(out, "],\"landmarks\":[");
	add_landmarks(out, &face->box);
	buf_add_text(out, "]}");
}

bool results_add_faces(struct buf *out, const struct results_payload *payload,
	const struct asked_run *detection, const struct asked_run *recognition)
{
	struct findings_face faces[FINDINGS_FACES_MAX];
	size_t found = findings_faces(seed_of(payload, detection, "faces"), &payload->picture, faces);
	size_t count = 0;
	double min_score;

	if (!asked_number(detection->options, "minScore", faces_min_score, &min_score))
		return false;
	while (count < found && score_of(faces[count].score) >= min_score)
		count++;
	if (!recognition) {
		add_raw_faces(out, faces, count);
		return count <= 1;
	}
	buf_add_text(out, "[");
	for (size_t i = 0; i < count; i++) {
		buf_add_text(out, i ? "," : "");
		add_face(out, &faces[i], seed_of(payload, recognition, "face") + i,
			recognition->model->dimensions);
	}
	buf_add_text(out, "]");
	return true;
}

/* -- lines of text --------------------------------------------------------------------------- */

static void add_share(struct buf *out, uint32_t part, uint32_t whole)
{
	digits_add(out, ((int64_t)part << SHARE_SHIFT) / whole, SHARE_SHIFT);
}

/* The corners, clockwise from the upper left, as shares of the picture's sides. */
static void add_corners(
	struct buf *out, const struct findings_box *box, const struct picture *picture)
{
	const uint32_t corners[][2] = {
		{box->x1, box->y1}, {box->x2, box->y1}, {box->x2, box->y2}, {box->x1, box->y2}};

	for (size_t i = 0; i < sizeof corners / sizeof *corners; i++) {
		buf_add_text(out, i ? "," : "");
		add_share(out, corners[i][0], picture->width);
		buf_add_text(out, ",");
		add_share(out, corners[i][1], picture->height);
	}
}

static void add_text(struct buf *out, const struct findings_line *line)
{
	BUF_AUTO struct buf text = {0};

	for (size_t i = 0; i < line->word_count; i++)
		buf_add_format(&text, "%s%s", i ? " " : "", line->words[i]);
	buf_add_json(out, buf_span(&text));
}

/* Five digits behind the point, without zeros at the end. */
static void add_text_score(struct buf *out, unsigned score)
{
	int digits = 5;

	for (; score % 10 == 0; score /= 10)
		digits--;
	buf_add_format(out, "0.%0*u", digits, score);
}

static void add_lines(
	struct buf *out, const struct findings_line *lines, size_t count, const struct picture *picture)
{
	buf_add_text(out, "{\"box\":[");
	for (size_t i = 0; i < count; i++) {
		buf_add_text(out, i ? "," : "");
		add_corners(out, &lines[i].box, picture);
	}
	buf_add_text(out, "],\"text\":[");
	for (size_t i = 0; i < count; i++) {
		buf_add_text(out, i ? "," : "");
		add_text(out, &lines[i]);
	}
	buf_add_text(out, "],\"boxScore\":[");
	for (size_t i = 0; i < count; i++) {
		buf_add_text(out, i ? "," : "");
		digits_add(out, lines[i].box_score, FINDINGS_SCORE_SHIFT);
	}
	buf_add_text(out, "],\"textScore\":[");
	for (size_t i = 0; i < count; i++) {
		buf_add_text(out, i ? "," : "");
		add_text_score(out, lines[i].text_score);
	}
	buf_add_text(out, "]}");
}

/* Detection alone: pixels, and no texts. */
static void add_raw_lines(struct buf *out, const struct findings_line *lines, size_t count)
{
	buf_add_text(out, "{\"boxes\":[");
	for (size_t i = 0; i < count; i++) {
		const struct findings_box *box = &lines[i].box;

		add_whole(out, i ? ",[[" : "[[", box->x1);
		add_whole(out, ",", box->y1);
		add_whole(out, "],[", box->x2);
		add_whole(out, ",", box->y1);
		add_whole(out, "],[", box->x2);
		add_whole(out, ",", box->y2);
		add_whole(out, "],[", box->x1);
		add_whole(out, ",", box->y2);
		buf_add_text(out, "]]");
	}
	buf_add_text(out, "],\"scores\":[");
	for (size_t i = 0; i < count; i++) {
		buf_add_text(out, i ? "," : "");
		digits_add(out, lines[i].box_score, FINDINGS_SCORE_SHIFT);
	}
	buf_add_text(out, "]}");
}

/* Leaves only the lines whose boxes, and if asked for texts, are sure enough. */
static size_t keep_sure(
	struct findings_line *lines, size_t count, double box_score, double text_score)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (score_of(lines[i].box_score) >= box_score && lines[i].text_score / 1e5 > text_score)
			lines[kept++] = lines[i];
	return kept;
}

bool results_add_lines(struct buf *out, const struct results_payload *payload,
	const struct asked_run *detection, const struct asked_run *recognition)
{
	struct findings_line lines[FINDINGS_LINES_MAX];
	size_t count = findings_lines(seed_of(payload, detection, "ocr"), &payload->picture, lines);
	double box_score;
	double text_score = 0;

	if (!asked_number(detection->options, "minScore", boxes_min_score, &box_score))
		return false;
	if (recognition &&
		!asked_number(recognition->options, "minScore", texts_min_score, &text_score))
		return false;
	count = keep_sure(lines, count, box_score, -1);
	if (!recognition) {
		add_raw_lines(out, lines, count);
	} else if (!count) { /* the keys then come in another order */
		buf_add_text(out, "{\"box\":[],\"boxScore\":[],\"text\":[],\"textScore\":[]}");
	} else {
		count = keep_sure(lines, count, box_score, text_score);
		add_lines(out, lines, count, &payload->picture);
	}
	return true;
}
