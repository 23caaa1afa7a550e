/* The lines of a head, wherever they are cut and wherever they come to lie. */
#include "rig/suite.h"
#include "wire/http1.h"

#define GET "GET /path HTTP/1.1\r\nhost: a\r\n"

static const struct http1_limits limits = {65536, 256};

/* In pieces of at most n bytes; returns http1_feed()'s last result. */
static int feed(struct http1 *http1, struct span in, size_t n)
{
	struct err err = {0};
	int result = 0;

	while (in.n && !result) {
		struct span piece = span_first(in, n);

		in = span_skip(in, piece.n);
		result = http1_feed(http1, &piece, &err);
	}
	return result;
}

/* In pieces of n, so that the buffer grows, and moves, at any byte of a line. */
START_TEST(feed_given_a_head_that_outgrows_its_buffer_keeps_all_of_it)
{
	enum { LINES = 100 };
	BUF_AUTO struct buf bytes = {0};
	struct http1 http1;

	buf_add_text(&bytes, GET);
	for (int i = 0; i < LINES; i++)
		buf_add_format(&bytes, "x-%d: value %d of many\r\n", i, i);
	buf_add_text(&bytes, "\r\n");
	http1_init(&http1, HTTP1_REQUEST, &limits);
	ck_assert_int_eq(feed(&http1, buf_span(&bytes), (size_t)_i), 1);
	ck_assert(span_is(http1.head.path, "/path"));
	ck_assert_uint_eq(http1.head.field_count, LINES + 1);
	for (int i = 0; i < LINES; i++) {
		BUF_AUTO struct buf field = {0};
		BUF_AUTO struct buf wanted = {0};

		buf_add_format(&wanted, "x-%d: value %d of many\r\n", i, i);
		http1_write_field(&field, &http1.head.fields[i + 1]);
		ck_assert(span_equal(buf_span(&field), buf_span(&wanted)));
	}
	http1_deinit(&http1);
}
END_TEST

enum { VALUE_BYTES = 22 };

/* Bytes are looked at eight at once where there are eight. */
START_TEST(feed_given_a_byte_anywhere_in_a_value_judges_it_alike)
{
	static const struct {
		char byte;
		int result;
	} bytes[] = {{0, -1}, {1, -1}, {8, -1}, {'\t', 1}, {0x0b, -1}, {'\r', -1}, {0x1f, -1}, {' ', 1},
		{0x7e, 1}, {0x7f, -1}, {'\x80', 1}, {'\x9f', 1}, {'\xff', 1}};
	char text[] = GET "Name: 0123456789012345678901\r\n\r\n";
	size_t value = sizeof GET "Name: " - 1;

	for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
		struct http1 http1;

		text[value + (size_t)_i] = bytes[i].byte;
		http1_init(&http1, HTTP1_REQUEST, &limits);
		ck_assert_msg(
			feed(&http1, (struct span){text, sizeof text - 1}, SIZE_MAX) == bytes[i].result,
			"byte %02x", (unsigned char)bytes[i].byte);
		http1_deinit(&http1);
	}
}
END_TEST

/* Whoever answers before all of it is there, since it is refused or late, reads nothing of it: it
 * may have moved since. */
START_TEST(feed_given_part_of_a_head_shows_nothing_of_it)
{
	static const struct {
		const char *text;
		int result;
	} heads[] = {
		{GET, 0}, {GET "no field\r\n", -1}, {GET "name: value", 0}, {GET "a: b\r\n\1", -1}};
	struct http1 http1;

	http1_init(&http1, HTTP1_REQUEST, &limits);
	ck_assert_int_eq(feed(&http1, span_of(heads[_i].text), SIZE_MAX), heads[_i].result);
	ck_assert(!http1.head.method.p && !http1.head.path.p && !http1.head.names);
	ck_assert_uint_eq(http1.head.field_count, 0);
	ck_assert(span_is(http1_path(&http1), "/path"));
	http1_deinit(&http1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http1_lines");
	TCase *tcase = tcase_create("lines");

	tcase_add_loop_test(tcase, feed_given_a_head_that_outgrows_its_buffer_keeps_all_of_it, 1, 40);
	tcase_add_loop_test(
		tcase, feed_given_a_byte_anywhere_in_a_value_judges_it_alike, 0, VALUE_BYTES);
	tcase_add_loop_test(tcase, feed_given_part_of_a_head_shows_nothing_of_it, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}
