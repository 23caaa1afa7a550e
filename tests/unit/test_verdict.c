#include "domain/verdict.h"

#include <math.h>

#include "rig/suite.h"

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

/* One exchange in which that was found, in one task. */
static void add(const char *task, enum findings_level level, enum findings_kind kind)
{
	struct findings_item item = {.level = level, .kind = kind, .task = span_of(task)};
	struct findings findings;

	findings_init(&findings, &arena);
	(void)findings_task(&findings, item.task);
	if (level)
		findings_add(&findings, &item);
	verdict_add(verdict, VERDICT_COMPARED, &findings);
}

static void check_word(enum verdict_word word)
{
	ck_assert_str_eq(verdict_words[verdict_word(verdict)], verdict_words[word]);
}

START_TEST(word_given_nothing)
{
	check_word(VERDICT_INCONCLUSIVE);
	ck_assert_uint_eq(verdict_totals(verdict)->requests, 0);
}
END_TEST

/* One letter for each outcome: compared, unstable, error, broken, skipped, unreached; Warned and
 * Failed ones. */
static const struct {
	const char *outcomes;
	enum verdict_word word;
	struct verdict_totals totals;
} words[] = {
	{"c", VERDICT_SAME, {1, 1, 0, 0, 0, 0, 0, 0}},
	{"ccW", VERDICT_SAME, {3, 3, 0, 1, 0, 0, 0, 0}},
	{"cu", VERDICT_SAME, {2, 2, 0, 0, 1, 0, 0, 0}},
	{"u", VERDICT_SAME, {1, 1, 0, 0, 1, 0, 0, 0}},
	{"cs", VERDICT_SAME, {2, 1, 0, 0, 0, 0, 1, 0}},
	{"cF", VERDICT_REGRESSION, {2, 2, 1, 0, 0, 0, 0, 0}},
	{"ce", VERDICT_REGRESSION, {2, 1, 1, 0, 0, 1, 0, 0}},
	{"eec", VERDICT_REGRESSION, {3, 1, 2, 0, 0, 2, 0, 0}},
	{"eeu", VERDICT_REGRESSION, {3, 1, 2, 0, 1, 2, 0, 0}},
	{"eF", VERDICT_REGRESSION, {2, 1, 2, 0, 0, 1, 0, 0}},
	{"b", VERDICT_REGRESSION, {1, 0, 1, 0, 0, 1, 0, 0}},
	{"ebe", VERDICT_REGRESSION, {3, 0, 3, 0, 0, 3, 0, 0}},
	{"e", VERDICT_INCONCLUSIVE, {1, 0, 0, 0, 0, 1, 0, 0}},
	{"ees", VERDICT_INCONCLUSIVE, {3, 0, 0, 0, 0, 2, 1, 0}},
	{"cx", VERDICT_REGRESSION, {2, 1, 0, 0, 0, 0, 0, 1}},
	{"bx", VERDICT_REGRESSION, {2, 0, 1, 0, 0, 1, 0, 1}},
	{"ex", VERDICT_INCONCLUSIVE, {2, 0, 0, 0, 0, 1, 0, 1}},
	{"x", VERDICT_INCONCLUSIVE, {1, 0, 0, 0, 0, 0, 0, 1}},
	{"xs", VERDICT_INCONCLUSIVE, {2, 0, 0, 0, 0, 0, 1, 1}},
	{"s", VERDICT_INCONCLUSIVE, {1, 0, 0, 0, 0, 0, 1, 0}},
};

static void add_outcome(char outcome)
{
	switch (outcome) {
	case 'c': add("clip", FINDINGS_SAME, 0); break;
	case 'W': add("clip", FINDINGS_WARN, FINDINGS_VECTOR_NORM); break;
	case 'F': add("clip", FINDINGS_FAIL, FINDINGS_VECTOR_DISTANCE); break;
	case 'u': verdict_add(verdict, VERDICT_UNSTABLE, NULL); break;
	case 'e': verdict_add(verdict, VERDICT_ERROR, NULL); break;
	case 'b': verdict_add(verdict, VERDICT_BROKEN, NULL); break;
	case 's': verdict_add(verdict, VERDICT_SKIPPED, NULL); break;
	default: verdict_add(verdict, VERDICT_UNREACHED, NULL);
	}
}

