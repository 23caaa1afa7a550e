/* A client that leaves while work is done leaves the task to that, which is counted among the
 * rounds, so that the crew does not end before it. */
#include "proxy/api_task.h"

#include "base/mem.h"
#include "wire/status.h"

static void task_free(struct api_task *task)
{
	atomic_fetch_sub(&task->shared->api_tasks, task->weight);
	api_body_deinit(&task->body);
	buf_deinit(&task->fields);
	buf_deinit(&task->piece);
	task->free(task);
}

/* -- sending --------------------------------------------------------------------------------- */

static struct api_task *task_of(const struct exchange *exchange)
{
	return exchange->state;
}

static void begin_answer(struct api_task *task)
{
	exchange_begin(task->exchange, &(struct httpd_answer){.status = task->status,
									   .fields = buf_span(&task->fields),
									   .length = SOURCE_LENGTH_UNKNOWN});
}

static void send_piece(struct api_task *task)
{
	struct chunk *chunk = chunk_new(task->piece.n);

	memcpy(chunk->bytes, task->piece.bytes, task->piece.n);
	chunk->used = task->piece.n;
	exchange_send(task->exchange, (struct slice){chunk, {chunk->bytes, chunk->used}});
	chunk_unref(chunk);
}

static void start_work(struct api_task *task);

static bool is_head(const struct exchange *exchange)
{
	return span_is(httpd_head(exchange->http)->method, "HEAD");
}

/* The first piece, which may be all there is, or one of many. */
static void send_answer(struct api_task *task)
{
	struct exchange *exchange = task->exchange;

	if (!httpd_has_begun(exchange->http) && !task->has_more) {
		exchange_answer(
			exchange, task->status, SPAN_EMPTY, buf_span(&task->fields), buf_span(&task->piece));
		return;
	}
	if (!httpd_has_begun(exchange->http))
		begin_answer(task);
	if (task->piece.n)
		send_piece(task);
	buf_reset(&task->piece);
	if (!task->has_more || is_head(exchange))
		exchange_end(exchange);
	else if (httpd_is_full(exchange->http))
		task->is_waiting = true;
	else
		start_work(task);
}

static void refuse(struct api_task *task)
{
	api_refuse(task->exchange, task->status, span_of(task->err.text), span_of(task->path));
}

/* -- working --------------------------------------------------------------------------------- */

static void on_done(struct job *job)
{
	struct api_task *task = LIST_OBJECT(job, struct api_task, job);
	struct shared *shared = task->shared;

	task->is_working = false;
	if (!task->exchange)
		task_free(task);
	else if (task->err.kind)
		refuse(task);
	else
		send_answer(task);
	atomic_fetch_sub(&shared->rounds, 1);
}

static void work(struct job *job)
{
	struct api_task *task = LIST_OBJECT(job, struct api_task, job);

	do
		task->has_more = task->work(task, &task->piece);
	while (task->has_more && task->piece.n < API_TASK_PIECE);
}

static void start_work(struct api_task *task)
{
	atomic_fetch_add(&task->shared->rounds, 1);
	task->is_working = true;
	job_start(&task->job, task->exchange->worker->loop, work, on_done);
}

/* -- the handler's ---------------------------------------------------------------------------- */

void api_task_begin(struct api_task *task, struct exchange *exchange)
{
	struct err err;

	task->shared = exchange->worker->shared;
	task->exchange = exchange;
	task->status = 200;
	task->path = "";
	buf_add_text(&task->fields, "content-type: application/json\r\n");
	api_body_init(&task->body, exchange);
	if (atomic_fetch_add(&task->shared->api_tasks, task->weight) + task->weight <= API_TASKS_MAX) {
		exchange->state = task;
		return;
	}
	task_free(task);
	(void)err_set(&err, ERR_BUSY, "too many such calls are being answered; try again");
	exchange_fail(exchange, &err, NULL);
}

void api_task_body(struct exchange *exchange, struct slice bytes)
{
	api_body_add(&task_of(exchange)->body, exchange, bytes.bytes);
}

void api_task_body_end(struct exchange *exchange)
{
	start_work(task_of(exchange));
}

void api_task_drained(struct exchange *exchange)
{
	struct api_task *task = task_of(exchange);

	if (!task->is_waiting)
		return;
	task->is_waiting = false;
	start_work(task);
}

void api_task_ended(struct exchange *exchange)
{
	struct api_task *task = task_of(exchange);

	if (!task)
		return;
	exchange->state = NULL;
	task->exchange = NULL;
	if (!task->is_working)
		task_free(task);
}
