#include "rig/fixture.h"
#include "rig/suite.h"
#include "wire/har.h"
#include "wire/json.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

#define LEFT_OUT   "who wrote this left the answer's body out"
#define MISSING    "who wrote this left it out, as Playwright does where a form has a file"
#define ELSEWHERE  "it lies in a file of its own, which is not part of this one"
#define REPLACED   "what was no text in it was replaced when it was written"
#define UNSAID     "nothing says which bytes its text stands for"
#define NOT_ITSELF "it is longer or shorter than is said of it elsewhere"

enum { ENTRIES_MAX = 16 };

static struct arena arena;
static struct buf file;
static struct har_entry entries[ENTRIES_MAX];
static size_t count;

static void begin(void)
{
	arena_init(&arena);
	count = 0;
}

static void end(void)
{
	buf_deinit(&file);
	arena_deinit(&arena);
}

/* -- files of other programs ----------------------------------------------------------------- */

static void read_file(const char *path)
{
	struct json_elements walk;
	struct span log = SPAN_EMPTY;
	struct span list = SPAN_EMPTY;
	struct span text;
	enum json_type type;
	struct err err;

	fixture_read(path, &file);
	ck_assert_msg(json_check_whole(buf_span(&file), &type, &err) == 0, "%s", err.text);
	ck_assert(json_member(buf_span(&file), SPAN_LITERAL("log"), &log));
	ck_assert(json_member(log, SPAN_LITERAL("entries"), &list));
	walk = json_elements_of(list);
	while (json_elements_next(&walk, &text)) {
		ck_assert_uint_lt(count, ENTRIES_MAX);
		ck_assert_msg(har_read(text, &arena, &entries[count++], &err) == 0, "%s", err.text);
	}
}

static struct span content_of(const struct har_request *request, size_t part)
{
	const struct har_part *found = &request->parts[part];

	ck_assert_uint_lt(part, request->part_count);
	return span_first(
		span_skip(request->pieces[0].literal, (size_t)found->offset), (size_t)found->length);
}

static void check_part(const struct har_request *request, size_t part, const char *name)
{
	ck_assert_uint_lt(part, request->part_count);
	ck_assert(span_is(request->parts[part].name, name));
}

static void check_picture(const struct har_request *request, const char *path)
{
	BUF_AUTO struct buf picture = {0};

	check_part(request, 1, "image");
	fixture_read(path, &picture);
	ck_assert(span_equal(content_of(request, 1), buf_span(&picture)));
	ck_assert(request->parts[1].has_file_name && span_is(request->parts[1].file_name, "blob"));
	ck_assert(span_is(request->parts[1].content_type, "application/octet-stream"));
}

START_TEST(mitmproxy_is_read_byte_for_byte)
{
	read_file("imports/mitmproxy-11.har");
	ck_assert_uint_eq(count, 12);
	for (size_t i = 0; i < count; i++) {
		ck_assert_ptr_null(entries[i].request.lacks_body);
		ck_assert_ptr_null(entries[i].answer.lacks_body);
		ck_assert_uint_eq(entries[i].answer.body.n, entries[i].answer.body_length);
		ck_assert_int_ge(entries[i].answer.status, 200);
	}
	check_part(&entries[0].request, 0, "entries");
	check_picture(&entries[0].request, "pictures/astronaut.jpg");
	check_picture(&entries[1].request, "pictures/chelsea.webp");
	check_picture(&entries[6].request, "pictures/sign.jpg");
	check_part(&entries[4].request, 1, "text");
	ck_assert_uint_eq(entries[6].request.body_length, 126589);
	ck_assert_int_eq(entries[0].started_us, 1795233740610020);
	ck_assert_int_eq(entries[0].times.wait_ns, 16829014);
	ck_assert_uint_eq(entries[11].request.piece_count, 0);
	ck_assert(span_is(entries[11].answer.body, "pong"));
}
END_TEST

