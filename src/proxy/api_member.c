#include "proxy/api_member.h"

#include "wire/json.h"

bool api_member_refuse(struct api_task *task, const char *path, const char *wanted)
{
	task->status = 400;
	task->path = path;
	(void)err_set(&task->err, ERR_INVALID, "wanted %s", wanted);
	return false;
}

bool api_member_read(struct api_task *task, const char *key, struct span *ret_value)
{
	struct span body = buf_span(&task->body.text);
	struct span value = SPAN_EMPTY;
	struct json_members walk;
	enum json_type type;
	struct span name;
	struct span next;

	if (json_check_whole(body, &type, &task->err) < 0) {
		task->status = 400;
		return false;
	}
	if (type != JSON_OBJECT)
		return api_member_refuse(task, "", "an object");
	walk = json_members_of(body);
	while (json_members_next(&walk, &name, &next)) {
		if (value.n || !json_string_is(name, span_of(key)))
			return api_member_refuse(task, "", "no other member");
		value = next;
	}
	if (!value.n)
		return api_member_refuse(task, key, "this member");
	*ret_value = value;
	return true;
}

bool api_member_read_enabled(struct api_task *task, bool *ret_is_enabled)
{
	struct span value;
	enum json_type type;

	if (!api_member_read(task, "enabled", &value))
		return false;
	type = json_type_of(value);
	if (type != JSON_TRUE && type != JSON_FALSE)
		return api_member_refuse(task, "enabled", "true or false");
	*ret_is_enabled = type == JSON_TRUE;
	return true;
}
