#include "wire/har.h"

#include <stdio.h>

#include "base/crc32c.h"
#include "rig/entry.h"
#include "rig/fixture.h"
#include "rig/suite.h"
#include "wire/har_frame.h"
#include "wire/json.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

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

/* -- what is written is read ----------------------------------------------------------------- */

START_TEST(entry_with_all_there_is_comes_back)
{
	struct har_entry found = round_trip(&entry_full);

	entry_check(&found, &entry_full);
}
END_TEST

START_TEST(entry_with_little_comes_back)
{
	struct har_entry found = round_trip(&entry_plain);

	entry_check(&found, &entry_plain);
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
	"\"_sha256\":\"" ENTRY_OTHERS "\","
	"\"_recipe\":[{\"text\":\"--b\\u000d\\u000a\\u000d\\u000a\\\"\\\\\"},"
	"{\"sha256\":\"" ENTRY_DIGITS "\",\"length\":250000},{\"base64\":\"AP8NCi0tYi0t\"}],"
	"\"_parts\":[{\"name\":\"entries\",\"offset\":5,\"length\":0,\"sha256\":\"" ENTRY_OTHERS "\"},"
	"{\"name\":\"im\xc3\xbf"
	"age\",\"fileName\":\"\xc3\xbe.jpg\",\"contentType\":\"image/jpeg\",\"offset\":9,"
	"\"length\":250000,\"sha256\":\"" ENTRY_DIGITS "\",\"_latin1\":[\"name\",\"fileName\"]},"
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

	har_write(&entry_full, &line);
	entry_check_text(span_first(buf_span(&line), front.n), front);
	front.n -= strlen(",\"_crc32c\":\"");
	(void)snprintf(crc, sizeof crc, "%08x\"}", crc32c(0, front));
	entry_check_text(span_skip(buf_span(&line), sizeof line_of_full - 1), span_of(crc));
}
END_TEST

START_TEST(every_text_takes_every_byte)
{
	struct har_field field = {SPAN_LITERAL("a"), SPAN_LITERAL("b")};
	struct har_part part = {.name = SPAN_LITERAL("p")};
	struct har_piece piece = {.literal = every_byte(), .length = 256};
	struct har_entry entry = entry_plain;
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
	entry_check(&found, &entry);
}
END_TEST

START_TEST(query_is_listed_up_to_a_limit)
{
	BUF_AUTO struct buf url = {0};
	struct har_entry entry = entry_plain;
	struct har_entry found;

	buf_add_text(&url, "http://h/?");
	for (size_t i = 0; i < 100000; i++)
		buf_add_text(&url, "a&");
	entry.request.url = buf_span(&url);
	found = round_trip(&entry);
	entry_check_text(found.request.url, buf_span(&url));
	ck_assert_uint_lt(line.n, url.n + (size_t)HAR_FIELDS_MAX * 32);
}
END_TEST

START_TEST(every_byte_alone_comes_back)
{
	struct har_field field = {SPAN_LITERAL("x"), {&all_bytes[_i], 1}};
	struct har_piece piece = {.literal = {&all_bytes[_i], 1}, .length = 1};
	struct har_entry entry = entry_plain;
	struct har_entry found;

	entry.request.fields = &field;
	entry.request.field_count = 1;
	entry.request.pieces = &piece;
	entry.request.piece_count = 1;
	entry.request.body_length = 1;
	entry.answer.body = piece.literal;
	entry.answer.body_length = 1;
	found = round_trip(&entry);
	entry_check(&found, &entry);
}
END_TEST

START_TEST(bodies_that_are_not_there_say_why)
{
	struct har_entry entry = entry_full;
	struct har_entry found;

	entry.request.lacks_body = "the client left";
	entry.request.body_length = 999999;
	entry.answer.lacks_body = "too long";
	entry.answer.body_length = 5;
	found = round_trip(&entry);
	entry_check(&found, &entry);
	entry.request.pieces = NULL;
	entry.request.piece_count = 0;
	entry.answer.body = SPAN_EMPTY;
	found = round_trip(&entry);
	entry_check(&found, &entry);
}
END_TEST

