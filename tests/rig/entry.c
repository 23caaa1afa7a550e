#include "rig/entry.h"

#include <check.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

static struct har_field request_fields[] = {
	{SPAN_LITERAL("content-type"), SPAN_LITERAL("multipart/form-data; boundary=b")},
	{SPAN_LITERAL("x-empty"), SPAN_LITERAL("")},
	{SPAN_LITERAL("x-latin"), SPAN_LITERAL("M\xfcnchen\x9b")},
	{SPAN_LITERAL("x-utf8"), SPAN_LITERAL("M\xc3\xbcnchen \xe2\x80\xa8\xef\xbf\xbd")},
};

static struct har_field answer_fields[] = {
	{SPAN_LITERAL("content-type"), SPAN_LITERAL("application/json")},
	{SPAN_LITERAL("content-encoding"), SPAN_LITERAL("gzip")},
};

static struct har_piece pieces[] = {
	{.literal = SPAN_LITERAL("--b\r\n\r\n\"\\"), .length = 9},
	{.sha256 = SPAN_LITERAL(ENTRY_DIGITS), .length = 250000},
	{.literal = SPAN_LITERAL("\0\xff\r\n--b--"), .length = 9},
};

static struct har_part parts[] = {
	{.name = SPAN_LITERAL("entries"),
		.offset = 5,
		.length = 0,
		.sha256 = SPAN_LITERAL(ENTRY_OTHERS)},
	{.name = SPAN_LITERAL("im\xff"
						  "age"),
		.has_file_name = true,
		.file_name = SPAN_LITERAL("\xfe.jpg"),
		.content_type = SPAN_LITERAL("image/jpeg"),
		.offset = 9,
		.length = 250000,
		.sha256 = SPAN_LITERAL(ENTRY_DIGITS)},
	{.name = SPAN_LITERAL("text"), .has_file_name = true, .offset = 250018, .length = 0},
};

const struct har_entry entry_full = {
	.seq = 7,
	.started_us = 1795248336544123,
	.side = HAR_BACKEND,
	.id = SPAN_LITERAL("id \xff"),
	.exchange = 6,
	.backend = SPAN_LITERAL("gpu"),
	.route = SPAN_LITERAL("clip/visual \xe2\x86\x92 gpu"),
	.reason = SPAN_LITERAL("model"),
	.attempt = 2,
	.request =
		{
			.method = SPAN_LITERAL("POST"),
			.url = SPAN_LITERAL("http://127.0.0.1:3003/predict?a=1&b&=%20&c=<\xff>"),
			.http_version = SPAN_LITERAL("HTTP/1.1"),
			.fields = request_fields,
			.field_count = ROWS(request_fields),
			.body_length = 250018,
			.sha256 = SPAN_LITERAL(ENTRY_OTHERS),
			.pieces = pieces,
			.piece_count = ROWS(pieces),
			.parts = parts,
			.part_count = ROWS(parts),
		},
	.answer =
		{
			.status = 200,
			.reason = SPAN_LITERAL("OK"),
			.http_version = SPAN_LITERAL("HTTP/1.1"),
			.fields = answer_fields,
			.field_count = ROWS(answer_fields),
			.mime_type = SPAN_LITERAL("application/json"),
			.body = SPAN_LITERAL("\x1f\x8b\x08"),
			.body_length = 3,
		},
	.times = {.blocked_ns = 1,
		.dns_ns = -1,
		.connect_ns = 1500000,
		.send_ns = 0,
		.wait_ns = 20123456,
		.receive_ns = 1000000},
	.error = SPAN_LITERAL("reset by \"peer\"\n"),
	.fault = HAR_FAULT_RESET,
	.fault_at = 1234,
	.is_unplayable = true,
};

const struct har_entry entry_plain = {
	.seq = 1,
	.request = {.method = SPAN_LITERAL("GET"), .url = SPAN_LITERAL("http://localhost/ping")},
	.times = {-1, -1, -1, 0, 0, 0},
};

