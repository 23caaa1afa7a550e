/* The groups ask on their own, one backend after the other; here it is decided what their answers
 * come to. While any of them may still have to ask another one, all of the body is kept.
 */
#include "proxy/predict.h"

#include <assert.h>

#include "base/mem.h"
#include "domain/merge.h"
#include "proxy/report.h"
#include "proxy/splice.h"
#include "proxy/tap.h"

enum { ERROR_SHOWN_MAX = ERR_TEXT_MAX }; /* in the log */

enum predict_state {
	PREDICT_READING,   /* what is asked for is not known yet */
	PREDICT_ASKING,    /* the backends have it */
	PREDICT_STREAMING, /* the only group's large answer is on its way to the client */
	PREDICT_DONE,
};

struct predict {
	enum predict_state state;
	struct exchange *exchange;
	struct intake intake;
	struct body body;
	struct pipe *pipe;    /* what the rest of the body goes by; NULL: nothing */
	struct group *groups; /* those of the plan */
	size_t group_count;
	int64_t planned_ns;
	struct loop_timer timer; /* from the request's end to an answer */
};

static void set_state(struct predict *predict, enum predict_state state)
{
	static const unsigned from[] = {
		[PREDICT_READING] = 0,
		[PREDICT_ASKING] = 1U << PREDICT_READING,
		[PREDICT_STREAMING] = 1U << PREDICT_ASKING,
		[PREDICT_DONE] = ~0U,
	};

	assert(from[state] & 1U << predict->state);
	predict->state = state;
	if (state != PREDICT_ASKING)
		loop_timer_clear(predict->exchange->worker->loop, &predict->timer);
}

/* -- answers --------------------------------------------------------------------------------- */

/* Tells whom it took to get here, when it took more than one. */
static void add_tried(struct predict *predict)
{
	struct buf *fields = &predict->exchange->fields;
	BUF_AUTO struct buf tried = {0};

	groups_write_tried(predict->groups, predict->group_count, &tried);
	if (!tried.n)
		return;
	buf_add_text(fields, "x-mlproxy-tried: ");
	buf_add(fields, buf_span(&tried));
	buf_add_text(fields, "\r\n");
}

static void fail_with(struct predict *predict, const struct err *err, const char *detail_json)
{
	set_state(predict, PREDICT_DONE);
	if (httpd_has_begun(predict->exchange->http)) {
		exchange_abort(predict->exchange, err);
		return;
	}
	add_tried(predict);
	exchange_fail(predict->exchange, err, detail_json);
}

static void fail(struct predict *predict, const struct err *err)
{
	fail_with(predict, err, predict->intake.detail_json);
}

static void begin_answer(struct predict *predict, const struct answer *answer, uint64_t length)
{
	add_tried(predict);
	exchange_begin(predict->exchange, &(struct httpd_answer){.status = answer->status,
										  .reason = answer->reason,
										  .fields = buf_span(&answer->fields),
										  .length = length});
}

/* Passes on what has come of the answer's body. */
static void relay_bytes(struct predict *predict, struct ask *ask)
{
	struct slice slice;

	while (chain_take(&ask->answer.body, &slice)) {
		exchange_send(predict->exchange, slice);
		slice_unref(slice);
	}
	if (ask->call && httpd_is_full(predict->exchange->http))
		upstream_pause(ask->call);
}

/* The answer as it is: what is left of it, or all of it. */
static void relay(struct predict *predict, struct ask *ask)
{
	if (predict->state == PREDICT_ASKING)
		begin_answer(predict, &ask->answer, chain_length(&ask->answer.body));
	relay_bytes(predict, ask);
	set_state(predict, PREDICT_DONE);
	exchange_end(predict->exchange);
}

static void answer_merged(struct predict *predict)
{
	size_t count = predict->group_count;
	MEM_AUTO struct merge_answer *answers = mem_new(count, sizeof *answers);
	BUF_AUTO struct buf merged = {0};

	for (size_t i = 0; i < count; i++) {
		answers[i].text = buf_span(&predict->groups[i].text);
		answers[i].wanted = predict->intake.plan.groups[i].wanted;
	}
	merge_answers(&predict->intake.entries, answers, count, &merged);
	set_state(predict, PREDICT_DONE);
	add_tried(predict);
	exchange_answer(
		predict->exchange, 200, SPAN_LITERAL("application/json"), SPAN_EMPTY, buf_span(&merged));
}

/* A group has failed, so the whole has: with the backend's word where it is one about the request,
 * else with ours, which names everybody who was asked. */
