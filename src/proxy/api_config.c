/* A change that was handed to the keeper is not taken back when its client leaves: then there is
 * just nobody to tell. So it lives until the exchange is over and the keeper is done, whichever
 * comes last. */
#include "proxy/api_config.h"

#include "base/mem.h"
#include "domain/config_effective.h"
#include "domain/config_text.h"
#include "proxy/api.h"
#include "proxy/keeper.h"

/* -- what may stand behind the path ---------------------------------------------------------- */

/* Nothing, or the one parameter as 0 or 1. A mistake in `?dry=1` must not change anything, so all
 * else is refused; false then. */
static bool read_query(struct exchange *exchange, const char *parameter, bool *ret_is_set)
{
	struct span query = span_skip(httpd_head(exchange->http)->query, 1);
	struct span value = query;
	struct span name = span_cut(&value, '=');
	BUF_AUTO struct buf error = {0};

	*ret_is_set = span_is(value, "1");
	if (!query.n || (span_is(name, parameter) && (*ret_is_set || span_is(value, "0"))))
		return true;
	buf_add_format(&error, "the query may be ?%s=1 and nothing else", parameter);
	api_refuse(exchange, 400, buf_span(&error), SPAN_EMPTY);
	return false;
}

/* -- reading it ------------------------------------------------------------------------------ */

static void on_get(struct exchange *exchange)
{
	const struct config *config = exchange->config;
	BUF_AUTO struct buf text = {0};
	bool is_effective;

	if (!read_query(exchange, "effective", &is_effective))
		return;
	if (!config)
		buf_add_text(&text, "{}");
	else if (is_effective)
		config_effective_write(config, span_of(exchange->worker->shared->temp_dir), &text);
	else
		config_text_mask(config, &text);
	api_answer(exchange, 200, buf_span(&text));
}

const struct exchange_handler api_config_get_handler = {.begin = on_get};

/* -- changing it ----------------------------------------------------------------------------- */

struct post {
	struct exchange *exchange; /* NULL: it was over before the keeper was done */
	struct api_body body;
	struct keeper_change change;
	bool is_submitted; /* the keeper has the change */
};

static void post_free(struct post *post)
{
	config_unref(post->change.config);
	api_body_deinit(&post->body);
	mem_free(post);
}

static void answer_warnings(struct exchange *exchange, const struct config *config)
{
	BUF_AUTO struct buf out = {0};
	BUF_AUTO struct buf warning = {0};

	buf_add_text(&out, "{\"warnings\":[");
	for (size_t i = 0; i < config->warning_count; i++) {
		buf_reset(&warning);
		buf_add_format(&warning, "%s: %s", config->warnings[i].path, config->warnings[i].text);
		buf_add_text(&out, i ? "," : "");
		buf_add_json(&out, buf_span(&warning));
	}
	buf_add_text(&out, "]}");
	api_answer(exchange, 200, buf_span(&out));
}

static void on_done(struct keeper_change *change)
{
	struct post *post = LIST_OBJECT(change, struct post, change);

	post->is_submitted = false;
	if (!post->exchange)
		post_free(post);
	else if (change->status == 200)
		answer_warnings(post->exchange, change->config);
	else
		api_refuse_fault(post->exchange, change->status, &change->fault);
}

static void on_post(struct exchange *exchange)
{
	struct post *post;
	bool is_dry;

	if (!read_query(exchange, "dry", &is_dry))
		return;
	post = mem_new(1, sizeof *post);
	post->exchange = exchange;
	post->change.kind = is_dry ? KEEPER_DRY : KEEPER_POST;
	api_body_init(&post->body, exchange);
	exchange->state = post;
}

static void on_body(struct exchange *exchange, struct slice bytes)
{
	struct post *post = exchange->state;

	api_body_add(&post->body, exchange, bytes.bytes);
}

static void on_body_end(struct exchange *exchange)
{
	struct post *post = exchange->state;

	post->change.text = post->body.text; /* which stays the body's, and so is counted */
	post->change.from = exchange->worker;
	post->change.done = on_done;
	post->is_submitted = true;
	keeper_submit(exchange->worker->shared->keeper, &post->change);
}

static void on_ended(struct exchange *exchange)
{
	struct post *post = exchange->state;

	if (!post || !post->is_submitted)
		return;
	post->exchange = NULL;
	exchange->state = NULL;
}

static void on_free(struct exchange *exchange)
{
	if (exchange->state)
		post_free(exchange->state);
}

const struct exchange_handler api_config_post_handler = {
	.begin = on_post,
	.body = on_body,
	.body_end = on_body_end,
	.ended = on_ended,
	.free = on_free,
};
