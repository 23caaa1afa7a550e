/* Lines are gathered in one buffer and checked as each ends; the buffer may move while it grows, so
 * spans into it are made only when the head is complete. */
#include "wire/http1.h"

#include <assert.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "wire/http1_framing.h"

enum { KEEP_BYTES = 4096 }; /* larger buffers are given back by http1_reset() */

void http1_init(struct http1 *http1, enum http1_kind kind, const struct http1_limits *limits)
{
	*http1 = (struct http1){.kind = kind, .limits = *limits};
}

void http1_deinit(struct http1 *http1)
{
	buf_deinit(&http1->bytes);
	mem_free(http1->fields);
	mem_free(http1->ends);
	http1_init(http1, http1->kind, &http1->limits);
}

void http1_reset(struct http1 *http1)
{
	if (http1->bytes.capacity > KEEP_BYTES) {
		http1_deinit(http1);
		return;
	}
	buf_reset(&http1->bytes);
	http1->head = (struct http1_head){0};
	http1->line_count = 0;
	http1->has_skipped = false;
}

void http1_set_limits(struct http1 *http1, const struct http1_limits *limits)
{
	assert(!http1_is_inside(http1));
	http1->limits = *limits;
}

bool http1_is_inside(const struct http1 *http1)
{
	return http1->bytes.n > 0;
}

/* True when there is a control byte that no line may hold. Tabs are left to who knows where they
 * may be; a CR may be followed by an LF, or by what is still to come. */
static bool has_control(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool may_end_line = c == '\r' && (i + 1 == s.n || s.p[i + 1] == '\n');

		if ((c < 0x20 && c != '\t' && c != '\n' && !may_end_line) || c == 0x7f)
			return true;
	}
	return false;
}

static int check_version(struct span version, struct http1_head *head, struct err *err)
{
	if (version.n != 8 || !span_starts(version, SPAN_LITERAL("HTTP/")) || version.p[6] != '.' ||
		!ascii_is_digit(version.p[5]) || !ascii_is_digit(version.p[7]))
		return err_set(err, ERR_SYNTAX, "malformed HTTP version");
	if (version.p[5] != '1' || version.p[7] > '1')
		return err_set(err, ERR_VERSION, "HTTP/1.0 and HTTP/1.1 are spoken here");
	head->version_minor = version.p[7] - '0';
	return 0;
}

/* Of "http://" or "https://" at the front; 0 when there is neither. */
static size_t scheme_length(struct span target)
{
	if (span_equal_nocase(span_first(target, 7), SPAN_LITERAL("http://")))
		return 7;
	return span_equal_nocase(span_first(target, 8), SPAN_LITERAL("https://")) ? 8 : 0;
}

/* Fills in path and query. origin-form, absolute-form or "*" (RFC 9112, section 3.2). */
static int split_target(struct http1_head *head, struct err *err)
{
	struct span rest = head->target;

	head->authority = SPAN_EMPTY;
	if (rest.p[0] != '/' && !span_is(rest, "*")) {
		size_t scheme = scheme_length(rest);
		size_t end = scheme;

		while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?')
			end++;
		head->authority = span_skip(span_first(rest, end), scheme);
		if (!scheme || !http1_is_host(head->authority))
			return err_set(err, ERR_SYNTAX, "malformed request target");
		rest = span_skip(rest, end);
	}
	head->path = span_cut(&rest, '?');
	if (rest.p)
		head->query = span_between(rest.p - 1, rest.p + rest.n);
	if (!head->path.n)
		head->path = SPAN_LITERAL("/");
	return 0;
}

static int parse_request_line(struct span line, struct http1_head *head, struct err *err)
{
	struct span rest = line;

	head->method = span_cut(&rest, ' ');
	head->target = span_cut(&rest, ' ');
	if (!http1_is_token(head->method) || !head->target.n || memchr(line.p, '\t', line.n))
		return err_set(err, ERR_SYNTAX, "malformed request line");
	if (check_version(rest, head, err) < 0)
		return -1;
	if (head->target.n > HTTP1_TARGET_MAX)
		return err_set(err, ERR_TARGET_TOO_LONG, "request target over %d bytes", HTTP1_TARGET_MAX);
	return split_target(head, err);
}

static int parse_status_line(struct span line, struct http1_head *head, struct err *err)
{
	struct span rest = line;
	struct span version = span_cut(&rest, ' ');
	struct span digits = span_cut(&rest, ' ');
	uint64_t status;

	if (check_version(version, head, err) < 0)
		return -1;
	if (digits.n != 3 || !span_to_number(digits, 599, &status) || status < 100)
		return err_set(err, ERR_SYNTAX, "malformed status line");
	head->status = (int)status;
	head->reason = rest;
	return 0;
}

static int parse_field(struct span line, struct http1_field *ret_field, struct err *err)
{
	const char *colon = memchr(line.p, ':', line.n);

	if (line.p[0] == ' ' || line.p[0] == '\t')
		return err_set(err, ERR_SYNTAX, "folded header line");
	if (!colon)
		return err_set(err, ERR_SYNTAX, "header line without a colon");
	ret_field->name = span_between(line.p, colon);
	if (!http1_is_token(ret_field->name))
		return err_set(err, ERR_SYNTAX, "malformed header name");
	ret_field->value = span_trim(span_between(colon + 1, line.p + line.n));
	return 0;
}

static size_t line_begin(const struct http1 *http1, size_t index)
{
	return index ? http1->ends[index - 1] : 0;
}

static struct span line_at(const struct http1 *http1, size_t index)
{
	const char *bytes = http1->bytes.bytes;

