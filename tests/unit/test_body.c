/* Bodies are made of bytes that tell their position, so that what a view shows can be known without
 * keeping it. */
#include "proxy/body.h"

#include "base/mem.h"
#include "io/upstream.h"
#include "rig/suite.h"

enum {
	PIECE = 50000,
	FEW_PIECES = 4 * PIECE,
	MANY = 4 * (UPSTREAM_KEEP_BYTES + BODY_WINDOW_BYTES),
};

struct fixture {
	struct body body;
	struct body_budget budget;
	int drained;
};

static char byte_at(uint64_t position)
{
	return (char)(position * 31 + (position >> 9));
}

static void on_drained(void *ctx)
{
	struct fixture *fixture = ctx;

	fixture->drained++;
	ck_assert(!body_is_full(&fixture->body));
}

static void open_body(struct fixture *fixture, uint64_t length, uint64_t budget)
{
	static const struct body_events events = {.drained = on_drained};

	*fixture = (struct fixture){.budget = {.max = budget}};
	body_init(&fixture->body, length, NULL, &fixture->budget, &events, fixture);
}

/* Adds n bytes in pieces; the first result that is not 0. */
static int add(struct fixture *fixture, size_t n)
{
	struct err err = {0};
	int result = 0;

	while (n && !result) {
		struct chunk *chunk = chunk_new(n < PIECE ? n : PIECE);
		uint64_t position = fixture->body.chain.end;

		for (size_t i = 0; i < chunk->capacity; i++)
			chunk->bytes[i] = byte_at(position + i);
		result =
			body_add(&fixture->body, (struct slice){chunk, {chunk->bytes, chunk->capacity}}, &err);
		n -= chunk->capacity;
		chunk_unref(chunk);
	}
	ck_assert(!result || (err.kind == ERR_BUSY && strstr(err.text, "limits.keptBytes")));
	return result;
}

/* Reads from position on until `end` or until there is no more, and checks the bytes against those
 * of a body without a cut. Returns how far it came. */
static uint64_t pull(struct body_view *view, uint64_t position, uint64_t end)
{
	struct iovec iov[3];
	size_t count = 1;

	while (position < end && count) {
		count = source_peek(&view->source, position, iov, 3);
		for (size_t i = 0; i < count && position < end; i++) {
			const char *bytes = iov[i].iov_base;
			uint64_t left = end - position;
			size_t n = iov[i].iov_len < left ? iov[i].iov_len : (size_t)left;

			ck_assert_uint_gt(n, 0);
			for (size_t at = 0; at < n; at += 997)
				ck_assert_int_eq(bytes[at], byte_at(position + at));
			ck_assert_int_eq(bytes[n - 1], byte_at(position + n - 1));
			position += n;
		}
	}
	source_done(&view->source, position);
	return position;
}

static void open_whole(struct fixture *fixture, struct body_view *view)
{
	body_view_open(view, &fixture->body, 0, 0, (struct buf){0});
}

/* -- what a view shows ----------------------------------------------------------------------- */

static const struct {
	uint64_t begin;
	uint64_t end;
	const char *insert;
	const char *shown; /* of "0123456789" */
} cuts[] = {
	{0, 0, "", "0123456789"},
	{3, 6, "abcd", "012abcd6789"},
	{3, 6, "a", "012a6789"},
	{3, 6, "", "0126789"},
	{3, 3, "abc", "012abc3456789"},
	{0, 4, "ab", "ab456789"},
	{0, 4, "", "456789"},
	{6, 10, "ab", "012345ab"},
	{6, 10, "", "012345"},
	{10, 10, "ab", "0123456789ab"},
	{0, 10, "ab", "ab"},
};

/* Reads all by at most `max` iovecs, and then `step` bytes further at a time. */
static void read_all(struct body_view *view, size_t max, size_t step, struct buf *out)
{
	uint64_t position = 0;
	struct iovec iov[8];

	while (!source_is_end(&view->source, position)) {
		size_t count = source_peek(&view->source, position, iov, max);
		size_t n = iov[0].iov_len < step ? iov[0].iov_len : step;

		ck_assert_uint_ge(count, 1);
		ck_assert_uint_le(count, max);
		for (size_t i = 0; i < count; i++)
			ck_assert_uint_gt(iov[i].iov_len, 0);
		buf_add(out, (struct span){iov[0].iov_base, n});
		position += n;
		source_done(&view->source, position);
		ck_assert(source_is_held(&view->source, 0));
	}
	ck_assert_uint_eq(source_peek(&view->source, position, iov, max), 0);
}

