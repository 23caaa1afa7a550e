#include "wire/har.h"

#include <stdio.h>

#include "base/crc32c.h"
#include "rig/fixture.h"
#include "rig/suite.h"
#include "wire/har_frame.h"
#include "wire/json.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))
#define DIGITS      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHERS      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static struct arena arena;
static struct buf line;
static struct buf again;
static struct err err;
static char all_bytes[256];

static void begin(void)
{
	arena_init(&arena);
	for (size_t i = 0; i < sizeof all_bytes; i++)
		all_bytes[i] = (char)i;
}

static void end(void)
{
	buf_deinit(&line);
	buf_deinit(&again);
	arena_deinit(&arena);
}

static struct span every_byte(void)
{
	return (struct span){all_bytes, sizeof all_bytes};
}

/* -- entries --------------------------------------------------------------------------------- */

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
	{.sha256 = SPAN_LITERAL(DIGITS), .length = 250000},
	{.literal = SPAN_LITERAL("\0\xff\r\n--b--"), .length = 9},
};

static struct har_part parts[] = {
	{.name = SPAN_LITERAL("entries"), .offset = 5, .length = 0, .sha256 = SPAN_LITERAL(OTHERS)},
	{.name = SPAN_LITERAL("im\xff"
						  "age"),
		.has_file_name = true,
		.file_name = SPAN_LITERAL("\xfe.jpg"),
		.content_type = SPAN_LITERAL("image/jpeg"),
		.offset = 9,
		.length = 250000,
		.sha256 = SPAN_LITERAL(DIGITS)},
	{.name = SPAN_LITERAL("text"), .has_file_name = true, .offset = 250018, .length = 0},
};

static const struct har_entry full = {
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
			.sha256 = SPAN_LITERAL(OTHERS),
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

/* What is there at the least. */
static const struct har_entry plain = {
	.seq = 1,
	.request = {.method = SPAN_LITERAL("GET"), .url = SPAN_LITERAL("http://localhost/ping")},
	.times = {-1, -1, -1, 0, 0, 0},
};

static struct har_entry read_line(struct span text)
{
	struct har_entry entry;
	enum json_type type;

	ck_assert_msg(json_check_whole(text, &type, &err) == 0, "%s", err.text);
	ck_assert_msg(har_read(text, &arena, &entry, &err) == 0, "%s: %.*s", err.text, SPAN_ARG(text));
	return entry;
}

static struct har_entry round_trip(const struct har_entry *entry)
{
	buf_reset(&line);
	har_write(entry, &line);
	ck_assert(!memchr(line.bytes, '\n', line.n));
	return read_line(buf_span(&line));
}

static bool line_has(const char *text)
{
	return memmem(line.bytes, line.n, text, strlen(text)) != NULL;
}

static void check_text(struct span found, struct span wanted)
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
		check_text(found[i].name, wanted[i].name);
		check_text(found[i].value, wanted[i].value);
	}
}

static void check_parts(const struct har_request *found, const struct har_request *wanted)
{
	ck_assert_uint_eq(found->part_count, wanted->part_count);
	for (size_t i = 0; i < found->part_count; i++) {
		check_text(found->parts[i].name, wanted->parts[i].name);
		ck_assert_int_eq(found->parts[i].has_file_name, wanted->parts[i].has_file_name);
		check_text(found->parts[i].file_name, wanted->parts[i].file_name);
		check_text(found->parts[i].content_type, wanted->parts[i].content_type);
		ck_assert_uint_eq(found->parts[i].offset, wanted->parts[i].offset);
		ck_assert_uint_eq(found->parts[i].length, wanted->parts[i].length);
		check_text(found->parts[i].sha256, wanted->parts[i].sha256);
	}
}

static void check_request(const struct har_request *found, const struct har_request *wanted)
{
	check_text(found->method, wanted->method);
	check_text(found->url, wanted->url);
	check_text(found->http_version, wanted->http_version);
	check_fields(found->fields, found->field_count, wanted->fields, wanted->field_count);
	ck_assert_uint_eq(found->body_length, wanted->body_length);
	check_text(found->sha256, wanted->sha256);
	ck_assert_uint_eq(found->piece_count, wanted->piece_count);
	for (size_t i = 0; i < found->piece_count; i++) {
		check_text(found->pieces[i].literal, wanted->pieces[i].literal);
		check_text(found->pieces[i].sha256, wanted->pieces[i].sha256);
		ck_assert_uint_eq(found->pieces[i].length, wanted->pieces[i].length);
	}
	check_parts(found, wanted);
	ck_assert_pstr_eq(found->lacks_body, wanted->lacks_body);
}

