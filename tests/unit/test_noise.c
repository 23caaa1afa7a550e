#include "domain/noise.h"

#include <math.h>
#include <stdio.h>

#include "domain/compare.h"
#include "rig/suite.h"

#define FACE(x2, score, vector)                                                            \
	"{\"boundingBox\":{\"x1\":0,\"y1\":0,\"x2\":" x2 ",\"y2\":10},\"embedding\":\"" vector \
	"\",\"score\":" score "}"
#define FACES(face) "{\"facial-recognition\":[" face "]}"
#define TEXT(text, score, box_score)                                                        \
	"{\"ocr\":{\"text\":[\"" text "\"],\"box\":[0,0,10,0,10,10,0,10],\"textScore\":[" score \
	"],\"boxScore\":[" box_score "]}}"
#define DETECTED(x)                                                                         \
	"{\"facial-recognition\":{\"boxes\":[[0,0,10,10]],\"scores\":[0.9],\"landmarks\":[[[" x \
	",2]]]}}"

static struct arena arena;
static struct noise *noise;

static void begin(void)
{
	arena_init(&arena);
	noise = noise_new();
}

static void end(void)
{
	noise_free(noise);
	arena_deinit(&arena);
}

static void compare(const struct tolerance *tolerance, const char *before, const char *after,
	struct findings *ret_findings)
{
	compare_answers(
		&(struct compare_request){
			.tolerance = tolerance,
			.entries =
				SPAN_LITERAL("{\"facial-recognition\":{\"detection\":{\"modelName\":\"m\"}}}"),
			.before = {200, span_of(before)},
			.after = {200, span_of(after)},
		},
		&arena, ret_findings);
}

/* The number of findings that are no noise. */
static size_t learn(uint64_t question, const char *before, const char *after)
{
	struct findings findings;
	size_t unlike = 0;

	compare(noise_tolerance(), before, after, &findings);
	noise_add(noise, question, &findings);
	for (size_t i = 0; i < findings.count; i++)
		unlike += !noise_take(noise, &findings.items[i]);
	return unlike;
}

/* As it comes out of the file. */
static void read_back(struct tolerance *ret_tolerance)
{
	struct buf text = {.arena = &arena};
	struct err err;

	noise_write(noise, 0.95, &text);
	ck_assert_msg(!tolerance_read(buf_span(&text), &arena, ret_tolerance, &err), "%s", err.text);
}

static enum findings_level level_of(const char *before, const char *after)
{
	struct tolerance tolerance;
	struct findings findings;

	read_back(&tolerance);
	compare(&tolerance, before, after, &findings);
	return findings.level;
}

/* Each pair of answers is noise; what is a bit farther apart than the two is warned of, or fails.
 */
static const struct {
	enum noise_kind kind;
	const char *before;
	const char *after;
	const char *farther;
	enum findings_level without; /* the default's */
	enum findings_level beyond;
} noises[] = {
	{NOISE_DISTANCE, "{\"clip\":\"[1,0]\"}", "{\"clip\":\"[1,0.1]\"}", "{\"clip\":\"[1,0.11]\"}",
		FINDINGS_FAIL, FINDINGS_FAIL},
	{NOISE_NORM, "{\"clip\":\"[1,0]\"}", "{\"clip\":\"[1.1,0]\"}", "{\"clip\":\"[1.11,0]\"}",
		FINDINGS_WARN, FINDINGS_WARN},
	{NOISE_BOX, FACES(FACE("10", "0.9", "[1]")), FACES(FACE("8", "0.9", "[1]")),
		FACES(FACE("7.9", "0.9", "[1]")), FINDINGS_WARN, FINDINGS_WARN},
	{NOISE_FACE_SCORE, FACES(FACE("10", "0.9", "[1]")), FACES(FACE("10", "0.8", "[1]")),
		FACES(FACE("10", "0.79", "[1]")), FINDINGS_WARN, FINDINGS_WARN},
	{NOISE_TEXT_SCORE, TEXT("A", "0.9", "0.9"), TEXT("A", "0.9", "0.8"), TEXT("A", "0.79", "0.9"),
		FINDINGS_WARN, FINDINGS_WARN},
	{NOISE_LANDMARK, DETECTED("1"), DETECTED("4"), DETECTED("4.1"), FINDINGS_FAIL, FINDINGS_FAIL},
	{NOISE_NUMBER, "{\"quality\":{\"a\":[1,2,3]}}", "{\"quality\":{\"a\":[1,2.5,3]}}",
		"{\"quality\":{\"a\":[1,2,3.6]}}", FINDINGS_FAIL, FINDINGS_FAIL},
};

