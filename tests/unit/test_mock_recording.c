/* The captures under fixtures/, whose questions are asked again, and made up ones. */
#include "mlmock/recording.h"

#include "base/mem.h"
#include "io/digest.h"
#include "rig/captures.h"
#include "rig/exchanges.h"
#include "rig/fixture.h"
#include "rig/form.h"
#include "rig/suite.h"
#include "wire/har_frame.h"

#define TYPE "multipart/form-data; boundary=" FORM_BOUNDARY

/* Longer than what is kept with an answer. */
#define TEN  "0123456789"
#define MANY TEN TEN TEN TEN TEN TEN TEN TEN
#define LONG MANY MANY MANY MANY MANY MANY MANY MANY

#define CLIP  "{\"clip\":{\"textual\":{\"modelName\":\"a\",\"options\":{}}}}"
#define OTHER "{ \"clip\": {\"textual\": {\"options\": {}, \"modelName\": \"a\"}} }"

static struct arena arena;
static struct reply reply;
static struct recording *recording;
static struct err err;

static void begin(void)
{
	arena_init(&arena);
	reply_init(&reply);
	recording = NULL;
}

static void end(void)
{
	recording_free(recording);
	reply_deinit(&reply);
	arena_deinit(&arena);
}

static void ask_bytes(struct span type, struct span body)
{
	reply_deinit(&reply);
	reply_init(&reply);
	recording_answer(recording, type, body, &arena, &reply);
}

/* -- what is there --------------------------------------------------------------------------- */

static struct span type_of(const struct har_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_equal_nocase(fields[i].name, SPAN_LITERAL("content-type")))
			return fields[i].value;
	return SPAN_EMPTY;
}

static void read_body(
	const struct capture_reader *reader, const struct har_entry *entry, struct buf *out)
{
	struct capture_body *body;
	long got;

	ck_assert_msg(!capture_body_open(reader, entry, &body, &err), "%s", err.text);
	while ((got = capture_body_read(body, buf_reserve(out, 65536), 65536, &err)) > 0)
		out->n += (size_t)got;
	ck_assert_int_eq(got, 0);
	capture_body_close(body);
}

static void expect_recorded(const struct capture_reader *reader, const struct har_entry *entry)
{
	BUF_AUTO struct buf fields = {0};
	BUF_AUTO struct buf body = {0};

	buf_add_format(&fields, "content-type: %.*s\r\n",
		SPAN_ARG(type_of(entry->answer.fields, entry->answer.field_count)));
	ck_assert(!capture_read_answer(reader, entry, HAR_ANSWER_MAX, &body, &err));
	ck_assert_int_eq(reply.end, REPLY_SENT);
	ck_assert_int_eq(reply.status, entry->answer.status);
	ck_assert_ptr_null(reply.content_type);
	ck_assert(span_equal(buf_span(&reply.fields), buf_span(&fields)));
	ck_assert(span_equal(buf_span(&reply.body), buf_span(&body)));
}

static void ask_again(const struct capture_reader *reader, const struct har_entry *entry)
{
	BUF_AUTO struct buf body = {0};

	read_body(reader, entry, &body);
	ask_bytes(type_of(entry->request.fields, entry->request.field_count), buf_span(&body));
	if (entry->answer.status) {
		expect_recorded(reader, entry);
	} else {
		bool is_slow = entry->fault == HAR_FAULT_STALLED || entry->fault == HAR_FAULT_LEFT;

		ck_assert_int_ne(entry->fault, HAR_FAULT_NONE);
		ck_assert_int_eq(reply.end, is_slow ? REPLY_NEVER : REPLY_CUT);
		ck_assert_uint_eq(reply.body.n, 0);
	}
}

/* Returns how many questions there were. */
static size_t ask_all(const char *path, enum har_side side)
{
	struct capture_reader *reader;
	struct har_entry entry;
	size_t count = 0;

	ck_assert_msg(
		!recording_open(path, side, RECORDING_BYTES_MAX, &recording, &err), "%s", err.text);
	ck_assert_msg(!capture_reader_open(path, &reader, &err), "%s", err.text);
	while (capture_reader_next(reader, &arena, &entry, &err) == 1)
		if (entry.side == side) {
			ask_again(reader, &entry);
			count++;
		}
	capture_reader_close(reader);
	return count;
}

static const struct {
	const char *path;
	enum har_side side;
	size_t least;
} captures[] = {
	{FIXTURES "/captures/genuine", HAR_CLIENT, 36},
	{FIXTURES "/captures/genuine", HAR_BACKEND, 34},
	{FIXTURES "/captures/genuine-split", HAR_BACKEND, 2},
	{FIXTURES "/captures/failures", HAR_CLIENT, 14},
	{FIXTURES "/captures/failures", HAR_BACKEND, 19},
};

