#include "domain/edits.h"

#include "base/mem.h"
#include "rig/configs.h"
#include "rig/suite.h"

static const struct {
	const char *before;
	const char *after;
	size_t characters;
	size_t count;
} rows[] = {
	{"", "", 0, 0},
	{"", "abc", 0, 3},
	{"abc", "", 3, 3},
	{"abc", "abc", 3, 0},
	{"EXIT", "EXIT 42", 4, 3},
	{"TOTALEUR", "TOTAL EUR", 8, 1},
	{"Airport 3km", "Airport 3 km", 11, 1},
	{"BACKEREI MULLER", "BÄCKEREI MÜLLER", 15, 2},
	{"BÄCKEREI MÜLLER", "BACKEREI MULLER", 15, 2},
	{"HauptstraBe 12", "Hauptstraße 12", 14, 1},
	{"kitten", "sitting", 6, 3},
	{"ab", "ba", 2, 2},
	{"abcdef", "bcdefg", 6, 2},
	{"aaa", "aa", 3, 1},
	{"日本語", "日本", 3, 1},
	{"日本語", "月本誤", 3, 2},
	{"😀", "😁", 1, 1},
	{"\xff", "\xfe", 1, 1},
	{"a\x80\x80\x80\x80\x80", "a", 2, 2},
	{"\xed\xa0\x80", "\xed\xb0\x80", 1, 1},
};

START_TEST(between_counts_the_fewest_changes)
{
	struct edits edits = edits_between(span_of(rows[_i].before), span_of(rows[_i].after));

	ck_assert_msg(edits.characters == rows[_i].characters && edits.count == rows[_i].count,
		"%s: %zu, %zu", rows[_i].before, edits.characters, edits.count);
}
END_TEST

/* A text of n times 'a', 'b' or whatever begins the word. */
static struct span long_text(char *bytes, size_t n, char c)
{
	memset(bytes, c, n);
	return (struct span){bytes, n};
}

START_TEST(between_given_long_texts_takes_all_as_changed)
{
	enum { LONG = 1000000 };
	MEM_AUTO char *a = mem_new(LONG, 1);
	MEM_AUTO char *b = mem_new(LONG, 1);
	struct span before = long_text(a, LONG, 'a');
	struct span after = long_text(b, LONG, 'a');

	b[LONG / 2] = 'b';
	ck_assert_uint_eq(edits_between(before, after).count, 1);
	b[0] = b[LONG - 1] = 'b';
	ck_assert_uint_eq(edits_between(before, after).count, LONG);
	ck_assert_uint_eq(edits_between(before, after).characters, LONG);
	ck_assert_uint_eq(edits_between(before, SPAN_EMPTY).count, LONG);
	ck_assert_uint_eq(edits_between(before, span_first(after, 1)).count, LONG);
}
END_TEST

START_TEST(between_given_the_longest_that_are_looked_at_is_exact)
{
	enum { SIDE = 512 };
	char a[SIDE + 1];
	char b[SIDE + 1];
	struct span before = long_text(a, SIDE, 'a');
	struct span after = long_text(b, SIDE + 1, 'a');

	b[0] = b[SIDE - 1] = b[SIDE] = 'b';
	ck_assert_uint_eq(edits_between(before, span_first(after, SIDE)).count, 2);
	a[SIDE] = 'a';
	before.n++;
	ck_assert_uint_eq(edits_between(before, after).count, SIDE + 1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("edits");
	TCase *tcase = suite_case(suite, "edits", NULL, NULL);

	tcase_add_loop_test(tcase, between_counts_the_fewest_changes, 0, COUNT_OF(rows));
	tcase_add_test(tcase, between_given_long_texts_takes_all_as_changed);
	tcase_add_test(tcase, between_given_the_longest_that_are_looked_at_is_exact);
	return suite;
}