static void answer_failure(struct predict *predict, struct group *group)
{
	int status = group->ask.answer.status;
	BUF_AUTO struct buf text = {0};
	BUF_AUTO struct buf json = {0};
	enum err_kind kind = group_describe(group, &text);
	struct err err;

	(void)err_set(&err, kind, "%.*s", SPAN_ARG(buf_span(&text)));
	if (group->state == GROUP_ANSWERED && (status == 500 || (status >= 400 && status < 500))) {
		exchange_note_error(predict->exchange, span_of(err.text));
		relay(predict, &group->ask);
		return;
	}
	buf_add_json(&json, buf_span(&text));
	buf_add(&json, (struct span){"", 1}); /* it goes on as a string */
	fail_with(predict, &err, json.bytes);
}

static bool is_good(const struct group *group)
{
	return group->state == GROUP_ANSWERED && answer_is_success(&group->ask.answer);
}

/* The answer of the only group, as it is; the log tells what else went wrong before it was one that
 * nobody wants. */
static void pass_answer(struct predict *predict, struct group *group)
{
	int status = group->ask.answer.status;
	BUF_AUTO struct buf text = {0};

	if (status >= 502 && status <= 504) {
		(void)group_describe(group, &text);
		exchange_note_error(predict->exchange, span_first(buf_span(&text), ERROR_SHOWN_MAX));
	}
	relay(predict, &group->ask);
}

/* Of several failures the first in the order asked for counts, so an earlier group that still runs
 * is waited for. */
static void decide(struct predict *predict)
{
	if (predict->group_count == 1 && predict->groups[0].state == GROUP_ANSWERED) {
		pass_answer(predict, &predict->groups[0]);
		return;
	}
	for (size_t i = 0; i < predict->group_count; i++) {
		struct group *group = &predict->groups[i];

		if (group->state == GROUP_ASKING)
			return;
		if (!is_good(group)) {
			answer_failure(predict, group);
			return;
		}
	}
	answer_merged(predict);
}

static void stream(struct predict *predict, struct ask *ask)
{
	if (predict->state == PREDICT_ASKING) {
		begin_answer(predict, &ask->answer, ask->answer.length);
		set_state(predict, PREDICT_STREAMING);
	}
	relay_bytes(predict, ask);
}

/* The body is kept no longer than somebody may have to be asked from its beginning. */
static void let_go(struct predict *predict)
{
	for (size_t i = 0; i < predict->group_count; i++)
		if (group_can_move(&predict->groups[i]))
			return;
	body_let_go(&predict->body);
}

static void on_changed(struct group *group)
{
	struct predict *predict = group->request.ctx;

	let_go(predict);
	switch (group->state) {
	case GROUP_IDLE:
	case GROUP_ASKING: break;
	case GROUP_STREAMING: stream(predict, &group->ask); break;
	case GROUP_ANSWERED:
	case GROUP_FAILED: decide(predict); break;
	}
}

/* The client has taken what was queued. */
static void on_drained(struct exchange *exchange)
{
	struct predict *predict = exchange->state;

	if (predict->state == PREDICT_STREAMING && predict->groups[0].ask.call)
		upstream_resume(predict->groups[0].ask.call);
}

static void on_time(void *ctx)
{
	struct predict *predict = ctx;

	for (size_t i = 0; i < predict->group_count; i++)
		if (predict->groups[i].state == GROUP_ASKING)
			group_expire(&predict->groups[i]);
	decide(predict);
}

/* -- asking ---------------------------------------------------------------------------------- */

static void on_report(const struct exchange *exchange, struct report *report)
{
	const struct predict *predict = exchange->state;

	report->intake = &predict->intake;
	report->groups = predict->groups;
	report->group_count = predict->group_count;
	report->planned_ns = predict->planned_ns;
}

/* Where the body goes when memory has no room for it. */
static struct spool_file *open_spill(const struct exchange *exchange)
{
	const struct shared *shared = exchange->worker->shared;
	const struct config_limits *limits = &exchange->config->limits;
	struct span folder = limits->spill_dir.n ? limits->spill_dir : span_of(shared->temp_dir);

	return spool_open(
		shared->spool, exchange->worker->loop, &(struct spool_limits){folder, limits->spill_bytes});
}

static void start(struct predict *predict)
{
	size_t count = predict->intake.plan.group_count;
	bool has_choice = false;

	set_state(predict, PREDICT_ASKING);
	predict->planned_ns = loop_now_ns(predict->exchange->worker->loop);
	predict->groups = arena_new(&predict->exchange->arena, count, sizeof *predict->groups);
	predict->group_count = count;
	for (size_t i = 0; i < count; i++) {
		group_init(&predict->groups[i], &(struct group_request){predict->exchange, &predict->body,
											&predict->intake, i, on_changed, predict});
		has_choice |= predict->groups[i].left > 1;
	}
	if (has_choice)
		body_keep(&predict->body, open_spill(predict->exchange));
	for (size_t i = 0; i < count; i++)
		group_start(&predict->groups[i]);
	decide(predict); /* there may be nobody to ask */
}

