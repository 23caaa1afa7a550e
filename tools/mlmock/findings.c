#include "mlmock/findings.h"

#include "base/rng.h"

/* Of a score, in thousandths. */
#define SCORE(thousandths) \
	((uint32_t)((uint64_t)(thousandths) * (1U << FINDINGS_SCORE_SHIFT) / 1000))

static const char *const words[] = {"EXIT", "42", "Airport", "3 km", "Thank", "you", "2,20",
	"TOTAL", "EUR", "Bäckerei", "Müller", "Straße", "\"open\"", "a\\b", "10:30", "出口", "Café",
	"No. 7", "21.11.2026", "Gate", "B12", "OPEN", "24h", "Rue", "St.", "1 x", "Butter", "→",
	"Wi-Fi", "%", "PUSH", "ÖFFNEN"};

/* From least to most, both included. */
static uint32_t draw(struct rng *rng, uint32_t least, uint32_t most)
{
	return least + (uint32_t)(rng_next(rng) % ((uint64_t)most - least + 1));
}

/* True for one picture in eight, too. */
static bool shows_nothing(struct rng *rng, const struct picture *picture)
{
	return picture->width < FINDINGS_SIDE_MIN || picture->height < FINDINGS_SIDE_MIN ||
		   draw(rng, 0, 7) == 0;
}

size_t findings_faces(uint64_t seed, const struct picture *picture,
	struct findings_face ret_faces[FINDINGS_FACES_MAX])
{
	uint32_t side = picture->width < picture->height ? picture->width : picture->height;
	uint32_t score = SCORE(1000);
	size_t count = 0;
	struct rng rng;

	rng_init(&rng, seed);
	if (shows_nothing(&rng, picture))
		return 0;
	while (count < FINDINGS_FACES_MAX && score > SCORE(350)) {
		struct findings_face *face = &ret_faces[count++];
		uint32_t height = draw(&rng, side / 8, side / 2);
		uint32_t width = height * 3 / 4;

		score -= draw(&rng, SCORE(50), SCORE(count == 1 ? 300 : 350));
		face->score = score;
		face->box.x1 = draw(&rng, 0, picture->width - width);
		face->box.y1 = draw(&rng, 0, picture->height - height);
		face->box.x2 = face->box.x1 + width;
		face->box.y2 = face->box.y1 + height;
	}
	return count;
}

static void draw_line(struct rng *rng, const struct picture *picture, struct findings_line *line)
{
	uint32_t width = draw(rng, picture->width / 4, picture->width / 2);

	line->box.x1 = draw(rng, 0, picture->width - width);
	line->box.x2 = line->box.x1 + width;
	line->box_score = draw(rng, SCORE(450), SCORE(950));
	line->text_score = draw(rng, 75000, 99999);
	line->word_count = draw(rng, 1, FINDINGS_WORDS_MAX);
	for (size_t i = 0; i < line->word_count; i++)
		line->words[i] = words[draw(rng, 0, sizeof words / sizeof *words - 1)];
}

/* The picture is cut into as many strips as there are lines; each line keeps to its own. */
size_t findings_lines(uint64_t seed, const struct picture *picture,
	struct findings_line ret_lines[FINDINGS_LINES_MAX])
{
	struct rng rng;
	uint32_t strip;
	size_t count;

	rng_init(&rng, seed);
	if (shows_nothing(&rng, picture))
		return 0;
	count = draw(&rng, 1, FINDINGS_LINES_MAX);
	strip = picture->height / (uint32_t)count;
	for (size_t i = 0; i < count; i++) {
		struct findings_line *line = &ret_lines[i];

		draw_line(&rng, picture, line);
		line->box.y1 = strip * (uint32_t)(count - 1 - i) + draw(&rng, 0, strip / 3);
		line->box.y2 = line->box.y1 + strip / 2;
	}
	return count;
}