START_TEST(noise_is_within_the_limits_that_are_learned_from_it)
{
	const struct noise_measure *measure = noise_measure(noise, noises[_i].kind);

	ck_assert_int_eq(level_of(noises[_i].before, noises[_i].after), noises[_i].without);
	ck_assert_uint_eq(measure->answers, 0);
	ck_assert_uint_eq(learn(1, noises[_i].before, noises[_i].after), 0);
	ck_assert_uint_eq(measure->answers, 1);
	ck_assert_int_eq(level_of(noises[_i].before, noises[_i].after), FINDINGS_SAME);
	ck_assert_int_eq(level_of(noises[_i].after, noises[_i].before), FINDINGS_SAME);
	ck_assert_int_eq(level_of(noises[_i].before, noises[_i].farther), noises[_i].beyond);
}
END_TEST

/* Whatever is learned. */
START_TEST(limits_are_never_tighter_than_the_default)
{
	const struct tolerance *tolerance = tolerance_profile(SPAN_LITERAL("default"));
	struct tolerance limits;

	ck_assert_uint_eq(
		learn(1, FACES(FACE("10", "0.9", "[1,0]")), FACES(FACE("9.99", "0.899", "[1,0.00001]"))),
		0);
	ck_assert_uint_eq(learn(2, TEXT("A", "0.9", "0.9"), TEXT("A", "0.9", "0.89")), 0);
	read_back(&limits);
	ck_assert_double_eq(limits.distance_warn, tolerance->distance_warn);
	ck_assert_double_eq(limits.distance_fail, tolerance->distance_fail);
	ck_assert_double_eq(limits.norm_warn, tolerance->norm_warn);
	ck_assert_double_eq(limits.iou_pair, tolerance->iou_pair);
	ck_assert_double_eq(limits.iou_warn, tolerance->iou_warn);
	ck_assert_double_eq(limits.score_warn, tolerance->score_warn);
	ck_assert_double_eq(limits.face_margin, tolerance->face_margin);
	ck_assert_double_eq(limits.text_margin, tolerance->text_margin);
	ck_assert_double_eq(limits.landmark_px, tolerance->landmark_px);
	ck_assert_uint_eq(limits.rule_count, 0);
}
END_TEST

/* What scores are off by, they may be off by about minScore, too. */
START_TEST(margins_are_as_wide_as_scores_are_noisy)
{
	struct tolerance limits;

	(void)learn(1, FACES(FACE("10", "0.9", "[1]")), FACES(FACE("10", "0.8", "[1]")));
	(void)learn(2, TEXT("A", "0.9", "0.9"), TEXT("A", "0.7", "0.9"));
	read_back(&limits);
	ck_assert_double_eq_tol(limits.face_margin, 0.1, 1e-9);
	ck_assert_double_eq_tol(limits.text_margin, 0.2, 1e-9);
	ck_assert_double_eq_tol(limits.score_warn, 0.2, 1e-9);
}
END_TEST