START_TEST(playwright_is_read_as_far_as_it_goes)
{
	read_file("imports/playwright-embed.har");
	ck_assert_uint_eq(count, 8);
	for (size_t i = 2; i < 7; i += 2) {
		ck_assert_str_eq(entries[i].request.lacks_body, MISSING);
		ck_assert_uint_gt(entries[i].request.body_length, 40000);
		ck_assert_ptr_null(entries[i].answer.lacks_body);
		ck_assert_str_eq(entries[i - 1].answer.lacks_body, LEFT_OUT);
	}
	ck_assert_ptr_null(entries[7].request.lacks_body);
	ck_assert_uint_eq(entries[7].request.body_length, 329);
	ck_assert(span_is(content_of(&entries[7].request, 1), "Hund am Strand \xf0\x9f\x90\x95"));
	ck_assert_uint_eq(entries[7].answer.body.n, 6316);
}
END_TEST

/* -- which bytes a text stands for ----------------------------------------------------------- */

static int read_parts_of_entry(
	const char *request, const char *answer, struct har_entry *ret_entry, struct err *err)
{
	buf_reset(&file);
	buf_add_format(&file,
		"{\"request\":{\"method\":\"POST\",\"url\":\"http://h/\",%s},\"response\":{%s}}", request,
		answer);
	return har_read(buf_span(&file), &arena, ret_entry, err);
}

#define LENGTH(n)  "\"headers\":[{\"name\":\"Content-LENGTH\",\"value\":\"" n "\"}]"
#define POST(text) "\"postData\":{\"text\":\"" text "\"}"

static const struct {
	const char *members;
	struct span body;
	const char *lacks;
} requests[] = {
	/* one character for each byte, or what the bytes say */
	{"\"bodySize\":2," POST("\xc3\xbc\xc3\xbf"), SPAN_LITERAL("\xfc\xff"), NULL},
	{"\"bodySize\":4," POST("\xc3\xbc\xc3\xbf"), SPAN_LITERAL("\xc3\xbc\xc3\xbf"), NULL},
	{LENGTH("2") "," POST("\xc3\xbc\xc3\xbf"), SPAN_LITERAL("\xfc\xff"), NULL},
	{LENGTH("4") "," POST("\xc3\xbc\xc3\xbf"), SPAN_LITERAL("\xc3\xbc\xc3\xbf"), NULL},
	{"\"bodySize\":-1," LENGTH("2") "," POST("\xc3\xbc\xc3\xbf"), SPAN_LITERAL("\xfc\xff"), NULL},
	{"\"bodySize\":2," LENGTH("4") "," POST("\xc3\xbc\xc3\xbf"), SPAN_LITERAL("\xfc\xff"), NULL},
	{"\"bodySize\":4," LENGTH("2") "," POST("\xc3\xbc\xc3\xbf"), SPAN_LITERAL("\xc3\xbc\xc3\xbf"),
		NULL},
	{"\"bodySize\":9," LENGTH("2") "," POST("\xc3\xbc\xc3\xbf"), SPAN_LITERAL("\xfc\xff"), NULL},
	{POST("\xc3\xbc"), SPAN_LITERAL("\xc3\xbc"), UNSAID},
	{POST("plain"), SPAN_LITERAL("plain"), NULL},
	{POST("\xe2\x82\xac"), SPAN_LITERAL("\xe2\x82\xac"), NULL},
	{"\"bodySize\":3," POST("\\u20ac"), SPAN_LITERAL("\xe2\x82\xac"), NULL},
	{"\"bodySize\":4," POST("\\ud83d\\udc15"), SPAN_LITERAL("\xf0\x9f\x90\x95"), NULL},
	{"\"bodySize\":6," POST("a\\r\\nb\\u0000\\u001f"), SPAN_LITERAL("a\r\nb\0\x1f"), NULL},
	/* lossy */
	{"\"bodySize\":3," POST("\xef\xbf\xbd"), SPAN_LITERAL("\xef\xbf\xbd"), REPLACED},
	{"\"bodySize\":3," POST("\\ud83d"), SPAN_LITERAL("\xed\xa0\xbd"), REPLACED},
	{"\"bodySize\":4," POST("plain"), SPAN_LITERAL("plain"), NOT_ITSELF},
	{"\"bodySize\":3," POST("\xc3\xbc\xc3\xbf"), SPAN_LITERAL("\xc3\xbc\xc3\xbf"), NOT_ITSELF},
	{LENGTH("4") "," POST("\xe2\x82\xac"), SPAN_LITERAL("\xe2\x82\xac"), NOT_ITSELF},
	/* encoded */
	{"\"bodySize\":2,\"postData\":{\"text\":\"AP8=\",\"encoding\":\"base64\"}",
		SPAN_LITERAL("\0\xff"), NULL},
	{"\"postData\":{\"text\":\"00Ff\",\"encoding\":\"hex\"}", SPAN_LITERAL("\0\xff"), NULL},
	{"\"bodySize\":3,\"postData\":{\"text\":\"00ff\",\"encoding\":\"hex\"}", SPAN_LITERAL("\0\xff"),
		NOT_ITSELF},
	{"\"bodySize\":2," POST("??") ",\"_content\":{\"text\":\"AP8=\",\"encoding\":\"base64\"}",
		SPAN_LITERAL("\0\xff"), NULL},
	{"\"bodySize\":2," POST("??") ",\"_content\":{\"text\":\"\\u0000\xc3\xbf\"}",
		SPAN_LITERAL("\0\xff"), NULL},
	/* a recipe counts more than all of them */
	{"\"bodySize\":1," POST("??") ",\"_content\":{\"text\":\"AP8=\",\"encoding\":\"base64\"},"
								  "\"_recipe\":[{\"text\":\"!\"}]",
		SPAN_LITERAL("!"), NULL},
	/* not there */
	{"\"bodySize\":5", SPAN_EMPTY, MISSING},
	{LENGTH("5"), SPAN_EMPTY, MISSING},
	{"\"bodySize\":5," POST(""), SPAN_EMPTY, MISSING},
	{"\"bodySize\":5,\"postData\":{\"text\":\"\",\"_file\":\"a.dat\"}", SPAN_EMPTY, ELSEWHERE},
	{"\"postData\":{\"_sha1\":\"a.dat\"}", SPAN_EMPTY, ELSEWHERE},
	{LENGTH("0") "," POST(""), SPAN_EMPTY, NULL},
};

