/* A request is judged twice, when somebody is looked for who answers it and when it is refused: the
 * judgement is cheap, and so it need not be kept. Neither Host nor the token goes into the log. */
#include "proxy/guard.h"

#include "domain/access.h"
#include "proxy/doors.h"

bool guard_is_elsewhere(const struct exchange *exchange)
{
	const struct shared *shared = exchange->worker->shared;
	struct span path = httpd_head(exchange->http)->path;
	unsigned door = httpd_door(exchange->http);
	bool is_admin = exchange->area != AREA_SERVICE;

	if (door == DOORS_MAIN)
		return is_admin && exchange->config && exchange->config->access.has_admin_listen;
	return door != atomic_load(&shared->admin_door) ||
		   (!is_admin && !span_is(path, "/healthz") && !span_is(path, "/readyz"));
}

static const struct refusal {
	int status;
	struct span fields;
	const char *why;
} refusals[] = {
	[ACCESS_FOREIGN_HOST] = {403, SPAN_EMPTY,
		"this name is not known here: ask by an address, or add it to access.hosts"},
	[ACCESS_NO_TOKEN] = {401, SPAN_LITERAL("www-authenticate: Bearer realm=\"mlproxy\"\r\n"),
		"access.adminToken is wanted, as `Authorization: Bearer TOKEN`"},
	[ACCESS_FOREIGN_ORIGIN] = {403, SPAN_EMPTY, "pages of another origin may change nothing here"},
	[ACCESS_NOT_JSON] = {415, SPAN_EMPTY, "wanted a body of Content-Type application/json"},
};

static enum access judge(const struct exchange *exchange)
{
	const struct config *config = exchange->config;

	return access_judge(config ? &config->access : NULL, span_of(exchange->worker->shared->machine),
		httpd_head(exchange->http));
}

static void answer_refusal(struct exchange *exchange)
{
	const struct refusal *refusal = &refusals[judge(exchange)];
	struct span why = span_of(refusal->why);
	BUF_AUTO struct buf body = {0};

	exchange_note_error(exchange, why);
	if (exchange->area == AREA_API) {
		exchange_refuse(exchange, refusal->status, refusal->fields, why);
		return;
	}
	buf_add_format(&body, "%s\n", refusal->why);
	exchange_answer(exchange, refusal->status, SPAN_LITERAL("text/plain; charset=utf-8"),
		refusal->fields, buf_span(&body));
}

static const struct exchange_handler handler = {.begin = answer_refusal};

const struct exchange_handler *guard_refusal(const struct exchange *exchange, bool is_served)
{
	enum access access = ACCESS_GRANTED;

	if (exchange->area != AREA_SERVICE)
		access = judge(exchange);
	if (access == ACCESS_GRANTED || (access == ACCESS_NOT_JSON && !is_served))
		return NULL;
	return &handler;
}