/* What would tell of a loss in a file of others. */
START_TEST(bodies_of_ours_are_what_they_say)
{
	struct har_field length = {SPAN_LITERAL("content-length"), SPAN_LITERAL("10")};
	struct har_entry entry = entry_plain;
	struct har_entry found;

	entry.request.fields = &length;
	entry.request.field_count = 1;
	entry.answer.body = SPAN_LITERAL("\xef\xbf\xbd");
	entry.answer.body_length = 3;
	found = round_trip(&entry);
	entry_check(&found, &entry);
}
END_TEST

START_TEST(answer_may_be_a_blob)
{
	struct har_entry entry = entry_full;
	struct har_entry found;

	entry.answer.body = SPAN_EMPTY;
	entry.answer.sha256 = SPAN_LITERAL(ENTRY_DIGITS);
	entry.answer.body_length = UINT64_C(1) << 40;
	found = round_trip(&entry);
	entry_check(&found, &entry);
}
END_TEST

/* What a backend may send. */
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
	enum { BODY = 1048576, LARGER = HAR_LINE_MAX / HAR_ANSWER_MAX / 2 };
	size_t unit = strlen(long_ones[_i].unit);
	struct har_entry entry = entry_plain;
	struct har_entry found;

	while (body.n + unit <= BODY)
		buf_add_text(&body, long_ones[_i].unit);
	entry.answer.body = buf_span(&body);
	entry.answer.body_length = body.n;
	found = round_trip(&entry);
	ck_assert(span_equal(found.answer.body, buf_span(&body)));
	ck_assert_uint_lt(line.n, LARGER * body.n);
	ck_assert_int_eq(line_has("\"encoding\":\"base64\""), long_ones[_i].is_base64);
}
END_TEST

START_TEST(every_fault_has_its_word)
{
	struct har_entry entry = entry_plain;
	struct har_entry found;

	entry.fault = (enum har_fault)_i;
	entry.fault_at = entry.fault ? 17 : 0;
	found = round_trip(&entry);
	entry_check(&found, &entry);
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
	struct har_entry entry = entry_plain;
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
	struct har_entry entry = entry_plain;
	struct har_entry found;

	entry.request.body_length = sizeof all_bytes;
	har_write_embedded(&entry, every_byte(), &line);
	ck_assert(line_has("\"postData\":{\"mimeType\":\"\",\"text\":\"\\u0000"));
	ck_assert(line_has("\"_content\":{\"size\":256,\"encoding\":\"base64\",\"text\":\"AAECAwQF"));
	found = read_line(buf_span(&line));
	ck_assert_uint_eq(found.request.piece_count, 1);
	entry_check_text(found.request.pieces[0].literal, every_byte());
	ck_assert_uint_eq(found.request.body_length, sizeof all_bytes);
	ck_assert_ptr_null(found.request.lacks_body);
}
END_TEST

START_TEST(embedded_without_a_body_is_as_usual)
{
	har_write_embedded(&entry_plain, SPAN_EMPTY, &line);
	har_write(&entry_plain, &again);
	entry_check_text(buf_span(&line), buf_span(&again));
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
	struct har_entry entry = entry_full;

	add_entry(entry_full, 1);
	add_entry(entry_plain, 2);
	entry.answer =
		(struct har_answer){.sha256 = SPAN_LITERAL(ENTRY_DIGITS), .body_length = 20000000};
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
	struct har_entry entry = entry_full;
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
	entry_check_text(found, wanted);
}
END_TEST

/* -- flipped bits ---------------------------------------------------------------------------- */

START_TEST(read_sees_every_flipped_bit)
{
	struct har_entry entry;
	enum json_type type;

	har_write(&entry_full, &line);
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
	tcase_add_test(tcase, bodies_of_ours_are_what_they_say);
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