START_TEST(request_body_is_what_agrees_with_its_length)
{
	struct har_entry entry = {0};
	struct err err = {0};
	struct span body;

	ck_assert_msg(read_parts_of_entry(requests[_i].members, "", &entry, &err) == 0, "%s", err.text);
	body = entry.request.piece_count ? entry.request.pieces[0].literal : SPAN_EMPTY;
	ck_assert_pstr_eq(entry.request.lacks_body, requests[_i].lacks);
	ck_assert_msg(span_equal(body, requests[_i].body), "%.*s", SPAN_ARG(body));
	ck_assert(requests[_i].lacks || entry.request.body_length == body.n);
}
END_TEST

#define GZIP                                                           \
	"\"headers\":[{\"name\":\"Content-Encoding\",\"value\":\"gzip\"}," \
	"{\"name\":\"content-length\",\"value\":\"25\"}]"

static const struct {
	const char *members;
	struct span body;
	const char *lacks;
} answers[] = {
	{"\"content\":{\"size\":2,\"text\":\"\xc3\xbc\"}", SPAN_LITERAL("\xc3\xbc"), NULL},
	{"\"content\":{\"size\":1,\"text\":\"\xc3\xbc\"}", SPAN_LITERAL("\xfc"), NULL},
	{"\"content\":{\"size\":0,\"text\":\"{}\"}", SPAN_LITERAL("{}"), NULL},
	{"\"content\":{\"size\":null,\"text\":\"\\u20ac\"}", SPAN_LITERAL("\xe2\x82\xac"), NULL},
	{"\"content\":{\"size\":4,\"text\":\"AP8=\",\"encoding\":\"base64\"}", SPAN_LITERAL("\0\xff"),
		NOT_ITSELF},
	{"\"content\":{\"size\":2,\"text\":\"AP8=\",\"encoding\":\"base64\"}", SPAN_LITERAL("\0\xff"),
		NULL},
	/* the length is that of other bytes when there is a coding */
	{GZIP ",\"content\":{\"text\":\"{}\"}", SPAN_LITERAL("{}"), NULL},
	{GZIP ",\"bodySize\":25,\"content\":{\"size\":2,\"text\":\"{}\"}", SPAN_LITERAL("{}"), NULL},
	{GZIP ",\"bodySize\":25,\"content\":{\"text\":\"{}\"}", SPAN_LITERAL("{}"), NULL},
	{LENGTH("25") ",\"content\":{\"text\":\"{}\"}", SPAN_LITERAL("{}"), NOT_ITSELF},
	/* not there */
	{"\"bodySize\":25,\"content\":{\"size\":0,\"text\":\"\",\"encoding\":\"base64\"}", SPAN_EMPTY,
		LEFT_OUT},
	{"\"content\":{\"size\":5}", SPAN_EMPTY, LEFT_OUT},
	{"\"content\":{\"size\":5,\"_file\":\"a.json\"}", SPAN_EMPTY, ELSEWHERE},
	{"\"bodySize\":0,\"content\":{\"size\":0}", SPAN_EMPTY, NULL},
};

