/* Patterns are followed as a set of states, so that ** costs no second try: state i says that the
 * next step must fit the pattern's step i, FITS that nothing of it is left.
 */
#include "wire/json_path.h"

#include "base/ascii.h"
#include "wire/json.h"

enum { FITS = 63 };

#define STATE(i) (UINT64_C(1) << (i))

/* -- steps ----------------------------------------------------------------------------------- */

/* The length of the JSON string at the front, with its quotes; all when it has no end. */
static size_t quoted_length(struct span s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		i += s.p[i] == '\\';
	}
	return s.n;
}

/* What is between [ and ]; false when that is nothing that can be there. */
static bool read_bracketed(struct span inside, struct json_path_step *ret_step)
{
	enum json_type type;
	uint64_t index;
	struct err err;

	if (span_is(inside, "*")) {
		*ret_step = (struct json_path_step){.kind = JSON_PATH_ANY_INDEX};
		return true;
	}
	if (span_to_number(inside, SIZE_MAX, &index)) {
		*ret_step = (struct json_path_step){.kind = JSON_PATH_INDEX, .index = index};
		return true;
	}
	*ret_step = (struct json_path_step){.kind = JSON_PATH_QUOTED, .key = inside};
	return inside.n && inside.p[0] == '"' && json_check_whole(inside, &type, &err) == 0;
}

/* The step without its brackets is what is left behind. */
static bool take_bracketed(struct span *rest, struct json_path_step *ret_step)
{
	struct span inside = span_skip(*rest, 1);
	struct span behind = inside;

	if (inside.n && inside.p[0] == '"')
		inside.n = quoted_length(inside);
	else
		inside = span_cut(&behind, ']');
	*rest = span_skip(*rest, inside.n + 1);
	if (!span_starts(*rest, SPAN_LITERAL("]")) || !read_bracketed(inside, ret_step))
		return false;
	*rest = span_skip(*rest, 1);
	return true;
}

static bool take_key(struct span *rest, struct json_path_step *ret_step)
{
	size_t n = 0;

	while (n < rest->n && rest->p[n] != '.' && rest->p[n] != '[')
		n++;
	*ret_step = (struct json_path_step){.kind = JSON_PATH_KEY, .key = span_first(*rest, n)};
	if (span_is(ret_step->key, "*"))
		ret_step->kind = JSON_PATH_ANY_KEY;
	else if (span_is(ret_step->key, "**"))
		ret_step->kind = JSON_PATH_ANY;
	*rest = span_skip(*rest, n);
	return n > 0;
}

/* Steps end at a bracket, or at a point with a key behind it, which goes with them. */
static bool take_mark(struct span *rest)
{
	if (!rest->n || rest->p[0] == '[')
		return true;
	if (rest->p[0] != '.' || rest->n == 1 || rest->p[1] == '[')
		return false;
	*rest = span_skip(*rest, 1);
	return true;
}

bool json_path_next(struct span *rest, struct json_path_step *ret_step)
{
	struct span left = *rest;
	bool is_step;

	if (!left.n)
		return false;
	is_step = left.p[0] == '[' ? take_bracketed(&left, ret_step) : take_key(&left, ret_step);
	if (!is_step || !take_mark(&left))
		return false;
	*rest = left;
	return true;
}

bool json_path_check(struct span path)
{
	struct json_path_step step;
	size_t steps = 0;

	while (json_path_next(&path, &step))
		steps++;
	return !path.n && steps && steps <= JSON_PATH_STEPS_MAX;
}

/* -- writing --------------------------------------------------------------------------------- */

static bool is_plain(struct span key)
{
	for (size_t i = 0; i < key.n; i++)
		if (!ascii_is_alphanumeric(key.p[i]) && key.p[i] != '_' && key.p[i] != '-')
			return false;
	return key.n > 0;
}

void json_path_add_key(struct buf *path, struct span key)
{
	if (is_plain(key)) {
		buf_add_text(path, path->n ? "." : "");
		buf_add(path, key);
		return;
	}
	buf_add_text(path, "[");
	buf_add_json(path, key);
	buf_add_text(path, "]");
}

void json_path_add_index(struct buf *path, size_t index)
{
	buf_add_text(path, "[");
	buf_add_number(path, index);
	buf_add_text(path, "]");
}

/* -- patterns -------------------------------------------------------------------------------- */

static bool step_fits(const struct json_path_step *pattern, const struct json_path_step *step)
{
	switch (pattern->kind) {
	case JSON_PATH_KEY: return step->kind == JSON_PATH_KEY && span_equal(pattern->key, step->key);
	case JSON_PATH_QUOTED:
		return step->kind == JSON_PATH_KEY && json_string_is(pattern->key, step->key);
	case JSON_PATH_INDEX: return step->kind == JSON_PATH_INDEX && pattern->index == step->index;
	case JSON_PATH_ANY_KEY: return step->kind == JSON_PATH_KEY;
	case JSON_PATH_ANY_INDEX: return step->kind == JSON_PATH_INDEX;
	case JSON_PATH_ANY: return true;
	}
	return false;
}

/* Walks over a pattern's steps, with the states that each of them is. */
struct follower {
	struct span rest;
	struct json_path_step at;
	unsigned index; /* before it is met */
	unsigned next;  /* after it */
};

static bool follower_next(struct follower *follower)
{
	unsigned index = follower->next;

	if (!json_path_next(&follower->rest, &follower->at))
		return false;
	follower->index = index;
	follower->next = follower->rest.n ? index + 1 : FITS;
	return true;
}

/* With every ** that is reached also passed by. */
static uint64_t pass_by(struct span pattern, uint64_t states)
{
	struct follower at = {.rest = pattern};

	while (follower_next(&at))
		if (at.at.kind == JSON_PATH_ANY && states & STATE(at.index))
			states |= STATE(at.next);
	return states;
}

uint64_t json_path_begin(struct span pattern)
{
	return pass_by(pattern, STATE(0));
}

uint64_t json_path_follow(struct span pattern, uint64_t states, const struct json_path_step *step)
{
	struct follower at = {.rest = pattern};
	uint64_t after = 0;

	while (follower_next(&at)) {
		if (!(states & STATE(at.index)) || !step_fits(&at.at, step))
			continue;
		after |= STATE(at.at.kind == JSON_PATH_ANY ? at.index : at.next);
	}
	return pass_by(pattern, after);
}

bool json_path_fits(uint64_t states)
{
	return states & STATE(FITS);
}
