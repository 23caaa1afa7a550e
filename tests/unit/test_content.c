#include "wire/content.h"

#include "base/buf.h"
#include "rig/suite.h"

static const struct {
	enum http1_body framing;
	const char *body;
	const char *data;
	const char *rest; /* not used up */
	bool is_end;
} bodies[] = {
	{HTTP1_BODY_NONE, "next", "", "next", true},
	{HTTP1_BODY_LENGTH, "hello", "hello", "", true},
	{HTTP1_BODY_LENGTH, "hellonext", "hello", "next", true},
	{HTTP1_BODY_LENGTH, "hell", "hell", "", false},
	{HTTP1_BODY_CHUNKED, "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello", "", true},
	{HTTP1_BODY_CHUNKED, "5\r\nhello\r\n0\r\na: b\r\n\r\nnext", "hello", "next", true},
	{HTTP1_BODY_CHUNKED, "5\r\nhello\r\n", "hello", "", false},
	{HTTP1_BODY_UNTIL_CLOSE, "hello", "hello", "", false},
};

static struct content begin(enum http1_body framing)
{
	struct http1_head head = {.body = framing, .content_length = 5};
	struct content content;

	content_init(&content, &head);
	return content;
}

/* Takes what there is, and no byte more. */
static void take_all(struct content *content, struct span *in, struct buf *data)
{
	struct span part;
	struct err err;

	do {
		ck_assert_int_eq(content_next(content, in, &part, &err), 0);
		buf_add(data, part);
	} while (part.n);
}

START_TEST(next_given_any_framing_at_every_piece_size)
{
	struct span whole = span_of(bodies[_i].body);

	for (size_t n = 1; n <= whole.n; n++) {
		struct content content = begin(bodies[_i].framing);
		BUF_AUTO struct buf data = {0};
		struct span rest = whole;

		while (rest.n && !content.is_end) {
			struct span piece = span_first(rest, n);
			size_t fed = piece.n;

			take_all(&content, &piece, &data);
			rest = span_skip(rest, fed - piece.n);
		}
		ck_assert_int_eq(content.is_end, bodies[_i].is_end);
		ck_assert(span_is(buf_span(&data), bodies[_i].data));
		ck_assert(span_is(rest, bodies[_i].rest));
		content_deinit(&content);
	}
}
END_TEST

START_TEST(next_given_the_last_byte_of_a_length_ends_at_once)
{
	struct content content = begin(HTTP1_BODY_LENGTH);
	struct span in = SPAN_LITERAL("hello");
	struct span data;
	struct err err;

	ck_assert_int_eq(content_next(&content, &in, &data, &err), 0);
	ck_assert(span_is(data, "hello"));
	ck_assert(content.is_end);
	content_deinit(&content);
}
END_TEST

START_TEST(next_given_broken_chunks_fails)
{
	struct content content = begin(HTTP1_BODY_CHUNKED);
	struct span in = SPAN_LITERAL("x\r\n");
	struct span data;
	struct err err;

	ck_assert_int_eq(content_next(&content, &in, &data, &err), -1);
	ck_assert_int_eq(err.kind, ERR_SYNTAX);
	content_deinit(&content);
}
END_TEST

START_TEST(deinit_takes_a_zeroed_one_and_one_twice)
{
	struct content zeroed = {0};
	struct content content = begin(HTTP1_BODY_CHUNKED);

	content_deinit(&zeroed);
	content_deinit(&content);
	content_deinit(&content);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("content");
	TCase *tcase = tcase_create("content");

	tcase_add_loop_test(
		tcase, next_given_any_framing_at_every_piece_size, 0, sizeof bodies / sizeof *bodies);
	tcase_add_test(tcase, next_given_the_last_byte_of_a_length_ends_at_once);
	tcase_add_test(tcase, next_given_broken_chunks_fails);
	tcase_add_test(tcase, deinit_takes_a_zeroed_one_and_one_twice);
	suite_add_tcase(suite, tcase);
	return suite;
}
