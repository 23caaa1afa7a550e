#include <math.h>

#include "domain/regroup.h"
#include "rig/compared.h"
#include "rig/configs.h"
#include "rig/suite.h"

#define OCR(texts, boxes, box_scores, text_scores)                        \
	"{\"box\":[" boxes "],\"text\":[" texts "],\"boxScore\":[" box_scores \
	"],\"textScore\":[" text_scores "]}"
#define NONE OCR("", "", "", "")
/* Along x from x1 to x2, in the first or the second line. */
#define AT(x1, x2)   x1 ",0.1," x2 ",0.1," x2 ",0.2," x1 ",0.2"
#define DOWN(x1, x2) x1 ",0.2," x2 ",0.2," x2 ",0.3," x1 ",0.3"
#define LEFT         AT("0.1", "0.3")
#define RIGHT        AT("0.35", "0.5")
#define BOTH         AT("0.1", "0.5")

#define ONE(text, box, text_score) OCR("\"" text "\"", box, "0.8", text_score)

#define TWO(a, b)   OCR("\"" a "\",\"" b "\"", LEFT "," RIGHT, "0.8,0.8", "0.99,0.99")
#define WHOLE(text) ONE(text, BOTH, "0.99")

#define DETECTED(boxes, scores) "{\"boxes\":[" boxes "],\"scores\":[" scores "]}"