static const struct {
	const char *before;
	const char *after;
	size_t unlike;
} kinds[] = {
	{"{}", "{}", 0},
	{TEXT("A", "0.9", "0.9"), TEXT("B", "0.9", "0.9"), 1},
	{"{\"clip\":\"[1,0]\"}", "{\"clip\":\"[1]\"}", 1},
	{"{\"clip\":\"[1,0]\"}", "{\"clip\":\"[]\"}", 1},
	{"{\"clip\":\"[1,0]\"}", "{\"clip\":\"[1e9,0]\"}", 1}, /* no tolerance can say that */
	{"{\"a\":1}", "{\"a\":\"1\"}", 1},
	{"{\"a\":1}", "{}", 1},
	{"{\"a\":1}", "{\"a\":1e10}", 1},
	{"{\"a\":1}", "{\"a\":1e999}", 1},
	{"{\"a\":[1,2]}", "{\"a\":[1]}", 1},
	{"{\"a\":\"x\",\"b\":true}", "{\"a\":\"y\",\"b\":false}", 2},
	{"1", "2", 1}, /* which has no path */
	{"no JSON", "none either", 1},
	{FACES(FACE("10", "0.9", "[1]")), FACES(""), 1},
	{FACES(FACE("10", "0.71", "[1]")), FACES(""), 0}, /* borderline */
	{FACES(""), FACES(FACE("10", "0.9", "[1]")), 1},
	{DETECTED("1"), DETECTED("2000000"), 1},
};

START_TEST(what_differs_in_kind_is_no_noise)
{
	ck_assert_uint_eq(learn(1, kinds[_i].before, kinds[_i].after), kinds[_i].unlike);
}
END_TEST

/* An element stands for all, a key for itself, whatever is in it. */
static const struct {
	const char *before;
	const char *after;
	const char *path;
	double atol;
} rules[] = {
	{"{\"a\":{\"b\":[{\"c\":1},{\"c\":2}]}}", "{\"a\":{\"b\":[{\"c\":1.25},{\"c\":4}]}}",
		"a.b[*].c", 2},
	{"{\"a\":[4,2,1]}", "{\"a\":[1,2,2]}", "a[*]", 3}, {"{\"*\":1}", "{\"*\":0.5}", "[\"*\"]", 0.5},
	{"{\"a.b\":[[1]]}", "{\"a.b\":[[3]]}", "[\"a.b\"][*][*]", 2}, {"[[1]]", "[[2]]", "[*][*]", 1},
	{"{\"a\":9007199254740993}", "{\"a\":9007199254740992}", "a", 0}, /* one double has both */
};

START_TEST(numbers_become_rules)
{
	struct tolerance tolerance;

	ck_assert_uint_eq(learn(1, rules[_i].before, rules[_i].after), 0);
	read_back(&tolerance);
	ck_assert_uint_eq(tolerance.rule_count, 1);
	ck_assert_msg(span_is(tolerance.rules[0].path, rules[_i].path), "%.*s",
		SPAN_ARG(tolerance.rules[0].path));
	ck_assert_int_eq(tolerance.rules[0].mode, TOLERANCE_NEAR);
	ck_assert_double_eq(tolerance.rules[0].atol, rules[_i].atol);
	ck_assert_double_eq(tolerance.rules[0].rtol, 0);
	ck_assert_int_eq(level_of(rules[_i].before, rules[_i].after), FINDINGS_SAME);
}
END_TEST

START_TEST(take_given_more_paths_than_rules_refuses_them)
{
	struct findings_item item = {.kind = FINDINGS_JSON, .level = FINDINGS_FAIL, .value = 1};

	for (size_t i = 0; i < TOLERANCE_RULES_MAX + 1; i++) {
		char path[16];

		(void)snprintf(path, sizeof path, "a%zu", i);
		item.path = span_of(path);
		ck_assert_int_eq(noise_take(noise, &item), i < TOLERANCE_RULES_MAX);
	}
	item.path = SPAN_LITERAL("a0");
	ck_assert(noise_take(noise, &item));
}
END_TEST

START_TEST(take_given_a_path_that_was_cut_refuses_it)
{
	struct findings_item item = {.kind = FINDINGS_JSON, .level = FINDINGS_FAIL, .value = 1};
	char path[FINDINGS_TEXT_BYTES];

	memset(path, 'a', sizeof path);
	item.path = (struct span){path, sizeof path};
	ck_assert(!noise_take(noise, &item));
	item.path = SPAN_LITERAL("a[\"b");
	ck_assert(!noise_take(noise, &item));
}
END_TEST

/* What has no partner was not measured. */
START_TEST(answers_count_for_what_they_have)
{
	ck_assert_uint_eq(learn(1, FACES(FACE("10", "0.71", "[1]")), FACES("")), 0);
	ck_assert_uint_eq(learn(2, "{}", "{}"), 0);
	for (size_t kind = 0; kind < NOISE_KINDS; kind++)
		ck_assert_uint_eq(
			noise_measure(noise, (enum noise_kind)kind)->answers, kind == NOISE_NUMBER ? 2 : 0);
}
END_TEST

