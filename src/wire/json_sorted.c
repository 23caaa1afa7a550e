#include "wire/json_sorted.h"

#include <stdlib.h>

#include "wire/json.h"

int json_sorted_compare(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* Doubled keys stay in the order they are written. */
static int compare_items(const void *left, const void *right)
{
	const struct json_sorted_item *a = left;
	const struct json_sorted_item *b = right;
	int order = json_sorted_compare(a->name, b->name);

	return order ? order : (a->value.p > b->value.p) - (a->value.p < b->value.p);
}

/* False when there are more than max. */
static bool count_members(struct span object, size_t max, size_t *ret_count)
{
	struct json_members walk = json_members_of(object);
	struct span key;
	struct span value;
	size_t count = 0;

	for (; json_members_next(&walk, &key, &value); count++)
		if (count == max)
			return false;
	*ret_count = count;
	return true;
}

static void drop_doubled(struct json_sorted *sorted)
{
	size_t kept = 0;

	for (size_t i = 0; i < sorted->count; i++) {
		bool is_last =
			i + 1 == sorted->count || !span_equal(sorted->items[i].name, sorted->items[i + 1].name);

		if (is_last)
			sorted->items[kept++] = sorted->items[i];
	}
	sorted->count = kept;
}

bool json_sorted_read(
	struct span object, size_t max, struct arena *arena, struct json_sorted *ret_sorted)
{
	struct json_members walk = json_members_of(object);
	struct json_sorted sorted = {0};
	struct span key;
	struct span value;
	size_t count;

	if (!count_members(object, max, &count))
		return false;
	sorted.items = arena_new(arena, count, sizeof *sorted.items);
	while (json_members_next(&walk, &key, &value))
		sorted.items[sorted.count++] = (struct json_sorted_item){json_string(key, arena), value};
	if (sorted.count)
		qsort(sorted.items, sorted.count, sizeof *sorted.items, compare_items);
	drop_doubled(&sorted);
	*ret_sorted = sorted;
	return true;
}

static const struct json_sorted_item *item_at(const struct json_sorted *sorted, size_t i)
{
	return i < sorted->count ? &sorted->items[i] : NULL;
}

bool json_sorted_next(struct json_sorted_pairs *walk, struct span *ret_name, struct span *ret_left,
	struct span *ret_right)
{
	const struct json_sorted_item *left = item_at(walk->left, walk->left_at);
	const struct json_sorted_item *right = item_at(walk->right, walk->right_at);
	int order = left && right ? json_sorted_compare(left->name, right->name) : 0;

	if (!left && !right)
		return false;
	if (order < 0)
		right = NULL;
	if (order > 0)
		left = NULL;
	*ret_name = left ? left->name : right->name;
	*ret_left = left ? left->value : SPAN_EMPTY;
	*ret_right = right ? right->value : SPAN_EMPTY;
	walk->left_at += left != NULL;
	walk->right_at += right != NULL;
	return true;
}