static const struct {
	const char *before;
	const char *after;
	const char *found;
} rows[] = {
	{NONE, NONE, ""},
	{NONE, "{\"textScore\":[],\"boxScore\":[],\"text\":[],\"box\":[]}", ""},
	{TWO("EXIT", "42"), TWO("EXIT", "42"), ""},
	{TWO("EXIT", "42"), OCR("\"42\",\"EXIT\"", RIGHT "," LEFT, "0.8,0.8", "0.99,0.99"), ""},
	{ONE("\\u0041", LEFT, "0.99"), ONE("A", LEFT, "0.99"), ""},
	/* The text. */
	{TWO("EXIT", "42"), TWO("EXIT", "43"), "fail text.changed ocr.text[1]; "},
	{TWO("EXIT", "42"), TWO("EX1T", "43"),
		"fail text.changed ocr.text[0]; fail text.changed ocr.text[1]; "},
	{ONE("a b", LEFT, "0.99"), ONE("ab", LEFT, "0.99"), "fail text.changed ocr.text[0]; "},
	{ONE("", LEFT, "0.99"), ONE("b", LEFT, "0.99"), "fail text.changed ocr.text[0]; "},
	/* One on one side only. */
	{TWO("EXIT", "42"), ONE("EXIT", LEFT, "0.99"), "fail text.missing ocr.text[1]; "},
	{ONE("42", RIGHT, "0.99"), TWO("EXIT", "42"), "fail text.extra ocr.text[0]; "},
	{ONE("42", LEFT, "0.87"), NONE, "warn text.missing ocr.text[0] borderline; "},
	{ONE("42", LEFT, "0.93"), NONE, "warn text.missing ocr.text[0] borderline; "},
	{NONE, ONE("42", LEFT, "0.93"), "warn text.extra ocr.text[0] borderline; "},
	{ONE("42", LEFT, "0.8699"), NONE, "fail text.missing ocr.text[0]; "},
	{ONE("42", LEFT, "0.9301"), NONE, "fail text.missing ocr.text[0]; "},
	{OCR("\"42\"", LEFT, "0.53", "0.99"), NONE, "warn text.missing ocr.text[0] borderline; "},
	{OCR("\"42\"", LEFT, "0.5301", "0.99"), NONE, "fail text.missing ocr.text[0]; "},
	/* The box. */
	{ONE("42", AT("0.1", "0.2"), "0.99"), ONE("42", AT("0.1", "0.19"), "0.99"), ""},
	{TWO("4", "2"), OCR("\"4\",\"2\"", LEFT "," AT("0.35", "0.48"), "0.8,0.8", "0.99,0.99"),
		"warn box ocr.box[8]; "},
	{ONE("42", AT("0.1", "0.2"), "0.99"), ONE("42", AT("0.1", "0.15"), "0.99"),
		"warn box ocr.box[0]; "},
	{ONE("42", AT("0.1", "0.2"), "0.99"), ONE("42", AT("0.1", "0.1499"), "0.99"),
		"fail text.missing ocr.text[0]; fail text.extra ocr.text[0]; "},
	/* Scores alone never fail. */
	{ONE("42", LEFT, "0.99"), ONE("42", LEFT, "0.94"), ""},
	{ONE("42", LEFT, "0.99"), ONE("42", LEFT, "0.9399"), "warn text.score ocr.textScore[0]; "},
	{ONE("42", LEFT, "0.99"), ONE("42", LEFT, "0"), "warn text.score ocr.textScore[0]; "},
	{ONE("42", LEFT, "0.99"), OCR("\"42\"", LEFT, "0.75", "0.99"), ""},
	{ONE("42", LEFT, "0.99"), OCR("\"42\"", LEFT, "0.7499", "0.99"),
		"warn text.score ocr.boxScore[0]; "},
	/* Several that are one now, and the other way round. */
	{TWO("EXIT", "42"), WHOLE("EXIT 42"), "warn text.merged ocr.text[0]; "},
	{WHOLE("EXIT 42"), TWO("EXIT", "42"), "warn text.split ocr.text[0]; "},
	{TWO("EXIT", "42"), WHOLE("42 EXIT"), "warn text.merged ocr.text[1]; "},
	{TWO("EXIT", "42"), WHOLE("EXIT42"),
		"warn text.merged ocr.text[0]; fail text.changed ocr.text[0]; "},
	{WHOLE("EXIT 42"), TWO("EXIT", "43"),
		"warn text.split ocr.text[0]; fail text.changed ocr.text[0]; "},
	{OCR("\"c\",\"a\",\"b\"", AT("0.4", "0.49") "," AT("0.1", "0.19") "," AT("0.25", "0.34"),
		 "0.8,0.8,0.8", "0.99,0.99,0.99"),
		WHOLE("a b c"), "warn text.merged ocr.text[1]; "},
	{OCR("\"below\",\"above\"", DOWN("0.1", "0.5") "," BOTH, "0.8,0.8", "0.99,0.99"),
		ONE("above below", "0.1,0.1,0.5,0.1,0.5,0.3,0.1,0.3", "0.99"),
		"warn text.merged ocr.text[1]; "},
	{OCR("\"b\",\"c\",\"a\"", DOWN("0.1", "0.5") ",0.1,0.3,0.5,0.3,0.5,0.4,0.1,0.4," BOTH,
		 "0.8,0.8,0.8", "0.99,0.99,0.99"),
		ONE("a b c", "0.1,0.1,0.5,0.1,0.5,0.4,0.1,0.4", "0.99"), "warn text.merged ocr.text[2]; "},
	/* From a longer piece alone the whole does not differ much. */
	{OCR("\"Hello dear\",\"you\"", AT("0.1", "0.4") "," AT("0.42", "0.5"), "0.8,0.8", "0.99,0.99"),
		WHOLE("Hello dear you"), "warn text.merged ocr.text[0]; "},
	/* What lies in another box, and is not said there, is not merged with it. */
	{OCR("\"Hello dear\",\".\"", AT("0.1", "0.45") "," AT("0.46", "0.49"), "0.8,0.8", "0.99,0.92"),
		WHOLE("Hello dear"), "warn box ocr.box[0]; warn text.missing ocr.text[1] borderline; "},
	/* Pieces that lie over one another are none; nor what lies outside. */
	{OCR("\"a\",\"b\"", AT("0.1", "0.25") "," AT("0.11", "0.26"), "0.8,0.8", "0.99,0.99"),
		WHOLE("a b"),
		"fail text.missing ocr.text[0]; fail text.missing ocr.text[1]; fail text.extra "
		"ocr.text[0]; "},
	{OCR("\"a\",\"b\"", LEFT "," AT("0.4", "0.6"), "0.8,0.8", "0.99,0.99"), WHOLE("a b"),
		"fail text.changed ocr.text[0]; warn box ocr.box[0]; fail text.missing ocr.text[1]; "},
	/* The partner of a whole must be one of its pieces. */
	{OCR("\"a\",\"b\",\"else\"", AT("0.1", "0.14") "," AT("0.15", "0.19") "," AT("0.2", "0.65"),
		 "0.8,0.8,0.8", "0.99,0.99,0.99"),
		WHOLE("a b"),
		"fail text.missing ocr.text[0]; fail text.missing ocr.text[1]; "
		"fail text.changed ocr.text[2]; warn box ocr.box[16]; "},
	/* Members that nothing is known of. */
	{"{\"more\":1,\"box\":[],\"text\":[],\"boxScore\":[],\"textScore\":[]}", NONE,
		"fail json ocr.more; "},
	/* Detection alone. */
	{DETECTED("", ""), DETECTED("", ""), ""},
	{DETECTED("[[0,0],[9,0],[9,9],[0,9]],[[20,0],[29,0],[29,9],[20,9]]", "0.9,0.8"),
		DETECTED("[[20,0],[29,0],[29,9],[20,9]],[[0,0],[9,0],[9,9],[0,9]]", "0.8,0.9"), ""},
	{DETECTED("[[0,0],[9,0],[9,9],[0,9]]", "0.9"), DETECTED("[[0,0],[9,0],[9,8],[0,8]]", "0.8"),
		"warn box ocr.boxes[0]; warn text.score ocr.scores[0]; "},
	{DETECTED("[[0,0],[9,0],[9,9],[0,9]]", "0.9"), DETECTED("", ""),
		"fail text.missing ocr.boxes[0]; "},
	{DETECTED("[[0,0],[9,0],[9,9],[0,9]]", "0.51"), DETECTED("", ""),
		"warn text.missing ocr.boxes[0] borderline; "},
	/* Other shapes. */
	{NONE, DETECTED("", ""), "fail json ocr; "},
	{DETECTED("", ""), NONE, "fail json ocr; "},
	{NONE, "[]", "fail json ocr; "},
	{"[]", NONE, "fail json ocr; "},
	{"\"x\"", "\"\\u0078\"", ""},
};

