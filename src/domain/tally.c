#include "domain/tally.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

enum { ROWS_AT_FIRST = 64 };

void tally_init(struct tally *tally, size_t max)
{
	*tally = (struct tally){.max = max};
}

void tally_deinit(struct tally *tally)
{
	mem_free(tally->rows);
}

/* The key's row, or the free one where it belongs. */
static struct tally_row *find(const struct tally *tally, uint64_t key)
{
	size_t mask = tally->capacity - 1;
	/* The upper bits of a product depend on all bits of the key (Fibonacci hashing). */
	size_t at = (size_t)(key * 0x9e3779b97f4a7c15 >> 32) & mask;

	while (tally->rows[at].count && tally->rows[at].key != key)
		at = (at + 1) & mask;
	return &tally->rows[at];
}

static void grow(struct tally *tally)
{
	struct tally old = *tally;

	tally->capacity = old.capacity ? 2 * old.capacity : ROWS_AT_FIRST;
	tally->rows = mem_new(tally->capacity, sizeof *tally->rows);
	for (size_t i = 0; i < old.capacity; i++)
		if (old.rows[i].count)
			*find(tally, old.rows[i].key) = old.rows[i];
	mem_free(old.rows);
}

/* The key's row or, when there is no room for a new one, that of what has none. */
static struct tally_row *take_row(struct tally *tally, uint64_t key)
{
	struct tally_row *row = find(tally, key);

	if (!row->count && tally->used >= tally->max) {
		key = TALLY_OTHER;
		row = find(tally, key);
	}
	tally->used += !row->count;
	row->key = key;
	return row;
}

void tally_count(struct tally *tally, uint64_t key, uint64_t n)
{
	assert(n);
	if (tally->used >= tally->capacity / 2)
		grow(tally);
	take_row(tally, key)->count += n;
}

void tally_add(struct tally *tally, const struct tally *other)
{
	for (size_t i = 0; i < other->capacity; i++)
		if (other->rows[i].count)
			tally_count(tally, other->rows[i].key, other->rows[i].count);
}

static int compare(const void *a, const void *b)
{
	uint64_t left = ((const struct tally_row *)a)->key;
	uint64_t right = ((const struct tally_row *)b)->key;

	return left < right ? -1 : left > right;
}

struct tally_row *tally_sorted(const struct tally *tally, size_t *ret_count)
{
	struct tally_row *rows = mem_new(tally->used + 1, sizeof *rows);

	*ret_count = 0;
	for (size_t i = 0; i < tally->capacity; i++)
		if (tally->rows[i].count)
			rows[(*ret_count)++] = tally->rows[i];
	qsort(rows, *ret_count, sizeof *rows, compare);
	return rows;
}