START_TEST(word_by_what_came_of_the_exchanges)
{
	const struct verdict_totals *totals = verdict_totals(verdict);
	const struct verdict_totals *wanted = &words[_i].totals;

	for (const char *outcome = words[_i].outcomes; *outcome; outcome++)
		add_outcome(*outcome);
	check_word(words[_i].word);
	ck_assert_uint_eq(totals->requests, wanted->requests);
	ck_assert_uint_eq(totals->compared, wanted->compared);
	ck_assert_uint_eq(totals->regressions, wanted->regressions);
	ck_assert_uint_eq(totals->warnings, wanted->warnings);
	ck_assert_uint_eq(totals->unstable, wanted->unstable);
	ck_assert_uint_eq(totals->errors, wanted->errors);
	ck_assert_uint_eq(totals->skipped, wanted->skipped);
	ck_assert_uint_eq(totals->unreached, wanted->unreached);
}
END_TEST

/* -- tasks ----------------------------------------------------------------------------------- */

static void add_task(const struct findings_task *task)
{
	struct findings findings;
	struct findings_task *added;

	findings_init(&findings, &arena);
	added = findings_task(&findings, task->name);
	*added = *task;
	findings.level = task->level;
	verdict_add(verdict, VERDICT_COMPARED, &findings);
}

START_TEST(tasks_are_summed_up)
{
	const struct verdict_task *task;

	add_task(&(struct findings_task){.name = SPAN_LITERAL("ocr"), .iou_min = 1});
	add_task(&(struct findings_task){SPAN_LITERAL("clip"), FINDINGS_FAIL, 1, 2, 3, 4, 0.5, 6, 0.1,
		7, 8, 9, 10, 11, 12, 13, 14, 15, 0.25, 0.75, 21, 0.2, 18, 19, 20});
	add_task(&(struct findings_task){SPAN_LITERAL("clip"), FINDINGS_WARN, 1, 1, 1, 1, 0.25, 1, 0.3,
		1, 1, 1, 1, 1, 1, 1, 1, 1, 0.5, 0.5, 1, 0.4, 1, 1, 1});
	ck_assert_uint_eq(verdict_task_count(verdict), 2);
	task = verdict_task(verdict, 1);
	ck_assert(span_is(task->name, "clip"));
	ck_assert_uint_eq(task->compared, 2);
	ck_assert_uint_eq(task->regressions, 1);
	ck_assert_uint_eq(task->warnings, 1);
	ck_assert_int_eq(task->sum.level, FINDINGS_FAIL);
	ck_assert_uint_eq(task->sum.failures, 2);
	ck_assert_uint_eq(task->sum.unexplained, 3);
	ck_assert_uint_eq(task->sum.dimensions, 4);
	ck_assert_uint_eq(task->sum.vectors, 5);
	ck_assert_double_eq(task->sum.distance_max, 0.5);
	ck_assert_double_eq(task->sum.distance_sum, 7);
	ck_assert_double_eq(task->sum.norm_max, 0.3);
	ck_assert_uint_eq(task->sum.faces_before, 8);
	ck_assert_uint_eq(task->sum.faces_after, 9);
	ck_assert_uint_eq(task->sum.faces_matched, 10);
	ck_assert_uint_eq(task->sum.texts_before, 11);
	ck_assert_uint_eq(task->sum.texts_after, 12);
	ck_assert_uint_eq(task->sum.texts_matched, 13);
	ck_assert_uint_eq(task->sum.texts_changed, 14);
	ck_assert_uint_eq(task->sum.characters, 15);
	ck_assert_uint_eq(task->sum.edits, 16);
	ck_assert_double_eq(task->sum.score_max, 0.5);
	ck_assert_double_eq(task->sum.iou_min, 0.5);
	ck_assert_uint_eq(task->sum.landmarks, 22);
	ck_assert_double_eq(task->sum.landmark_max, 0.4);
	ck_assert_uint_eq(task->sum.duplicate_flips, 19);
	ck_assert_uint_eq(task->sum.match_flips, 20);
	ck_assert_uint_eq(task->sum.detection_flips, 21);
}
END_TEST

