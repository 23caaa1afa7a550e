#include "proxy/api_debug.h"

#include "base/mem.h"
#include "proxy/api_member.h"
#include "proxy/records.h"
#include "wire/status.h"

/* -- the state ------------------------------------------------------------------------------- */

static bool write_state(struct api_task *task, struct buf *out)
{
	struct records_state state;

	records_state(task->shared->records, &state);
	buf_add_format(out,
		"{\"enabled\":%s,\"maxRecords\":%zu,\"recordCount\":%zu,\"bytes\":%llu,"
		"\"maxBytes\":%llu,\"dropped\":%llu}",
		state.is_enabled ? "true" : "false", state.max, state.count,
		(unsigned long long)state.bytes, (unsigned long long)state.bytes_max,
		(unsigned long long)atomic_load(&task->shared->tap_dropped));
	return false;
}

/* -- what is to be changed ------------------------------------------------------------------- */

static bool toggle(struct api_task *task, struct buf *out)
{
	bool is_enabled;

	if (!api_member_read_enabled(task, &is_enabled))
		return false;
	if (records_enable(task->shared->records, is_enabled, &task->err) < 0) {
		task->status = status_of_err(task->err.kind);
		return false;
	}
	return write_state(task, out);
}

static bool set_max(struct api_task *task, struct buf *out)
{
	struct span value;
	uint64_t max = 0;

	if (!api_member_read(task, "maxRecords", &value))
		return false;
	if (!span_to_number(value, RECORDS_MAX, &max) || !max)
		return api_member_refuse(task, "maxRecords", "a whole number from 1 to 10000");
	records_set_max(task->shared->records, (size_t)max);
	return write_state(task, out);
}

static bool clear(struct api_task *task, struct buf *out)
{
	records_clear(task->shared->records);
	return write_state(task, out);
}

/* -- the calls ------------------------------------------------------------------------------- */

static void on_free(struct api_task *task)
{
	mem_free(task);
}

static void begin(struct exchange *exchange, bool (*work)(struct api_task *task, struct buf *out))
{
	struct api_task *task = mem_new(1, sizeof *task);

	task->work = work;
	task->free = on_free;
	task->weight = 1;
	api_task_begin(task, exchange);
}

static void begin_status(struct exchange *exchange)
{
	begin(exchange, write_state);
}

static void begin_toggle(struct exchange *exchange)
{
	begin(exchange, toggle);
}

static void begin_max(struct exchange *exchange)
{
	begin(exchange, set_max);
}

static void begin_clear(struct exchange *exchange)
{
	begin(exchange, clear);
}

const struct exchange_handler api_debug_status_handler = {
	.begin = begin_status, .body_end = api_task_body_end, .ended = api_task_ended};
const struct exchange_handler api_debug_toggle_handler = {.begin = begin_toggle,
	.body = api_task_body,
	.body_end = api_task_body_end,
	.ended = api_task_ended};
const struct exchange_handler api_debug_max_handler = {.begin = begin_max,
	.body = api_task_body,
	.body_end = api_task_body_end,
	.ended = api_task_ended};
const struct exchange_handler api_debug_clear_handler = {
	.begin = begin_clear, .body_end = api_task_body_end, .ended = api_task_ended};
