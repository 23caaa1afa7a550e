#include "proxy/api_capture.h"

#include <inttypes.h>

#include "base/mem.h"
#include "proxy/api_member.h"

/* -- the state ------------------------------------------------------------------------------- */

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

static void write_state(struct recorder *recorder, struct span folder, struct buf *out)
{
	struct recorder_status status;

	recorder_status(recorder, &status);
	buf_add_format(out, "{\"enabled\":%s,\"dir\":", status.is_enabled ? "true" : "false");
	add_text_or_null(out, folder);
	buf_add_format(out, ",\"failed\":%s,\"why\":", status.has_failed ? "true" : "false");
	add_text_or_null(out, span_of(status.has_failed ? status.why.text : ""));
	add_numbers(out, &status);
	buf_add_text(out, "}");
}

static void begin_get(struct exchange *exchange)
{
	struct span folder = exchange->config ? exchange->config->capture.dir : SPAN_EMPTY;
	BUF_AUTO struct buf out = {0};

	write_state(exchange->worker->shared->recorder, folder, &out);
	api_answer(exchange, 200, buf_span(&out));
}

const struct exchange_handler api_capture_get_handler = {.begin = begin_get};

/* -- the switch ------------------------------------------------------------------------------ */

struct switching {
	struct api_task task;
	struct arena arena;
	struct capture_config config; /* when it was asked for */
};

static struct switching *switching_of(struct api_task *task)
{
	return LIST_OBJECT(task, struct switching, task);
}

/* The disk is waited for, so that the answer says how it went. */
static bool switch_it(struct api_task *task, struct buf *out)
{
	struct recorder *recorder = task->shared->recorder;
	struct capture_config *config = &switching_of(task)->config;

	if (!api_member_read_enabled(task, &config->is_enabled))
		return false;
	if (!config->dir.n)
		return api_member_refuse(task, "", "a capture.dir in the configuration to record to");
	recorder_set(recorder, config);
	recorder_flush(recorder);
	write_state(recorder, config->dir, out);
	return false;
}

static void on_free(struct api_task *task)
{
	struct switching *switching = switching_of(task);

	arena_deinit(&switching->arena);
	mem_free(switching);
}

static void begin_post(struct exchange *exchange)
{
	struct switching *switching = mem_new(1, sizeof *switching);

	switching->task.work = switch_it;
	switching->task.free = on_free;
	switching->task.weight = 1;
	arena_init(&switching->arena);
	if (exchange->config)
		switching->config = capture_config_copy(&exchange->config->capture, &switching->arena);
	api_task_begin(&switching->task, exchange);
}

const struct exchange_handler api_capture_post_handler = {
	.begin = begin_post,
	.body = api_task_body,
	.body_end = api_task_body_end,
	.ended = api_task_ended,
};
