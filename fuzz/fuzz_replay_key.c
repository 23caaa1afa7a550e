/* A canonical text is valid, and its own canonical text; white space around what it stands for, and
 * a member that a later one replaces, change nothing. */
#include "domain/replay_key.h"
#include "fuzz.h"
#include "wire/json.h"

static void must_become(const struct buf *text, const struct buf *canonical)
{
	BUF_AUTO struct buf again = {0};
	enum json_type type;
	struct err err;

	must(json_check_whole(buf_span(text), &type, &err) == 0);
	replay_key_canonical(buf_span(text), &again);
	must(span_equal(buf_span(&again), buf_span(canonical)));
}

/* `object` has at least one member; the first one is written a second time in front. */
static void double_first(struct span object, const struct buf *canonical)
{
	struct json_members walk = json_members_of(object);
	BUF_AUTO struct buf doubled = {0};
	struct span key;
	struct span value;

	if (!json_members_next(&walk, &key, &value))
		return;
	buf_add_text(&doubled, "\n{ ");
	buf_add(&doubled, key);
	buf_add_text(&doubled, "\t: \"replaced\" , ");
	buf_add(&doubled, span_skip(json_trim(object), 1));
	must_become(&doubled, canonical);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};
	BUF_AUTO struct buf canonical = {0};
	enum json_type type;
	struct err err;

	if (json_check_whole(text, &type, &err) < 0)
		return 0;
	replay_key_canonical(text, &canonical);
	must(json_type_of(buf_span(&canonical)) == type);
	must_become(&canonical, &canonical);
	if (type == JSON_OBJECT)
		double_first(text, &canonical);
	return 0;
}
