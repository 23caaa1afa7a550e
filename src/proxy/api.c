#include "proxy/api.h"

#include "wire/status.h"

void api_answer(struct exchange *exchange, int status, struct span json)
{
	exchange_answer(exchange, status, SPAN_LITERAL("application/json"), SPAN_EMPTY, json);
}

void api_refuse(struct exchange *exchange, int status, struct span error, struct span path)
{
	BUF_AUTO struct buf body = {0};

	status_write_error(&body, error, path);
	api_answer(exchange, status, buf_span(&body));
}
