#include "wire/json_dict.h"

#include "wire/json.h"

static size_t count_written(struct span object, size_t max)
{
	struct json_members walk = json_members_of(object);
	struct span key;
	struct span value;
	size_t count = 0;

	while (count <= max && json_members_next(&walk, &key, &value))
		count++;
	return count;
}

static struct json_dict_item *find(const struct json_dict *dict, struct span name)
{
	for (size_t i = 0; i < dict->count; i++)
		if (span_equal(dict->items[i].name, name))
			return &dict->items[i];
	return NULL;
}

bool json_dict_read(struct span object, size_t max, struct arena *arena, struct json_dict *ret_dict)
{
	struct json_members walk = json_members_of(object);
	struct json_dict dict = {0};
	size_t written = count_written(object, max);
	struct span key;
	struct span value;

	if (written > max)
		return false;
	dict.items = arena_new(arena, written, sizeof *dict.items);
	while (json_members_next(&walk, &key, &value)) {
		struct span name = json_string(key, arena);
		struct json_dict_item *item = find(&dict, name);

		if (!item) {
			item = &dict.items[dict.count++];
			*item = (struct json_dict_item){.name = name, .key = key};
		}
		item->value = value;
	}
	*ret_dict = dict;
	return true;
}

const struct json_dict_item *json_dict_find(const struct json_dict *dict, struct span name)
{
	return find(dict, name);
}