START_TEST(view_given_cut_shows_the_insert_instead)
{
	for (size_t variant = 0; variant < 40; variant++) {
		struct slice first = {NULL, SPAN_LITERAL("0123")};
		struct slice second = {NULL, SPAN_LITERAL("456789")};
		BUF_AUTO struct buf out = {0};
		struct buf insert = {0};
		struct fixture fixture;
		struct body_view view;
		struct err err;

		open_body(&fixture, 10, 0);
		buf_add_text(&insert, cuts[_i].insert);
		ck_assert_int_eq(body_add(&fixture.body, first, &err), 0);
		ck_assert_int_eq(body_add(&fixture.body, second, &err), 0);
		body_end(&fixture.body);
		body_view_open(&view, &fixture.body, cuts[_i].begin, cuts[_i].end, insert);
		ck_assert_uint_eq(view.source.length, strlen(cuts[_i].shown));
		read_all(&view, 1 + variant % 4, 1 + variant / 4, &out);
		ck_assert_msg(span_is(buf_span(&out), cuts[_i].shown), "%.*s", SPAN_ARG(buf_span(&out)));
		body_view_close(&view);
		body_deinit(&fixture.body);
	}
}
END_TEST

START_TEST(view_given_whole_list_of_iovecs_goes_across_the_insert)
{
	struct slice slice = {NULL, SPAN_LITERAL("0123456789")};
	struct buf insert = {0};
	struct iovec iov[4];
	struct fixture fixture;
	struct body_view view;
	struct err err;

	open_body(&fixture, 10, 0);
	buf_add_text(&insert, "abc");
	ck_assert_int_eq(body_add(&fixture.body, slice, &err), 0);
	body_view_open(&view, &fixture.body, 2, 8, insert);
	ck_assert_uint_eq(source_peek(&view.source, 3, iov, 4), 2);
	ck_assert(span_is((struct span){iov[0].iov_base, iov[0].iov_len}, "bc"));
	ck_assert(span_is((struct span){iov[1].iov_base, iov[1].iov_len}, "89"));
	body_view_close(&view);
	body_deinit(&fixture.body);
}
END_TEST

START_TEST(view_given_body_that_grows_ends_when_it_is_complete)
{
	struct iovec iov[2];
	struct fixture fixture;
	struct body_view view;

	open_body(&fixture, SOURCE_LENGTH_UNKNOWN, 0);
	open_whole(&fixture, &view);
	ck_assert_uint_eq(view.source.length, SOURCE_LENGTH_UNKNOWN);
	ck_assert_uint_eq(source_peek(&view.source, 0, iov, 2), 0);
	ck_assert(!source_is_end(&view.source, 0));
	ck_assert_int_eq(add(&fixture, 100), 0);
	ck_assert_uint_eq(pull(&view, 0, 1000), 100);
	ck_assert(!source_is_end(&view.source, 100));
	ck_assert_int_eq(add(&fixture, 100), 0);
	body_end(&fixture.body);
	ck_assert(!source_is_end(&view.source, 100));
	ck_assert_uint_eq(pull(&view, 100, 1000), 200);
	ck_assert(source_is_end(&view.source, 200));
	body_view_close(&view);
	body_view_close(&view);
	body_deinit(&fixture.body);
}
END_TEST

/* -- pace ------------------------------------------------------------------------------------ */

START_TEST(full_given_slowest_view_a_window_behind)
{
	struct fixture fixture;
	struct body_view fast;
	struct body_view slow;

	open_body(&fixture, MANY, 0);
	open_whole(&fixture, &fast);
	open_whole(&fixture, &slow);
	ck_assert_int_eq(add(&fixture, BODY_WINDOW_BYTES), 0);
	ck_assert(!body_is_full(&fixture.body));
	ck_assert_int_eq(add(&fixture, 1), 0);
	ck_assert(body_is_full(&fixture.body));
	(void)pull(&fast, 0, MANY);
	ck_assert(body_is_full(&fixture.body));
	ck_assert_int_eq(fixture.drained, 0);
	(void)pull(&slow, 0, 1);
	ck_assert(!body_is_full(&fixture.body));
	ck_assert_int_eq(fixture.drained, 1);
	(void)pull(&slow, 1, MANY);
	ck_assert_int_eq(fixture.drained, 1);
	body_view_close(&fast);
	body_view_close(&slow);
	body_deinit(&fixture.body);
}
END_TEST

