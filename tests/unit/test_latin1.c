#include "wire/latin1.h"

#include "rig/suite.h"
#include "wire/json.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

static const struct {
	struct span bytes;
	const char *json;
} texts[] = {
	{SPAN_LITERAL(""), "\"\""}, {SPAN_LITERAL("plain text"), "\"plain text\""},
	{SPAN_LITERAL("\"\\/"), "\"\\u0022\\u005c/\""},
	{SPAN_LITERAL("\0\n\x1f\x7f"), "\"\\u0000\\u000a\\u001f\\u007f\""},
	{SPAN_LITERAL("\x80\xbf\xc0\xff"), "\"\xc2\x80\xc2\xbf\xc3\x80\xc3\xbf\""},
	{SPAN_LITERAL("M\xc3\xbc"), "\"M\xc3\x83\xc2\xbc\""}, /* UTF-8 is bytes, too */
};

START_TEST(write_gives_each_byte_a_character)
{
	BUF_AUTO struct buf out = {0};

	latin1_write_json(texts[_i].bytes, &out);
	ck_assert_msg(span_is(buf_span(&out), texts[_i].json), "%.*s", SPAN_ARG(buf_span(&out)));
}
END_TEST

START_TEST(read_takes_back_every_byte)
{
	BUF_AUTO struct buf json = {0};
	BUF_AUTO struct buf out = {0};
	char bytes[256];
	struct arena arena;
	enum json_type type;
	struct err err;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)i;
	latin1_write_json((struct span){bytes, sizeof bytes}, &json);
	ck_assert_int_eq(json_check_whole(buf_span(&json), &type, &err), 0);
	arena_init(&arena);
	buf_add_text(&out, ">");
	ck_assert(latin1_read(json_string(buf_span(&json), &arena), &out));
	ck_assert(span_equal(span_skip(buf_span(&out), 1), (struct span){bytes, sizeof bytes}));
	arena_deinit(&arena);
}
END_TEST

START_TEST(read_given_nothing_adds_nothing)
{
	BUF_AUTO struct buf out = {0};

	ck_assert(latin1_read(SPAN_EMPTY, &out));
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

static const char *const others[] = {
	"\xc4\x80",         /* U+0100 */
	"a\xef\xbf\xbd",    /* U+FFFD */
	"\xf0\x9f\x98\x80", /* beyond 16 bits */
	"\xed\xa0\x80",     /* half of one */
};

START_TEST(read_given_other_characters_adds_nothing)
{
	BUF_AUTO struct buf out = {0};

	ck_assert(!latin1_read(span_of(others[_i]), &out));
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("latin1");
	TCase *tcase = tcase_create("latin1");

	tcase_add_loop_test(tcase, write_gives_each_byte_a_character, 0, ROWS(texts));
	tcase_add_test(tcase, read_takes_back_every_byte);
	tcase_add_test(tcase, read_given_nothing_adds_nothing);
	tcase_add_loop_test(tcase, read_given_other_characters_adds_nothing, 0, ROWS(others));
	suite_add_tcase(suite, tcase);
	return suite;
}
