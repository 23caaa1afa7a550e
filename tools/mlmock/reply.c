#include "mlmock/reply.h"

#include "wire/status.h"

void reply_init(struct reply *reply)
{
	*reply = (struct reply){0};
}

void reply_deinit(struct reply *reply)
{
	buf_deinit(&reply->fields);
	buf_deinit(&reply->body);
}

void reply_text(struct reply *reply, int status, const char *content_type, const char *body)
{
	reply->status = status;
	reply->content_type = content_type;
	buf_reset(&reply->body);
	buf_add_text(&reply->body, body);
}

void reply_detail(struct reply *reply, int status, const char *detail)
{
	reply_text(reply, status, REPLY_JSON, "");
	status_write_detail(&reply->body, span_of(detail));
}

void reply_crash(struct reply *reply)
{
	reply_text(reply, 500, REPLY_TEXT, "Internal Server Error");
}
