#include "proxy/ready.h"

static void answer(struct exchange *exchange, int status, struct span text)
{
	exchange_answer(exchange, status, SPAN_LITERAL("text/plain; charset=utf-8"),
		SPAN_LITERAL("cache-control: no-store\r\n"), text);
}

static void answer_healthz(struct exchange *exchange)
{
	answer(exchange, 200, SPAN_LITERAL("ok\n"));
}

static void answer_readyz(struct exchange *exchange)
{
	if (atomic_load(&exchange->worker->shared->is_draining))
		answer(exchange, 503, SPAN_LITERAL("stopping\n"));
	else if (!exchange->config)
		answer(exchange, 503, SPAN_LITERAL("no configuration\n"));
	else
		answer(exchange, 200, SPAN_LITERAL("ready\n"));
}

const struct exchange_handler healthz_handler = {.begin = answer_healthz};
const struct exchange_handler readyz_handler = {.begin = answer_readyz};
