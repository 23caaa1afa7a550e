/* To put a text in another's place, the two are joined to one that says all, the older one's keys
 * first, since of doubled keys the last counts:
 *
 *     {  limits of the current one, "taskRouting":{}, "modelTypeRouting":{},  what was posted  }
 *
 * That is read; what the readers find unknown, written again or masked (config_draft) is edited,
 * and what comes out of it is read once more, as the file will be.
 */
#include "domain/config_text.h"

#include <stdio.h>
#include <string.h>

#include "domain/config_draft.h"
#include "domain/config_parse.h"
#include "wire/json.h"

enum { BLANKS_MAX = 64 }; /* bytes that are put between members */

/* -- to be shown ----------------------------------------------------------------------------- */

/* What nobody has read, because it is written again later, may be anything: where it is not what it
 * should be, there is no telling which part of it is secret, and all of it is masked. */
static void mask(struct config_edits *edits, struct span value)
{
	config_edits_add(edits, value, SPAN_LITERAL("\"" CONFIG_MASK "\""));
}

static void mask_headers(struct config_edits *edits, struct span headers)
{
	struct json_members walk;
	struct span key;
	struct span value;

	if (json_type_of(headers) != JSON_OBJECT) {
		mask(edits, headers);
		return;
	}
	walk = json_members_of(headers);
	while (json_members_next(&walk, &key, &value))
		mask(edits, value);
}

/* One that is none may have a password in it. */
static void mask_url(struct config_edits *edits, struct span value)
{
	bool is_url = false;
	struct arena arena;
	struct url url;
	struct err err;

	arena_init(&arena);
	if (json_type_of(value) == JSON_STRING)
		is_url = url_parse(json_string(value, &arena), &url, &err) == 0;
	arena_deinit(&arena);
	if (!is_url)
		mask(edits, value);
}

static void mask_backend(struct config_edits *edits, struct span backend)
{
	struct json_members walk;
	struct span key;
	struct span value;

	if (json_type_of(backend) != JSON_OBJECT) {
		mask(edits, backend);
		return;
	}
	walk = json_members_of(backend);
	while (json_members_next(&walk, &key, &value))
		if (json_string_is(key, SPAN_LITERAL("headers")))
			mask_headers(edits, value);
		else if (json_string_is(key, SPAN_LITERAL("basicAuth")))
			mask(edits, value);
		else if (json_string_is(key, SPAN_LITERAL("url")))
			mask_url(edits, value);
}

static void mask_backends(struct config_edits *edits, struct span list)
{
	struct json_elements walk;
	struct span backend;

	if (json_type_of(list) != JSON_ARRAY) {
		mask(edits, list);
		return;
	}
	walk = json_elements_of(list);
	while (json_elements_next(&walk, &backend))
		mask_backend(edits, backend);
}

static void mask_access(struct config_edits *edits, struct span access)
{
	struct json_members walk;
	struct span key;
	struct span value;

	if (json_type_of(access) != JSON_OBJECT) {
		mask(edits, access);
		return;
	}
	walk = json_members_of(access);
	while (json_members_next(&walk, &key, &value))
		if (json_string_is(key, SPAN_LITERAL("adminToken")))
			mask(edits, value);
}

void config_text_mask(const struct config *config, struct buf *out)
{
	CONFIG_EDITS_AUTO struct config_edits edits = {0};
	struct json_members walk = json_members_of(config->text);
	struct span key;
	struct span value;

	while (json_members_next(&walk, &key, &value))
		if (json_string_is(key, SPAN_LITERAL("backends")))
			mask_backends(&edits, value);
		else if (json_string_is(key, SPAN_LITERAL("access")))
			mask_access(&edits, value);
	config_edits_apply(&edits, config->text, out);
}

/* -- to take another's place ----------------------------------------------------------------- */