START_TEST(drained_given_views_opened_on_much_is_told)
{
	struct fixture fixture;
	struct body_view view;

	open_body(&fixture, MANY, MANY);
	ck_assert_int_eq(add(&fixture, MANY / 2), 0);
	ck_assert(!body_is_full(&fixture.body));
	open_whole(&fixture, &view);
	ck_assert(body_is_full(&fixture.body));
	(void)pull(&view, 0, MANY);
	ck_assert_int_eq(fixture.drained, 1);
	body_view_close(&view);
	body_deinit(&fixture.body);
}
END_TEST

START_TEST(close_given_slowest_view_drains_and_given_last_leaves_it_to_the_next)
{
	struct fixture fixture;
	struct body_view fast;
	struct body_view slow;

	open_body(&fixture, MANY, 0);
	open_whole(&fixture, &fast);
	open_whole(&fixture, &slow);
	ck_assert_int_eq(add(&fixture, BODY_WINDOW_BYTES + 1), 0);
	(void)pull(&fast, 0, MANY);
	body_view_close(&slow);
	ck_assert_int_eq(fixture.drained, 1);
	ck_assert_int_eq(add(&fixture, BODY_WINDOW_BYTES + 1), 0);
	ck_assert(body_is_full(&fixture.body));
	body_view_close(&fast);
	ck_assert_int_eq(fixture.drained, 2);
	ck_assert(!body_is_full(&fixture.body));
	ck_assert_uint_eq(chain_length(&fixture.body.chain), BODY_WINDOW_BYTES + 1);
	body_let_go(&fixture.body);
	ck_assert_uint_eq(chain_length(&fixture.body.chain), 0);
	ck_assert_int_eq(add(&fixture, MANY), 0);
	ck_assert_uint_eq(chain_length(&fixture.body.chain), 0);
	body_deinit(&fixture.body);
}
END_TEST

/* -- what is kept ---------------------------------------------------------------------------- */

START_TEST(front_is_held_until_enough_of_it_is_sent)
{
	struct fixture fixture;
	struct body_view view;
	uint64_t position;

	open_body(&fixture, MANY, MANY);
	ck_assert_int_eq(add(&fixture, MANY), 0);
	open_whole(&fixture, &view);
	position = pull(&view, 0, UPSTREAM_KEEP_BYTES);
	ck_assert(source_is_held(&view.source, 0));
	ck_assert_uint_eq(pull(&view, 0, UPSTREAM_KEEP_BYTES), position); /* once more */
	position = pull(&view, position, UPSTREAM_KEEP_BYTES + 1);
	ck_assert(!source_is_held(&view.source, 0));
	ck_assert(!source_is_held(&view.source, position - 1));
	ck_assert(source_is_held(&view.source, position));
	ck_assert_uint_eq(chain_length(&fixture.body.chain), MANY - position);
	body_view_close(&view);
	body_deinit(&fixture.body);
}
END_TEST

START_TEST(front_is_held_for_the_slowest_view)
{
	struct fixture fixture;
	struct body_view fast;
	struct body_view slow;

	open_body(&fixture, MANY, MANY);
	ck_assert_int_eq(add(&fixture, MANY), 0);
	open_whole(&fixture, &fast);
	open_whole(&fixture, &slow);
	(void)pull(&fast, 0, MANY);
	ck_assert(source_is_held(&fast.source, 0));
	(void)pull(&slow, 0, MANY / 2);
	ck_assert(!source_is_held(&slow.source, 0));
	ck_assert_uint_eq(fixture.body.chain.begin, MANY / 2);
	body_view_close(&slow);
	ck_assert_uint_eq(fixture.body.chain.begin, MANY);
	body_view_close(&fast);
	body_deinit(&fixture.body);
}
END_TEST

