#include "base/arena.h"
#include "domain/redact.h"
#include "wire/json.h"
#include "wire/json_path.h"

struct walk {
	struct span pattern;
	struct arena arena; /* has decoded keys */
	const char *at;     /* what is before is written */
	struct buf *out;
};

/* A value of the same type that says nothing. */
static struct span nothing(enum json_type type)
{
	switch (type) {
	case JSON_OBJECT: return SPAN_LITERAL("{}");
	case JSON_ARRAY: return SPAN_LITERAL("[]");
	case JSON_STRING: return SPAN_LITERAL("\"" REDACT_MARK "\"");
	case JSON_NUMBER: return SPAN_LITERAL("0");
	case JSON_TRUE:
	case JSON_FALSE: return SPAN_LITERAL("false");
	case JSON_NULL:
	case JSON_NONE: break;
	}
	return SPAN_LITERAL("null");
}

static void replace(struct walk *walk, struct span value, enum json_type type)
{
	buf_add(walk->out, span_between(walk->at, value.p));
	buf_add(walk->out, nothing(type));
	walk->at = value.p + value.n;
}

/* A value to which the pattern has been followed. */
// NOLINTNEXTLINE(misc-no-recursion): at most JSON_DEPTH_MAX deep
static void look(struct walk *walk, struct span value, uint64_t states)
{
	enum json_type type = json_type_of(value);
	struct json_path_step step = {.kind = JSON_PATH_KEY};
	struct span key;
	struct span inner;

	if (json_path_fits(states)) {
		replace(walk, value, type);
	} else if (!states) {
		return;
	} else if (type == JSON_OBJECT) {
		for (struct json_members all = json_members_of(value);
			json_members_next(&all, &key, &inner);) {
			step.key = json_string(key, &walk->arena);
			look(walk, inner, json_path_follow(walk->pattern, states, &step));
		}
	} else if (type == JSON_ARRAY) {
		step.kind = JSON_PATH_INDEX;
		for (struct json_elements all = json_elements_of(value); json_elements_next(&all, &inner);
			step.index++)
			look(walk, inner, json_path_follow(walk->pattern, states, &step));
	}
}

bool redact_json(struct span json, struct span pattern, struct buf *out)
{
	struct walk walk = {.pattern = pattern, .at = json.p, .out = out};

	arena_init(&walk.arena);
	look(&walk, json_trim(json), json_path_begin(pattern));
	arena_deinit(&walk.arena);
	if (walk.at == json.p)
		return false;
	buf_add(out, span_between(walk.at, json.p + json.n));
	return true;
}

bool redact_json_by(const struct redact_rule *rules, size_t count, enum redact_kind kind,
	struct span json, struct buf *out)
{
	enum json_type type;
	struct err err;

	buf_reset(out);
	if (json_check_whole(json, &type, &err) < 0)
		return false;
	buf_add(out, json);
	for (size_t i = 0; i < count; i++) {
		BUF_AUTO struct buf next = {0};

		if (rules[i].kind != kind || !redact_json(buf_span(out), rules[i].name, &next))
			continue;
		buf_reset(out);
		buf_add(out, buf_span(&next));
	}
	return true;
}
