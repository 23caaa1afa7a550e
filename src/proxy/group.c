#include "proxy/group.h"

#include <assert.h>

#include "domain/backend.h"
#include "domain/merge.h"
#include "domain/pool.h"
#include "wire/percent.h"

enum {
	WITHHELD_MAX = 1048576, /* bytes of an answer that passes as it is */
	MERGED_MAX = 67108864,  /* of one that is merged with others */
	TRIED_MAX = 512,        /* bytes of names, then "..." */
};

static void set_state(struct group *group, enum group_state state)
{
	static const unsigned from[] = {
		[GROUP_IDLE] = ~0U,
		[GROUP_ASKING] = 1U << GROUP_IDLE,
		[GROUP_STREAMING] = 1U << GROUP_ASKING,
		[GROUP_ANSWERED] = 1U << GROUP_ASKING | 1U << GROUP_STREAMING,
		[GROUP_FAILED] = 1U << GROUP_IDLE | 1U << GROUP_ASKING | 1U << GROUP_STREAMING,
	};

	assert(from[state] & 1U << group->state);
	group->state = state;
}

static const struct plan_group *planned(const struct group *group)
{
	return &group->request.intake->plan.groups[group->request.index];
}

static bool is_split(const struct group *group)
{
	return group->request.intake->plan.group_count > 1;
}

static struct group_try *last_try(struct group *group)
{
	return &group->tries[group->try_count - 1];
}

bool group_can_move(const struct group *group)
{
	return group->state == GROUP_ASKING && group->left && body_is_whole(group->request.body);
}

/* -- one try --------------------------------------------------------------------------------- */

static void on_changed(struct ask *ask);

/* Asks the backend whose turn it is; there is one left. */
static void begin_try(struct group *group)
{
	const struct intake *intake = group->request.intake;
	const struct config *config = group->request.exchange->config;
	size_t index = pool_pick(config, planned(group)->route.pool, group->tried);
	struct ask_request request = {
		.exchange = group->request.exchange,
		.backend = &config->backends[index],
		.body = group->request.body,
		.check = is_split(group)     ? ANSWER_PLAIN_OBJECT
				 : intake->is_judged ? ANSWER_OBJECT
									 : ANSWER_ANY,
		.changed = on_changed,
		.ctx = group,
	};

	assert(index < CONFIG_BACKENDS_MAX);
	if (is_split(group)) {
		request.cut_begin = intake->entries_begin;
		request.cut_end = intake->entries_end;
		entries_write(&intake->entries, planned(group)->wanted, &request.entries);
	}
	group->tried[index / 64] |= (uint64_t)1 << index % 64;
	group->left--;
	group->tries[group->try_count++] = (struct group_try){
		.backend = request.backend,
		.began_ns = loop_now_ns(request.exchange->worker->loop),
	};
	request.try = last_try(group);
	backend_begin(request.backend->state);
	ask_start(&group->ask, &request);
}

static void log_try(struct group *group)
{
	static const char *const connections[] = {
		[UPSTREAM_NOT_CONNECTED] = "none",
		[UPSTREAM_NEW] = "new",
		[UPSTREAM_KEPT] = "kept",
		[UPSTREAM_REPLACED] = "replaced",
	};
	const struct worker *worker = group->request.exchange->worker;
	const struct group_try *try = last_try(group);
	const struct upstream_use *use = &try->use;
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, worker->shared->log, LOG_DEBUG, "try"))
		return;
	log_text(&line, "id", span_of(group->request.exchange->id));
	log_text(&line, "backend", backend_label(try->backend->name));
	log_text(&line, "connection", span_of(connections[use->connection]));
	log_number(&line, "sent", use->sent);
	log_number(&line, "received", use->received);
	log_number(&line, "status", (uint64_t)try->status);
	log_ms(&line, "ms", try->ended_ns - try->began_ns);
	if (*try->err.text)
		log_text(&line, "error", span_of(try->err.text));
	log_end(&line);
}