static void check_answer(const struct har_answer *found, const struct har_answer *wanted)
{
	ck_assert_int_eq(found->status, wanted->status);
	check_text(found->reason, wanted->reason);
	check_text(found->http_version, wanted->http_version);
	check_fields(found->fields, found->field_count, wanted->fields, wanted->field_count);
	check_text(found->mime_type, wanted->mime_type);
	check_text(found->body, wanted->body);
	check_text(found->sha256, wanted->sha256);
	ck_assert_uint_eq(found->body_length, wanted->body_length);
	ck_assert_pstr_eq(found->lacks_body, wanted->lacks_body);
}

static void check_entry(const struct har_entry *found, const struct har_entry *wanted)
{
	ck_assert_uint_eq(found->seq, wanted->seq);
	ck_assert_int_eq(found->started_us, wanted->started_us);
	ck_assert_int_eq(found->side, wanted->side);
	check_text(found->id, wanted->id);
	ck_assert_uint_eq(found->exchange, wanted->exchange);
	check_text(found->backend, wanted->backend);
	check_text(found->route, wanted->route);
	check_text(found->reason, wanted->reason);
	ck_assert_uint_eq(found->attempt, wanted->attempt);
	check_request(&found->request, &wanted->request);
	check_answer(&found->answer, &wanted->answer);
	ck_assert_mem_eq(&found->times, &wanted->times, sizeof found->times);
	check_text(found->error, wanted->error);
	ck_assert_int_eq(found->fault, wanted->fault);
	ck_assert_uint_eq(found->fault_at, wanted->fault_at);
	ck_assert_int_eq(found->is_unplayable, wanted->is_unplayable);
}

/* -- what is written is read ----------------------------------------------------------------- */

START_TEST(entry_with_all_there_is_comes_back)
{
	struct har_entry found = round_trip(&full);

	check_entry(&found, &full);
}
END_TEST

START_TEST(entry_with_little_comes_back)
{
	struct har_entry found = round_trip(&plain);

	check_entry(&found, &plain);
	ck_assert(line_has("\"time\":0,") && !line_has("postData"));
}
END_TEST

static const char line_of_full[] =
	"{\"_seq\":7,\"startedDateTime\":\"2026-11-21T08:05:36.544123Z\",\"time\":22.623457,"
	"\"request\":{\"method\":\"POST\","
	"\"url\":\"http://127.0.0.1:3003/predict?a=1&b&=%20&c=%3C%FF%3E\","
	"\"_url\":\"http://127.0.0.1:3003/predict?a=1&b&=%20&c=<\xc3\xbf>\","
	"\"queryString\":[{\"name\":\"a\",\"value\":\"1\"},{\"name\":\"b\",\"value\":\"\"},"
	"{\"name\":\"\",\"value\":\"%20\"},{\"name\":\"c\",\"value\":\"%3C%FF%3E\"}],"
	"\"httpVersion\":\"HTTP/1.1\",\"cookies\":[],\"headers\":["
	"{\"name\":\"content-type\",\"value\":\"multipart/form-data; boundary=b\"},"
	"{\"name\":\"x-empty\",\"value\":\"\"},"
	"{\"name\":\"x-latin\",\"value\":\"M\xc3\xbcnchen\xc2\x9b\",\"_latin1\":[\"value\"]},"
	"{\"name\":\"x-utf8\",\"value\":\"M\xc3\xbcnchen \\u2028\xef\xbf\xbd\"}],"
	"\"headersSize\":-1,\"bodySize\":250018,"
	"\"postData\":{\"mimeType\":\"multipart/form-data; boundary=b\",\"text\":\"\"},"
	"\"_sha256\":\"" OTHERS "\","
	"\"_recipe\":[{\"text\":\"--b\\u000d\\u000a\\u000d\\u000a\\\"\\\\\"},"
	"{\"sha256\":\"" DIGITS "\",\"length\":250000},{\"base64\":\"AP8NCi0tYi0t\"}],"
	"\"_parts\":[{\"name\":\"entries\",\"offset\":5,\"length\":0,\"sha256\":\"" OTHERS "\"},"
	"{\"name\":\"im\xc3\xbf"
	"age\",\"fileName\":\"\xc3\xbe.jpg\",\"contentType\":\"image/jpeg\",\"offset\":9,"
	"\"length\":250000,\"sha256\":\"" DIGITS "\",\"_latin1\":[\"name\",\"fileName\"]},"
	"{\"name\":\"text\",\"fileName\":\"\",\"offset\":250018,\"length\":0}],"
	"\"_latin1\":[\"_url\"]},"
	"\"response\":{\"status\":200,\"statusText\":\"OK\",\"httpVersion\":\"HTTP/1.1\","
	"\"cookies\":[],\"headers\":[{\"name\":\"content-type\",\"value\":\"application/json\"},"
	"{\"name\":\"content-encoding\",\"value\":\"gzip\"}],"
	"\"content\":{\"size\":3,\"mimeType\":\"application/json\",\"encoding\":\"base64\","
	"\"text\":\"H4sI\"},\"redirectURL\":\"\",\"headersSize\":-1,\"bodySize\":3},\"cache\":{},"
	"\"timings\":{\"blocked\":0.000001,\"dns\":-1,\"connect\":1.5,\"send\":0,\"wait\":20.123456,"
	"\"receive\":1},\"_side\":\"backend\",\"_id\":\"id \xc3\xbf\",\"_exchange\":6,"
	"\"_backend\":\"gpu\",\"_route\":\"clip/visual \xe2\x86\x92 gpu\",\"_reason\":\"model\","
	"\"_attempt\":2,\"_error\":\"reset by \\\"peer\\\"\\u000a\",\"_fault\":\"reset\","
	"\"_faultAt\":1234,\"_replayable\":false,\"_latin1\":[\"_id\"],\"_crc32c\":\"";

