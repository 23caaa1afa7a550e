#include "mlreplay/shelf.h"

#include "io/digest.h"
#include "rig/suite.h"

static struct shelf shelf;
static struct buf body;
static struct err err;

static void begin(void)
{
	ck_assert(!digest_load(&err));
	ck_assert(!shelf_init(&shelf, &err));
}

static void end(void)
{
	shelf_deinit(&shelf);
	buf_deinit(&body);
}

/* Asks for that path; returns what tells it from others. */
static struct hashes_hash ask(struct walk *walk, const char *url)
{
	*walk =
		(struct walk){.entry = {.request = {.method = SPAN_LITERAL("POST"), .url = span_of(url)},
						  .times = {-1, -1, -1, 5, 7, -1}}};
	arena_init(&walk->arena);
	return walk_key(walk);
}

static void add(const char *url, const char *answer, const char *why)
{
	const struct compare_answer compared = {200, span_of(answer)};
	struct walk walk;

	(void)ask(&walk, url);
	ck_assert(!shelf_add(&shelf, &walk, &compared, span_of(why), &err));
	arena_deinit(&walk.arena);
}

static int take(const char *url, struct shelf_answer *answer)
{
	struct walk walk;
	struct hashes_hash key = ask(&walk, url);

	arena_deinit(&walk.arena);
	return shelf_take(&shelf, key, &body, answer, &err);
}

START_TEST(take_gives_answers_of_a_question_in_their_order)
{
	struct shelf_answer answer;

	for (int i = 0; i < 300; i++) {
		char url[32];
		char text[32];

		(void)snprintf(url, sizeof url, "http://h/%d", i % 100);
		(void)snprintf(text, sizeof text, "%d", i);
		add(url, text, "");
	}
	shelf_sort(&shelf);
	for (int i = 0; i < 300; i++) {
		char url[32];
		char text[32];

		(void)snprintf(url, sizeof url, "https://other/api/%d?x", i % 100);
		(void)snprintf(text, sizeof text, "%d", i);
		ck_assert_int_eq(take(url, &answer), 1);
		ck_assert(span_is(answer.answer.body, text));
		ck_assert_int_eq(answer.answer.status, 200);
		ck_assert_int_eq(answer.took_ns, 12);
		ck_assert_uint_eq(answer.why.n, 0);
	}
	ck_assert_int_eq(take("http://h/0", &answer), 0);
	ck_assert_int_eq(take("http://h/100", &answer), 0);
	ck_assert_uint_eq(shelf.taken, 300);
}
END_TEST

START_TEST(take_gives_empty_answers_and_reasons)
{
	struct shelf_answer answer;

	add("http://h/a", "", "");
	add("http://h/a", "ignored", "no body");
	add("http://h/a", "", "");
	shelf_sort(&shelf);
	ck_assert_int_eq(take("http://h/a", &answer), 1);
	ck_assert_int_eq(answer.answer.status, 200);
	ck_assert_uint_eq(answer.answer.body.n, 0);
	ck_assert_int_eq(take("http://h/a", &answer), 1);
	ck_assert_int_eq(answer.answer.status, 0);
	ck_assert(span_is(answer.why, "no body"));
	ck_assert_int_eq(take("http://h/a", &answer), 1);
	ck_assert_int_eq(answer.answer.status, 200);
}
END_TEST

START_TEST(take_given_nothing_put_in_finds_nothing)
{
	struct shelf_answer answer;

	shelf_sort(&shelf);
	ck_assert_int_eq(take("http://h/a", &answer), 0);
}
END_TEST

/* -- hashes ---------------------------------------------------------------------------------- */

START_TEST(hashes_keep_one_of_those_that_are_equal)
{
	static const char *const hex[] = {
		"00112233445566778899aabbccddeeff00000000000000000000000000000000",
		"ff112233445566778899aabbccddeeff00000000000000000000000000000000",
	};
	struct hashes hashes = {0};

	ck_assert_uint_eq(hashes_keep_different(&hashes), 0);
	for (size_t i = 0; i < 1000; i++)
		hashes_add(&hashes, hashes_read(span_of(hex[i % 2])), i % 2 ? 7 : 100);
	ck_assert_uint_eq(hashes_keep_different(&hashes), 107);
	ck_assert_uint_eq(hashes.count, 2);
	ck_assert_uint_eq(hashes.all[1].hash.bytes[0], 0xff);
	ck_assert_uint_eq(hashes.all[0].hash.bytes[15], 0xff);
	ck_assert_int_lt(hashes_compare(&hashes.all[0].hash, &hashes.all[1].hash), 0);
	hashes_deinit(&hashes);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_shelf");
	TCase *tcase = suite_case(suite, "shelf", begin, end);

	tcase_add_test(tcase, take_gives_answers_of_a_question_in_their_order);
	tcase_add_test(tcase, take_gives_empty_answers_and_reasons);
	tcase_add_test(tcase, take_given_nothing_put_in_finds_nothing);
	tcase_add_test(tcase, hashes_keep_one_of_those_that_are_equal);
	return suite;
}
