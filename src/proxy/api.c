#include "proxy/api.h"

#include "base/mem.h"
#include "wire/status.h"

/* -- bodies ---------------------------------------------------------------------------------- */

void api_body_init(struct api_body *body, struct exchange *exchange)
{
	*body = (struct api_body){.shared = exchange->worker->shared};
}

void api_body_deinit(struct api_body *body)
{
	atomic_fetch_sub(&body->shared->api_bytes, body->text.n);
	buf_deinit(&body->text);
}

void api_body_add(struct api_body *body, struct exchange *exchange, struct span bytes)
{
	unsigned long long before = atomic_fetch_add(&body->shared->api_bytes, bytes.n);
	struct err err;

	if (before + bytes.n <= API_BYTES_MAX) {
		buf_add(&body->text, bytes);
		return;
	}
	atomic_fetch_sub(&body->shared->api_bytes, bytes.n);
	(void)err_set(
		&err, ERR_BUSY, "the bodies of other calls hold %d bytes; try again", API_BYTES_MAX);
	exchange_fail(exchange, &err, NULL);
}

void api_body_on_begin(struct exchange *exchange)
{
	struct api_body *body = mem_new(1, sizeof *body);

	api_body_init(body, exchange);
	exchange->state = body;
}

void api_body_on_bytes(struct exchange *exchange, struct slice bytes)
{
	api_body_add(exchange->state, exchange, bytes.bytes);
}

void api_body_on_free(struct exchange *exchange)
{
	struct api_body *body = exchange->state;

	if (!body)
		return;
	api_body_deinit(body);
	mem_free(body);
}

/* -- answers --------------------------------------------------------------------------------- */

void api_answer(struct exchange *exchange, int status, struct span json)
{
	exchange_answer(exchange, status, SPAN_LITERAL("application/json"), SPAN_EMPTY, json);
}

void api_refuse(struct exchange *exchange, int status, struct span error, struct span path)
{
	BUF_AUTO struct buf body = {0};
	BUF_AUTO struct buf note = {0};

	buf_add(&note, path);
	buf_add_text(&note, path.n ? ": " : "");
	buf_add(&note, error);
	exchange_note_error(exchange, buf_span(&note));
	status_write_error(&body, error, path);
	api_answer(exchange, status, buf_span(&body));
}

void api_refuse_fault(struct exchange *exchange, int status, const struct config_fault *fault)
{
	bool is_all = strcmp(fault->path, CONFIG_WHOLE) == 0;

	api_refuse(exchange, status, span_of(fault->text), span_of(is_all ? "" : fault->path));
}
