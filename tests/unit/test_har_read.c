#include "rig/suite.h"
#include "wire/har.h"
#include "wire/json.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))
#define DIGITS      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define REQUEST           "\"request\":{\"method\":\"GET\",\"url\":\"http://h/\"}"
#define ENTRY(members)    "{" REQUEST "," members "}"
#define ASKED(members)    "{\"request\":{\"method\":\"GET\",\"url\":\"http://h/\"," members "}}"
#define ANSWERED(members) ENTRY("\"response\":{" members "}")
#define OURS(members) \
	"{\"_side\":\"client\",\"request\":{\"method\":\"GET\",\"url\":\"http://h/\"," members "}}"

static struct arena arena;
static struct har_entry entry;
static struct err err;

static void begin(void)
{
	arena_init(&arena);
}

static void end(void)
{
	arena_deinit(&arena);
}

static int read_text(struct span text)
{
	enum json_type type;

	ck_assert_msg(json_check_whole(text, &type, &err) == 0, "%.*s: %s", SPAN_ARG(text), err.text);
	return har_read(text, &arena, &entry, &err);
}

/* -- what is wrong --------------------------------------------------------------------------- */

static const struct {
	const char *line;
	const char *text;
} refused[] = {
	{"[]", "wanted an object"},
	{"{}", "request: is missing"},
	{"{\"request\":null}", "request: is missing"},
	{"{\"request\":[]}", "request: wanted an object"},
	{"{\"request\":{}}", "request.method: is missing"},
	{"{\"request\":{\"method\":\"\"}}", "request.method: is missing"},
	{"{\"request\":{\"method\":\"GET\"}}", "request.url: is missing"},
	{"{\"request\":{\"method\":1,\"url\":\"http://h/\"}}", "request.method: wanted a string"},
	{"{\"request\":{\"method\":\"GET\",\"url\":true}}", "request.url: wanted a string"},
	{ASKED("\"_url\":[]"), "request._url: wanted a string"},
	{ASKED("\"httpVersion\":1.1"), "request.httpVersion: wanted a string"},
	{ASKED("\"headers\":{}"), "request.headers: wanted an array"},
	{ASKED("\"headers\":[\"a\"]"), "request.headers[0]: wanted an object"},
	{ASKED("\"headers\":[null]"), "request.headers[0]: wanted an object"},
	{ASKED("\"headers\":[{},{\"name\":1}]"), "request.headers[1].name: wanted a string"},
	{ASKED("\"headers\":[{\"value\":{}}]"), "request.headers[0].value: wanted a string"},
	{ASKED("\"headers\":[{\"_latin1\":1}]"), "request.headers[0]._latin1: wanted an array"},
	{ASKED("\"headers\":[{\"_latin1\":[1]}]"), "request.headers[0]._latin1: wanted strings in it"},
	{ASKED("\"headers\":[{\"name\":\"\\u0100\",\"_latin1\":[\"name\"]}]"),
		"request.headers[0].name: wanted characters up to U+00FF"},
	{ASKED("\"postData\":[]"), "request.postData: wanted an object"},
	{ASKED("\"postData\":{\"text\":1}"), "request.postData.text: wanted a string"},
	{ASKED("\"postData\":{\"encoding\":1,\"text\":\"\"}"),
		"request.postData.encoding: wanted a string"},
	{ASKED("\"postData\":{\"encoding\":\"utf-8\",\"text\":\"\"}"),
		"request.postData.encoding: wanted base64 or hex"},
	{ASKED("\"postData\":{\"encoding\":\"base64\",\"text\":\"A\"}"),
		"request.postData.text: is not base64"},
	{ASKED("\"postData\":{\"encoding\":\"hex\",\"text\":\"0\"}"),
		"request.postData.text: is not hex"},
	{ASKED("\"_content\":{\"encoding\":\"base64\",\"text\":\"AAA\"}"),
		"request._content.text: is not base64"},
	{ASKED("\"_sha256\":\"00\""), "request._sha256: wanted 64 hexadecimal digits in lower case"},
	{ASKED("\"_sha256\":\"../../../../../../../../../../../../../../../../../../../../etc/pass\""),
		"request._sha256: wanted 64 hexadecimal digits in lower case"},
	{ASKED("\"_sha256\":\"a" DIGITS "\""),
		"request._sha256: wanted 64 hexadecimal digits in lower case"},
	{ASKED("\"_sha256\":\"012345678901234567890123456789012345678901234567890123456789012\""),
		"request._sha256: wanted 64 hexadecimal digits in lower case"},
	{ASKED("\"_lacksBody\":1"), "request._lacksBody: wanted a string"},
	{ASKED("\"_recipe\":{}"), "request._recipe: wanted an array"},
	{ASKED("\"_recipe\":[1]"), "request._recipe[0]: wanted an object"},
	{ASKED("\"_recipe\":[{}]"), "request._recipe[0]: wanted one of text, base64 and sha256"},
	{ASKED("\"_recipe\":[{\"text\":\"\",\"base64\":\"\"}]"),
		"request._recipe[0]: wanted one of text, base64 and sha256"},
	{ASKED("\"_recipe\":[{\"text\":1}]"), "request._recipe[0].text: wanted a string"},
	{ASKED("\"_recipe\":[{\"text\":\"\"},{\"base64\":\"?\"}]"),
		"request._recipe[1].base64: is not base64"},
	{ASKED("\"_recipe\":[{\"sha256\":\"" DIGITS "\"}]"), "request._recipe[0].length: is missing"},
	{ASKED("\"_recipe\":[{\"sha256\":\"" DIGITS "\",\"length\":-1}]"),
		"request._recipe[0].length: wanted a whole number up to 9223372036854775807"},
	{ASKED("\"_recipe\":[{\"sha256\":\"A\",\"length\":1}]"),
		"request._recipe[0].sha256: wanted 64 hexadecimal digits in lower case"},
	{ASKED("\"_recipe\":[{\"text\":\"abc\"}],\"bodySize\":4"),
		"request._recipe: makes 3 bytes, and bodySize is 4"},
	{ASKED("\"_recipe\":[{\"sha256\":\"" DIGITS "\",\"length\":9223372036854775807},"
		   "{\"sha256\":\"" DIGITS "\",\"length\":9223372036854775807},{\"text\":\"abc\"}]"),
		"request._recipe[2]: the body is too long"},
	{ASKED("\"_parts\":1"), "request._parts: wanted an array"},
	{ASKED("\"_parts\":[{\"name\":1}]"), "request._parts[0].name: wanted a string"},
	{ASKED("\"_parts\":[{\"length\":1}]"), "request._parts[0]: lies outside of the body"},
	{ASKED("\"_parts\":[{\"offset\":9223372036854775807,\"length\":9223372036854775807}]"),
		"request._parts[0]: lies outside of the body"},
	{ASKED("\"_parts\":[{\"offset\":1.5}]"),
		"request._parts[0].offset: wanted a whole number up to 9223372036854775807"},
	{OURS("\"bodySize\":-1"), "request.bodySize: wanted a whole number up to 9223372036854775807"},
	{ENTRY("\"response\":1"), "response: wanted an object"},
	{ANSWERED("\"status\":\"200\""), "response.status: wanted a whole number up to 999"},
	{ANSWERED("\"status\":1000"), "response.status: wanted a whole number up to 999"},
	{ANSWERED("\"statusText\":1"), "response.statusText: wanted a string"},
	{ANSWERED("\"headers\":1"), "response.headers: wanted an array"},
	{ANSWERED("\"content\":1"), "response.content: wanted an object"},
	{ANSWERED("\"content\":{\"text\":1}"), "response.content.text: wanted a string"},
	{ANSWERED("\"content\":{\"mimeType\":1}"), "response.content.mimeType: wanted a string"},
	{ANSWERED("\"content\":{\"_sha256\":\"\"}"),
		"response.content._sha256: wanted 64 hexadecimal digits in lower case"},
	{ENTRY("\"startedDateTime\":1"), "startedDateTime: wanted a string"},
	{ENTRY("\"startedDateTime\":\"yesterday\""), "startedDateTime: wanted a moment by RFC 3339"},
	{ENTRY("\"timings\":1"), "timings: wanted an object"},
	{ENTRY("\"timings\":{\"wait\":\"1\"}"), "timings.wait: wanted a number"},
	{ENTRY("\"timings\":{\"wait\":1e10}"), "timings.wait: wanted at most 1000000000 milliseconds"},
	{ENTRY("\"timings\":{\"wait\":1e999}"), "timings.wait: wanted at most 1000000000 milliseconds"},
	{ENTRY("\"_side\":1"), "_side: wanted a string"},
	{ENTRY("\"_side\":\"proxy\""), "_side: wanted another word"},
	{ENTRY("\"_fault\":\"?\""), "_fault: wanted another word"},
	{ENTRY("\"_attempt\":4294967296"), "_attempt: wanted a whole number up to 4294967295"},
	{ENTRY("\"_exchange\":\"1\""), "_exchange: wanted a whole number up to 9223372036854775807"},
	{ENTRY("\"_route\":1"), "_route: wanted a string"},
	{ENTRY("\"_seq\":1"), "_crc32c: the entry is not what was written"},
	{ENTRY("\"_crc32c\":\"00000000\""), "_crc32c: the entry is not what was written"},
	{"{\"_crc32c\":1}", "_crc32c: the entry is not what was written"},
};