/* Keys that a text without them does not leave as they are. */
static bool is_said_by_each(struct span key)
{
	static const char *const keys[] = {
		"backends", "defaultBackend", "taskRouting", "modelTypeRouting"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (json_string_is(key, span_of(keys[i])))
			return true;
	return false;
}

/* Each with what separates the posted text's own members. */
static void add_kept(struct span current, struct span blanks, struct buf *out)
{
	struct json_members walk = json_members_of(current);
	struct span key;
	struct span value;

	while (json_members_next(&walk, &key, &value)) {
		if (is_said_by_each(key))
			continue;
		buf_add(out, blanks);
		buf_add(out, span_between(key.p, value.p + value.n));
		buf_add_text(out, ",");
	}
}

static bool first_key(struct span text, struct span *ret_key)
{
	struct json_members walk;
	struct span value;

	if (json_type_of(text) != JSON_OBJECT)
		return false;
	walk = json_members_of(text);
	return json_members_next(&walk, ret_key, &value);
}

/* A text without members says nothing that could be completed. */
static void join(const struct config *current, struct span posted, struct buf *out)
{
	struct span object = json_trim(posted);
	struct span blanks;
	struct span key;

	if (!first_key(object, &key)) {
		buf_add(out, posted);
		return;
	}
	blanks = span_first(span_between(object.p + 1, key.p), BLANKS_MAX);
	buf_add(out, span_between(posted.p, object.p + 1));
	if (current)
		add_kept(current->text, blanks, out);
	buf_add(out, blanks);
	buf_add_text(out, "\"taskRouting\":{},");
	buf_add(out, blanks);
	buf_add_text(out, "\"modelTypeRouting\":{},");
	buf_add(out, span_between(object.p + 1, posted.p + posted.n));
}

static bool has_key(struct span object, struct span name)
{
	struct json_members walk = json_members_of(object);
	struct span key;
	struct span value;

	while (json_members_next(&walk, &key, &value))
		if (json_string_is(key, name) && !is_said_by_each(key))
			return true;
	return false;
}

/* Whoever did not post what is at fault must be told why it is there. */
static void tell_kept(const struct config *current, struct span posted, struct config_fault *fault)
{
	struct span key = {fault->path, strcspn(fault->path, ".[")};
	struct span object = json_trim(posted);
	size_t said = strlen(fault->text);

	if (!current || json_type_of(object) != JSON_OBJECT)
		return;
	if (has_key(json_trim(current->text), key) && !has_key(object, key))
		(void)snprintf(fault->text + said, sizeof fault->text - said,
			"; %.*s was not posted and stays as it is: post it, too", SPAN_ARG(key));
}

/* What was left out can be told of by the draft alone. */
static void take_warnings(struct config *config, const struct config *draft)
{
	size_t count = draft->warning_count;

	config->warning_count = count;
	if (!count)
		return;
	config->warnings = arena_new(&config->arena, count, sizeof *config->warnings);
	memcpy(config->warnings, draft->warnings, count * sizeof *config->warnings);
}

static int read_joined(struct config_draft *draft, struct span joined, struct config **ret_config,
	struct config_fault *fault)
{
	BUF_AUTO struct buf text = {0};
	struct config *config;
	int status;

	if (config_parse_checked(joined, draft, &config, fault) < 0)
		return -1;
	config_edits_apply(&draft->edits, config->text, &text);
	status = config_parse(buf_span(&text), ret_config, fault);
	if (!status)
		take_warnings(*ret_config, config);
	config_unref(config);
	return status;
}

int config_text_update(const struct config *current, struct span posted, struct config **ret_config,
	struct config_fault *fault)
{
	BUF_AUTO struct buf joined = {0};
	struct config_draft draft = {.current = current};
	int status;

	if (config_check(posted, fault) < 0)
		return -1;
	join(current, posted, &joined);
	status = read_joined(&draft, buf_span(&joined), ret_config, fault);
	if (status < 0)
		tell_kept(current, posted, fault);
	config_edits_deinit(&draft.edits);
	return status;
}