START_TEST(write_gives_the_line_that_the_format_wants)
{
	struct span front = span_of(line_of_full);
	char crc[16];

	har_write(&full, &line);
	check_text(span_first(buf_span(&line), front.n), front);
	front.n -= strlen(",\"_crc32c\":\"");
	(void)snprintf(crc, sizeof crc, "%08x\"}", crc32c(0, front));
	check_text(span_skip(buf_span(&line), sizeof line_of_full - 1), span_of(crc));
}
END_TEST

START_TEST(every_text_takes_every_byte)
{
	struct har_field field = {SPAN_LITERAL("a"), SPAN_LITERAL("b")};
	struct har_part part = {.name = SPAN_LITERAL("p")};
	struct har_piece piece = {.literal = every_byte(), .length = 256};
	struct har_entry entry = plain;
	struct har_entry found;
	struct span *const texts[] = {&entry.id, &entry.backend, &entry.route, &entry.reason,
		&entry.error, &entry.request.method, &entry.request.url, &entry.request.http_version,
		&field.name, &field.value, &part.name, &part.content_type, &piece.literal,
		&entry.answer.reason, &entry.answer.http_version, &entry.answer.mime_type,
		&entry.answer.body};

	entry.request.fields = &field;
	entry.request.field_count = 1;
	entry.request.parts = &part;
	entry.request.part_count = 1;
	entry.request.pieces = &piece;
	entry.request.piece_count = 1;
	entry.request.body_length = 256;
	entry.answer.body_length = 256;
	for (size_t i = 0; i < ROWS(texts); i++)
		*texts[i] = every_byte();
	found = round_trip(&entry);
	check_entry(&found, &entry);
}
END_TEST

START_TEST(query_is_listed_up_to_a_limit)
{
	BUF_AUTO struct buf url = {0};
	struct har_entry entry = plain;
	struct har_entry found;

	buf_add_text(&url, "http://h/?");
	for (size_t i = 0; i < 100000; i++)
		buf_add_text(&url, "a&");
	entry.request.url = buf_span(&url);
	found = round_trip(&entry);
	check_text(found.request.url, buf_span(&url));
	ck_assert_uint_lt(line.n, url.n + HAR_FIELDS_MAX * 32);
}
END_TEST

