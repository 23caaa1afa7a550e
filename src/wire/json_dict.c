#include "wire/json_dict.h"

#include "wire/json.h"

static struct json_dict_item *find(const struct json_dict *dict, struct span name)
{
	for (size_t i = 0; i < dict->count; i++)
		if (span_equal(dict->items[i].name, name))
			return &dict->items[i];
	return NULL;
}

/* What was there stays in the arena: as much again as is needed, at most. */
static void grow(struct json_dict *dict, struct arena *arena)
{
	size_t capacity = dict->capacity ? dict->capacity * 2 : 4;
	struct json_dict_item *items = arena_new(arena, capacity, sizeof *items);

	for (size_t i = 0; i < dict->count; i++)
		items[i] = dict->items[i];
	dict->items = items;
	dict->capacity = capacity;
}

/* The item of that key, which is new when there was none. */
static struct json_dict_item *find_or_add(
	struct json_dict *dict, struct span key, struct arena *arena)
{
	struct span name = json_string(key, arena);
	struct json_dict_item *item = find(dict, name);

	if (item)
		return item;
	if (dict->count == dict->capacity)
		grow(dict, arena);
	item = &dict->items[dict->count++];
	*item = (struct json_dict_item){.name = name, .key = key};
	return item;
}

bool json_dict_read(struct span object, size_t max, struct arena *arena, struct json_dict *ret_dict)
{
	struct json_members walk = json_members_of(object);
	struct json_dict dict = {0};
	struct span key;
	struct span value;

	for (size_t written = 0; json_members_next(&walk, &key, &value); written++) {
		if (written == max)
			return false;
		find_or_add(&dict, key, arena)->value = value;
	}
	*ret_dict = dict;
	return true;
}

const struct json_dict_item *json_dict_find(const struct json_dict *dict, struct span name)
{
	return find(dict, name);
}
