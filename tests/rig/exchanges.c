#include "rig/exchanges.h"

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include "rig/form.h"
#include "wire/har_form.h"
#include "wire/har_frame.h"

#define STARTED_US INT64_C(1795000000000000)
#define MS         INT64_C(1000000)

struct buf exchanges_body(const char *entries, const char *text)
{
	return form_body(entries, FORM_TEXT, span_of(text));
}

static void write_entry(const struct exchange_row *row, uint64_t seq, struct buf *out)
{
	struct har_field fields[] = {{SPAN_LITERAL("host"), SPAN_LITERAL("old:3003")},
		{SPAN_LITERAL("content-type"),
			SPAN_LITERAL("multipart/form-data; boundary=" FORM_BOUNDARY)},
		{SPAN_LITERAL("x-api-key"), SPAN_LITERAL("(redacted)")}};
	BUF_AUTO struct buf body = exchanges_body(row->entries ? row->entries : "", row->text);
	struct har_piece piece = {.literal = buf_span(&body), .length = body.n};
	struct har_entry entry = {
		.seq = seq,
		.started_us = STARTED_US + row->started_ms * 1000,
		.side = row->backend ? HAR_BACKEND : HAR_CLIENT,
		.id = SPAN_LITERAL("id"),
		.exchange = seq,
		.backend = row->backend ? span_of(row->backend) : SPAN_EMPTY,
		.attempt = 1,
		.request = {.method = SPAN_LITERAL("POST"),
			.url = SPAN_LITERAL("http://old:3003/predict"),
			.http_version = SPAN_LITERAL("HTTP/1.1"),
			.fields = fields,
			.field_count = sizeof fields / sizeof *fields,
			.body_length = body.n,
			.pieces = &piece,
			.piece_count = 1,
			.lacks_body = row->entries ? NULL : "it was not recorded"},
		.answer = {.status = row->status,
			.reason = SPAN_LITERAL("OK"),
			.http_version = SPAN_LITERAL("HTTP/1.1"),
			.mime_type = SPAN_LITERAL("application/json"),
			.body = span_of(row->answer),
			.body_length = strlen(row->answer)},
		.times = {-1, -1, -1, 10 * MS, 20 * MS, 10 * MS},
	};
	struct arena arena;

	arena_init(&arena);
	har_form_read(fields[1].value, buf_span(&body), &arena, &entry.request);
	har_write(&entry, out);
	arena_deinit(&arena);
}

void exchanges_init(struct exchanges *exchanges, const struct exchange_row *rows, size_t count)
{
	BUF_AUTO struct buf file = {0};
	int fd;

	*exchanges = (struct exchanges){.path = "/tmp/exchanges-XXXXXX"};
	har_frame_begin(&file);
	for (size_t i = 0; i < count; i++) {
		BUF_AUTO struct buf line = {0};

		write_entry(&rows[i], i + 1, &line);
		har_frame_add(&file, buf_span(&line), !i);
	}
	buf_add(&file, har_frame_end);
	fd = mkstemp(exchanges->path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, file.bytes, file.n), (ssize_t)file.n);
	ck_assert_int_eq(close(fd), 0);
}

void exchanges_deinit(struct exchanges *exchanges)
{
	(void)unlink(exchanges->path);
}
