#include "wire/har_frame.h"

#include "rig/suite.h"
#include "wire/json.h"

#define FRONT "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"mlproxy\",\"version\":\""
#define BACK  "},\"pages\":[],\"entries\":["

/* Of another version than this one. */
#define BEGINNING FRONT "12.0\",\"_crc32c\":\"b8c08379\"" BACK

START_TEST(frame_is_valid_json_after_every_entry)
{
	BUF_AUTO struct buf file = {0};
	enum json_type type;
	struct span line;
	struct span rest;
	struct err err;

	har_frame_begin(&file);
	for (size_t i = 0; i < 3; i++) {
		if (i)
			har_frame_add(&file, SPAN_LITERAL("{\"_seq\":1}"), i == 1);
		buf_add(&file, har_frame_end);
		ck_assert_msg(json_check_whole(buf_span(&file), &type, &err) == 0, "%s", err.text);
		file.n -= har_frame_end.n;
	}
	buf_add(&file, har_frame_end);
	rest = buf_span(&file);
	line = span_cut(&rest, '\n');
	ck_assert(span_starts(line, SPAN_LITERAL(FRONT MLP_VERSION "\",\"_crc32c\":\"")));
	ck_assert(span_is(span_skip(line, line.n - strlen(BACK)), BACK));
	ck_assert_int_eq(har_frame_read(line, &line), HAR_LINE_BEGIN);
	ck_assert(span_is(rest, "{\"_seq\":1}\n,{\"_seq\":1}\n]}}\n"));
}
END_TEST

static const struct {
	const char *line;
	enum har_line kind;
	const char *entry; /* of an entry */
} lines[] = {
	{BEGINNING, HAR_LINE_BEGIN, NULL},
	{FRONT "13.0\",\"_crc32c\":\"b8c08379\"" BACK, HAR_LINE_OTHER, NULL},
	{FRONT "12.0\"" BACK, HAR_LINE_OTHER, NULL},
	{FRONT "12.0\",\"_crc32c\":\"\"" BACK, HAR_LINE_OTHER, NULL},
	{FRONT BACK, HAR_LINE_OTHER, NULL},
	{"{\"_seq\":1}", HAR_LINE_ENTRY, "{\"_seq\":1}"},
	{",{\"_seq\":2,\"a\":{}}", HAR_LINE_ENTRY, "{\"_seq\":2,\"a\":{}}"},
	{"{\"_seq\":}", HAR_LINE_ENTRY, "{\"_seq\":}"},
	{"]}}", HAR_LINE_END, NULL},
	{"", HAR_LINE_OTHER, NULL},
	{",", HAR_LINE_OTHER, NULL},
	{"{}", HAR_LINE_OTHER, NULL},
	{",,{\"_seq\":1}", HAR_LINE_OTHER, NULL},
	{"{\"_seq\":", HAR_LINE_OTHER, NULL},
	{"{\"_seq\":1},", HAR_LINE_OTHER, NULL},
	{"{\"_seq\":1}\r", HAR_LINE_OTHER, NULL},
	{" {\"_seq\":1}", HAR_LINE_OTHER, NULL},
	{"{\"startedDateTime\":\"\"}", HAR_LINE_OTHER, NULL},
	{"]}} ", HAR_LINE_OTHER, NULL},
	{"]}", HAR_LINE_OTHER, NULL},
	{",]}}", HAR_LINE_OTHER, NULL},
	{BEGINNING "]}}", HAR_LINE_OTHER, NULL},
	{"," BEGINNING, HAR_LINE_OTHER, NULL},
	{FRONT "},\"pages\":[],\"entries\":[", HAR_LINE_OTHER, NULL},
	{"{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"Playwright\",\"version\":\"1.65.1\"},"
	 "\"pages\":[],\"entries\":[",
		HAR_LINE_OTHER, NULL},
	{"{\"log\":{\"version\":\"1.2\",\"entries\":[]}}", HAR_LINE_OTHER, NULL},
};

START_TEST(read_tells_lines_apart)
{
	struct span entry = SPAN_EMPTY;

	ck_assert_int_eq(har_frame_read(span_of(lines[_i].line), &entry), lines[_i].kind);
	ck_assert(span_is(entry, lines[_i].entry ? lines[_i].entry : ""));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("har_frame");
	TCase *tcase = tcase_create("har_frame");

	tcase_add_test(tcase, frame_is_valid_json_after_every_entry);
	tcase_add_loop_test(tcase, read_tells_lines_apart, 0, ROWS(lines));
	suite_add_tcase(suite, tcase);
	return suite;
}