/* A view that answered early needs no more, and what nobody needs is thrown away. */
START_TEST(whole_given_bytes_nobody_needed_is_false)
{
	struct fixture fixture;
	struct body_view view;

	open_body(&fixture, MANY, MANY);
	open_whole(&fixture, &view);
	body_view_close(&view);
	ck_assert(body_is_whole(&fixture.body));
	ck_assert_int_eq(add(&fixture, 1), 0);
	ck_assert(!body_is_whole(&fixture.body));
	body_deinit(&fixture.body);
}
END_TEST

/* -- budget ---------------------------------------------------------------------------------- */

START_TEST(budget_given_bodies_that_wait_is_shared_and_given_back)
{
	struct body_budget budget = {.max = MANY};
	struct fixture a;
	struct fixture b;

	open_body(&a, SOURCE_LENGTH_UNKNOWN, 0);
	open_body(&b, SOURCE_LENGTH_UNKNOWN, 0);
	a.body.budget = b.body.budget = &budget;
	ck_assert_int_eq(add(&a, CHUNK_BYTES), 0);
	ck_assert_uint_eq(budget.used, 0); /* each has that for free while it waits */
	ck_assert_int_eq(add(&a, MANY - PIECE), 0);
	ck_assert_uint_le(budget.used, MANY);
	ck_assert_int_eq(add(&b, CHUNK_BYTES), 0);
	ck_assert_int_eq(add(&b, FEW_PIECES), -1);
	body_deinit(&b.body);
	ck_assert_int_eq(add(&a, PIECE), 0);
	ck_assert_int_eq(add(&a, FEW_PIECES), -1);
	body_deinit(&a.body);
	ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(budget_given_view_that_goes_on_is_given_back)
{
	struct fixture fixture;
	struct body_view view;

	open_body(&fixture, MANY, MANY);
	ck_assert_int_eq(add(&fixture, MANY), 0);
	ck_assert_uint_gt(fixture.budget.used, 0);
	open_whole(&fixture, &view);
	(void)pull(&view, 0, MANY - BODY_WINDOW_BYTES);
	ck_assert_uint_eq(fixture.budget.used, 0);
	body_view_close(&view);
	body_deinit(&fixture.body);
}
END_TEST

/* A window is overshot by what one read brings. That is no reason to refuse a body that streams,
 * when others have used up the budget. */
START_TEST(budget_given_body_that_streams_is_not_touched)
{
	struct fixture fixture;
	struct body_view view;
	uint64_t position = 0;

	open_body(&fixture, SOURCE_LENGTH_UNKNOWN, 0);
	open_whole(&fixture, &view);
	for (int i = 0; i < 100; i++) {
		while (!body_is_full(&fixture.body))
			ck_assert_int_eq(add(&fixture, PIECE), 0);
		position = pull(&view, position, position + PIECE - 1);
	}
	ck_assert_uint_eq(fixture.budget.used, 0);
	body_view_close(&view);
	body_deinit(&fixture.body);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("body");
	TCase *views = tcase_create("views");
	TCase *pace = tcase_create("pace, keeping, budget");

	tcase_add_loop_test(
		views, view_given_cut_shows_the_insert_instead, 0, sizeof cuts / sizeof *cuts);
	tcase_add_test(views, view_given_whole_list_of_iovecs_goes_across_the_insert);
	tcase_add_test(views, view_given_body_that_grows_ends_when_it_is_complete);
	suite_add_tcase(suite, views);
	tcase_add_test(pace, full_given_slowest_view_a_window_behind);
	tcase_add_test(pace, drained_given_views_opened_on_much_is_told);
	tcase_add_test(pace, close_given_slowest_view_drains_and_given_last_leaves_it_to_the_next);
	tcase_add_test(pace, front_is_held_until_enough_of_it_is_sent);
	tcase_add_test(pace, front_is_held_for_the_slowest_view);
	tcase_add_test(pace, whole_given_bytes_nobody_needed_is_false);
	tcase_add_test(pace, budget_given_bodies_that_wait_is_shared_and_given_back);
	tcase_add_test(pace, budget_given_view_that_goes_on_is_given_back);
	tcase_add_test(pace, budget_given_body_that_streams_is_not_touched);
	suite_add_tcase(suite, pace);
	return suite;
}