START_TEST(read_refuses_with_the_path_and_why)
{
	ck_assert_msg(read_text(span_of(refused[_i].line)) < 0, "%s", refused[_i].line);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.text, refused[_i].text);
}
END_TEST

/* -- what others leave out ------------------------------------------------------------------- */

static const char *const lean[] = {
	"{" REQUEST "}",
	"{\"request\":{\"method\":\"GET\",\"url\":\"http://h/\",\"headers\":null,\"postData\":null,"
	"\"bodySize\":null,\"httpVersion\":null},\"response\":null,\"timings\":null,"
	"\"startedDateTime\":null}",
	ASKED("\"bodySize\":-1,\"headers\":[],\"postData\":{\"mimeType\":null,\"text\":null}"),
	ASKED("\"bodySize\":0.0,\"postData\":{\"text\":\"\",\"params\":[]}"),
	ANSWERED("\"status\":null,\"content\":{\"size\":null,\"mimeType\":null,\"text\":null}"),
	ANSWERED("\"content\":{\"size\":-1,\"mimeType\":\"x-unknown\"},\"bodySize\":-1"),
	ENTRY("\"timings\":{\"wait\":null,\"send\":-1,\"ssl\":\"?\"},\"pageref\":[[]]"),
	" { \"request\" : { \"method\" : \"GET\" , \"url\" : \"http://h/\" } } ",
};