/* There is more to send, or it is known that there will never be. */
static void send_more(struct predict *predict)
{
	for (size_t i = 0; i < predict->group_count; i++)
		ask_more(&predict->groups[i].ask);
}

static void pass_on(struct predict *predict)
{
	send_more(predict);
	if (body_is_full(&predict->body))
		httpd_pause(predict->exchange->http);
}

/* -- the request ----------------------------------------------------------------------------- */

static void on_body_drained(void *ctx)
{
	const struct predict *predict = ctx;

	if (predict->exchange->http)
		httpd_resume(predict->exchange->http);
}

static void on_body_refilled(void *ctx)
{
	send_more(ctx);
}

static void on_body_lost(void *ctx, const struct err *err)
{
	const struct predict *predict = ctx;
	const struct exchange *exchange = predict->exchange;
	struct shared *shared = exchange->worker->shared;
	LOG_LINE_AUTO struct log_line line;

	atomic_fetch_add(&shared->spill_failures, 1);
	if (!log_begin_limited(&line, shared->log, LOG_WARN, "spill-failed"))
		return;
	log_text(&line, "id", span_of(exchange->id));
	log_text(&line, "why", span_of(err->text));
	log_text(&line, "hint",
		SPAN_LITERAL("make room there, name another folder in limits.spillDir, or let more stay in "
					 "memory with limits.keptBytes"));
	log_end(&line);
}

/* Goes by what the intake has found: more, a plan, or a refusal. */
static void advance(struct predict *predict, int status, const struct err *err)
{
	if (status < 0) {
		fail(predict, err);
		return;
	}
	if (status == INTAKE_PLANNED && predict->state == PREDICT_READING)
		start(predict);
	if (predict->group_count == 1 && !predict->pipe)
		predict->pipe = splice_begin(&predict->groups[0]);
	pass_on(predict);
}

static void on_begin(struct exchange *exchange)
{
	static const struct body_events events = {on_body_drained, on_body_refilled, on_body_lost};
	const struct http1_head *head = httpd_head(exchange->http);
	struct predict *predict = arena_new(&exchange->arena, 1, sizeof *predict);
	struct span content_type = SPAN_EMPTY;
	uint64_t length =
		head->body == HTTP1_BODY_CHUNKED ? SOURCE_LENGTH_UNKNOWN : head->content_length;
	struct err err;

	exchange->state = predict;
	exchange->tap = tap_open(exchange);
	predict->exchange = exchange;
	loop_timer_init(&predict->timer, on_time, predict);
	body_init(&predict->body, length, loop_small_chunks(exchange->worker->loop),
		&exchange->worker->shared->budget, &events, predict);
	if (!exchange->config) {
		set_state(predict, PREDICT_DONE);
		exchange_fail_unconfigured(exchange);
		return;
	}
	(void)http1_find(head, HTTP1_CONTENT_TYPE, &content_type);
	if (intake_init(&predict->intake, exchange->config, content_type, &exchange->arena, &err) < 0)
		fail(predict, &err);
}

static void on_body(struct exchange *exchange, struct slice bytes)
{
	struct predict *predict = exchange->state;
	struct err err;
	int status = body_add(&predict->body, bytes, &err);

	if (status == 0)
		status = intake_feed(&predict->intake, bytes.bytes, &err);
	advance(predict, status, &err);
}

static void on_piped(struct exchange *exchange)
{
	struct predict *predict = exchange->state;

	if (list_is_empty(&predict->body.views)) /* nobody takes it from there any more */
		httpd_splice(exchange->http, NULL);
	body_piped(&predict->body);
	pass_on(predict);
}

static void on_body_end(struct exchange *exchange)
{
	struct predict *predict = exchange->state;
	struct err err;

	body_end(&predict->body);
	advance(predict, intake_end(&predict->intake, &err), &err);
	if (predict->state == PREDICT_ASKING)
		loop_timer_set(exchange->worker->loop, &predict->timer,
			loop_now_ns(exchange->worker->loop) + exchange->config->timeouts.request_ns);
}

static void on_ended(struct exchange *exchange)
{
	struct predict *predict = exchange->state;

	set_state(predict, PREDICT_DONE);
	for (size_t i = 0; i < predict->group_count; i++)
		group_stop(&predict->groups[i]);
}

static void on_free(struct exchange *exchange)
{
	struct predict *predict = exchange->state;

	body_deinit(&predict->body);
	pipes_give(exchange->worker->pipes, predict->pipe);
	if (exchange->config)
		intake_deinit(&predict->intake);
}

const struct exchange_handler predict_handler = {
	.begin = on_begin,
	.body = on_body,
	.piped = on_piped,
	.body_end = on_body_end,
	.drained = on_drained,
	.report = on_report,
	.ended = on_ended,
	.free = on_free,
};
