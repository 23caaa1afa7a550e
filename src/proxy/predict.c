#include "proxy/predict.h"

#include <assert.h>

#include "base/mem.h"
#include "domain/intake.h"
#include "domain/merge.h"
#include "proxy/ask.h"

enum { WITHHELD_MAX = 1048576, MERGED_MAX = 67108864 }; /* bytes of an answer */

enum predict_state {
	PREDICT_READING,   /* what is asked for is not known yet */
	PREDICT_ASKING,    /* the backends have it */
	PREDICT_STREAMING, /* the only backend's large answer is on its way to the client */
	PREDICT_DONE,
};

struct predict {
	enum predict_state state;
	struct exchange *exchange;
	struct intake intake;
	struct body body;
	struct ask *asks; /* one for each group of the plan */
	size_t ask_count;
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
}

/* -- answers --------------------------------------------------------------------------------- */

static void fail(struct predict *predict, const struct err *err)
{
	set_state(predict, PREDICT_DONE);
	if (httpd_has_begun(predict->exchange->http))
		httpd_abort(predict->exchange->http);
	else
		exchange_fail(predict->exchange, err, predict->intake.detail_json);
}

static void begin_answer(struct predict *predict, const struct answer *answer, uint64_t length)
{
	exchange_begin(predict->exchange, &(struct httpd_answer){.status = answer->status,
										  .reason = buf_span(&answer->reason),
										  .fields = buf_span(&answer->fields),
										  .length = length});
}

/* Passes on what has come of the answer's body. */
static void relay_bytes(struct predict *predict, struct ask *ask)
{
	struct slice slice;

	while (chain_take(&ask->answer.body, &slice)) {
		httpd_send(predict->exchange->http, slice);
		slice_unref(slice);
	}
	if (ask->call && httpd_is_full(predict->exchange->http))
		upstream_pause(ask->call);
}

static void end_answer(struct predict *predict)
{
	set_state(predict, PREDICT_DONE);
	httpd_end(predict->exchange->http);
}

static void answer_single(struct predict *predict, struct ask *ask)
{
	if (predict->state == PREDICT_ASKING)
		begin_answer(predict, &ask->answer, chain_length(&ask->answer.body));
	relay_bytes(predict, ask);
	end_answer(predict);
}

/* The bodies of the answers in one piece each, for merge_answers(). */
static void flatten(const struct chain *chain, struct buf *out)
{
	char *to = buf_reserve(out, (size_t)chain_length(chain));

	chain_copy(chain, chain->begin, (size_t)chain_length(chain), to);
	out->n = (size_t)chain_length(chain);
}

static int merge(struct predict *predict, struct buf *out, struct err *err)
{
	size_t count = predict->ask_count;
	struct buf *texts = mem_new(count, sizeof *texts);
	struct merge_answer *answers = mem_new(count, sizeof *answers);
	int result;

	for (size_t i = 0; i < count; i++) {
		flatten(&predict->asks[i].answer.body, &texts[i]);
		answers[i] = (struct merge_answer){
			.text = buf_span(&texts[i]),
			.wanted = predict->intake.plan.groups[i].wanted,
			.from = predict->asks[i].backend->name,
		};
	}
	result = merge_answers(&predict->intake.entries, answers, count, out, err);
	for (size_t i = 0; i < count; i++)
		buf_deinit(&texts[i]);
	mem_free(texts);
	mem_free(answers);
	return result;
}

static void answer_merged(struct predict *predict)
{
	BUF_AUTO struct buf merged = {0};
	struct err err;

	if (merge(predict, &merged, &err) < 0) {
		fail(predict, &err);
		return;
	}
	set_state(predict, PREDICT_DONE);
	exchange_answer(
		predict->exchange, 200, SPAN_LITERAL("application/json"), SPAN_EMPTY, buf_span(&merged));
}

static bool is_success(const struct ask *ask)
{
	return ask->state == ASK_ANSWERED && ask->answer.status >= 200 && ask->answer.status < 300;
}

/* A group has failed, so the whole has: the backend's word where it is one about the request. */
static void answer_failure(struct predict *predict, struct ask *ask)
{
	int status = ask->answer.status;
	struct err err;

	if (ask->state == ASK_FAILED) {
		fail(predict, &ask->err);
		return;
	}
	(void)err_set(&err, status == 504 ? ERR_TIMEOUT : ERR_UPSTREAM, "backend '%.*s': answered %d",
		SPAN_ARG(span_first(ask->backend->name, 64)), status);
	if (status == 500 || (status >= 400 && status < 500)) {
		log_add(&predict->exchange->log, "error", span_of(err.text));
		begin_answer(predict, &ask->answer, chain_length(&ask->answer.body));
		relay_bytes(predict, ask);
		end_answer(predict);
	} else {
		fail(predict, &err);
	}
}

/* Of several failures the first in the order asked for counts, so an earlier group that still runs
 * is waited for. */
static void decide(struct predict *predict)
{
	if (predict->ask_count == 1) {
		struct ask *ask = &predict->asks[0];

		if (ask->state == ASK_FAILED)
			fail(predict, &ask->err);
		else
			answer_single(predict, ask);
		return;
	}
	for (size_t i = 0; i < predict->ask_count; i++) {
		struct ask *ask = &predict->asks[i];

		if (ask->state == ASK_RUNNING)
			return;
		if (!is_success(ask)) {
			answer_failure(predict, ask);
			return;
		}
	}
	answer_merged(predict);
}

