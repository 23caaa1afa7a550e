#include "domain/edits.h"

#include "base/mem.h"

/* Characters, each as its bytes in one number. */
struct characters {
	uint32_t *all;
	size_t from;
	size_t to;
};

static bool is_begun(unsigned char byte)
{
	return (byte & 0xc0) != 0x80;
}

/* No character is of more than four bytes; where more go on, what goes on is one, too. In `all`
 * is room for as many as the text has bytes. */
static struct characters read_characters(struct span text, uint32_t *all)
{
	struct characters characters = {all, 0, 0};
	size_t bytes = 4;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char byte = (unsigned char)text.p[i];

		if (is_begun(byte) || bytes == 4) {
			characters.all[characters.to++] = byte;
			bytes = 1;
		} else {
			uint32_t *last = &characters.all[characters.to - 1];

			*last = *last << 8 | byte;
			bytes++;
		}
	}
	return characters;
}

/* Leaves what lies between the first and the last difference. */
static void leave_out_alike(struct characters *a, struct characters *b)
{
	while (a->from < a->to && b->from < b->to && a->all[a->from] == b->all[b->from]) {
		a->from++;
		b->from++;
	}
	while (a->from < a->to && b->from < b->to && a->all[a->to - 1] == b->all[b->to - 1]) {
		a->to--;
		b->to--;
	}
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t less = a < b ? a : b;

	return less < c ? less : c;
}

/* Row by row: row[j] is how far what was read of a is from the first j of b. */
static size_t distance(const struct characters *a, const struct characters *b)
{
	size_t columns = b->to - b->from;
	MEM_AUTO size_t *row = mem_new(columns + 1, sizeof *row);

	for (size_t j = 0; j <= columns; j++)
		row[j] = j;
	for (size_t i = a->from; i < a->to; i++) {
		size_t diagonal = row[0]++;

		for (size_t j = 1; j <= columns; j++) {
			size_t changed = diagonal + (a->all[i] != b->all[b->from + j - 1]);

			diagonal = row[j];
			row[j] = least(changed, row[j] + 1, row[j - 1] + 1);
		}
	}
	return row[columns];
}

struct edits edits_between(struct span before, struct span after)
{
	MEM_AUTO uint32_t *all_before = mem_new(before.n, sizeof *all_before);
	MEM_AUTO uint32_t *all_after = mem_new(after.n, sizeof *all_after);
	struct characters a = read_characters(before, all_before);
	struct characters b = read_characters(after, all_after);
	struct edits edits = {.characters = a.to};
	size_t rows;
	size_t columns;

	leave_out_alike(&a, &b);
	rows = a.to - a.from;
	columns = b.to - b.from;
	if (rows && columns > EDITS_STEPS_MAX / rows)
		edits.count = rows > columns ? rows : columns;
	else
		edits.count = distance(&a, &b);
	return edits;
}