START_TEST(texts_are_compared_by_where_they_are)
{
	compared_expect(&(struct compared){.compare = compare_ocr,
						.task = "ocr",
						.before = rows[_i].before,
						.after = rows[_i].after,
						.min_score = 0.9,
						.min_box_score = 0.5},
		rows[_i].found);
}
END_TEST

static const struct {
	const char *after;
	const char *why;
} unreadable[] = {
	{"{}", "text is missing"},
	{"{\"text\":[],\"box\":[],\"boxScore\":[]}", "textScore is missing"},
	{OCR("5", LEFT, "1", "1"), "text 0: it is no string"},
	{OCR("\"\"", "", "1", "1"), "box is no array of 8 elements"},
	{OCR("\"\"", LEFT ",1", "1", "1"), "box is no array of 8 elements"},
	{OCR("\"\"", "0,0,0,0,0,0,0,null", "1", "1"), "box is no number"},
	{OCR("\"\"", "0,0,0,0,0,0,0,1e308", "1", "1"), "box 0 lies beyond"},
	{OCR("\"\"", "0,0,0,0,0,0,0,1e309", "1", "1"), "box is a number too large"},
	{OCR("\"\"", LEFT, "", "1"), "boxScore is no array of 1 elements"},
	{OCR("\"\"", LEFT, "1", "1,1"), "textScore is no array of 1 elements"},
	{OCR("\"\"", LEFT, "1", "\"1\""), "textScore is no number"},
	{OCR("\"\"", LEFT, "1", "-1e999"), "textScore is a number too large"},
	{DETECTED("[0,0,1,1]", "1"), "a box is no array of 2 elements"},
	{DETECTED("[[0,0],[1,0],[1,1]]", "1"), "a box is no array of 4 elements"},
	{DETECTED("[[0,0],[1,0],[1,1],[0,2e9]]", "1"), "box 0 lies beyond"},
	{DETECTED("[[0,0],[1,0],[1,1],[0,1]]", ""), "scores is no array of 1 elements"},
};

START_TEST(texts_given_what_are_none_fail_with_the_reason)
{
	struct compared compared = {
		.compare = compare_ocr, .task = "ocr", .before = NONE, .after = unreadable[_i].after};
	BUF_AUTO struct buf log = {0};
	struct findings findings;
	struct arena arena;

	arena_init(&arena);
	compared_run(&compared, &arena, &findings, &log);
	ck_assert_uint_eq(findings.count, 1);
	ck_assert_int_eq(findings.items[0].level, FINDINGS_FAIL);
	ck_assert_int_eq(findings.items[0].kind, FINDINGS_JSON);
	ck_assert_msg(memmem(findings.items[0].after.p, findings.items[0].after.n, unreadable[_i].why,
					  strlen(unreadable[_i].why)) != NULL,
		"%.*s", SPAN_ARG(findings.items[0].after));
	compared.before = compared.after;
	compared_expect(&compared, "");
	arena_deinit(&arena);
}
END_TEST

