/* The genuine service's answers to the forty requests of fixtures/session, given again under other
 * conditions:
 *
 *     again             by the same server: keys come in another order
 *     ocr-batch-1       lines of text read one by one rather than by six
 *     fp16              networks for search and faces in half precision
 *     ocr-model-v6      newer networks for OCR, which read umlauts and blanks right
 *     other-dimension   another network for search under the same name
 */
#include "domain/compare.h"
#include "domain/verdict.h"
#include "rig/fixture.h"
#include "rig/suite.h"
#include "rig/told.h"
#include "wire/json.h"

enum { TASKS = 3 };

static const char *const tasks[TASKS] = {"clip", "facial-recognition", "ocr"};

static struct arena arena;
static struct verdict *verdict;

static void begin(void)
{
	arena_init(&arena);
	verdict = verdict_new();
}

static void end(void)
{
	verdict_free(verdict);
	arena_deinit(&arena);
}

static struct span member(struct span line, const char *key)
{
	struct span value = SPAN_EMPTY;

	(void)json_member(line, span_of(key), &value);
	return value;
}

static struct compare_answer answer_of(struct span line)
{
	uint64_t status = 0;

	ck_assert(span_to_number(member(line, "status"), 599, &status));
	return (struct compare_answer){(int)status, json_string(member(line, "answer"), &arena)};
}

/* What was found in one answer. */
static void compare(struct span asked, struct span before, struct span after, struct buf *told)
{
	struct compare_request request = {
		.tolerance = tolerance_profile(SPAN_LITERAL("default")),
		.entries = member(asked, "entries"),
		.before = answer_of(before),
		.after = answer_of(after),
	};
	struct findings findings;

	ck_assert(span_equal(member(before, "name"), member(after, "name")));
	ck_assert(span_equal(member(before, "name"), member(asked, "name")));
	compare_answers(&request, &arena, &findings);
	verdict_add(verdict, VERDICT_COMPARED, &findings);
	told_write(&findings, told);
}

static void compare_file(const char *name, struct buf *told)
{
	BUF_AUTO struct buf path = {0};
	BUF_AUTO struct buf asked = {0};
	BUF_AUTO struct buf before = {0};
	BUF_AUTO struct buf after = {0};
	struct span asked_rest;
	struct span before_rest;
	struct span after_rest;

	buf_add_format(&path, "answers/%s.jsonl", name);
	fixture_read("session/index.jsonl", &asked);
	fixture_read("answers/baseline.jsonl", &before);
	fixture_read(path.bytes, &after);
	asked_rest = buf_span(&asked);
	before_rest = buf_span(&before);
	after_rest = buf_span(&after);
	while (asked_rest.n)
		compare(span_cut(&asked_rest, '\n'), span_cut(&before_rest, '\n'),
			span_cut(&after_rest, '\n'), told);
	ck_assert_uint_eq(verdict_totals(verdict)->requests, 40);
}

static const struct {
	const char *file;
	enum verdict_word word;
	uint64_t regressions;
	uint64_t warnings;
	size_t findings;
	const char *advices[TASKS]; /* how they begin */
} files[] = {
	{"baseline", VERDICT_SAME, 0, 0, 0,
		{"safe in place: cosine distance at most 0", "safe in place: cosine distance at most 0",
			"safe in place"}},
	{"again", VERDICT_SAME, 0, 0, 0,
		{"safe in place: cosine distance at most 0", "safe in place: cosine distance at most 0",
			"safe in place"}},
	{"ocr-batch-1", VERDICT_SAME, 0, 1, 2,
		{"safe in place: cosine distance at most 0", "safe in place: cosine distance at most 0",
			"safe in place; 1 of 7 answers"}},
	{"fp16", VERDICT_SAME, 0, 0, 0,
		{"safe in place: cosine distance at most 1.2e-07",
			"safe in place: cosine distance at most 7.2e-07", "safe in place"}},
	{"ocr-model-v6", VERDICT_REGRESSION, 4, 0, 43,
		{"safe in place: cosine distance at most 0", "safe in place: cosine distance at most 0",
			"re-run OCR for all assets (Administration > Jobs): 8 of 26 texts read otherwise"}},
	{"other-dimension", VERDICT_REGRESSION, 15, 0, 15,
		{"re-run smart search for all assets (Administration > Jobs): 15 of 17 vectors have "
		 "another",
			"safe in place: cosine distance at most 0", "safe in place"}},
};

static void check_advice(const struct verdict_task *task, const char *const *advices)
{
	BUF_AUTO struct buf advice = {0};
	size_t which = 0;

	while (which < TASKS && !span_is(task->name, tasks[which]))
		which++;
	ck_assert_uint_lt(which, TASKS);
	verdict_write_advice(task, &advice);
	ck_assert_msg(span_starts(buf_span(&advice), span_of(advices[which])), "%s: %.*s", tasks[which],
		SPAN_ARG(buf_span(&advice)));
}

static size_t count_lines(struct span text)
{
	size_t count = 0;

	for (; text.n; count++)
		(void)span_cut(&text, '\n');
	return count;
}

START_TEST(answers_come_to_their_verdict)
{
	const struct verdict_totals *totals = verdict_totals(verdict);
	BUF_AUTO struct buf told = {0};

	compare_file(files[_i].file, &told);
	ck_assert_msg(count_lines(buf_span(&told)) == files[_i].findings, "%zu findings: %.*s",
		count_lines(buf_span(&told)), SPAN_ARG(span_first(buf_span(&told), 1000)));
	ck_assert_int_eq(verdict_word(verdict), files[_i].word);
	ck_assert_uint_eq(totals->regressions, files[_i].regressions);
	ck_assert_uint_eq(totals->warnings, files[_i].warnings);
	ck_assert_uint_eq(verdict_task_count(verdict), TASKS);
	for (size_t i = 0; i < TASKS; i++)
		check_advice(verdict_task(verdict, i), files[_i].advices);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("answers");
	TCase *answers = suite_case(suite, "answers", begin, end);

	tcase_add_loop_test(
		answers, answers_come_to_their_verdict, 0, (int)(sizeof files / sizeof *files));
	return suite;
}
