/* The bytes are the slices that pass, as chains hold them. What is dropped when there are too many
 * is all of the exchange: of half a request nobody learns anything. */
#include "proxy/tap.h"

#include "base/mem.h"
#include "proxy/records.h"
#include "proxy/report.h"
#include "proxy/tap_record.h"
#include "wire/status.h"

/* -- what is held ---------------------------------------------------------------------------- */

static void drop(struct tap *tap)
{
	atomic_fetch_sub(&tap->exchange->worker->shared->tap_bytes, tap->held);
	tap->held = 0;
	tap->is_over = true;
	chain_deinit(&tap->request);
	chain_deinit(&tap->answer);
	LIST_EACH(node, &tap->calls)
		chain_deinit(&LIST_OBJECT(node, struct tap_call, node)->answer);
}

/* Whether the disk would have wanted it cannot be said any more, nor who else would be asked. */
static void give_up(struct tap *tap)
{
	struct shared *shared = tap->exchange->worker->shared;

	atomic_fetch_add(&shared->tap_dropped, 1);
	if (tap->is_sampled)
		recorder_miss(shared->recorder, 1 + tap->call_count);
	drop(tap);
}

/* False when nothing is held any more. */
static bool hold(struct tap *tap, size_t n)
{
	struct shared *shared = tap->exchange->worker->shared;

	if (tap->is_over)
		return false;
	tap->held += n;
	if (atomic_fetch_add(&shared->tap_bytes, n) + n <= TAP_BYTES_MAX &&
		tap->held <= TAP_EXCHANGE_BYTES_MAX)
		return true;
	give_up(tap);
	return false;
}

static void append(struct tap *tap, struct chain *chain, struct slice bytes)
{
	if (!hold(tap, bytes.bytes.n))
		return;
	if (bytes.chunk)
		chain_append(chain, bytes);
	else
		chain_append_copy(chain, bytes.bytes);
}

/* -- the client's side ----------------------------------------------------------------------- */

static bool is_sampled(const struct exchange *exchange)
{
	struct worker *worker = exchange->worker;

	return recorder_is_enabled(worker->shared->recorder) && exchange->config &&
		   capture_config_samples(&exchange->config->capture, rng_next(&worker->rng));
}

struct tap *tap_open(struct exchange *exchange)
{
	bool is_for_disk = is_sampled(exchange);
	struct tap *tap;

	if (!is_for_disk && !records_is_enabled(exchange->worker->shared->records))
		return NULL;
	tap = arena_new(&exchange->arena, 1, sizeof *tap);
	tap->exchange = exchange;
	tap->http = exchange->http;
	tap->is_sampled = is_for_disk;
	chain_init(&tap->request, NULL);
	chain_init(&tap->answer, NULL);
	list_init(&tap->calls);
	return tap;
}

void tap_close(struct tap *tap)
{
	if (tap && !tap->is_over)
		drop(tap);
}

void tap_request(struct tap *tap, struct slice bytes)
{
	append(tap, &tap->request, bytes);
}

void tap_answer(struct tap *tap, const struct httpd_answer *answer)
{
	struct arena *arena = &tap->exchange->arena;

	tap->head = (struct tap_head){
		.status = answer->status,
		.version_minor = 1,
		.reason = answer->reason.n ? arena_dup(arena, answer->reason)
								   : span_of(status_reason(answer->status)),
		.lines = arena_dup(arena, answer->fields),
		.length = answer->length,
	};
	if (!answer->length)
		tap_end(tap, TAP_WHOLE);
}

void tap_answer_bytes(struct tap *tap, struct slice bytes)
{
	append(tap, &tap->answer, bytes);
	if (chain_length(&tap->answer) == tap->head.length)
		tap_end(tap, TAP_WHOLE);
}

void tap_answer_whole(struct tap *tap, const struct httpd_answer *answer, struct span body)
{
	tap_answer(tap, answer);
	tap_answer_bytes(tap, (struct slice){.bytes = body});
}

/* -- handing over ---------------------------------------------------------------------------- */

static bool has_failed(struct record *const *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (records[i]->entry.fault || records[i]->entry.answer.status >= 500)
			return true;
	return false;
}

