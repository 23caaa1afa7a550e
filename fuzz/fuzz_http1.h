/* fuzz_http1: what the targets for requests and for answers share: a head is read or refused the
 * same whole and in pieces, within its limits, and what goes on of it is read as it was. */
#ifndef FUZZ_HTTP1_H
#define FUZZ_HTTP1_H

#include "base/buf.h"
#include "fuzz.h"
#include "wire/http1.h"

enum { SPLITS_MAX = 32 };

static const struct http1_limits fuzz_limits = {1024, 16};

static inline void write_part(struct buf *out, struct span bytes, const char *behind)
{
	buf_add(out, bytes);
	buf_add_text(out, behind);
}

/* The fields that go further. Host becomes the backend's. */
static inline void write_fields(struct buf *out, const struct http1_head *head)
{
	for (size_t i = 0; i < head->field_count; i++) {
		const struct http1_field *field = &head->fields[i];

		if (field->may_pass && field->which != HTTP1_HOST)
			http1_write_field(out, field);
	}
}

/* How the body is framed anew, and the empty line. */
static inline void write_framing(struct buf *out, const struct http1_head *head)
{
	if (head->body == HTTP1_BODY_LENGTH)
		buf_add_format(out, "content-length: %llu\r\n", (unsigned long long)head->content_length);
	else if (head->body != HTTP1_BODY_NONE)
		buf_add_text(out, "transfer-encoding: chunked\r\n");
	buf_add_text(out, "\r\n");
}

/* A field is written one way, however it was sent. */
static inline void check_written(const struct http1_field *field)
{
	BUF_AUTO struct buf plain = {0};
	BUF_AUTO struct buf written = {0};

	write_part(&plain, field->name, ": ");
	write_part(&plain, field->value, "\r\n");
	http1_write_field(&written, field);
	must(span_equal(buf_span(&written), buf_span(&plain)));
}

/* True when a Connection field names it, each of them looked through anew. */
static inline bool is_nominated(const struct http1_head *head, struct span name)
{
	for (size_t i = 0; i < head->field_count; i++) {
		struct span list = head->fields[i].value;

		if (!span_equal_nocase(head->fields[i].name, SPAN_LITERAL("connection")))
			continue;
		while (list.n)
			if (span_equal_nocase(span_trim(span_cut(&list, ',')), name))
				return true;
	}
	return false;
}

/* What is remembered of a field is what its bytes say. */
static inline void check_field(const struct http1_head *head, const struct http1_field *field)
{
	must(field->which == http1_name_of(field->name) && http1_is_token(field->name));
	must(head->names & HTTP1_NAME_BIT(field->which));
	must(field->may_pass ==
		 (http1_name_may_pass(field->which, field->name) && !is_nominated(head, field->name)));
	for (size_t i = 0; i < field->value.n; i++)
		must(field->value.p[i] == '\t' ||
			 ((unsigned char)field->value.p[i] >= ' ' && field->value.p[i] != 0x7f));
	check_written(field);
}

/* All that was read of a head. */
static inline void log_head(struct buf *log, const struct http1_head *head)
{
	buf_add_format(log, "1.%d %d body %d %llu %d %d\n", head->version_minor, head->status,
		(int)head->body, (unsigned long long)head->content_length, head->is_last,
		head->expects_continue);
	write_part(log, head->method, "|");
	write_part(log, head->target, "|");
	write_part(log, head->path, "|");
	write_part(log, head->query, "|");
	write_part(log, head->reason, "\n");
	for (size_t i = 0; i < head->field_count; i++) {
		const struct http1_field *field = &head->fields[i];

		buf_add_format(log, "%d %d ", (int)field->which, field->may_pass);
		write_part(log, field->name, ":");
		write_part(log, field->value, "\n");
		check_field(head, field);
	}
}

/* Who answers a head that is refused or late looks at it, too: either all is there or nothing. */
static inline void log_unread(struct buf *log, const struct http1_head *head)
{
	must(head->fields || !head->field_count);
	write_part(log, head->method, "|");
	write_part(log, head->path, "|");
}

/* The first `first` bytes, then pieces of n. */
static inline void read_pieces(
	enum http1_kind kind, struct span bytes, size_t first, size_t n, struct buf *log)
{
	struct http1 http1;
	struct err err;
	int result = 0;

	http1_init(&http1, kind, &fuzz_limits);
	for (size_t size = first; bytes.n && !result; size = n) {
		struct span piece = span_first(bytes, size);
		size_t fed = piece.n;

		result = http1_feed(&http1, &piece, &err);
		must(result || !piece.n);
		must(http1.bytes.n <= fuzz_limits.bytes && http1.line_count <= fuzz_limits.lines);
		bytes = span_skip(bytes, fed - piece.n);
	}
	if (result < 0)
		buf_add_format(log, "refused %d %s", (int)err.kind, err.text);
	if (result <= 0)
		log_unread(log, &http1.head);
	if (result > 0) {
		log_head(log, &http1.head);
		buf_add_format(log, "rest %zu", bytes.n);
	}
	must(result >= 0 || kind == HTTP1_REQUEST || err.kind == ERR_UPSTREAM);
	http1_deinit(&http1);
}

static inline void check_splits(enum http1_kind kind, struct span bytes)
{
	BUF_AUTO struct buf whole = {0};

	read_pieces(kind, bytes, bytes.n, 1, &whole);
	for (size_t at = 1; at < bytes.n; at += 1 + bytes.n / SPLITS_MAX) {
		BUF_AUTO struct buf split = {0};
		BUF_AUTO struct buf pieces = {0};

		read_pieces(kind, bytes, at, bytes.n, &split);
		must(span_equal(buf_span(&split), buf_span(&whole)));
		read_pieces(kind, bytes, at, 1 + at % 8, &pieces);
		must(span_equal(buf_span(&pieces), buf_span(&whole)));
	}
}

/* `passed_on` looks at a head that was read. */
static inline void check_head(
	enum http1_kind kind, struct span bytes, void (*passed_on)(const struct http1_head *head))
{
	struct http1 http1;
	struct err err;

	check_splits(kind, bytes);
	http1_init(&http1, kind, &fuzz_limits);
	if (http1_feed(&http1, &bytes, &err) == 1)
		passed_on(&http1.head);
	http1_deinit(&http1);
}

/* Reads what was written of a head. It is a whole head again, nothing in it has to be dropped but
 * our framing, and the fields that passed are the same. */
static inline void read_again(struct http1 *again, struct span bytes, const struct http1_head *head)
{
	BUF_AUTO struct buf first = {0};
	BUF_AUTO struct buf second = {0};
	struct err err;

	must(http1_feed(again, &bytes, &err) == 1 && !bytes.n);
	write_fields(&first, head);
	write_fields(&second, &again->head);
	must(span_equal(buf_span(&first), buf_span(&second)));
	must(!again->head.is_last && !again->head.expects_continue && again->head.version_minor == 1);
}

#endif
