#include "mlmock/answer.h"

void answer_init(struct answer *answer)
{
	*answer = (struct answer){0};
}

void answer_deinit(struct answer *answer)
{
	buf_deinit(&answer->fields);
	buf_deinit(&answer->body);
}

void answer_text(struct answer *answer, int status, const char *content_type, const char *body)
{
	answer->status = status;
	answer->content_type = content_type;
	buf_reset(&answer->body);
	buf_add_text(&answer->body, body);
}

void answer_detail(struct answer *answer, int status, const char *detail)
{
	answer_text(answer, status, ANSWER_JSON, "{\"detail\":");
	buf_add_json(&answer->body, span_of(detail));
	buf_add_text(&answer->body, "}");
}

void answer_crash(struct answer *answer)
{
	answer_text(answer, 500, ANSWER_TEXT, "Internal Server Error");
}