START_TEST(answer_given_capture_is_what_was_recorded)
{
	ck_assert_uint_ge(ask_all(captures[_i].path, captures[_i].side), captures[_i].least);
}
END_TEST

/* -- which answer ---------------------------------------------------------------------------- */

static void open_rows(const struct exchange_row *rows, size_t count)
{
	struct exchanges exchanges;
	int result;

	exchanges_init(&exchanges, rows, count);
	result = recording_open(exchanges.path, HAR_CLIENT, RECORDING_BYTES_MAX, &recording, &err);
	exchanges_deinit(&exchanges);
	ck_assert_msg(!result, "%s", err.text);
}

static void expect(const char *entries, const char *text, int status, const char *answer)
{
	BUF_AUTO struct buf body = exchanges_body(entries, text);

	ask_bytes(SPAN_LITERAL(TYPE), buf_span(&body));
	ck_assert_int_eq(reply.status, status);
	ck_assert_msg(span_is(buf_span(&reply.body), answer), "%.*s", SPAN_ARG(buf_span(&reply.body)));
}

START_TEST(answer_given_several_has_them_in_turn_and_then_the_last)
{
	static const struct exchange_row rows[] = {
		{CLIP, "cat", 200, "1", 0, NULL},
		{CLIP, "dog", 200, "one dog", 10, NULL},
		{CLIP, "cat", 503, "2", 20, NULL},
		{OTHER, "cat", 200, "3", 30, NULL},
	};

	open_rows(rows, sizeof rows / sizeof *rows);
	expect(CLIP, "cat", 200, "1");
	expect(CLIP, "dog", 200, "one dog");
	expect(OTHER, "cat", 503, "2");
	expect(CLIP, "cat", 200, "3");
	expect(CLIP, "cat", 200, "3");
	expect(CLIP, "dog", 200, "one dog");
}
END_TEST

START_TEST(answer_given_none_says_so)
{
	static const char none[] = "{\"detail\":\"This question is not in the capture\"}";
	static const struct exchange_row rows[] = {
		{CLIP, "cat", 200, "1", 0, NULL},
		{CLIP, "of the backend", 200, "2", 0, "main"},
		{NULL, "", 200, "3", 0, NULL},
		{CLIP, "no answer and no fault", 0, "", 0, NULL},
	};

	open_rows(rows, sizeof rows / sizeof *rows);
	expect("{\"clip\":{}}", "cat", 404, none);
	expect(CLIP, "dog", 404, none);
	expect(CLIP, "of the backend", 404, none);
	expect(CLIP, "no answer and no fault", 404, none);
	ask_bytes(SPAN_EMPTY, SPAN_EMPTY);
	ck_assert_int_eq(reply.status, 404);
	ask_bytes(SPAN_LITERAL(TYPE), SPAN_LITERAL("--" FORM_BOUNDARY "\r\nbroken"));
	ck_assert_int_eq(reply.status, 404);
	recording_free(TAKE(recording));
	open_rows(NULL, 0);
	expect(CLIP, "cat", 404, none);
}
END_TEST

/* -- what is wrong --------------------------------------------------------------------------- */

/* As the only entry of a file. */
static void write_capture(
	const struct har_request *request, const struct har_answer *answer, const char *path)
{
	struct har_entry entry = {
		.seq = 1,
		.exchange = 1,
		.side = HAR_CLIENT,
		.id = SPAN_LITERAL("id"),
		.request = *request,
		.answer = *answer,
	};
	BUF_AUTO struct buf line = {0};
	BUF_AUTO struct buf file = {0};

	entry.request.method = (struct span)SPAN_LITERAL("POST");
	entry.request.url = (struct span)SPAN_LITERAL("http://a/predict");
	entry.request.http_version = (struct span)SPAN_LITERAL("HTTP/1.1");
	har_write(&entry, &line);
	har_frame_begin(&file);
	har_frame_add(&file, buf_span(&line), true);
	buf_add(&file, har_frame_end);
	captures_put_file(path, buf_span(&file));
}

static int open_entry(const struct har_request *request, const struct har_answer *answer)
{
	char path[CAPTURES_PATH];
	int result;

	captures_begin(path);
	write_capture(request, answer, path);
	result = recording_open(path, HAR_CLIENT, RECORDING_BYTES_MAX, &recording, &err);
	captures_end(path);
	return result;
}

static int open_answer(const struct har_answer *answer)
{
	return open_entry(&(struct har_request){0}, answer);
}

