#include "domain/vector.h"

#include <math.h>

#include "base/buf.h"
#include "rig/suite.h"

static struct arena arena;

static void begin(void)
{
	arena_init(&arena);
}

static void end(void)
{
	arena_deinit(&arena);
}

static struct vector read(const char *json)
{
	struct vector vector = {0};
	struct err err = {0};

	ck_assert_msg(!vector_read(span_of(json), &arena, &vector, &err), "%s: %s", json, err.text);
	return vector;
}

static const struct {
	const char *json;
	size_t count;
	double numbers[3];
} reads[] = {
	{"\"[1,2.5,-3e-1]\"", 3, {1, 2.5, -0.3}},
	{"[1,2.5,-3e-1]", 3, {1, 2.5, -0.3}},
	{" \" [ 1 , 2 ] \" ", 2, {1, 2}},
	{"\"\\u005b1]\"", 1, {1}},
	{"\"[0]\"", 1, {0}},
	{"\"[3.4e38]\"", 1, {3.4e38}},
};

START_TEST(read_takes_numbers_out_of_a_string_or_an_array)
{
	struct vector vector = read(reads[_i].json);

	ck_assert_uint_eq(vector.count, reads[_i].count);
	for (size_t i = 0; i < vector.count; i++)
		ck_assert_double_eq(vector.all[i], reads[_i].numbers[i]);
}
END_TEST

static const struct {
	const char *json;
	const char *why; /* how what is said begins */
} refused[] = {
	{"\"[]\"", "the vector has no numbers"},
	{"[]", "the vector has no numbers"},
	{"\"\"", "the vector is no JSON"},
	{"\"[1,2\"", "the vector is no JSON"},
	{"\"[1,,2]\"", "the vector is no JSON"},
	{"\"[1,NaN]\"", "the vector has numbers that are not finite"},
	{"\"[-Infinity,1]\"", "the vector has numbers that are not finite"},
	{"\"[1,null]\"", "number 1 of the vector is null"},
	{"\"[1,\\\"2\\\"]\"", "element 1 of the vector is no number"},
	{"\"[[1]]\"", "element 0 of the vector is no number"},
	{"\"[1e39]\"", "number 0 of the vector is not finite"},
	{"\"[1e999]\"", "number 0 of the vector is not finite"},
	{"\"1\"", "the vector is no array"},
	{"null", "the vector is neither a string nor an array"},
	{"{\"a\":1}", "the vector is neither a string nor an array"},
	{"17", "the vector is neither a string nor an array"},
};

START_TEST(read_says_what_is_wrong)
{
	struct vector vector = {0};
	struct err err = {0};

	ck_assert_int_eq(vector_read(span_of(refused[_i].json), &arena, &vector, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_msg(span_starts(span_of(err.text), span_of(refused[_i].why)), "%s: %s",
		refused[_i].json, err.text);
	ck_assert_ptr_null(vector.all);
}
END_TEST

START_TEST(read_takes_so_many_numbers_and_no_more)
{
	BUF_AUTO struct buf json = {0};
	struct vector vector;
	struct err err;

	buf_add_text(&json, "[1");
	for (size_t i = 1; i < VECTOR_MAX; i++)
		buf_add_text(&json, ",1");
	buf_add_text(&json, "]");
	ck_assert_int_eq(vector_read(buf_span(&json), &arena, &vector, &err), 0);
	ck_assert_uint_eq(vector.count, VECTOR_MAX);
	json.n--;
	buf_add_text(&json, ",1]");
	ck_assert_int_eq(vector_read(buf_span(&json), &arena, &vector, &err), -1);
}
END_TEST

static const struct {
	const char *a;
	const char *b;
	double distance;
} distances[] = {
	{"[1,0]", "[1,0]", 0},
	{"[1,0]", "[7,0]", 0},
	{"[1,0]", "[0,3]", 1},
	{"[2,0]", "[-1,0]", 2},
	{"[1,0]", "[1,1]", 0.29289321881345248},
	{"[3,4]", "[4,3]", 0.04},
	{"[1,0]", "[1,1e-6]", 5e-13},
	{"[1e-30,0]", "[1e30,1e30]", 0.29289321881345248},
};

START_TEST(distance_is_one_minus_the_cosine)
{
	struct vector a = read(distances[_i].a);
	struct vector b = read(distances[_i].b);

	ck_assert_double_eq_tol(vector_distance(&a, &b), distances[_i].distance, 1e-15);
	ck_assert_double_eq_tol(vector_distance(&b, &a), distances[_i].distance, 1e-15);
}
END_TEST

START_TEST(norm_is_the_length)
{
	struct vector vector = read("[3,-4]");
	struct vector zeros = read("[0,-0]");

	ck_assert_double_eq(vector_norm(&vector), 5);
	ck_assert_double_eq(vector_norm(&zeros), 0);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("vector");
	TCase *vector = suite_case(suite, "vector", begin, end);

	tcase_add_loop_test(vector, read_takes_numbers_out_of_a_string_or_an_array, 0, ROWS(reads));
	tcase_add_loop_test(vector, read_says_what_is_wrong, 0, ROWS(refused));
	tcase_add_test(vector, read_takes_so_many_numbers_and_no_more);
	tcase_add_loop_test(vector, distance_is_one_minus_the_cosine, 0, ROWS(distances));
	tcase_add_test(vector, norm_is_the_length);
	return suite;
}
