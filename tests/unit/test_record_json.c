/* Records as JSON, with bodies around every size that is written at a time. */
#include "proxy/record_json.h"

#include "base/mem.h"
#include "rig/configs.h"
#include "rig/suite.h"
#include "wire/base64.h"
#include "wire/json.h"

static struct parts *parts;
static struct records_item item;
static struct buf text;
static struct arena arena;

static void set_up(void)
{
	struct err err;

	ck_assert_msg(digest_load(&err) == 0, "%s", err.text);
	parts = parts_new();
	item = (struct records_item){7, 6, record_new()};
	item.record->entry.answer.http_version = SPAN_LITERAL("HTTP/1.1");
	item.record->entry.times = (struct har_times){-1, -1, -1, 1500000, 2000000, 0};
}

static void tear_down(void)
{
	record_unref(item.record);
	parts_free(parts);
	buf_deinit(&text);
	arena_deinit(&arena);
}

static void write(bool has_bodies)
{
	MEM_AUTO struct record_json *json = mem_new(1, sizeof *json);
	enum json_type type;
	struct err err;

	record_settle(item.record, parts);
	buf_reset(&text);
	record_json_begin(json, &item, has_bodies);
	while (record_json_next(json, &text))
		ck_assert_uint_lt(text.capacity, 64 << 20);
	ck_assert_msg(json_check_whole(buf_span(&text), &type, &err) == 0, "%s: %.*s", err.text,
		SPAN_ARG(buf_span(&text)));
}

/* The value at a path of keys, as it is written. */
static struct span value_of(const char *path)
{
	struct span rest = span_of(path);
	struct span value = buf_span(&text);

	while (rest.n)
		ck_assert_msg(json_member(value, span_cut(&rest, '.'), &value), "%s", path);
	return value;
}

static void expect(const char *path, const char *value)
{
	ck_assert_msg(span_is(value_of(path), value), "%s: %.*s", path, SPAN_ARG(value_of(path)));
}

static void expect_body(const char *side, struct span bytes, bool is_text)
{
	BUF_AUTO struct buf encoding = {0};
	BUF_AUTO struct buf body = {0};
	BUF_AUTO struct buf wanted = {0};

	buf_add_format(&encoding, "%s.bodyEncoding", side);
	buf_add_format(&body, "%s.body", side);
	expect(encoding.bytes, is_text ? "\"utf-8\"" : "\"base64\"");
	if (is_text)
		buf_add(&wanted, bytes);
	else
		base64_encode(bytes, &wanted);
	ck_assert(span_equal(json_string(value_of(body.bytes), &arena), buf_span(&wanted)));
}

static const size_t sizes[] = {0, 1, 2, 3, 4097, RECORD_JSON_BLOCK - 1, RECORD_JSON_BLOCK,
	RECORD_JSON_BLOCK + 1, 2 * RECORD_JSON_BLOCK + 2, 1000000};

/* Characters of one to four bytes, so that each of them is cut at some block's end, and what must
 * be escaped. */
static void fill_text(struct buf *bytes, size_t n)
{
	static const char *const words[] = {
		"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8d\xb0", "\"\\\n", "\x01\x7f"};
	size_t i = 0;

	while (bytes->n < n) {
		const char *word = words[i++ % (sizeof words / sizeof *words)];

		buf_add_text(bytes, bytes->n + strlen(word) <= n ? word : "b");
	}
}

static void fill_bytes(struct buf *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_add(bytes, (struct span){&(char){(char)(i * 7 + 128)}, 1});
}

START_TEST(text_is_written_as_text_at_any_size)
{
	BUF_AUTO struct buf sent = {0};
	BUF_AUTO struct buf got = {0};

	fill_text(&sent, sizes[_i]);
	buf_add_text(&got, "x");
	fill_text(&got, sizes[_i] + 1);
	chain_append_copy(&item.record->request, buf_span(&sent));
	chain_append_copy(&item.record->answer, buf_span(&got));
	write(true);
	expect_body("request", buf_span(&sent), true);
	expect_body("response", buf_span(&got), true);
}
END_TEST

START_TEST(other_bytes_are_written_as_base64_at_any_size)
{
	BUF_AUTO struct buf bytes = {0};

	fill_bytes(&bytes, sizes[_i]);
	chain_append_copy(&item.record->request, buf_span(&bytes));
	chain_append_copy(&item.record->answer, buf_span(&bytes));
	write(true);
	expect_body("request", buf_span(&bytes), !sizes[_i]);
	expect_body("response", buf_span(&bytes), !sizes[_i]);
}
END_TEST