START_TEST(tasks_are_bounded)
{
	char name[2] = "";

	for (size_t i = 0; i < VERDICT_TASKS_MAX + 5; i++) {
		name[0] = (char)('!' + i);
		add(name, FINDINGS_FAIL, FINDINGS_JSON);
	}
	ck_assert_uint_eq(verdict_task_count(verdict), VERDICT_TASKS_MAX);
	ck_assert_uint_eq(verdict_totals(verdict)->regressions, VERDICT_TASKS_MAX + 5);
}
END_TEST

/* -- advice ---------------------------------------------------------------------------------- */

static const struct {
	struct findings_task task;
	enum verdict_advice advice;
	const char *says; /* somewhere in it */
} advices[] = {
	{{.name = SPAN_LITERAL("clip"), .vectors = 2, .distance_max = 1.2e-7}, VERDICT_SAFE,
		"safe in place: cosine distance at most 1.2e-07"},
	{{.name = SPAN_LITERAL("clip"), .level = FINDINGS_WARN, .vectors = 2, .distance_max = 5e-4},
		VERDICT_SAFE, "safe in place: cosine distance at most 0.0005"},
	{{.name = SPAN_LITERAL("ocr"), .level = FINDINGS_WARN, .detection_flips = 2}, VERDICT_SAFE,
		"safe in place"},
	{{.name = SPAN_LITERAL("clip"),
		 .level = FINDINGS_FAIL,
		 .failures = 3,
		 .dimensions = 3,
		 .vectors = 1},
		VERDICT_RERUN,
		"re-run smart search for all assets (Administration > Jobs): 3 of 4 vectors have another "
		"dimension"},
	{{.name = SPAN_LITERAL("clip"),
		 .level = FINDINGS_FAIL,
		 .failures = 1,
		 .vectors = 2,
		 .distance_max = 0.02,
		 .duplicate_flips = 1},
		VERDICT_RERUN, "1 of 2 vectors are farther from the old ones than Immich takes for"},
	{{.name = SPAN_LITERAL("clip"),
		 .level = FINDINGS_FAIL,
		 .failures = 1,
		 .vectors = 2,
		 .distance_max = 0.002},
		VERDICT_RERUN, "(cosine distance up to 0.002), and there are too few to tell"},
	{{.name = SPAN_LITERAL("clip"),
		 .level = FINDINGS_FAIL,
		 .failures = 2,
		 .unexplained = 1,
		 .vectors = 2,
		 .duplicate_flips = 1},
		VERDICT_RERUN, "; before that, look at 1 errors"},
	{{.name = SPAN_LITERAL("clip"), .level = FINDINGS_FAIL, .failures = 2, .unexplained = 2},
		VERDICT_LOOK, "look at it: 1 of 1 answers are errors"},
	{{.name = SPAN_LITERAL("facial-recognition"),
		 .level = FINDINGS_FAIL,
		 .failures = 1,
		 .vectors = 2,
		 .distance_max = 0.01},
		VERDICT_SAFE,
		"safe in place, although 1 of 1 answers differ by more than is allowed: all are found"},
	{{.name = SPAN_LITERAL("facial-recognition"),
		 .level = FINDINGS_FAIL,
		 .failures = 2,
		 .unexplained = 1,
		 .vectors = 2,
		 .distance_max = 0.01},
		VERDICT_LOOK, "look at it"},
	{{.name = SPAN_LITERAL("facial-recognition"),
		 .level = FINDINGS_FAIL,
		 .failures = 1,
		 .vectors = 2,
		 .distance_max = 0.6,
		 .match_flips = 1,
		 .detection_flips = 2},
		VERDICT_RERUN, "(cosine distance up to 0.6, 0.5 are allowed); 2 faces are found on one"},
	{{.name = SPAN_LITERAL("facial-recognition"),
		 .level = FINDINGS_FAIL,
		 .failures = 1,
		 .detection_flips = 1},
		VERDICT_RERUN,
		"re-run faces (face detection, then facial recognition) for all assets (Administration > "
		"Jobs): 1 faces"},
	{{.name = SPAN_LITERAL("ocr"),
		 .level = FINDINGS_FAIL,
		 .failures = 1,
		 .texts_before = 8,
		 .texts_changed = 2,
		 .characters = 100,
		 .edits = 5,
		 .detection_flips = 3},
		VERDICT_RERUN,
		"re-run OCR for all assets (Administration > Jobs): 2 of 8 texts read otherwise (5 % of "
		"their characters), 3 are found on one side only"},
	{{.name = SPAN_LITERAL("quality"), .level = FINDINGS_FAIL, .failures = 1, .unexplained = 1},
		VERDICT_LOOK, "look at it"},
	{{.name = SPAN_LITERAL("quality")}, VERDICT_SAFE, "safe in place"},
};

