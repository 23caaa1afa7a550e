#include "wire/har_entries.h"

#include "rig/suite.h"

/* All that is found, one a line: LINE:BYTE and the entry, or the failure. In pieces of n bytes. */
static void list(struct span file, size_t n, struct buf *out)
{
	struct har_entries entries;
	struct span entry;
	struct err err;
	int result = 0;

	har_entries_init(&entries);
	for (size_t at = 0; at < file.n && result >= 0; at += n) {
		struct span in = span_first(span_skip(file, at), n);

		while ((result = har_entries_next(&entries, &in, &entry, &err)) > 0)
			buf_add_format(out, "%d:%d %.*s\n", (int)entries.begin.line, (int)entries.begin.byte,
				SPAN_ARG(entry));
	}
	if (result < 0 || har_entries_end(&entries, &err) < 0)
		buf_add_format(
			out, "%d:%d: %s\n", (int)entries.next.line, (int)entries.next.byte, err.text);
	har_entries_deinit(&entries);
}

static const struct {
	const char *file;
	const char *found;
} cases[] = {
	{"{\"log\":{\"entries\":[]}}", ""},
	{"{\"log\":{\"version\":\"1.2\",\"pages\":[],\"entries\":[\n{\"a\":1}\n,{\"b\":{\"c\":[2]}}\n]}"
	 "}\n",
		"2:47 {\"a\":1}\n3:56 {\"b\":{\"c\":[2]}}\n"},
	{"{\"log\":{\"entries\":[{\"x\":\"a\\nb\"},{}]}}", "1:19 {\"x\":\"a\\nb\"}\n1:32 {}\n"},
	{" { \"log\" :\n{ \"entries\" : [ {\n} , { \"x\" : \"}]{\\\"\\\\\" } ] , \"pages\" : [ { } ] } "
	 "}",
		"2:27 {\n}\n3:33 { \"x\" : \"}]{\\\"\\\\\" }\n"},
	/* what only looks like it */
	{"{\"lot\":{\"entries\":[{}]},\"log\":{\"x\":{\"entries\":[{}]},\"y\":\"entries\",\"z\":[{}],"
	 "\"entriesx\":[{}],\"entries\":[{\"log\":{\"entries\":[{}]}}]},\"entries\":[{}]}",
		"1:102 {\"log\":{\"entries\":[{}]}}\n"},
	{"[{\"log\":{\"entries\":[{}]}}]", "1:26: there are no log.entries\n"},
	{"{\"log\":[{\"entries\":[{}]}]}", "1:26: there are no log.entries\n"},
	{"{\"log\":{\"entries\":{\"a\":{}}}}", "1:28: there are no log.entries\n"},
	{"{\"log\":{\"entries\":[\n1]}}", "2:20: an entry that is no object\n"},
	{"{\"log\":{\"entries\":[{},\"x\"]}}", "1:19 {}\n1:22: an entry that is no object\n"},
	{"{\"log\":{\"entries\":[[{}]]}}", "1:19: an entry that is no object\n"},
	/* broken */
	{"", "1:0: JSON ends at byte 0, wanted a value\n"},
	{"{\"log\":{\"entries\":[{}\n{}]}}",
		"1:19 {}\n2:22: JSON at byte 22: found '{', wanted ',' or ']'\n"},
	{"{\"log\":{\"entries\":[{}\n,{\"a\":]}]}}",
		"1:19 {}\n2:28: JSON at byte 28: found ']', wanted a value\n"},
	{"{\"log\":{\"entries\":[{}\n,{\"a\":\n",
		"1:19 {}\n3:29: JSON ends at byte 29, wanted a value\n"},
	{"{\"log\":{\"entries\":[{}]}}}",
		"1:19 {}\n1:24: JSON at byte 24: found '}', wanted nothing more\n"},
};

START_TEST(entries_are_the_same_in_pieces_of_any_size)
{
	struct span file = span_of(cases[_i].file);

	for (size_t n = 1; n <= file.n + 1; n++) {
		BUF_AUTO struct buf out = {0};

		list(file, n, &out);
		ck_assert_msg(span_is(buf_span(&out), cases[_i].found), "in pieces of %zu: %.*s", n,
			SPAN_ARG(buf_span(&out)));
	}
}
END_TEST

START_TEST(next_given_too_long_an_entry_refuses_it)
{
	static char piece[1 << 20];
	struct har_entries entries;
	struct span in = SPAN_LITERAL("{\"log\":{\"entries\":[{\"a\":\"");
	struct span entry;
	struct err err;
	int result = 0;

	memset(piece, 'x', sizeof piece);
	har_entries_init(&entries);
	while (result == 0) {
		result = har_entries_next(&entries, &in, &entry, &err);
		in = (struct span){piece, sizeof piece};
		ck_assert_uint_lt(entries.next.byte, 66 << 20);
	}
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err.kind, ERR_TOO_LARGE);
	ck_assert_str_eq(err.text, "an entry of more than 67108864 bytes");
	har_entries_deinit(&entries);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("har_entries");
	TCase *tcase = tcase_create("har_entries");

	tcase_add_loop_test(
		tcase, entries_are_the_same_in_pieces_of_any_size, 0, sizeof cases / sizeof *cases);
	tcase_add_test(tcase, next_given_too_long_an_entry_refuses_it);
	suite_add_tcase(suite, tcase);
	return suite;
}
