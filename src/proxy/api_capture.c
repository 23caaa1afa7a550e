#include "proxy/api_capture.h"

#include <inttypes.h>

#include "proxy/api.h"
#include "wire/json.h"

/* -- the state ------------------------------------------------------------------------------- */

static struct span folder_of(const struct exchange *exchange)
{
	return exchange->config ? exchange->config->capture.dir : SPAN_EMPTY;
}

static void add_text_or_null(struct buf *out, struct span text)
{
	if (text.n)
		buf_add_json(out, text);
	else
		buf_add_text(out, "null");
}

static void add_numbers(struct buf *out, const struct recorder_status *status)
{
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{"entries", status->stats.entries},
		{"bytes", status->stats.bytes},
		{"blobs", status->stats.blobs},
		{"sharedBlobs", status->stats.shared},
		{"rotations", status->stats.rotations},
		{"removedFiles", status->stats.removed},
		{"recoveredEntries", status->stats.recovered},
		{"lostBytes", status->stats.lost},
		{"queued", status->queued},
		{"queuedBytes", status->queued_bytes},
		{"dropped", status->dropped},
	};

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		buf_add_format(out, ",\"%s\":%" PRIu64, numbers[i].key, numbers[i].value);
}

static void answer_state(struct exchange *exchange)
{
	BUF_AUTO struct buf out = {0};
	struct recorder_status status;

	recorder_status(exchange->worker->shared->recorder, &status);
	buf_add_format(&out, "{\"enabled\":%s,\"dir\":", status.is_enabled ? "true" : "false");
	add_text_or_null(&out, folder_of(exchange));
	buf_add_format(&out, ",\"failed\":%s,\"why\":", status.has_failed ? "true" : "false");
	add_text_or_null(&out, span_of(status.has_failed ? status.why.text : ""));
	add_numbers(&out, &status);
	buf_add_text(&out, "}");
	api_answer(exchange, 200, buf_span(&out));
}

const struct exchange_handler api_capture_get_handler = {.begin = answer_state};

/* -- the switch ------------------------------------------------------------------------------ */

/* {"enabled": true} or {"enabled": false} and nothing else: who misspells it must not think that
 * nothing is recorded. NULL, or why it is refused. */
static const char *read_switch(struct span body, bool *ret_is_enabled)
{
	struct json_members walk;
	enum json_type type;
	struct span key;
	struct span value;
	struct span more[2];
	struct err err;

	if (json_check_whole(body, &type, &err) < 0 || type != JSON_OBJECT)
		return "wanted an object";
	walk = json_members_of(body);
	if (!json_members_next(&walk, &key, &value) || !json_string_is(key, SPAN_LITERAL("enabled")) ||
		json_members_next(&walk, &more[0], &more[1]))
		return "wanted the member enabled and no other";
	type = json_type_of(value);
	if (type != JSON_TRUE && type != JSON_FALSE)
		return "wanted true or false for enabled";
	*ret_is_enabled = type == JSON_TRUE;
	return NULL;
}

static void on_body_end(struct exchange *exchange)
{
	const struct api_body *body = exchange->state;
	struct capture_config config;
	bool is_enabled = false;
	const char *refusal = read_switch(buf_span(&body->text), &is_enabled);

	if (!refusal && !folder_of(exchange).n)
		refusal = "the configuration has no capture.dir to record to";
	if (refusal) {
		api_refuse(exchange, 400, span_of(refusal), SPAN_EMPTY);
		return;
	}
	config = exchange->config->capture;
	config.is_enabled = is_enabled;
	recorder_set(exchange->worker->shared->recorder, &config);
	answer_state(exchange);
}

const struct exchange_handler api_capture_post_handler = {
	.begin = api_body_on_begin,
	.body = api_body_on_bytes,
	.body_end = on_body_end,
	.free = api_body_on_free,
};
