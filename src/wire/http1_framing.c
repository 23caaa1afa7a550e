#include "wire/http1_framing.h"

static size_t count(const struct http1_head *head, const char *name)
{
	struct span wanted = span_of(name);
	size_t n = 0;

	for (size_t i = 0; i < head->field_count; i++)
		n += span_equal_nocase(head->fields[i].name, wanted);
	return n;
}

/* Each field is looked up in Connection, so a long one with many fields would keep us busy. */
static int check_connection(const struct http1_head *head, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < head->field_count; i++)
		if (span_equal_nocase(head->fields[i].name, SPAN_LITERAL("connection")))
			n += head->fields[i].value.n;
	if (n > HTTP1_CONNECTION_MAX)
		return err_set(err, ERR_HEAD_TOO_LARGE, "Connection over %d bytes", HTTP1_CONNECTION_MAX);
	return 0;
}

/* 1 with the length, 0 when there is none. */
static int find_length(struct http1_head *head, uint64_t *ret_length, struct err *err)
{
	size_t n = count(head, "content-length");
	struct span value;

	if (n > 1)
		return err_set(err, ERR_SYNTAX, "Content-Length more than once");
	if (!http1_find(head, "content-length", &value))
		return 0;
	if (!span_to_number(value, INT64_MAX, ret_length))
		return err_set(err, ERR_SYNTAX, "malformed Content-Length");
	return 1;
}

/* Why a transfer coding other than a single chunked is refused. */
static int refuse_coding(struct span codings, struct err *err)
{
	bool is_unknown = false;

	while (codings.n) {
		struct span coding = span_trim(span_cut(&codings, ','));
		bool is_chunked = span_equal_nocase(coding, SPAN_LITERAL("chunked"));

		if (!http1_is_token(coding) || (is_chunked && codings.p))
			return err_set(err, ERR_SYNTAX, "Transfer-Encoding other than a single chunked");
		is_unknown |= !is_chunked;
	}
	return is_unknown ? err_set(err, ERR_UNSUPPORTED, "unknown transfer coding")
					  : err_set(err, ERR_SYNTAX, "Transfer-Encoding without a coding");
}

/* 1 when the body is chunked, 0 when there is no transfer coding. */
static int find_chunked(const struct http1_head *head, struct err *err)
{
	size_t n = count(head, "transfer-encoding");
	struct span value;

	if (n > 1)
		return err_set(err, ERR_SYNTAX, "Transfer-Encoding more than once");
	if (!http1_find(head, "transfer-encoding", &value))
		return 0;
	if (head->version_minor == 0)
		return err_set(err, ERR_SYNTAX, "Transfer-Encoding in HTTP/1.0");
	return span_equal_nocase(value, SPAN_LITERAL("chunked")) ? 1 : refuse_coding(value, err);
}

/* Sets body and content_length from the two fields; `otherwise` when there is neither. */
static int frame(struct http1_head *head, enum http1_body otherwise, struct err *err)
{
	int has_length;
	int chunked;

	if (check_connection(head, err) < 0)
		return -1;
	if (count(head, "content-length") && count(head, "transfer-encoding"))
		return err_set(err, ERR_SYNTAX, "Content-Length with Transfer-Encoding");
	has_length = find_length(head, &head->content_length, err);
	chunked = find_chunked(head, err);
	if (has_length < 0 || chunked < 0)
		return -1;
	if (chunked)
		head->body = HTTP1_BODY_CHUNKED;
	else if (has_length)
		head->body = head->content_length ? HTTP1_BODY_LENGTH : HTTP1_BODY_NONE;
	else
		head->body = otherwise;
	return 0;
}

static int check_host(const struct http1_head *head, struct err *err)
{
	size_t n = count(head, "host");
	struct span host;

	if (n > 1)
		return err_set(err, ERR_SYNTAX, "Host more than once");
	if (!http1_find(head, "host", &host))
		return head->version_minor == 0 ? 0 : err_set(err, ERR_SYNTAX, "no Host");
	return http1_is_host(host) ? 0 : err_set(err, ERR_SYNTAX, "malformed Host");
}

int http1_frame_request(struct http1_head *head, struct err *err)
{
	struct span expect;

	if (frame(head, HTTP1_BODY_NONE, err) < 0 || check_host(head, err) < 0)
		return -1;
	if (count(head, "content-type") > 1)
		return err_set(err, ERR_SYNTAX, "Content-Type more than once");
	head->is_last = head->version_minor == 0 || http1_connection_has(head, SPAN_LITERAL("close"));
	head->expects_continue = head->version_minor == 1 && http1_find(head, "expect", &expect) &&
							 span_equal_nocase(expect, SPAN_LITERAL("100-continue"));
	return 0;
}

int http1_frame_response(struct http1_head *head, struct err *err)
{
	bool is_bodiless = head->status < 200 || head->status == 204 || head->status == 304;

	if (frame(head, is_bodiless ? HTTP1_BODY_NONE : HTTP1_BODY_UNTIL_CLOSE, err) < 0)
		return -1;
	/* 304 may tell how the body would be framed that it has not */
	if (is_bodiless && head->body != HTTP1_BODY_NONE && head->status != 304)
		return err_set(err, ERR_SYNTAX, "a body announced with status %d", head->status);
	if (is_bodiless)
		head->body = HTTP1_BODY_NONE;
	head->is_last =
		head->body == HTTP1_BODY_UNTIL_CLOSE || http1_connection_has(head, SPAN_LITERAL("close")) ||
		(head->version_minor == 0 && !http1_connection_has(head, SPAN_LITERAL("keep-alive")));
	return 0;
}

int http1_check_trailers(const struct http1_head *head, struct err *err)
{
	static const char *const decisive[] = {
		"content-length", "content-type", "host", "transfer-encoding"};

	for (size_t i = 0; i < sizeof decisive / sizeof *decisive; i++)
		if (count(head, decisive[i]))
			return err_set(err, ERR_SYNTAX, "%s among the trailers", decisive[i]);
	return 0;
}