static void on_finished(struct ask *ask)
{
	struct predict *predict = ask->ctx;

	if (predict->state != PREDICT_DONE)
		decide(predict);
}

static void on_grew(struct ask *ask)
{
	struct predict *predict = ask->ctx;
	bool is_single = predict->ask_count == 1;
	uint64_t n = chain_length(&ask->answer.body);
	struct err err;

	if (!is_single && n > MERGED_MAX) {
		(void)err_set(&err, ERR_UPSTREAM, "backend '%.*s': answered more than %d bytes",
			SPAN_ARG(span_first(ask->backend->name, 64)), MERGED_MAX);
		fail(predict, &err);
		return;
	}
	if (is_single && predict->state == PREDICT_ASKING && n > WITHHELD_MAX) {
		begin_answer(predict, &ask->answer, ask->answer.length);
		set_state(predict, PREDICT_STREAMING);
		upstream_relax(ask->call);
	}
	if (predict->state == PREDICT_STREAMING)
		relay_bytes(predict, ask);
}

/* The client has taken what was queued. */
static void on_drained(struct exchange *exchange)
{
	struct predict *predict = exchange->state;

	if (predict->state == PREDICT_STREAMING && predict->asks[0].call)
		upstream_resume(predict->asks[0].call);
}

/* -- asking ---------------------------------------------------------------------------------- */

static void log_plan(struct predict *predict)
{
	struct buf *log = &predict->exchange->log;

	for (size_t i = 0; i < predict->intake.entries.task_count; i++)
		log_add(log, "task", span_first(predict->intake.entries.tasks[i].name, 64));
	for (size_t i = 0; i < predict->ask_count; i++) {
		log_add(log, "backend", span_first(predict->asks[i].backend->name, 64));
		log_add(log, "route", span_of(route_reason_text(predict->intake.plan.groups[i].reason)));
	}
}

static void start_group(struct predict *predict, size_t index)
{
	const struct plan *plan = &predict->intake.plan;
	bool is_split = plan->group_count > 1;
	struct ask *ask = &predict->asks[index];
	struct ask_request request = {
		.exchange = predict->exchange,
		.body = &predict->body,
		.check = is_split                    ? ANSWER_PLAIN_OBJECT
				 : predict->intake.is_judged ? ANSWER_OBJECT
											 : ANSWER_ANY,
	};

	if (is_split) {
		request.cut_begin = plan->entries_begin;
		request.cut_end = plan->entries_end;
		entries_write(&predict->intake.entries, plan->groups[index].wanted, &request.entries);
	}
	ask->finished = on_finished;
	ask->grew = on_grew;
	ask->ctx = predict;
	ask_start(ask, config_pool_next(predict->exchange->config, plan->groups[index].pool), &request);
}

static void start(struct predict *predict)
{
	size_t count = predict->intake.plan.group_count;

	set_state(predict, PREDICT_ASKING);
	predict->asks = mem_new(count, sizeof *predict->asks);
	predict->ask_count = count;
	for (size_t i = 0; i < count; i++)
		start_group(predict, i);
	log_plan(predict);
}

static void pass_on(struct predict *predict)
{
	for (size_t i = 0; i < predict->ask_count; i++)
		if (predict->asks[i].call)
			upstream_more(predict->asks[i].call);
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

/* Goes by what the intake has found: more, a plan, or a refusal. */
static void advance(struct predict *predict, int status, const struct err *err)
{
	if (status < 0) {
		fail(predict, err);
		return;
	}
	if (status == INTAKE_PLANNED && predict->state == PREDICT_READING)
		start(predict);
	pass_on(predict);
}

static void on_begin(struct exchange *exchange)
{
	const struct http1_head *head = httpd_head(exchange->http);
	struct predict *predict = mem_new(1, sizeof *predict);
	struct span content_type = SPAN_EMPTY;
	uint64_t length =
		head->body == HTTP1_BODY_CHUNKED ? SOURCE_LENGTH_UNKNOWN : head->content_length;
	struct err err;

	exchange->state = predict;
	predict->exchange = exchange;
	body_init(&predict->body, length, &exchange->worker->shared->budget, on_body_drained, predict);
	if (!exchange->config) {
		set_state(predict, PREDICT_DONE);
		exchange_fail_unconfigured(exchange);
		return;
	}
	(void)http1_find(head, "content-type", &content_type);
	if (intake_init(&predict->intake, exchange->config, content_type, &err) < 0)
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

static void on_body_end(struct exchange *exchange)
{
	struct predict *predict = exchange->state;
	struct err err;

	body_end(&predict->body);
	advance(predict, intake_end(&predict->intake, &err), &err);
}

static void on_ended(struct exchange *exchange)
{
	struct predict *predict = exchange->state;

	set_state(predict, PREDICT_DONE);
	for (size_t i = 0; i < predict->ask_count; i++)
		ask_stop(&predict->asks[i]);
}

static void on_free(struct exchange *exchange)
{
	struct predict *predict = exchange->state;

	mem_free(predict->asks);
	body_deinit(&predict->body);
	if (exchange->config)
		intake_deinit(&predict->intake);
	mem_free(predict);
}

const struct exchange_handler predict_handler = {
	.begin = on_begin,
	.body = on_body,
	.body_end = on_body_end,
	.drained = on_drained,
	.ended = on_ended,
	.free = on_free,
};
