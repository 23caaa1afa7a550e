/* An answer is read the same whole and in pieces, and the one we give for it is read as what it was
 * judged to be; a body up to the connection's end goes on in chunks. */
#include "fuzz_http1.h"

static void check_relayed(const struct http1_head *head)
{
	static const struct http1_limits wide = {8192, 64};
	BUF_AUTO struct buf out = {0};
	struct http1 again;

	buf_add_format(&out, "HTTP/1.1 %d ", head->status);
	write_part(&out, head->reason, "\r\n");
	write_fields(&out, head);
	if (head->body == HTTP1_BODY_NONE && head->status >= 200 && head->status != 204)
		buf_add_text(&out, "content-length: 0\r\n");
	write_framing(&out, head);
	http1_init(&again, HTTP1_RESPONSE, &wide);
	read_again(&again, buf_span(&out), head);
	must(again.head.status == head->status && span_equal(again.head.reason, head->reason));
	if (head->body == HTTP1_BODY_UNTIL_CLOSE)
		must(again.head.body == HTTP1_BODY_CHUNKED);
	else
		must(again.head.body == head->body);
	if (head->body == HTTP1_BODY_LENGTH)
		must(again.head.content_length == head->content_length);
	http1_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_head(HTTP1_RESPONSE, (struct span){(const char *)data, size}, check_relayed);
	return 0;
}