	/* without the line end */
	return span_between(bytes + line_begin(http1, index), bytes + http1->ends[index] - 2);
}

/* Checks the line that has just ended, so that a bad one is refused at once. */
static int check_line(struct http1 *http1, struct err *err)
{
	struct span line = line_at(http1, http1->line_count - 1);
	struct http1_head scratch;
	struct http1_field field;

	if (http1->line_count == 1 && http1->kind == HTTP1_REQUEST)
		return parse_request_line(line, &scratch, err);
	if (http1->line_count == 1 && http1->kind == HTTP1_RESPONSE)
		return parse_status_line(line, &scratch, err);
	return parse_field(line, &field, err);
}

static void note_line(struct http1 *http1)
{
	if (http1->line_count == http1->line_capacity) {
		http1->line_capacity = http1->line_capacity ? http1->line_capacity * 2 : 16;
		http1->ends = mem_resize(http1->ends, http1->line_capacity, sizeof *http1->ends);
	}
	http1->ends[http1->line_count++] = http1->bytes.n;
}

/* The head is complete: makes the spans. Each line has passed check_line(). */
static int finish(struct http1 *http1, struct err *err)
{
	struct http1_head *head = &http1->head;
	size_t start = http1->kind == HTTP1_TRAILERS ? 0 : 1;

	if (http1->field_capacity < http1->line_count) {
		http1->field_capacity = http1->line_capacity;
		http1->fields = mem_resize(http1->fields, http1->field_capacity, sizeof *http1->fields);
	}
	for (size_t i = start; i < http1->line_count; i++)
		if (parse_field(line_at(http1, i), &http1->fields[i - start], err) < 0)
			return -1;
	head->fields = http1->fields;
	head->field_count = http1->line_count - start;
	switch (http1->kind) {
	case HTTP1_TRAILERS: return http1_check_trailers(head, err);
	case HTTP1_REQUEST:
		return parse_request_line(line_at(http1, 0), head, err) < 0
				   ? -1
				   : http1_frame_request(head, err);
	case HTTP1_RESPONSE:
		return parse_status_line(line_at(http1, 0), head, err) < 0
				   ? -1
				   : http1_frame_response(head, err);
	}
	return 0;
}

struct span http1_path(const struct http1 *http1)
{
	struct http1_head head;
	struct err err;

	if (http1->head.path.n)
		return http1->head.path;
	if (http1->kind != HTTP1_REQUEST || !http1->line_count ||
		parse_request_line(line_at(http1, 0), &head, &err) < 0)
		return SPAN_EMPTY;
	return head.path;
}

static int too_large(const struct http1 *http1, struct err *err)
{
	if (http1->kind == HTTP1_REQUEST && http1->line_count == 0 && http1->bytes.n > HTTP1_TARGET_MAX)
		return err_set(err, ERR_TARGET_TOO_LONG, "request target over %d bytes", HTTP1_TARGET_MAX);
	return err_set(err, ERR_HEAD_TOO_LARGE, "head over %zu bytes", http1->limits.bytes);
}

/* The empty line has arrived. 1 when it ends the head. */
static int end_head(struct http1 *http1, struct err *err)
{
	if (http1->line_count || http1->kind == HTTP1_TRAILERS)
		return finish(http1, err) < 0 ? -1 : 1;
	if (http1->kind == HTTP1_RESPONSE || http1->has_skipped)
		return err_set(err, ERR_SYNTAX, "empty line before the head");
	http1->has_skipped = true; /* RFC 9112, section 2.2 */
	buf_reset(&http1->bytes);
	return 0;
}

/* A line end has arrived. 1 when the head is complete. */
static int end_line(struct http1 *http1, struct err *err)
{
	size_t n = http1->bytes.n - line_begin(http1, http1->line_count);

	if (n < 2 || http1->bytes.bytes[http1->bytes.n - 2] != '\r')
		return err_set(err, ERR_SYNTAX, "bare LF in the head");
	if (n == 2)
		return end_head(http1, err);
	if (http1->line_count == http1->limits.lines)
		return err_set(err, ERR_HEAD_TOO_LARGE, "head over %zu lines", http1->limits.lines);
	note_line(http1);
	return check_line(http1, err);
}

/* Adds a piece that has at most one LF, as its last byte. What is wrong with it is found in the
 * order of its bytes, so that the outcome does not depend on how they were cut. */
static int add_piece(struct http1 *http1, struct span piece, struct err *err)
{
	size_t room = http1->limits.bytes - http1->bytes.n;
	size_t from = http1->bytes.n;

	if (from && http1->bytes.bytes[from - 1] == '\r')
		from--;
	buf_add(&http1->bytes, span_first(piece, room));
	if (has_control(span_skip(buf_span(&http1->bytes), from)))
		return err_set(err, ERR_SYNTAX, "control byte or bare CR in the head");
	return piece.n > room ? too_large(http1, err) : 0;
}

static int feed(struct http1 *http1, struct span *in, struct err *err)
{
	while (in->n) {
		const char *lf = memchr(in->p, '\n', in->n);
		struct span piece = lf ? span_between(in->p, lf + 1) : *in;
		int result = add_piece(http1, piece, err);

		*in = span_skip(*in, piece.n);
		if (!result && lf)
			result = end_line(http1, err);
		if (result)
			return result;
	}
	return 0;
}

int http1_feed(struct http1 *http1, struct span *in, struct err *err)
{
	int result = feed(http1, in, err);

	if (result < 0 && http1->kind == HTTP1_RESPONSE)
		err->kind = ERR_UPSTREAM;
	return result;
}
