/* What the golden tests of fixtures/multipart do not show. */
#include "wire/multipart.h"

#include "rig/suite.h"

static const struct multipart_limits limits = {.parts = 10, .part_head_bytes = 1000};

#define CHARACTERS_70 "0123456789012345678901234567890123456789012345678901234567890123456789"

static const struct {
	struct span boundary;
	int result;
} boundaries[] = {
	{SPAN_LITERAL("x"), 0},
	{SPAN_LITERAL("----formdata-undici-037482208776"), 0},
	{SPAN_LITERAL("'()+_,-./:=? !#$%&*;<>@[]^`{|}~"), 0},
	{SPAN_LITERAL(CHARACTERS_70), 0},
	{SPAN_LITERAL(CHARACTERS_70 "x"), -1},
	{SPAN_LITERAL(""), -1},
	{SPAN_LITERAL("a\"b"), -1},
	{SPAN_LITERAL("a\\b"), -1},
	{SPAN_LITERAL("a\rb"), -1},
	{SPAN_LITERAL("a\0b"), -1},
	{SPAN_LITERAL("a\x7f"), -1},
	{SPAN_LITERAL("a\xc3\xa4"), -1},
};

START_TEST(init_takes_what_a_boundary_may_hold)
{
	struct multipart multipart;
	struct err err = {0};
	int result = multipart_init(&multipart, boundaries[_i].boundary, &limits, &err);

	ck_assert_int_eq(result, boundaries[_i].result);
	if (result < 0) {
		ck_assert_int_eq(err.kind, ERR_SYNTAX);
		ck_assert_str_eq(err.text, "There was an error parsing the body");
	} else {
		multipart_deinit(&multipart);
	}
}
END_TEST

static void expect(struct multipart *multipart, struct span *in, int event)
{
	struct err err = {0};

	ck_assert_int_eq(multipart_next(multipart, in, &err), event);
}

static void begin(struct multipart *multipart)
{
	struct err err;

	ck_assert_int_eq(multipart_init(multipart, SPAN_LITERAL("B"), &limits, &err), 0);
}

START_TEST(next_given_payload_points_into_the_callers_bytes)
{
	struct span body = SPAN_LITERAL("--B\r\n\r\n12345\r\n--B--");
	struct span in = body;
	struct multipart multipart;

	begin(&multipart);
	expect(&multipart, &in, MULTIPART_PART);
	expect(&multipart, &in, MULTIPART_DATA);
	ck_assert_ptr_eq(multipart.data.p, body.p + 7);
	ck_assert_uint_eq(multipart.data.n, 5);
	multipart_deinit(&multipart);
}
END_TEST

START_TEST(next_given_split_false_delimiter_gives_its_bytes_back)
{
	struct span in = SPAN_LITERAL("--B\r\n\r\n123\r\n-");
	struct multipart multipart;

	begin(&multipart);
	expect(&multipart, &in, MULTIPART_PART);
	expect(&multipart, &in, MULTIPART_DATA);
	ck_assert(span_is(multipart.data, "123"));
	expect(&multipart, &in, MULTIPART_MORE);
	in = SPAN_LITERAL("x");
	expect(&multipart, &in, MULTIPART_DATA);
	ck_assert(span_is(multipart.data, "\r\n-"));
	ck_assert_uint_eq(multipart.position, 10);
	expect(&multipart, &in, MULTIPART_DATA);
	ck_assert(span_is(multipart.data, "x"));
	ck_assert_uint_eq(multipart.position, 13);
	multipart_deinit(&multipart);
}
END_TEST

START_TEST(next_given_all_used_up_still_tells_the_end)
{
	struct span in = SPAN_LITERAL("--B\r\n\r\n1\r\n--B--");
	struct multipart multipart;

	begin(&multipart);
	expect(&multipart, &in, MULTIPART_PART);
	expect(&multipart, &in, MULTIPART_DATA);
	expect(&multipart, &in, MULTIPART_PART_END);
	ck_assert_uint_eq(in.n, 0);
	expect(&multipart, &in, MULTIPART_END);
	expect(&multipart, &in, MULTIPART_MORE);
	multipart_deinit(&multipart);
}
END_TEST

#define HEAD "Content-Disposition: form-data; name=\"a\"\r\n"

START_TEST(next_given_head_in_one_piece_points_into_the_callers_bytes)
{
	struct span body = SPAN_LITERAL("--B\r\n" HEAD "\r\n1");
	struct span in = body;
	struct multipart multipart;

	begin(&multipart);
	expect(&multipart, &in, MULTIPART_PART);
	ck_assert_ptr_eq(multipart.part.head.p, body.p + 5);
	ck_assert(span_is(multipart.part.head, HEAD));
	ck_assert(span_is(multipart.part.name, "a"));
	multipart_deinit(&multipart);
}
END_TEST

/* Each piece is gone before the next one is there. */
START_TEST(next_given_torn_head_keeps_what_came_before)
{
	struct span body = SPAN_LITERAL("--B\r\n" HEAD "X: y\r\n\r\n1");
	struct multipart multipart;
	char piece[80];

	begin(&multipart);
	for (size_t at = 0; at < body.n - 1; at += (size_t)_i) {
		struct span in = {piece, span_first(span_skip(body, at), (size_t)_i).n};

		memset(piece, '?', sizeof piece);
		memcpy(piece, body.p + at, in.n);
		if (at + in.n < body.n - 1)
			expect(&multipart, &in, MULTIPART_MORE);
		else
			expect(&multipart, &in, MULTIPART_PART);
	}
	ck_assert(span_is(multipart.part.head, HEAD "X: y\r\n"));
	ck_assert(span_is(multipart.part.name, "a"));
	multipart_deinit(&multipart);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("multipart");
	TCase *tcase = tcase_create("multipart");

	tcase_add_loop_test(
		tcase, init_takes_what_a_boundary_may_hold, 0, sizeof boundaries / sizeof *boundaries);
	tcase_add_test(tcase, next_given_payload_points_into_the_callers_bytes);
	tcase_add_test(tcase, next_given_split_false_delimiter_gives_its_bytes_back);
	tcase_add_test(tcase, next_given_all_used_up_still_tells_the_end);
	tcase_add_test(tcase, next_given_head_in_one_piece_points_into_the_callers_bytes);
	tcase_add_loop_test(tcase, next_given_torn_head_keeps_what_came_before, 1, 60);
	suite_add_tcase(suite, tcase);
	return suite;
}