/* However many there are, and in whichever order they come. */
START_TEST(question_given_again_counts_once)
{
	const struct noise_measure *measure = noise_measure(noise, NOISE_DISTANCE);

	for (size_t round = 0; round < 3; round++)
		for (uint64_t i = 0; i < 1000; i++)
			ck_assert_uint_eq(
				learn(i << 32, "{\"clip\":\"[1,0]\"}",
					i == 7 && round == 2 ? "{\"clip\":\"[1,1]\"}" : "{\"clip\":\"[1,0.1]\"}"),
				0);
	ck_assert_uint_eq(measure->answers, 1000);
	ck_assert_double_eq_tol(measure->most, 1 - sqrt(0.5), 1e-9);
	ck_assert_uint_eq(noise_measure(noise, NOISE_NUMBER)->answers, 1000);
	ck_assert_uint_eq(noise_measure(noise, NOISE_BOX)->answers, 0);
}
END_TEST

/* Of n that are within the limit (1 - p)^n is how likely that was. */
START_TEST(share_is_what_the_confidence_says)
{
	ck_assert_double_eq(noise_share(0.95, 0), 1);
	ck_assert_double_eq_tol(noise_share(0.95, 1), 0.95, 1e-12);
	ck_assert_double_eq_tol(noise_share(0.75, 2), 0.5, 1e-12);
	ck_assert_double_eq_tol(pow(1 - noise_share(0.9, 100), 100), 0.1, 1e-12);
	ck_assert_uint_eq(noise_answers_wanted(0.95), 59);
	ck_assert_double_lt(noise_share(0.95, 59), noise_share_wanted);
	ck_assert_double_gt(noise_share(0.95, 58), noise_share_wanted);
	ck_assert_uint_eq(noise_answers_wanted(0.99), 90);
}
END_TEST

START_TEST(write_says_what_it_was_learned_from)
{
	static const char wanted[] = "{\"_learned\":{\"confidence\":0.95,"
								 "\"distance\":{\"answers\":1,\"most\":1,\"noisierAtMost\":0.95},"
								 "\"norm\":{\"answers\":1,\"most\":0,\"noisierAtMost\":0.95},"
								 "\"box\":{\"answers\":0,\"noisierAtMost\":1},";
	struct buf text = {.arena = &arena};

	(void)learn(1, "{\"clip\":\"[1,0]\"}", "{\"clip\":\"[0,1]\"}");
	(void)learn(2, "{}", "{}");
	noise_write(noise, 0.95, &text);
	ck_assert_msg(span_starts(buf_span(&text), span_of(wanted)), "%.*s", SPAN_ARG(buf_span(&text)));
	buf_add(&text, SPAN_LITERAL("\0"));
	ck_assert_ptr_nonnull(
		strstr(text.bytes, "\"numbers\":{\"answers\":2,\"noisierAtMost\":0.7764}},"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("noise");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, noise_is_within_the_limits_that_are_learned_from_it, 0,
		sizeof noises / sizeof *noises);
	tcase_add_test(tcase, limits_are_never_tighter_than_the_default);
	tcase_add_test(tcase, margins_are_as_wide_as_scores_are_noisy);
	tcase_add_loop_test(tcase, what_differs_in_kind_is_no_noise, 0, sizeof kinds / sizeof *kinds);
	tcase_add_loop_test(tcase, numbers_become_rules, 0, sizeof rules / sizeof *rules);
	tcase_add_test(tcase, take_given_more_paths_than_rules_refuses_them);
	tcase_add_test(tcase, take_given_a_path_that_was_cut_refuses_it);
	tcase_add_test(tcase, answers_count_for_what_they_have);
	tcase_add_test(tcase, question_given_again_counts_once);
	tcase_add_test(tcase, share_is_what_the_confidence_says);
	tcase_add_test(tcase, write_says_what_it_was_learned_from);
	suite_add_tcase(suite, tcase);
	return suite;
}
