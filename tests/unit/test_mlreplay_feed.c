#include "mlreplay/feed.h"

#include <stdio.h>

#include "io/files.h"
#include "rig/configs.h"
#include "rig/exchanges.h"
#include "rig/suite.h"

#define CLIP "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OCR  "{\"ocr\":{\"detection\":{\"modelName\":\"m\"}}}"

enum { MANY = 5 * FEED_HELD_MAX };

static struct exchanges exchanges;
static struct capture_reader *reader;
static struct filter filter;
static struct feed_setup setup;
static struct feed *feed;
static struct err err;

static void set_up(void)
{
	filter = (struct filter){0};
	setup = (struct feed_setup){.filter = &filter, .rounds = 1};
	feed = NULL;
}

static void tear_down(void)
{
	feed_free(feed);
	capture_reader_close(reader);
	exchanges_deinit(&exchanges);
}

static void open_rows(const struct exchange_row *rows, size_t count)
{
	exchanges_init(&exchanges, rows, count);
	ck_assert_msg(!capture_reader_open(exchanges.path, &reader, &err), "%s", err.text);
	setup.reader = reader;
	feed = feed_new(&setup);
}

/* Takes all of them; their seqs as a text. */
static void take_all(struct buf *seqs)
{
	struct feed_item *item;
	int result;

	while ((result = feed_next(feed, &item, &err)) == 1) {
		buf_add_format(seqs, "%llu ", (unsigned long long)item->entry.seq);
		feed_give(item);
	}
	ck_assert_msg(result == 0, "%s", err.text);
	ck_assert_int_eq(feed_next(feed, &item, &err), 0);
}

static void expect(const char *wanted, uint64_t count)
{
	uint64_t counted;

	for (int time = 0; time < 2; time++) {
		BUF_AUTO struct buf seqs = {0};

		ck_assert_msg(!feed_count(feed, &counted, &err), "%s", err.text);
		ck_assert_uint_eq(counted, count);
		take_all(&seqs);
		ck_assert_msg(span_is(buf_span(&seqs), wanted), "%.*s", SPAN_ARG(buf_span(&seqs)));
		ck_assert(!feed_rewind(feed, &err));
	}
}

static const struct exchange_row mixed[] = {
	{CLIP, "a", 200, "{}", 30, NULL},
	{OCR, "b", 500, "{}", 10, NULL},
	{OCR, "c", 200, "{}", 20, "gpu"},
	{CLIP, "d", 0, "", 10, "cpu"},
	{CLIP, "e", 200, "{}", 10, NULL},
};

static const struct {
	const char *filter;
	enum har_side side;
	uint64_t limit;
	uint64_t rounds;
	const char *seqs;
	uint64_t count;
} rows[] = {
	{NULL, HAR_CLIENT, 0, 1, "2 5 1 ", 3},
	{NULL, HAR_BACKEND, 0, 1, "4 3 ", 2},
	{"backend=gpu", HAR_BACKEND, 0, 1, "3 ", 1},
	{"task=clip", HAR_CLIENT, 0, 1, "5 1 ", 2},
	{"task=clip,status=5xx", HAR_CLIENT, 0, 1, "", 0},
	{"task=clip,status=5xx", HAR_CLIENT, 0, 7, "", 0},
	{"status=none", HAR_BACKEND, 0, 1, "4 ", 1},
	{NULL, HAR_CLIENT, 2, 1, "2 1 ", 2}, /* the first two of the file, in their order of time */
	{NULL, HAR_CLIENT, 9, 1, "2 5 1 ", 3},
	{NULL, HAR_CLIENT, 1, 3, "1 1 1 ", 3},
	{NULL, HAR_CLIENT, 0, 2, "2 5 1 2 5 1 ", 6},
};

START_TEST(next_gives_those_wanted_by_time)
{
	setup.side = rows[_i].side;
	setup.limit = rows[_i].limit;
	setup.rounds = rows[_i].rounds;
	if (rows[_i].filter)
		ck_assert(filter_parse(span_of(rows[_i].filter), &filter));
	open_rows(mixed, COUNT_OF(mixed));
	expect(rows[_i].seqs, rows[_i].count);
}
END_TEST

START_TEST(next_numbers_in_the_captures_order)
{
	static const uint64_t numbers[] = {1, 2, 0, 4, 5, 3};
	struct feed_item *item;

	setup.rounds = 2;
	open_rows(mixed, COUNT_OF(mixed));
	for (int i = 0; i < COUNT_OF(numbers); i++) {
		ck_assert_int_eq(feed_next(feed, &item, &err), 1);
		ck_assert_uint_eq(item->number, numbers[i]);
		ck_assert(span_is(item->entries, item->entry.seq == 2 ? OCR : CLIP));
		feed_give(item);
	}
}
END_TEST

/* Each began up to FEED_HELD_MAX - 1 places before its line. */
START_TEST(next_given_lines_far_from_their_place_orders_them)
{
	struct exchange_row many[MANY];
	struct feed_item *item;

	for (int i = 0; i < MANY; i++)
		many[i] = (struct exchange_row){CLIP, "x", 200, "{}",
			(i / FEED_HELD_MAX + 1) * FEED_HELD_MAX - i % FEED_HELD_MAX, NULL};
	open_rows(many, MANY);
	for (int64_t last_us = 0; feed_next(feed, &item, &err) == 1;) {
		ck_assert_int_ge(item->entry.started_us, last_us);
		last_us = item->entry.started_us;
		feed_give(item);
	}
}
END_TEST

START_TEST(count_given_broken_line_says_where)
{
	BUF_AUTO struct buf bytes = {0};
	uint64_t count;
	char *at;

	open_rows(mixed, COUNT_OF(mixed));
	ck_assert(!files_read(exchanges.path, 1 << 20, &bytes, &err));
	at = memmem(bytes.bytes, bytes.n, "gpu", 3);
	ck_assert_ptr_nonnull(at);
	*at = 'G';
	ck_assert(!files_replace(exchanges.path, buf_span(&bytes), &err));
	feed_free(feed);
	capture_reader_close(reader);
	ck_assert(!capture_reader_open(exchanges.path, &reader, &err));
	setup.reader = reader;
	feed = feed_new(&setup);
	ck_assert_int_eq(feed_count(feed, &count, &err), -1);
	ck_assert_msg(strncmp(err.text, exchanges.path, strlen(exchanges.path)) == 0, "%s", err.text);
	ck_assert_ptr_nonnull(strstr(err.text, ":4: byte "));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_feed");
	TCase *tcase = suite_case(suite, "feed", set_up, tear_down);

	tcase_add_loop_test(tcase, next_gives_those_wanted_by_time, 0, COUNT_OF(rows));
	tcase_add_test(tcase, next_numbers_in_the_captures_order);
	tcase_add_test(tcase, next_given_lines_far_from_their_place_orders_them);
	tcase_add_test(tcase, count_given_broken_line_says_where);
	return suite;
}