START_TEST(read_takes_an_entry_that_says_little)
{
	const struct har_times none = {-1, -1, -1, -1, -1, -1};

	ck_assert_msg(read_text(span_of(lean[_i])) == 0, "%s", err.text);
	ck_assert(span_is(entry.request.method, "GET") && span_is(entry.request.url, "http://h/"));
	ck_assert_uint_eq(entry.request.field_count + entry.request.piece_count, 0);
	ck_assert_uint_eq(entry.request.body_length + entry.answer.body_length, 0);
	ck_assert(!entry.request.lacks_body && !entry.answer.lacks_body);
	ck_assert(!entry.answer.status && !entry.answer.mime_type.n && !entry.answer.body.n);
	ck_assert_mem_eq(&entry.times, &none, sizeof none);
	ck_assert_int_eq(entry.side, HAR_CLIENT);
}
END_TEST

/* -- limits ---------------------------------------------------------------------------------- */

static const struct {
	const char *front;
	const char *element;
	size_t max;
	const char *text;
} lists[] = {
	{"\"headers\":[", "{}", HAR_FIELDS_MAX, "request.headers: more than 1024 elements"},
	{"\"_recipe\":[", "{\"text\":\"\"}", HAR_PIECES_MAX,
		"request._recipe: more than 2049 elements"},
	{"\"_parts\":[", "{}", HAR_PARTS_MAX, "request._parts: more than 1024 elements"},
};

