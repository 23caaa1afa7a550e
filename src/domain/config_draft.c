#include "domain/config_draft.h"

#include "wire/json.h"

static struct config_draft *draft_of(const struct config_node *node)
{
	while (node->parent)
		node = node->parent;
	return node->draft;
}

/* -- what is left out ------------------------------------------------------------------------ */

static bool is_among(const char *p, const struct span *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (values[i].p == p)
			return true;
	return false;
}

/* Behind the comma that follows a member's value; behind the value when it is the last. */
static const char *behind_comma(const char *end)
{
	const char *p = end;

	while (*p != ',' && *p != '}')
		p++;
	return *p == ',' ? p + 1 : end;
}

/* Before the first member that is kept the comma behind one goes with it, later that before it:
 *
 *     { "no": 1, "yes": 2, "no": 3, "yes": 4, "no": 5 }
 *      ---------         ---------          ---------                       */
void config_draft_keep(
	const struct config_node *object, const struct span *values, size_t value_count)
{
	struct config_draft *draft = draft_of(object);
	struct json_members walk;
	const char *from = object->value.p + 1;
	bool is_first = true;
	struct span key;
	struct span value;

	if (!draft)
		return;
	walk = json_members_of(object->value);
	while (json_members_next(&walk, &key, &value)) {
		const char *end = value.p + value.n;
		bool is_kept = is_among(value.p, values, value_count);

		is_first &= !is_kept;
		if (is_first)
			end = behind_comma(end);
		if (!is_kept)
			config_edits_add(&draft->edits, span_between(from, end), SPAN_EMPTY);
		from = end;
	}
}

/* -- secrets --------------------------------------------------------------------------------- */

/* The last header of that name, whatever its case. Both may be written with escapes. */
static struct span find_header(struct span headers, struct span name)
{
	struct json_members walk = json_members_of(headers);
	struct span found = SPAN_EMPTY;
	struct span key;
	struct span value;
	struct arena arena;

	arena_init(&arena);
	name = json_string(name, &arena);
	while (json_members_next(&walk, &key, &value))
		if (span_equal_nocase(json_string(key, &arena), name))
			found = value;
	arena_deinit(&arena);
	return found;
}

static struct span find_member(struct span object, const char *key)
{
	struct config_node node = {.value = object};

	return config_node_member(&node, key).value;
}

/* The secret of the same place in the current configuration, as JSON; empty for none. */
static struct span find_secret(const struct config *current, const struct config_backend *now,
	const struct config_node *secret)
{
	struct span object = now ? now->json : find_member(json_trim(current->text), "access");

	if (!object.n)
		return SPAN_EMPTY;
	if (!now)
		return find_member(object, "adminToken");
	if (secret->parent->is_element)
		return find_member(object, "basicAuth");
	object = find_member(object, "headers");
	return object.n ? find_header(object, config_node_quoted(secret->key)) : SPAN_EMPTY;
}

static bool is_same_place(const struct url *a, const struct url *b)
{
	if (a->scheme != b->scheme || a->port != b->port)
		return false;
	return a->scheme == URL_UNIX ? span_equal(a->host, b->host)
								 : span_equal_nocase(a->host, b->host);
}

/* Who stands between may not be who answers now because less is asked of certificates. */
static bool is_as_strict(const struct config_backend *now, const struct config_backend *next)
{
	return now->is_insecure || (!next->is_insecure && span_equal(now->ca_file, next->ca_file));
}

/* A mask can stand for something here: sets it, or says why not. */
static int put_secret(struct config_draft *draft, struct config_node *secret,
	const struct config_backend *backend, struct config_fault *fault)
{
	const struct config *current = draft->current;
	const struct config_backend *now = NULL;
	struct span found = SPAN_EMPTY;
	size_t index;

	if (current && backend && config_find_backend(current, backend->name, &index))
		now = &current->backends[index];
	if (current && (now || !backend))
		found = find_secret(current, now, secret);
	if (!found.n)
		return config_node_fault(
			secret, fault, "the secret itself: there is none yet that " CONFIG_MASK " stands for");
	if (now && !is_same_place(&now->url, &backend->url))
		return config_node_fault(secret, fault,
			"the secret itself, once more: the url has another scheme, host or port than before");
	if (now && !is_as_strict(now, backend))
		return config_node_fault(secret, fault,
			"the secret itself, once more: insecure or caFile lets another certificate pass than "
			"before");
	config_edits_add(&draft->edits, secret->value, found);
	secret->value = found;
	return 0;
}

int config_draft_unmask(
	struct config_node *secret, const struct config_backend *backend, struct config_fault *fault)
{
	struct config_draft *draft = draft_of(secret);

	if (json_type_of(secret->value) != JSON_STRING ||
		!json_string_is(secret->value, SPAN_LITERAL(CONFIG_MASK)))
		return 0;
	if (!draft)
		return config_node_fault(secret, fault,
			"the secret itself: " CONFIG_MASK " only stands for it where it is shown");
	return put_secret(draft, secret, backend, fault);
}