/* So many lines, one below another. */
static void add_texts(struct buf *out, size_t count)
{
	static const char *const arrays[] = {
		"{\"text\":[", "],\"box\":[", "],\"boxScore\":[", "],\"textScore\":["};

	for (size_t k = 0; k < COUNT_OF(arrays); k++) {
		buf_add_text(out, arrays[k]);
		for (size_t i = 0; i < count; i++) {
			buf_add_text(out, i ? "," : "");
			if (k == 0)
				buf_add_format(out, "\"line %zu\"", i);
			else if (k == 1)
				buf_add_format(out, "0,%zu.1,1,%zu.1,1,%zu.9,0,%zu.9", i, i, i, i);
			else
				buf_add_text(out, "1");
		}
	}
	buf_add_text(out, "]}");
	buf_add(out, (struct span){"", 1});
}

static void expect_many(size_t before, size_t after, const char *wanted)
{
	BUF_AUTO struct buf old = {0};
	BUF_AUTO struct buf new = {0};

	add_texts(&old, before);
	add_texts(&new, after);
	compared_expect(&(struct compared){.compare = compare_ocr,
						.task = "ocr",
						.before = old.bytes,
						.after = new.bytes,
						.min_score = NAN,
						.min_box_score = NAN},
		wanted);
}

START_TEST(texts_given_as_many_as_can_be_are_compared_and_more_fail)
{
	expect_many(1024, 1024, "");
	expect_many(1024, 1023, "fail text.missing ocr.text[1023]; ");
	expect_many(1024, 1025, "fail json ocr; ");
	expect_many(100000, 99999, "fail json ocr; ");
	expect_many(100000, 100000, "");
}
END_TEST

/* One line, in one box or in as many as it has words. */
static void add_words(struct buf *out, size_t count, bool is_whole)
{
	BUF_AUTO struct buf boxes = {0};
	BUF_AUTO struct buf scores = {0};
	const char *between = is_whole ? " " : "\",\"";

	buf_add_text(out, "{\"text\":[\"");
	for (size_t i = 0; i < count; i++) {
		buf_add_format(out, "%sw%zu", i ? between : "", i);
		buf_add_format(&boxes, "%s%zu,0,%zu.9,0,%zu.9,1,%zu,1", i ? "," : "", i, i, i, i);
		buf_add_text(&scores, i ? ",1" : "1");
	}
	if (is_whole) {
		buf_reset(&boxes);
		buf_add_format(&boxes, "0,0,%zu,0,%zu,1,0,1", count, count);
		scores.n = 1;
	}
	buf_add_text(out, "\"],\"box\":[");
	buf_add(out, buf_span(&boxes));
	for (int i = 0; i < 2; i++) {
		buf_add_text(out, i ? "],\"textScore\":[" : "],\"boxScore\":[");
		buf_add(out, buf_span(&scores));
	}
	buf_add_text(out, "]}");
	buf_add(out, (struct span){"", 1});
}

START_TEST(texts_given_as_many_pieces_as_can_be_are_one_and_more_are_not)
{
	for (size_t i = 0; i < 2; i++) {
		BUF_AUTO struct buf pieces = {0};
		BUF_AUTO struct buf whole = {0};
		BUF_AUTO struct buf log = {0};
		struct compared compared = {.compare = compare_ocr, .task = "ocr"};
		struct findings findings;
		struct arena arena;

		arena_init(&arena);
		add_words(&pieces, REGROUP_PIECES_MAX + i, false);
		add_words(&whole, REGROUP_PIECES_MAX + i, true);
		compared.before = pieces.bytes;
		compared.after = whole.bytes;
		compared_run(&compared, &arena, &findings, &log);
		ck_assert_uint_eq(findings.tasks[0].texts_matched, i ? 0 : REGROUP_PIECES_MAX);
		ck_assert_int_eq(findings.level, i ? FINDINGS_FAIL : FINDINGS_WARN);
		arena_deinit(&arena);
	}
}
END_TEST