static void note_end(struct group *group, int status)
{
	struct group_try *try = last_try(group);

	try->ended_ns = loop_now_ns(group->request.exchange->worker->loop);
	try->status = status;
	try->use = group->ask.use;
	backend_end(try->backend->state);
	log_try(group);
}

/* It is over; it may have been cancelled. */
static void end_try(struct group *group)
{
	int status = group->ask.answer.status;

	ask_stop(&group->ask);
	note_end(group, status);
}

static void note_head(struct group *group)
{
	struct group_try *try = last_try(group);

	if (try->head_ns)
		return;
	try->head_ns = loop_now_ns(group->request.exchange->worker->loop);
	try->use = *upstream_use(group->ask.call);
}

/* A status that says that another backend may know better. */
static bool is_refusal(int status)
{
	return status >= 502 && status <= 504;
}

static void note_status(struct group *group)
{
	const struct exchange *exchange = group->request.exchange;

	(void)backend_note_status(last_try(group)->backend->state, group->ask.answer.status,
		exchange->serial, exchange->config->health.is_strict, loop_now_ns(exchange->worker->loop));
}

/* What we ourselves lack is no fault of the backend. */
static void note_failure(struct group *group, const struct err *err)
{
	const struct exchange *exchange = group->request.exchange;

	if (is_refusal(group->ask.answer.status))
		note_status(group);
	else if (err->kind == ERR_UPSTREAM || err->kind == ERR_TIMEOUT)
		(void)backend_note_failure(
			last_try(group)->backend->state, err->text, loop_now_ns(exchange->worker->loop));
}

/* -- what comes of it ------------------------------------------------------------------------ */

static void log_move(const struct group *group)
{
	const struct exchange *exchange = group->request.exchange;
	const struct group_try *from = &group->tries[group->try_count - 2];
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin_limited(&line, exchange->worker->shared->log, LOG_WARN, "failover"))
		return;
	log_text(&line, "id", span_of(exchange->id));
	log_text(&line, "from", backend_label(from->backend->name));
	log_text(&line, "to", backend_label(from[1].backend->name));
	log_text(&line, "why", span_of(from->err.text));
	log_end(&line);
}

/* There are others to ask, but no bytes to ask them with. */
static bool lacks_body(const struct group *group)
{
	return group->left && !body_is_whole(group->request.body);
}

/* On to the next backend, or to the end. */
static void fail(struct group *group, const struct err *err)
{
	last_try(group)->err = *err;
	note_failure(group, err);
	end_try(group);
	if (group_can_move(group)) {
		backend_note_failover(last_try(group)->backend->state);
		begin_try(group);
		log_move(group);
	} else {
		group->lacks_body = lacks_body(group);
		set_state(group, GROUP_FAILED);
	}
	group->request.changed(group);
}

static void set_refusal(const struct group *group, struct err *err)
{
	int status = group->ask.answer.status;

	(void)err_set(err, status == 504 ? ERR_TIMEOUT : ERR_UPSTREAM, "answered %d", status);
}

/* More of the answer is there, at least its head. */
static void look(struct group *group)
{
	const struct answer *answer = &group->ask.answer;
	uint64_t n = chain_length(&answer->body);
	struct err err;

	note_head(group);
	if (is_refusal(answer->status) && group_can_move(group)) {
		set_refusal(group, &err);
		fail(group, &err);
	} else if (is_split(group) && n > MERGED_MAX) {
		(void)err_set(&err, ERR_UPSTREAM, "answered more than %d bytes", MERGED_MAX);
		fail(group, &err);
	} else if (!is_split(group) && n > WITHHELD_MAX && group->state == GROUP_ASKING) {
		set_state(group, GROUP_STREAMING);
		upstream_relax(group->ask.call);
		group->request.changed(group);
	} else if (group->state == GROUP_STREAMING) {
		group->request.changed(group);
	}
}

