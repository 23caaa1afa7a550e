#include "wire/http1_framing.h"

/* What Connection may say of the connection itself. */
enum { CLOSE = 1, KEEP_ALIVE = 2 };

static bool has(const struct http1_head *head, enum http1_name name)
{
	return head->names & HTTP1_NAME_BIT(name);
}

static bool has_several(const struct http1_head *head, enum http1_name name)
{
	return head->doubled & HTTP1_NAME_BIT(name);
}

/* Each option is looked up among the names, so a long list with many fields would keep us busy. */
static int check_connection(const struct http1_head *head, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < head->field_count; i++)
		if (head->fields[i].which == HTTP1_CONNECTION)
			n += head->fields[i].value.n;
	if (n > HTTP1_CONNECTION_MAX)
		return err_set(err, ERR_HEAD_TOO_LARGE, "Connection over %d bytes", HTTP1_CONNECTION_MAX);
	return 0;
}

/* Options are in any case. What one names is for this connection alone. */
static unsigned read_option(struct http1_head *head, struct span option)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (head->fields[i].name.n == option.n && span_equal_nocase(head->fields[i].name, option))
			head->fields[i].may_pass = false;
	if (span_equal_nocase(option, SPAN_LITERAL("close")))
		return CLOSE;
	return span_equal_nocase(option, SPAN_LITERAL("keep-alive")) ? KEEP_ALIVE : 0;
}

static unsigned read_options(struct http1_head *head, struct span list)
{
	unsigned options = 0;

	while (list.n)
		options |= read_option(head, span_trim(span_cut(&list, ',')));
	return options;
}

/* All that the Connection fields say. */
static int read_connection(struct http1_head *head, unsigned *ret_options, struct err *err)
{
	*ret_options = 0;
	if (!has(head, HTTP1_CONNECTION))
		return 0;
	if (check_connection(head, err) < 0)
		return -1;
	for (size_t i = 0; i < head->field_count; i++)
		if (head->fields[i].which == HTTP1_CONNECTION)
			*ret_options |= read_options(head, head->fields[i].value);
	return 0;
}

/* 1 with the length, 0 when there is none. */
static int find_length(struct http1_head *head, uint64_t *ret_length, struct err *err)
{
	struct span value;

	if (has_several(head, HTTP1_CONTENT_LENGTH))
		return err_set(err, ERR_SYNTAX, "Content-Length more than once");
	if (!http1_find(head, HTTP1_CONTENT_LENGTH, &value))
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
	struct span value;

	if (has_several(head, HTTP1_TRANSFER_ENCODING))
		return err_set(err, ERR_SYNTAX, "Transfer-Encoding more than once");
	if (!http1_find(head, HTTP1_TRANSFER_ENCODING, &value))
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

	if (has(head, HTTP1_CONTENT_LENGTH) && has(head, HTTP1_TRANSFER_ENCODING))
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
	struct span host;

	if (has_several(head, HTTP1_HOST))
		return err_set(err, ERR_SYNTAX, "Host more than once");
	if (!http1_find(head, HTTP1_HOST, &host))
		return head->version_minor == 0 ? 0 : err_set(err, ERR_SYNTAX, "no Host");
	return http1_is_host(host) ? 0 : err_set(err, ERR_SYNTAX, "malformed Host");
}

static bool expects_continue(const struct http1_head *head)
{
	struct span expect;

	return head->version_minor == 1 && http1_find(head, HTTP1_EXPECT, &expect) &&
		   span_equal_nocase(expect, SPAN_LITERAL("100-continue"));
}

int http1_frame_request(struct http1_head *head, struct err *err)
{
	unsigned options;

	if (read_connection(head, &options, err) < 0 || frame(head, HTTP1_BODY_NONE, err) < 0 ||
		check_host(head, err) < 0)
		return -1;
	if (has_several(head, HTTP1_CONTENT_TYPE))
		return err_set(err, ERR_SYNTAX, "Content-Type more than once");
	head->is_last = head->version_minor == 0 || options & CLOSE;
	head->expects_continue = expects_continue(head);
	return 0;
}

int http1_frame_response(struct http1_head *head, struct err *err)
{
	bool is_bodiless = head->status < 200 || head->status == 204 || head->status == 304;
	unsigned options;

	if (read_connection(head, &options, err) < 0 ||
		frame(head, is_bodiless ? HTTP1_BODY_NONE : HTTP1_BODY_UNTIL_CLOSE, err) < 0)
		return -1;
	/* 304 may tell how the body would be framed that it has not */
	if (is_bodiless && head->body != HTTP1_BODY_NONE && head->status != 304)
		return err_set(err, ERR_SYNTAX, "a body announced with status %d", head->status);
	if (is_bodiless)
		head->body = HTTP1_BODY_NONE;
	head->is_last = head->body == HTTP1_BODY_UNTIL_CLOSE || options & CLOSE ||
					(head->version_minor == 0 && !(options & KEEP_ALIVE));
	return 0;
}

int http1_check_trailers(const struct http1_head *head, struct err *err)
{
	static const struct {
		enum http1_name name;
		const char *text;
	} decisive[] = {
		{HTTP1_CONTENT_LENGTH, "content-length"},
		{HTTP1_CONTENT_TYPE, "content-type"},
		{HTTP1_HOST, "host"},
		{HTTP1_TRANSFER_ENCODING, "transfer-encoding"},
	};

	for (size_t i = 0; i < sizeof decisive / sizeof *decisive; i++)
		if (has(head, decisive[i].name))
			return err_set(err, ERR_SYNTAX, "%s among the trailers", decisive[i].text);
	return 0;
}
