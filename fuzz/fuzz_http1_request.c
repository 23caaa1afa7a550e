/* A request is read the same whole and in pieces, and the one we send on for it is read as what it
 * was judged to be. */
#include "fuzz_http1.h"

static void check_forwarded(const struct http1_head *head)
{
	static const struct http1_limits wide = {8192, 64};
	BUF_AUTO struct buf out = {0};
	struct http1 again;

	write_part(&out, head->method, " ");
	write_part(&out, head->path, "");
	write_part(&out, head->query, " HTTP/1.1\r\nhost: backend\r\n");
	write_fields(&out, head);
	write_framing(&out, head);
	http1_init(&again, HTTP1_REQUEST, &wide);
	read_again(&again, buf_span(&out), head);
	must(span_equal(again.head.method, head->method));
	must(span_equal(again.head.path, head->path) && span_equal(again.head.query, head->query));
	must(again.head.body == head->body && again.head.content_length == head->content_length);
	http1_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_head(HTTP1_REQUEST, (struct span){(const char *)data, size}, check_forwarded);
	return 0;
}