static const char *const no_texts[] = {
	"\xff", "abc\x80", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xc0\x80"};

START_TEST(broken_text_is_no_text)
{
	chain_append_copy(&item.record->answer, span_of(no_texts[_i]));
	write(true);
	expect_body("response", span_of(no_texts[_i]), false);
}
END_TEST

START_TEST(bodies_that_are_not_wanted_are_null)
{
	chain_append_copy(&item.record->request, SPAN_LITERAL("cat"));
	chain_append_copy(&item.record->answer, SPAN_LITERAL("{}"));
	write(false);
	expect("request.body", "null");
	expect("request.bodySize", "3");
	expect("response.body", "null");
	expect("response.bodySize", "2");
}
END_TEST

START_TEST(clients_record_is_told)
{
	struct har_field fields[] = {{SPAN_LITERAL("X-A"), SPAN_LITERAL("1")},
		{SPAN_LITERAL("b"), SPAN_LITERAL("\"\x80")}, {SPAN_LITERAL("x-a"), SPAN_LITERAL("2")}};
	struct har_entry *entry = &item.record->entry;

	entry->started_us = 1000000;
	entry->id = SPAN_LITERAL("i7");
	entry->request.method = SPAN_LITERAL("POST");
	entry->request.url = SPAN_LITERAL("http://a/predict");
	entry->request.fields = fields;
	entry->request.field_count = 3;
	entry->answer.status = 200;
	write(true);
	expect("id", "7");
	expect("exchangeId", "6");
	expect("exchange", "\"i7\"");
	expect("type", "\"incoming\"");
	expect("timestamp", "\"1970-01-01T00:00:01.000Z\"");
	expect("request.method", "\"POST\"");
	expect("request.headers", "{\"x-a\":\"1, 2\",\"b\":\"\\\"\xef\xbf\xbd\"}");
	expect("response.statusCode", "200");
	expect("error", "null");
	expect("fault", "null");
	expect("timings.wait", "2.000");
	expect("timings.total", "3.500");
	expect("timings.blocked", "null");
	ck_assert(!json_member(buf_span(&text), SPAN_LITERAL("backend"), &(struct span){0}));
}
END_TEST

START_TEST(failed_request_to_a_backend_is_told)
{
	struct har_entry *entry = &item.record->entry;

	entry->side = HAR_BACKEND;
	entry->backend = SPAN_LITERAL("b1");
	entry->route = SPAN_LITERAL("taskRouting.clip");
	entry->reason = SPAN_LITERAL("task");
	entry->attempt = 2;
	entry->error = SPAN_LITERAL("cannot connect");
	entry->fault = HAR_FAULT_REFUSED;
	entry->answer.http_version = SPAN_EMPTY;
	entry->request.lacks_body = "not all of it has come";
	write(true);
	expect("type", "\"outgoing\"");
	expect("backend", "\"b1\"");
	expect("attempt", "2");
	expect("route", "\"taskRouting.clip\"");
	expect("reason", "\"task\"");
	expect("response", "null");
	expect("error", "\"cannot connect\"");
	expect("fault", "\"refused\"");
	expect("faultAt", "0");
	expect("request.lacksBody", "\"not all of it has come\"");
}
END_TEST

START_TEST(body_is_read_from_any_position)
{
	BUF_AUTO struct buf bytes = {0};
	struct record_body body;
	char piece[10];

	fill_bytes(&bytes, 100000);
	chain_append_copy(&item.record->request, buf_span(&bytes));
	record_settle(item.record, parts);
	for (size_t at = 0; at < bytes.n; at += 997) {
		body = record_body_of(item.record, false);
		record_body_skip(&body, at);
		ck_assert_uint_eq(record_body_read(&body, piece, 3), 3);
		ck_assert_mem_eq(piece, bytes.bytes + at, 3);
	}
	record_body_skip(&body, UINT64_MAX);
	ck_assert_uint_eq(record_body_read(&body, piece, sizeof piece), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("record_json");
	TCase *tcase = tcase_create("record_json");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, text_is_written_as_text_at_any_size, 0, COUNT_OF(sizes));
	tcase_add_loop_test(tcase, other_bytes_are_written_as_base64_at_any_size, 0, COUNT_OF(sizes));
	tcase_add_loop_test(tcase, broken_text_is_no_text, 0, COUNT_OF(no_texts));
	tcase_add_test(tcase, bodies_that_are_not_wanted_are_null);
	tcase_add_test(tcase, clients_record_is_told);
	tcase_add_test(tcase, failed_request_to_a_backend_is_told);
	tcase_add_test(tcase, body_is_read_from_any_position);
	suite_add_tcase(suite, tcase);
	return suite;
}