START_TEST(every_byte_alone_comes_back)
{
	struct har_field field = {SPAN_LITERAL("x"), {&all_bytes[_i], 1}};
	struct har_piece piece = {.literal = {&all_bytes[_i], 1}, .length = 1};
	struct har_entry entry = plain;
	struct har_entry found;

	entry.request.fields = &field;
	entry.request.field_count = 1;
	entry.request.pieces = &piece;
	entry.request.piece_count = 1;
	entry.request.body_length = 1;
	entry.answer.body = piece.literal;
	entry.answer.body_length = 1;
	found = round_trip(&entry);
	check_entry(&found, &entry);
}
END_TEST

START_TEST(bodies_that_are_not_there_say_why)
{
	struct har_entry entry = full;
	struct har_entry found;

	entry.request.lacks_body = "the client left";
	entry.request.body_length = 999999;
	entry.answer.lacks_body = "too long";
	entry.answer.body_length = 5;
	found = round_trip(&entry);
	check_entry(&found, &entry);
	entry.request.pieces = NULL;
	entry.request.piece_count = 0;
	entry.answer.body = SPAN_EMPTY;
	found = round_trip(&entry);
	check_entry(&found, &entry);
}
END_TEST

START_TEST(answer_may_be_a_blob)
{
	struct har_entry entry = full;
	struct har_entry found;

	entry.answer.body = SPAN_EMPTY;
	entry.answer.sha256 = SPAN_LITERAL(DIGITS);
	entry.answer.body_length = UINT64_C(1) << 40;
	found = round_trip(&entry);
	check_entry(&found, &entry);
}
END_TEST

/* What a backend may send, all of it as long as it can be. */
static const struct {
	const char *unit;
	bool is_base64;
} long_ones[] = {
	{"{\"a\":[0.12345]}", false},
	{"\xc3\xbc\xf0\x9f\x90\x95", false},
	{"\n", true},
	{"\x7f", true},
	{"\"", true},
	{"\\", true},
	{"\xc2\x9b", true},
	{"\xe2\x80\xa8", true},
	{"\xff", true},
};

START_TEST(answer_of_any_bytes_stays_within_a_line)
{
	BUF_AUTO struct buf body = {0};
	size_t unit = strlen(long_ones[_i].unit);
	struct har_entry entry = plain;
	struct har_entry found;

	while (body.n + unit <= HAR_ANSWER_MAX)
		buf_add_text(&body, long_ones[_i].unit);
	entry.answer.body = buf_span(&body);
	entry.answer.body_length = body.n;
	found = round_trip(&entry);
	ck_assert(span_equal(found.answer.body, buf_span(&body)));
	ck_assert_uint_lt(line.n, HAR_LINE_MAX / 2);
	ck_assert_int_eq(line_has("\"encoding\":\"base64\""), long_ones[_i].is_base64);
}
END_TEST

START_TEST(every_fault_has_its_word)
{
	struct har_entry entry = plain;
	struct har_entry found;

	entry.fault = (enum har_fault)_i;
	entry.fault_at = entry.fault ? 17 : 0;
	found = round_trip(&entry);
	check_entry(&found, &entry);
}
END_TEST

static const struct {
	int64_t ns;
	const char *ms;
} times[] = {
	{-1, "-1"},
	{INT64_MIN, "-1"},
	{0, "0"},
	{1, "0.000001"},
	{999999, "0.999999"},
	{1000000, "1"},
	{1100000, "1.1"},
	{1000001, "1.000001"},
	{123456789012345, "123456789.012345"},
	{INT64_C(1000000) * HAR_MS_MAX, "1000000000"},
};

START_TEST(times_are_exact)
{
	struct har_entry entry = plain;
	struct har_entry found;
	char wanted[64];

	entry.times.wait_ns = times[_i].ns;
	found = round_trip(&entry);
	(void)snprintf(wanted, sizeof wanted, "\"wait\":%s,", times[_i].ms);
	ck_assert_msg(line_has(wanted), "%s in %.*s", wanted, SPAN_ARG(buf_span(&line)));
	ck_assert_int_eq(found.times.wait_ns, times[_i].ns < 0 ? -1 : times[_i].ns);
}
END_TEST

START_TEST(embedded_has_the_body_twice)
{
	struct har_entry entry = plain;
	struct har_entry found;

	entry.request.body_length = sizeof all_bytes;
	har_write_embedded(&entry, every_byte(), &line);
	ck_assert(line_has("\"postData\":{\"mimeType\":\"\",\"text\":\"\\u0000"));
	ck_assert(line_has("\"_content\":{\"size\":256,\"encoding\":\"base64\",\"text\":\"AAECAwQF"));
	found = read_line(buf_span(&line));
	ck_assert_uint_eq(found.request.piece_count, 1);
	check_text(found.request.pieces[0].literal, every_byte());
	ck_assert_uint_eq(found.request.body_length, sizeof all_bytes);
	ck_assert_ptr_null(found.request.lacks_body);
}
END_TEST

