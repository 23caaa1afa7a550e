/* findings: the faces and the lines of text that a picture is said to show, drawn from a seed.
 *
 * All lie inside the picture. Some pictures show none, small ones never do; what is found less
 * surely has a lower score, so that asking with another minScore gives more or less of it.
 */
#ifndef MLMOCK_FINDINGS_H
#define MLMOCK_FINDINGS_H

#include "base/span.h"
#include "mlmock/picture.h"

enum {
	FINDINGS_SIDE_MIN = 32, /* pixels; nothing is found in what is smaller either way */
	FINDINGS_FACES_MAX = 5,
	FINDINGS_LINES_MAX = 6,
	FINDINGS_WORDS_MAX = 3, /* of a line */
	FINDINGS_SCORE_SHIFT = 24,
};

/* Pixels; x1 < x2 and y1 < y2. */
struct findings_box {
	uint32_t x1;
	uint32_t y1;
	uint32_t x2;
	uint32_t y2;
};

struct findings_face {
	struct findings_box box;
	uint32_t score; /* / 2^FINDINGS_SCORE_SHIFT, below 1 */
};

struct findings_line {
	struct findings_box box;
	uint32_t box_score;  /* as a face's */
	unsigned text_score; /* hundred-thousandths, below 1 */
	const char *words[FINDINGS_WORDS_MAX];
	size_t word_count;
};

/* Returns how many there are, the surest first. */
size_t findings_faces(uint64_t seed, const struct picture *picture,
	struct findings_face ret_faces[FINDINGS_FACES_MAX]);

/* Returns how many there are, from the bottom of the picture up, as in the service. */
size_t findings_lines(uint64_t seed, const struct picture *picture,
	struct findings_line ret_lines[FINDINGS_LINES_MAX]);

#endif