static bool is_wanted_on_disk(const struct tap *tap, struct record *const *records, size_t count)
{
	struct exchange *exchange = tap->exchange;
	struct capture_facts facts = {.status = records[0]->entry.answer.status,
		.took_ns = loop_clock_ns(exchange->worker->loop) - exchange->began_ns,
		.has_failed = has_failed(records, count)};
	struct report report = {.exchange = exchange};
	struct span *tasks;

	exchange->handler->report(exchange, &report);
	if (report.intake) {
		facts.task_count = report.intake->entries.task_count;
		facts.tasks = tasks = arena_new(&exchange->arena, facts.task_count + 1, sizeof *tasks);
		for (size_t i = 0; i < facts.task_count; i++)
			tasks[i] = report.intake->entries.tasks[i].name;
	}
	return capture_config_wants(&exchange->config->capture, &facts);
}

static void hand_over(struct tap *tap, struct record **records, size_t count)
{
	struct shared *shared = tap->exchange->worker->shared;

	if (records_is_enabled(shared->records))
		records_add(shared->records, records, count);
	if (tap->is_sampled && is_wanted_on_disk(tap, records, count))
		recorder_submit(shared->recorder, records, count);
}

/* The calls' records stand behind the client's. */
static void share_bodies(const struct tap *tap, struct record *const *records)
{
	size_t i = 0;

	LIST_EACH(node, &tap->calls) {
		i++;
		if (tap_record_has_clients_body(LIST_OBJECT(node, struct tap_call, node)))
			record_share_body(records[i], records[0]);
	}
}

void tap_end(struct tap *tap, enum tap_end end)
{
	size_t count = 0;
	MEM_AUTO struct record **records = NULL;

	if (tap->is_over)
		return;
	tap->end = end;
	records = mem_new(1 + tap->call_count, sizeof *records);
	LIST_EACH(node, &tap->calls)
		records[++count] = tap_record_call(LIST_OBJECT(node, struct tap_call, node));
	records[0] = tap_record_client(tap);
	share_bodies(tap, records);
	hand_over(tap, records, count + 1);
	for (size_t i = 0; i <= count; i++)
		record_unref(records[i]);
	drop(tap);
}

/* -- a request to a backend ------------------------------------------------------------------ */

/* As the backend gets it. */
static uint64_t body_length(const struct ask_request *request)
{
	uint64_t length = request->body->length;

	if (length == SOURCE_LENGTH_UNKNOWN)
		return length;
	return length - (request->cut_end - request->cut_begin) + request->entries.n;
}

struct tap_call *tap_call(
	struct tap *tap, const struct ask_request *request, struct span target, struct span fields)
{
	struct arena *arena = &tap->exchange->arena;
	struct tap_call *call;

	if (tap->call_count == TAP_CALLS_MAX && !tap->is_over)
		give_up(tap);
	if (tap->is_over)
		return NULL;
	call = arena_new(arena, 1, sizeof *call);
	*call = (struct tap_call){
		.tap = tap,
		.backend = request->backend,
		.try = request->try,
		.target = target,
		.fields = fields,
		.length = body_length(request),
		.cut_begin = request->cut_begin,
		.cut_end = request->cut_end,
		.insert = arena_dup(arena, buf_span(&request->entries)),
		.head = {.length = SOURCE_LENGTH_UNKNOWN},
	};
	chain_init(&call->answer, NULL);
	list_append(&tap->calls, &call->node);
	tap->call_count++;
	return call;
}

void tap_call_head(struct tap_call *call, const struct http1_head *head)
{
	struct arena *arena = &call->tap->exchange->arena;
	struct buf lines = {.arena = arena};

	for (size_t i = 0; i < head->field_count; i++)
		http1_write_field(&lines, &head->fields[i]);
	call->head = (struct tap_head){
		.status = head->status,
		.version_minor = head->version_minor,
		.reason = arena_dup(arena, head->reason),
		.lines = buf_span(&lines),
		.length = head->body == HTTP1_BODY_LENGTH ? head->content_length
				  : head->body == HTTP1_BODY_NONE ? 0
												  : SOURCE_LENGTH_UNKNOWN,
	};
}

void tap_call_bytes(struct tap_call *call, struct slice bytes)
{
	append(call->tap, &call->answer, bytes);
}

void tap_call_end(struct tap_call *call)
{
	call->is_whole = true;
}
