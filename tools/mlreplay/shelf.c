#include "mlreplay/shelf.h"

#include <stdlib.h>

#include "base/mem.h"
#include "mlreplay/recorded.h"

struct shelf_item {
	struct hashes_hash key;
	size_t number; /* in the order they were put in */
	uint64_t at;   /* in the scratch file */
	size_t length;
	int64_t took_ns;
	int status;    /* 0: what is there is why there is no answer */
	unsigned used; /* of those that have the key, in the first one of them */
};

int shelf_init(struct shelf *shelf, struct err *err)
{
	*shelf = (struct shelf){0};
	return scratch_new(&shelf->scratch, err);
}

void shelf_deinit(struct shelf *shelf)
{
	scratch_free(shelf->scratch);
	mem_free(shelf->items);
}

int shelf_add(struct shelf *shelf, struct walk *walk, const struct compare_answer *answer,
	struct span why, struct err *err)
{
	struct span bytes = why.n ? why : answer->body;
	struct shelf_item *item;

	if (shelf->count == shelf->capacity) {
		shelf->capacity = shelf->capacity ? shelf->capacity * 2 : 256;
		shelf->items = mem_resize(shelf->items, shelf->capacity, sizeof *shelf->items);
	}
	item = &shelf->items[shelf->count];
	*item = (struct shelf_item){
		.key = walk_key(walk),
		.number = shelf->count++,
		.at = scratch_length(shelf->scratch),
		.length = bytes.n,
		.took_ns = recorded_ns(&walk->entry.times),
		.status = why.n ? 0 : answer->status,
	};
	return scratch_add(shelf->scratch, bytes, err);
}

/* Those of one question in the order they were put in. */
static int compare_items(const void *left, const void *right)
{
	const struct shelf_item *a = left;
	const struct shelf_item *b = right;
	int order = hashes_compare(&a->key, &b->key);

	return order ? order : (a->number > b->number) - (a->number < b->number);
}

void shelf_sort(struct shelf *shelf)
{
	if (shelf->count)
		qsort(shelf->items, shelf->count, sizeof *shelf->items, compare_items);
}

/* The first one of the key, or where it would be. */
static size_t find(const struct shelf *shelf, const struct hashes_hash *key)
{
	size_t begin = 0;
	size_t end = shelf->count;

	while (begin < end) {
		size_t middle = begin + (end - begin) / 2;

		if (hashes_compare(&shelf->items[middle].key, key) < 0)
			begin = middle + 1;
		else
			end = middle;
	}
	return begin;
}

int shelf_take(struct shelf *shelf, struct hashes_hash key, struct buf *body,
	struct shelf_answer *ret_answer, struct err *err)
{
	size_t first = find(shelf, &key);
	const struct shelf_item *item;
	size_t at;

	if (first == shelf->count)
		return 0;
	at = first + shelf->items[first].used;
	if (at >= shelf->count || hashes_compare(&shelf->items[at].key, &key) != 0)
		return 0;
	item = &shelf->items[at];
	buf_reset(body);
	if (scratch_read(shelf->scratch, item->at, item->length, body, err) < 0)
		return -1;
	shelf->items[first].used++;
	shelf->taken++;
	*ret_answer = (struct shelf_answer){.took_ns = item->took_ns};
	if (item->status)
		ret_answer->answer = (struct compare_answer){item->status, buf_span(body)};
	else
		ret_answer->why = buf_span(body);
	return 1;
}