/* Puts a good answer's body into one piece, and judges it. */
static int take_text(struct group *group, struct err *err)
{
	struct merge_answer answer = {.wanted = planned(group)->wanted};

	answer_take_text(&group->ask.answer, &group->text);
	answer.text = buf_span(&group->text);
	return merge_check(&group->request.intake->entries, &answer, err);
}

/* The answer is whole. */
static void take(struct group *group)
{
	bool is_good = answer_is_success(&group->ask.answer);
	struct err err;

	if (is_good && is_split(group) && take_text(group, &err) < 0) {
		buf_reset(&group->text);
		fail(group, &err);
		return;
	}
	if (!is_good)
		set_refusal(group, &last_try(group)->err);
	group->lacks_body = is_refusal(group->ask.answer.status) && lacks_body(group);
	note_status(group);
	note_end(group, group->ask.answer.status);
	set_state(group, GROUP_ANSWERED);
	group->request.changed(group);
}

static void on_changed(struct ask *ask)
{
	struct group *group = ask->ctx;

	switch (ask->state) {
	case ASK_IDLE: break;
	case ASK_RUNNING: look(group); break;
	case ASK_ANSWERED: take(group); break;
	case ASK_FAILED: fail(group, &ask->err); break;
	}
}

/* -- life ------------------------------------------------------------------------------------ */

void group_init(struct group *group, const struct group_request *request)
{
	const struct config *config = request->exchange->config;
	const struct config_pool *pool;

	*group = (struct group){.request = *request};
	pool = planned(group)->route.pool;
	for (size_t i = 0; i < pool->count; i++)
		group->left += config->backends[pool->backends[i]].is_enabled;
	group->tries = arena_new(&request->exchange->arena, pool->count, sizeof *group->tries);
}

void group_start(struct group *group)
{
	set_state(group, group->left ? GROUP_ASKING : GROUP_FAILED);
	if (group->left)
		begin_try(group);
}

/* The first backend had all the time that there is; of one that came later it is not known what it
 * would have answered. */
void group_expire(struct group *group)
{
	const struct exchange *exchange = group->request.exchange;
	struct err *err = &last_try(group)->err;

	(void)err_set(err, ERR_TIMEOUT, "no whole answer when timeouts.request (%lld ms) was over",
		(long long)(exchange->config->timeouts.request_ns / CLOCK_MS(1)));
	if (group->try_count == 1)
		note_failure(group, err);
	end_try(group);
	set_state(group, GROUP_FAILED);
}

void group_stop(struct group *group)
{
	if (group->state == GROUP_ASKING || group->state == GROUP_STREAMING)
		end_try(group);
	else
		ask_stop(&group->ask);
	set_state(group, GROUP_IDLE);
	buf_deinit(&group->text);
}

/* -- words ----------------------------------------------------------------------------------- */

enum err_kind group_describe(const struct group *group, struct buf *text)
{
	if (!group->try_count) {
		buf_add_text(text, "none of the route's backends is enabled");
		return ERR_BUSY;
	}
	for (size_t i = 0; i < group->try_count; i++) {
		buf_add_text(text, i ? "; " : "");
		backend_describe(group->tries[i].backend->name, group->tries[i].err.text, text);
	}
	if (group->lacks_body)
		buf_add_format(text, "; no other was asked, for the request is no longer kept: %s",
			group->request.body->why.text);
	return group->tries[group->try_count - 1].err.kind;
}

static void write_tried(const struct group *group, struct buf *text)
{
	size_t begin = text->n;

	for (size_t i = 0; i < group->try_count; i++) {
		if (i)
			buf_add_text(text, ", ");
		if (text->n - begin > TRIED_MAX) {
			buf_add_text(text, "...");
			return;
		}
		percent_encode_name(backend_label(group->tries[i].backend->name), text);
	}
}

void groups_write_tried(const struct group *groups, size_t count, struct buf *text)
{
	size_t begin = text->n;

	for (size_t i = 0; i < count; i++) {
		if (groups[i].try_count < 2)
			continue;
		buf_add_text(text, text->n > begin ? "; " : "");
		write_tried(&groups[i], text);
	}
}