START_TEST(embedded_without_a_body_is_as_usual)
{
	har_write_embedded(&plain, SPAN_EMPTY, &line);
	har_write(&plain, &again);
	check_text(buf_span(&line), buf_span(&again));
}
END_TEST

/* -- a file ---------------------------------------------------------------------------------- */

static void add_entry(struct har_entry entry, uint64_t seq)
{
	entry.seq = seq;
	buf_reset(&line);
	har_write(&entry, &line);
	har_frame_add(&again, buf_span(&line), seq == 1);
}

static void add_entries(void)
{
	struct har_entry entry = full;

	add_entry(full, 1);
	add_entry(plain, 2);
	entry.answer = (struct har_answer){.sha256 = SPAN_LITERAL(DIGITS), .body_length = 20000000};
	entry.request.lacks_body = "the client left";
	add_entry(entry, 3);
	entry.answer = (struct har_answer){0};
	entry.fault = HAR_FAULT_REFUSED;
	add_entry(entry, 4);
}

/* Another program says of the file that it is HAR: har.test.mjs. */
START_TEST(file_of_entries_is_the_fixture)
{
	BUF_AUTO struct buf fixture = {0};
	struct har_entry entry = full;
	struct span found;
	struct span wanted;

	har_frame_begin(&again);
	add_entries();
	entry.seq = 5;
	entry.request.body_length = sizeof all_bytes;
	entry.request.part_count = 0;
	buf_reset(&line);
	har_write_embedded(&entry, every_byte(), &line);
	har_frame_add(&again, buf_span(&line), false);
	buf_add(&again, har_frame_end);
	fixture_read("har/ours.har", &fixture);
	found = buf_span(&fixture);
	wanted = buf_span(&again);
	(void)span_cut(&found, '\n'); /* which has a version */
	(void)span_cut(&wanted, '\n');
	check_text(found, wanted);
}
END_TEST

/* -- flipped bits ---------------------------------------------------------------------------- */

START_TEST(read_sees_every_flipped_bit)
{
	struct har_entry entry;
	enum json_type type;

	har_write(&full, &line);
	for (size_t bit = 0; bit < 8 * line.n; bit++) {
		struct arena own;

		line.bytes[bit / 8] = (char)(line.bytes[bit / 8] ^ 1 << bit % 8);
		arena_init(&own);
		ck_assert_msg(json_check_whole(buf_span(&line), &type, &err) < 0 ||
						  har_read(buf_span(&line), &own, &entry, &err) < 0,
			"bit %zu", bit);
		arena_deinit(&own);
		line.bytes[bit / 8] = (char)(line.bytes[bit / 8] ^ 1 << bit % 8);
	}
	(void)read_line(buf_span(&line));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("har");
	TCase *tcase = suite_case(suite, "har", begin, end);

	tcase_add_test(tcase, entry_with_all_there_is_comes_back);
	tcase_add_test(tcase, entry_with_little_comes_back);
	tcase_add_test(tcase, write_gives_the_line_that_the_format_wants);
	tcase_add_test(tcase, every_text_takes_every_byte);
	tcase_add_test(tcase, query_is_listed_up_to_a_limit);
	tcase_add_loop_test(tcase, every_byte_alone_comes_back, 0, 256);
	tcase_add_test(tcase, bodies_that_are_not_there_say_why);
	tcase_add_test(tcase, answer_may_be_a_blob);
	tcase_add_loop_test(tcase, answer_of_any_bytes_stays_within_a_line, 0, ROWS(long_ones));
	tcase_add_loop_test(tcase, every_fault_has_its_word, 0, HAR_FAULTS);
	tcase_add_loop_test(tcase, times_are_exact, 0, ROWS(times));
	tcase_add_test(tcase, embedded_has_the_body_twice);
	tcase_add_test(tcase, embedded_without_a_body_is_as_usual);
	tcase_add_test(tcase, file_of_entries_is_the_fixture);
	tcase_add_test(tcase, read_sees_every_flipped_bit);
	return suite;
}
