#include "proxy/splice.h"

/* All that is looked at has come. */
static bool is_seen(const struct exchange *exchange, const struct intake *intake)
{
	return exchange->config->inspect == CONFIG_INSPECT_FRONT && intake_is_settled(intake);
}

/* Enough is kept, and enough is still to come. */
static bool is_worth_it(const struct body *body)
{
	uint64_t kept = body->chain.end;

	return body->length != SOURCE_LENGTH_UNKNOWN && kept >= SPLICE_FRONT_BYTES &&
		   body->length - kept >= SPLICE_REST_MIN;
}

/* No byte is needed twice, whatever becomes of the backend, which still takes them: it has not
 * begun to answer. */
static bool has_one_way(const struct group *group)
{
	const struct ask *ask = &group->ask;

	return group->try_count == 1 && !group->left && group->state == GROUP_ASKING && ask->call &&
		   ask->view.body && upstream_may_splice(ask->call);
}

struct pipe *splice_begin(const struct group *group)
{
	const struct exchange *exchange = group->request.exchange;
	struct body *body = group->request.body;
	struct pipe *pipe;

	if (exchange->tap || !is_seen(exchange, group->request.intake) || !is_worth_it(body) ||
		!has_one_way(group))
		return NULL;
	pipe = pipes_take(exchange->worker->pipes);
	if (!pipe)
		return NULL;
	body_splice(body, pipe);
	httpd_splice(exchange->http, pipe);
	return pipe;
}
