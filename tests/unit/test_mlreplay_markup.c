#include "mlreplay/markup.h"

#include "rig/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

static const struct {
	struct span text;
	const char *markup;
} texts[] = {
	{SPAN_LITERAL(""), ""},
	{SPAN_LITERAL("plain text, 1 / 2 = 0.5"), "plain text, 1 / 2 = 0.5"},
	{SPAN_LITERAL("<a href=\"x\">'&amp;'</a>"),
		"&#60;a href=&#34;x&#34;&#62;&#39;&#38;amp;&#39;&#60;/a&#62;"},
	{SPAN_LITERAL("]]>"), "]]&#62;"},
	{SPAN_LITERAL("a\tb\r\nc\x7f"), "a&#9;b&#13;&#10;c&#127;"},
	{SPAN_LITERAL("\0\1\033[31m"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd[31m"},
	{SPAN_LITERAL("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
	{SPAN_LITERAL("\xff\xc3("), "\xef\xbf\xbd\xef\xbf\xbd("},
	{SPAN_LITERAL("\xe2\x82"), "\xef\xbf\xbd\xef\xbf\xbd"},
	{SPAN_LITERAL("\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf"),
		"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{SPAN_LITERAL("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
};

START_TEST(add_escapes_what_is_markup_and_replaces_what_is_no_character)
{
	BUF_AUTO struct buf out = {0};

	markup_add(&out, texts[_i].text);
	ck_assert_msg(span_is(buf_span(&out), texts[_i].markup), "%.*s", SPAN_ARG(buf_span(&out)));
}
END_TEST

/* Whatever comes, what goes out is UTF-8, has no '<', and is no control character. */
START_TEST(add_given_any_two_bytes_gives_text)
{
	for (unsigned i = 0; i < 65536; i++) {
		const char bytes[] = {(char)(i >> 8), (char)i};
		BUF_AUTO struct buf out = {0};

		markup_add(&out, (struct span){bytes, sizeof bytes});
		ck_assert_uint_eq(span_utf8_length(buf_span(&out)), out.n);
		for (size_t k = 0; k < out.n; k++)
			ck_assert(!memchr("<>\"'", out.bytes[k], 4) && (unsigned char)out.bytes[k] >= ' ');
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_markup");
	TCase *tcase = tcase_create("markup");

	tcase_add_loop_test(
		tcase, add_escapes_what_is_markup_and_replaces_what_is_no_character, 0, ROWS(texts));
	tcase_add_test(tcase, add_given_any_two_bytes_gives_text);
	suite_add_tcase(suite, tcase);
	return suite;
}