START_TEST(advice_is_what_immich_makes_of_it)
{
	BUF_AUTO struct buf says = {0};
	const struct verdict_task *task;

	add_task(&advices[_i].task);
	task = verdict_task(verdict, 0);
	ck_assert_int_eq(verdict_advice(task), advices[_i].advice);
	verdict_write_advice(task, &says);
	buf_add(&says, (struct span){"", 1});
	ck_assert_msg(strstr(says.bytes, advices[_i].says) != NULL, "%s", says.bytes);
}
END_TEST

START_TEST(advice_given_nothing_compared)
{
	const struct verdict_task task = {.name = SPAN_LITERAL("clip"), .verdict = verdict};
	BUF_AUTO struct buf says = {0};

	ck_assert_int_eq(verdict_advice(&task), VERDICT_UNKNOWN);
	verdict_write_advice(&task, &says);
	ck_assert(span_is(buf_span(&says), "nothing was compared"));
}
END_TEST

/* On a circle each has its neighbours; turned about, each image has others. */
static void add_circle(size_t count, bool is_shuffled)
{
	for (size_t i = 0; i < count; i++) {
		size_t to = is_shuffled ? i * 7 % count : i;
		double old[] = {cos((double)i / 10), sin((double)i / 10)};
		double new[] = {cos((double)to / 10), sin((double)to / 10)};

		verdict_add_vectors(verdict, false, &(struct vector){old, 2}, &(struct vector){new, 2});
	}
}

START_TEST(advice_for_search_depends_on_the_recall)
{
	const struct findings_task moved = {.name = SPAN_LITERAL("clip"),
		.level = FINDINGS_FAIL,
		.failures = 1,
		.vectors = 40,
		.distance_max = 0.002};

	add_task(&moved);
	add_circle(40, _i);
	ck_assert_int_eq(verdict_advice(verdict_task(verdict, 0)), _i ? VERDICT_RERUN : VERDICT_SAFE);
}
END_TEST

START_TEST(advice_for_vectors_of_another_dimension_needs_no_recall)
{
	const struct findings_task wider = {
		.name = SPAN_LITERAL("clip"), .level = FINDINGS_FAIL, .failures = 40, .dimensions = 40};

	add_task(&wider);
	add_circle(40, false);
	ck_assert_int_eq(verdict_advice(verdict_task(verdict, 0)), VERDICT_RERUN);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("verdict");
	TCase *cases = suite_case(suite, "verdict", begin, end);

	tcase_add_test(cases, word_given_nothing);
	tcase_add_loop_test(cases, word_by_what_came_of_the_exchanges, 0, ROWS(words));
	tcase_add_test(cases, tasks_are_summed_up);
	tcase_add_test(cases, tasks_are_bounded);
	tcase_add_loop_test(cases, advice_is_what_immich_makes_of_it, 0, ROWS(advices));
	tcase_add_test(cases, advice_given_nothing_compared);
	tcase_add_loop_test(cases, advice_for_search_depends_on_the_recall, 0, 2);
	tcase_add_test(cases, advice_for_vectors_of_another_dimension_needs_no_recall);
	return suite;
}