static int read_list(const char *front, const char *element, size_t count)
{
	BUF_AUTO struct buf line = {0};

	buf_add_format(&line, "{\"request\":{\"method\":\"GET\",\"url\":\"http://h/\",%s", front);
	for (size_t i = 0; i < count; i++)
		buf_add_format(&line, "%s%s", i ? "," : "", element);
	buf_add_text(&line, "]}}");
	return read_text(buf_span(&line));
}

START_TEST(read_takes_lists_up_to_their_limits)
{
	ck_assert_msg(
		read_list(lists[_i].front, lists[_i].element, lists[_i].max) == 0, "%s", err.text);
	ck_assert_int_lt(read_list(lists[_i].front, lists[_i].element, lists[_i].max + 1), 0);
	ck_assert_str_eq(err.text, lists[_i].text);
}
END_TEST

static void add_many(struct buf *line, const char *text, size_t bytes)
{
	while (line->n < bytes)
		buf_add_text(line, text);
}

START_TEST(read_takes_lines_up_to_their_limit)
{
	BUF_AUTO struct buf line = {0};

	buf_add_text(&line, "{" REQUEST ",\"a\":\"");
	add_many(&line, "x", HAR_LINE_MAX - 2);
	buf_add_text(&line, "\"}");
	ck_assert_int_eq(read_text(buf_span(&line)), 0);
	line.n -= 2;
	buf_add_text(&line, "x\"}");
	ck_assert_int_lt(read_text(buf_span(&line)), 0);
	ck_assert_str_eq(err.text, "longer than 67108864 bytes");
}
END_TEST

START_TEST(read_leaves_out_an_answer_beyond_its_limit)
{
	BUF_AUTO struct buf line = {0};

	buf_add_text(&line, "{" REQUEST ",\"response\":{\"content\":{\"text\":\"");
	add_many(&line, "x", HAR_ANSWER_MAX + line.n);
	buf_add_text(&line, "\"}}}");
	ck_assert_int_eq(read_text(buf_span(&line)), 0);
	ck_assert_uint_eq(entry.answer.body.n, HAR_ANSWER_MAX);
	line.n -= strlen("\"}}}");
	buf_add_text(&line, "x\"}}}");
	ck_assert_int_eq(read_text(buf_span(&line)), 0);
	ck_assert_uint_eq(entry.answer.body.n, 0);
	ck_assert_str_eq(entry.answer.lacks_body, "it is longer than is read");
}
END_TEST

START_TEST(read_takes_the_last_of_doubled_members)
{
	ck_assert_int_eq(
		read_text(SPAN_LITERAL("{\"request\":1," REQUEST ",\"_id\":\"a\",\"_id\":\"b\"}")), 0);
	ck_assert(span_is(entry.id, "b"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("har_read");
	TCase *tcase = suite_case(suite, "har_read", begin, end);

	tcase_add_loop_test(tcase, read_refuses_with_the_path_and_why, 0, ROWS(refused));
	tcase_add_loop_test(tcase, read_takes_an_entry_that_says_little, 0, ROWS(lean));
	tcase_add_loop_test(tcase, read_takes_lists_up_to_their_limits, 0, ROWS(lists));
	tcase_add_test(tcase, read_takes_lines_up_to_their_limit);
	tcase_add_test(tcase, read_leaves_out_an_answer_beyond_its_limit);
	tcase_add_test(tcase, read_takes_the_last_of_doubled_members);
	return suite;
}