/* A text of so many bytes, with a NUL behind it all. */
static void add_long(struct buf *out, size_t n)
{
	buf_add_text(out, "{\"text\":[\"");
	memset(buf_reserve(out, n), 'a', n);
	out->n += n;
	buf_add_text(out, "\"],\"box\":[" LEFT "],\"boxScore\":[0.8],\"textScore\":[1]}");
	buf_add(out, (struct span){"", 1});
}

START_TEST(texts_given_one_too_long_fail)
{
	static const char *const wanted[] = {"fail text.changed ocr.text[0]; ", "fail json ocr; "};

	for (size_t i = 0; i < 2; i++) {
		BUF_AUTO struct buf text = {0};

		add_long(&text, TEXTS_BYTES_MAX + i);
		compared_expect(&(struct compared){.compare = compare_ocr,
							.task = "ocr",
							.before = ONE("a", LEFT, "1"),
							.after = text.bytes},
			wanted[i]);
	}
}
END_TEST

START_TEST(texts_are_measured)
{
	struct compared compared = {.compare = compare_ocr,
		.task = "ocr",
		.before = OCR("\"EXIT\",\"42\",\"B\xc3\x84R\",\"gone\"",
			LEFT "," RIGHT "," DOWN("0.1", "0.3") "," DOWN("0.6", "0.9"), "0.8,0.8,0.8,0.8",
			"0.99,0.99,0.99,0.99"),
		.after = OCR("\"EXIT 43\",\"BAR\"", BOTH "," DOWN("0.1", "0.28"), "0.8,0.8", "0.99,0.96"),
		.min_score = NAN,
		.min_box_score = NAN};
	BUF_AUTO struct buf log = {0};
	struct findings findings;
	struct arena arena;

	arena_init(&arena);
	compared_run(&compared, &arena, &findings, &log);
	ck_assert_uint_eq(findings.tasks[0].texts_before, 4);
	ck_assert_uint_eq(findings.tasks[0].texts_after, 2);
	ck_assert_uint_eq(findings.tasks[0].texts_matched, 3);
	ck_assert_uint_eq(findings.tasks[0].texts_changed, 2);
	ck_assert_uint_eq(findings.tasks[0].characters, 10);
	ck_assert_uint_eq(findings.tasks[0].edits, 2);
	ck_assert_uint_eq(findings.tasks[0].detection_flips, 1);
	ck_assert_double_eq_tol(findings.tasks[0].iou_min, 0.9, 1e-9);
	ck_assert_double_eq_tol(findings.tasks[0].score_max, 0.03, 1e-9);
	ck_assert_uint_eq(findings.count, 4);
	ck_assert(span_is(findings.items[0].before, "EXIT 42"));
	ck_assert(span_is(findings.items[0].after, "EXIT 43"));
	ck_assert_int_eq(findings.items[0].index_before, 0);
	ck_assert_int_eq(findings.items[0].index_after, 0);
	ck_assert_double_eq_tol(findings.items[1].value, 1 / 7.0, 1e-9);
	ck_assert_double_eq_tol(findings.items[2].value, 1 / 3.0, 1e-9);
	ck_assert(span_is(findings.items[2].before, "B\xc3\x84R"));
	ck_assert_int_eq(findings.items[3].kind, FINDINGS_TEXT_MISSING);
	ck_assert(span_is(findings.items[3].before, "gone"));
	ck_assert_double_eq(findings.items[3].value, 0.99);
	arena_deinit(&arena);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("compare_ocr");
	TCase *tcase = suite_case(suite, "compare_ocr", NULL, NULL);

	tcase_add_loop_test(tcase, texts_are_compared_by_where_they_are, 0, COUNT_OF(rows));
	tcase_add_loop_test(
		tcase, texts_given_what_are_none_fail_with_the_reason, 0, COUNT_OF(unreadable));
	tcase_add_test(tcase, texts_given_as_many_as_can_be_are_compared_and_more_fail);
	tcase_add_test(tcase, texts_given_one_too_long_fail);
	tcase_add_test(tcase, texts_given_as_many_pieces_as_can_be_are_one_and_more_are_not);
	tcase_add_test(tcase, texts_are_measured);
	return suite;
}
