#include "rig/form.h"

void form_part(struct buf *body, const char *head, struct span content)
{
	buf_add_format(body, "--" FORM_BOUNDARY "\r\n%s\r\n\r\n", head);
	buf_add(body, content);
	buf_add_text(body, "\r\n");
}

void form_end(struct buf *body)
{
	buf_add_text(body, "--" FORM_BOUNDARY "--\r\n");
}

struct buf form_body(const char *entries, const char *payload_head, struct span payload)
{
	struct buf body = {0};

	form_part(&body, FORM_ENTRIES, span_of(entries));
	form_part(&body, payload_head, payload);
	form_end(&body);
	return body;
}

struct buf form_photo(size_t n)
{
	struct buf photo = {0};
	char *to = buf_reserve(&photo, n);

	for (size_t i = 0; i < n; i++)
		to[i] = (char)(i * 7 + (i >> 8) * 31 + (i >> 16) * 101);
	photo.n = n;
	return photo;
}

struct buf form_request(const char *target, const char *lines, struct span body)
{
	struct buf request = {0};

	buf_add_format(&request, "POST %s HTTP/1.1\r\nhost: ml:3003\r\n%scontent-length: %zu\r\n\r\n",
		target, lines, body.n);
	buf_add(&request, body);
	return request;
}

struct buf form_request_chunked(
	const char *target, const char *lines, struct span body, size_t piece_n)
{
	struct buf request = {0};

	buf_add_format(&request,
		"POST %s HTTP/1.1\r\nhost: ml:3003\r\n%stransfer-encoding: chunked\r\n\r\n", target, lines);
	for (; body.n; body = span_skip(body, piece_n)) {
		struct span piece = span_first(body, piece_n);

		buf_add_format(&request, "%zx\r\n", piece.n);
		buf_add(&request, piece);
		buf_add_text(&request, "\r\n");
	}
	buf_add_text(&request, "0\r\n\r\n");
	return request;
}

struct buf form_predict(const char *entries, const char *text)
{
	BUF_AUTO struct buf body = form_body(entries, FORM_TEXT, span_of(text));

	return form_request("/predict", FORM_TYPE, buf_span(&body));
}