void entry_check_text(struct span found, struct span wanted)
{
	size_t same = 0;

	while (same < found.n && same < wanted.n && found.p[same] == wanted.p[same])
		same++;
	found = span_skip(found, same);
	wanted = span_skip(wanted, same);
	ck_assert_msg(!found.n && !wanted.n, "at %zu: %.*s instead of %.*s", same,
		SPAN_ARG(span_first(found, 99)), SPAN_ARG(span_first(wanted, 99)));
}

static void check_fields(const struct har_field *found, size_t count,
	const struct har_field *wanted, size_t wanted_count)
{
	ck_assert_uint_eq(count, wanted_count);
	for (size_t i = 0; i < count; i++) {
		entry_check_text(found[i].name, wanted[i].name);
		entry_check_text(found[i].value, wanted[i].value);
	}
}

static void check_parts(const struct har_request *found, const struct har_request *wanted)
{
	ck_assert_uint_eq(found->part_count, wanted->part_count);
	for (size_t i = 0; i < found->part_count; i++) {
		entry_check_text(found->parts[i].name, wanted->parts[i].name);
		ck_assert_int_eq(found->parts[i].has_file_name, wanted->parts[i].has_file_name);
		entry_check_text(found->parts[i].file_name, wanted->parts[i].file_name);
		entry_check_text(found->parts[i].content_type, wanted->parts[i].content_type);
		ck_assert_uint_eq(found->parts[i].offset, wanted->parts[i].offset);
		ck_assert_uint_eq(found->parts[i].length, wanted->parts[i].length);
		entry_check_text(found->parts[i].sha256, wanted->parts[i].sha256);
	}
}

static void check_request(const struct har_request *found, const struct har_request *wanted)
{
	entry_check_text(found->method, wanted->method);
	entry_check_text(found->url, wanted->url);
	entry_check_text(found->http_version, wanted->http_version);
	check_fields(found->fields, found->field_count, wanted->fields, wanted->field_count);
	ck_assert_uint_eq(found->body_length, wanted->body_length);
	entry_check_text(found->sha256, wanted->sha256);
	ck_assert_uint_eq(found->piece_count, wanted->piece_count);
	for (size_t i = 0; i < found->piece_count; i++) {
		entry_check_text(found->pieces[i].literal, wanted->pieces[i].literal);
		entry_check_text(found->pieces[i].sha256, wanted->pieces[i].sha256);
		ck_assert_uint_eq(found->pieces[i].length, wanted->pieces[i].length);
	}
	check_parts(found, wanted);
	ck_assert_pstr_eq(found->lacks_body, wanted->lacks_body);
}

static void check_answer(const struct har_answer *found, const struct har_answer *wanted)
{
	ck_assert_int_eq(found->status, wanted->status);
	entry_check_text(found->reason, wanted->reason);
	entry_check_text(found->http_version, wanted->http_version);
	check_fields(found->fields, found->field_count, wanted->fields, wanted->field_count);
	entry_check_text(found->mime_type, wanted->mime_type);
	entry_check_text(found->body, wanted->body);
	entry_check_text(found->sha256, wanted->sha256);
	ck_assert_uint_eq(found->body_length, wanted->body_length);
	ck_assert_pstr_eq(found->lacks_body, wanted->lacks_body);
}

void entry_check(const struct har_entry *found, const struct har_entry *wanted)
{
	ck_assert_uint_eq(found->seq, wanted->seq);
	ck_assert_int_eq(found->started_us, wanted->started_us);
	ck_assert_int_eq(found->side, wanted->side);
	entry_check_text(found->id, wanted->id);
	ck_assert_uint_eq(found->exchange, wanted->exchange);
	entry_check_text(found->backend, wanted->backend);
	entry_check_text(found->route, wanted->route);
	entry_check_text(found->reason, wanted->reason);
	ck_assert_uint_eq(found->attempt, wanted->attempt);
	check_request(&found->request, &wanted->request);
	check_answer(&found->answer, &wanted->answer);
	ck_assert_mem_eq(&found->times, &wanted->times, sizeof found->times);
	entry_check_text(found->error, wanted->error);
	ck_assert_int_eq(found->fault, wanted->fault);
	ck_assert_uint_eq(found->fault_at, wanted->fault_at);
	ck_assert_int_eq(found->is_unplayable, wanted->is_unplayable);
}