/* What else it asked is not known. */
START_TEST(answer_given_part_of_a_question_is_none)
{
	struct har_part text = {.name = SPAN_LITERAL("text"),
		.offset = 200,
		.length = 3,
		.sha256 = SPAN_LITERAL("77af778b51abd4a3c51c5ddd97204a9c3ae614ebccb75a606c3b6865aed6744e")};
	const struct har_request request = {
		.body_length = 300, .parts = &text, .part_count = 1, .lacks_body = "it was not recorded"};
	BUF_AUTO struct buf body = {0};

	ck_assert(!open_entry(&request, &(struct har_answer){.status = 200}));
	form_part(&body, FORM_TEXT, SPAN_LITERAL("cat"));
	form_end(&body);
	ask_bytes(SPAN_LITERAL(TYPE), buf_span(&body));
	ck_assert_int_eq(reply.status, 404);
}
END_TEST

START_TEST(answer_given_hostile_fields_keeps_lines_apart)
{
	struct har_field fields[] = {
		{SPAN_LITERAL("Content-Type"), SPAN_LITERAL("text/plain\r\nset-cookie: a=b")},
		{SPAN_LITERAL("content-length"), SPAN_LITERAL("1000")},
		{SPAN_LITERAL("Content-Encoding"), SPAN_LITERAL("gzip")},
		{SPAN_LITERAL("content-type"), SPAN_LITERAL("text/plain\t;charset=utf-8")},
	};
	const struct har_answer answer = {.status = 200, .fields = fields, .field_count = 4};

	ck_assert_msg(!open_answer(&answer), "%s", err.text);
	ask_bytes(SPAN_EMPTY, SPAN_EMPTY);
	ck_assert_int_eq(reply.status, 200);
	ck_assert(span_is(buf_span(&reply.fields),
		"content-encoding: gzip\r\ncontent-type: text/plain\t;charset=utf-8\r\n"));
}
END_TEST

START_TEST(open_given_lost_answer_fails)
{
	static const char digits[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	struct har_answer answer = {.status = 200, .sha256 = {digits, 64}, .body_length = 5};

	ck_assert_int_eq(open_answer(&answer), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	answer.body_length = (uint64_t)RECORDING_BYTES_MAX + 1;
	ck_assert_int_eq(open_answer(&answer), -1);
	ck_assert_int_eq(err.kind, ERR_TOO_LARGE);
	ck_assert_str_eq(err.text, "the capture's answers are more than 268435456 bytes");
}
END_TEST

/* What they take is at the least what they are. */
START_TEST(open_given_bytes_takes_as_many_at_most)
{
	static const struct exchange_row rows[] = {
		{CLIP, "cat", 200, LONG, 0, NULL},
		{CLIP, "dog", 200, LONG, 10, NULL},
		{CLIP, "cow", 200, LONG, 20, NULL},
	};
	struct exchanges exchanges;
	size_t max_bytes = 0;

	exchanges_init(&exchanges, rows, 3);
	while (recording_open(exchanges.path, HAR_CLIENT, max_bytes, &recording, &err) < 0) {
		ck_assert_int_eq(err.kind, ERR_TOO_LARGE);
		max_bytes++;
	}
	exchanges_deinit(&exchanges);
	ck_assert_uint_ge(max_bytes, 3 * (strlen(LONG) + DIGEST_HEX));
	ck_assert_uint_lt(max_bytes, 4 * strlen(LONG));
}
END_TEST

START_TEST(open_given_broken_capture_says_where)
{
	BUF_AUTO struct buf bytes = {0};
	char path[CAPTURES_PATH];

	captures_begin(path);
	ck_assert_int_eq(recording_open(path, HAR_CLIENT, SIZE_MAX, &recording, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	fixture_read("captures/clip/capture.har", &bytes);
	bytes.bytes[bytes.n / 2] ^= 1;
	captures_put_file(path, buf_span(&bytes));
	ck_assert_int_eq(recording_open(path, HAR_CLIENT, SIZE_MAX, &recording, &err), -1);
	captures_end(path);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_msg(strstr(err.text, ": byte "), "%s", err.text);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_recording");
	TCase *tcase = suite_case(suite, "recording", begin, end);

	tcase_add_loop_test(
		tcase, answer_given_capture_is_what_was_recorded, 0, sizeof captures / sizeof *captures);
	tcase_add_test(tcase, answer_given_several_has_them_in_turn_and_then_the_last);
	tcase_add_test(tcase, answer_given_none_says_so);
	tcase_add_test(tcase, answer_given_part_of_a_question_is_none);
	tcase_add_test(tcase, answer_given_hostile_fields_keeps_lines_apart);
	tcase_add_test(tcase, open_given_lost_answer_fails);
	tcase_add_test(tcase, open_given_bytes_takes_as_many_at_most);
	tcase_add_test(tcase, open_given_broken_capture_says_where);
	return suite;
}
