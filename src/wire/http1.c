/* Lines are gathered in one buffer and read as each ends. The buffer may move while it grows: then
 * the spans into it are wrong, and all lines are read once more when the head is complete. Until
 * then what was read of it is nobody else's. */
#include "wire/http1.h"

#include <assert.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "base/word.h"
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
	http1->begun = (struct http1_head){0};
	http1->line_begin = 0;
	http1->line_count = 0;
	http1->has_skipped = false;
	http1->has_moved = false;
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

/* Not 0 when one of eight bytes is a control byte, a tab too. (x - n) & ~x has the high bit of a
 * byte set where that is below n; others may have it only above such a byte. */
static uint64_t find_controls(uint64_t word)
{
	uint64_t dels = word ^ WORD_EACH(0x7f);

	return (((word - WORD_EACH(0x20)) & ~word) | ((dels - WORD_EACH(1)) & ~dels)) & WORD_TOP_BITS;
}

/* Sees eight bytes at once, and so all but the shortest lines for what they are: clean. */
static bool may_have_control(struct span s)
{
	uint64_t found = 0;

	if (s.n < WORD_BYTES)
		return true;
	for (size_t i = 0; i + WORD_BYTES < s.n; i += WORD_BYTES)
		found |= find_controls(word_load(s.p + i));
	return found | find_controls(word_load(s.p + s.n - WORD_BYTES));
}

/* True when there is a control byte that no line may hold. Tabs are left to who knows where they
 * may be. At the end may be a line's end, or a CR to which the LF is still to come. */
static bool has_control(struct span s)
{
	s.n -= s.n && s.p[s.n - 1] == '\n';
	s.n -= s.n && s.p[s.n - 1] == '\r';
	if (!may_have_control(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
			return true;
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
	struct span name;
	struct span value;
	enum http1_name which;

	if (line.p[0] == ' ' || line.p[0] == '\t')
		return err_set(err, ERR_SYNTAX, "folded header line");
	if (!colon)
		return err_set(err, ERR_SYNTAX, "header line without a colon");
	name = span_between(line.p, colon);
	which = http1_name_of(name);
	if (which == HTTP1_OTHER && !http1_is_token(name))
		return err_set(err, ERR_SYNTAX, "malformed header name");
	value = span_trim(span_between(colon + 1, line.p + line.n));
	*ret_field = (struct http1_field){
		.name = name,
		.value = value,
		.which = which,
		.may_pass = http1_name_may_pass(which, name),
		.is_plain = value.n && value.p == colon + 2 && colon[1] == ' ' &&
					value.p + value.n == line.p + line.n,
	};
	return 0;
}

/* Behind those that are there. */
static int add_field(struct http1 *http1, struct span line, struct err *err)
{
	struct http1_head *head = &http1->begun;
	struct http1_field *field;

	if (head->field_count == http1->field_capacity) {
		http1->field_capacity = http1->field_capacity ? http1->field_capacity * 2 : 16;
		http1->fields = mem_resize(http1->fields, http1->field_capacity, sizeof *http1->fields);
	}
	field = &http1->fields[head->field_count];
	if (parse_field(line, field, err) < 0)
		return -1;
	head->field_count++;
	head->doubled |= head->names & HTTP1_NAME_BIT(field->which);
	head->names |= HTTP1_NAME_BIT(field->which);
	return 0;
}

/* A whole line, without its end. */
static int read_line(struct http1 *http1, struct span line, struct err *err)
{
	bool is_first = !http1->line_count++;

	if (is_first && http1->kind == HTTP1_REQUEST)
		return parse_request_line(line, &http1->begun, err);
	if (is_first && http1->kind == HTTP1_RESPONSE)
		return parse_status_line(line, &http1->begun, err);
	return add_field(http1, line, err);
}

/* Reads all lines once more, where they are now. */
static int read_again(struct http1 *http1, struct err *err)
{
	struct span rest = span_first(buf_span(&http1->bytes), http1->line_begin);

	http1->begun = (struct http1_head){0};
	http1->line_count = 0;
	while (rest.n) {
		struct span line = span_cut(&rest, '\n');

		if (read_line(http1, span_first(line, line.n - 1), err) < 0)
			return -1;
	}
	return 0;
}

/* The head is complete. */
static int finish(struct http1 *http1, struct err *err)
{
	struct http1_head *head = &http1->head;

	if (http1->has_moved && read_again(http1, err) < 0)
		return -1;
	*head = http1->begun;
	head->fields = http1->fields;
	switch (http1->kind) {
	case HTTP1_TRAILERS: return http1_check_trailers(head, err);
	case HTTP1_REQUEST: return http1_frame_request(head, err);
	case HTTP1_RESPONSE: return http1_frame_response(head, err);
	}
	return 0;
}

struct span http1_path(const struct http1 *http1)
{
	struct span rest = buf_span(&http1->bytes);
	struct span line = span_cut(&rest, '\n');
	struct http1_head head;
	struct err err;

	if (http1->kind != HTTP1_REQUEST || !http1->line_count ||
		parse_request_line(span_first(line, line.n - 1), &head, &err) < 0)
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
	struct span line = span_skip(buf_span(&http1->bytes), http1->line_begin);

	if (line.n < 2 || line.p[line.n - 2] != '\r')
		return err_set(err, ERR_SYNTAX, "bare LF in the head");
	if (line.n == 2)
		return end_head(http1, err);
	if (http1->line_count == http1->limits.lines)
		return err_set(err, ERR_HEAD_TOO_LARGE, "head over %zu lines", http1->limits.lines);
	http1->line_begin += line.n;
	return read_line(http1, span_first(line, line.n - 2), err);
}

/* Adds a piece that has at most one LF, as its last byte. What is wrong with it is found in the
 * order of its bytes, so that the outcome does not depend on how they were cut. */
static int add_piece(struct http1 *http1, struct span piece, struct err *err)
{
	size_t room = http1->limits.bytes - http1->bytes.n;
	size_t capacity = http1->bytes.capacity;
	size_t from = http1->bytes.n;

	if (from && http1->bytes.bytes[from - 1] == '\r')
		from--;
	buf_add(&http1->bytes, span_first(piece, room));
	http1->has_moved |= http1->line_count && http1->bytes.capacity != capacity;
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