START_TEST(answer_body_is_what_agrees_with_its_length)
{
	struct har_entry entry = {0};
	struct err err = {0};

	ck_assert_msg(
		read_parts_of_entry("\"a\":1", answers[_i].members, &entry, &err) == 0, "%s", err.text);
	ck_assert_pstr_eq(entry.answer.lacks_body, answers[_i].lacks);
	ck_assert_msg(
		span_equal(entry.answer.body, answers[_i].body), "%.*s", SPAN_ARG(entry.answer.body));
}
END_TEST

START_TEST(answer_of_others_has_no_coding_any_more)
{
	struct har_entry entry = {0};
	struct err err;

	ck_assert_int_eq(read_parts_of_entry("\"a\":1", GZIP, &entry, &err), 0);
	ck_assert_uint_eq(entry.answer.field_count, 1);
	ck_assert(span_is(entry.answer.fields[0].name, "content-length"));
}
END_TEST

/* -- parts ----------------------------------------------------------------------------------- */

#define FORM(type, text) \
	"\"headers\":[{\"name\":\"Content-Type\",\"value\":\"" type "\"}]," POST(text)
#define ONE_PART "--b\\r\\nContent-Disposition: form-data; name=\\\"a\\\"\\r\\n\\r\\nxyz\\r\\n"

static const struct {
	const char *members;
	size_t parts;
} forms[] = {
	{FORM("multipart/form-data; boundary=b", ONE_PART "--b--\\r\\n"), 1},
	{FORM("Multipart/Form-Data;boundary=\\\"b\\\"", ONE_PART ONE_PART "--b--"), 2},
	{FORM("multipart/form-data; boundary=b",
		 ONE_PART ONE_PART ONE_PART ONE_PART ONE_PART ONE_PART ONE_PART ONE_PART ONE_PART
		 "--b--\\r\\n"),
		9},
	{FORM("multipart/form-data; boundary=b", ONE_PART "--b\\r\\n\\r\\nxyz"), 1}, /* cut off */
	{FORM("multipart/form-data; boundary=b", "nothing"), 0},
	{FORM("multipart/form-data; boundary=c", ONE_PART "--b--\\r\\n"), 0},
	{FORM("multipart/form-data", ONE_PART "--b--\\r\\n"), 0},
	{FORM("multipart/mixed; boundary=b", ONE_PART "--b--\\r\\n"), 0},
	{FORM("text/plain", ONE_PART "--b--\\r\\n"), 0},
};

START_TEST(form_of_others_has_its_parts)
{
	struct har_entry entry = {0};
	struct err err = {0};

	ck_assert_msg(read_parts_of_entry(forms[_i].members, "", &entry, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(entry.request.part_count, forms[_i].parts);
	for (size_t i = 0; i < forms[_i].parts; i++) {
		check_part(&entry.request, i, "a");
		ck_assert(span_is(content_of(&entry.request, i), "xyz"));
		ck_assert(!entry.request.parts[i].has_file_name && !entry.request.parts[i].sha256.n);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("har_import");
	TCase *tcase = suite_case(suite, "har_import", begin, end);

	tcase_add_test(tcase, mitmproxy_is_read_byte_for_byte);
	tcase_add_test(tcase, playwright_is_read_as_far_as_it_goes);
	tcase_add_loop_test(tcase, request_body_is_what_agrees_with_its_length, 0, ROWS(requests));
	tcase_add_loop_test(tcase, answer_body_is_what_agrees_with_its_length, 0, ROWS(answers));
	tcase_add_test(tcase, answer_of_others_has_no_coding_any_more);
	tcase_add_loop_test(tcase, form_of_others_has_its_parts, 0, ROWS(forms));
	return suite;
}
