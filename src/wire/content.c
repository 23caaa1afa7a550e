#include "wire/content.h"

void content_init(struct content *content, const struct http1_head *head)
{
	content->framing = head->body;
	content->left = head->content_length;
	content->is_end = head->body == HTTP1_BODY_NONE;
	if (content->framing == HTTP1_BODY_CHUNKED)
		chunked_init(&content->chunked);
}

void content_deinit(struct content *content)
{
	if (content->framing == HTTP1_BODY_CHUNKED)
		chunked_deinit(&content->chunked);
}

static struct span take(struct span *in, size_t n)
{
	struct span taken = span_first(*in, n);

	*in = span_skip(*in, n);
	return taken;
}

int content_next(struct content *content, struct span *in, struct span *ret_data, struct err *err)
{
	int event;

	*ret_data = SPAN_EMPTY;
	switch (content->framing) {
	case HTTP1_BODY_NONE: break;
	case HTTP1_BODY_LENGTH:
		*ret_data = take(in, content->left < in->n ? (size_t)content->left : in->n);
		content->left -= ret_data->n;
		content->is_end = !content->left;
		break;
	case HTTP1_BODY_UNTIL_CLOSE: *ret_data = take(in, in->n); break;
	case HTTP1_BODY_CHUNKED:
		event = chunked_next(&content->chunked, in, ret_data, err);
		content->is_end = event == CHUNKED_END;
		return event < 0 ? -1 : 0;
	}
	return 0;
}
