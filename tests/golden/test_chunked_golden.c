/* Replays fixtures/chunked. Data is logged when something else follows, so that its pieces do not
 * show; what follows the body is told as a number of bytes. */
#include "wire/chunked.h"

#include "base/mem.h"
#include "rig/golden.h"
#include "rig/suite.h"
#include "wire/status.h"

struct reader {
	struct chunked chunked;
	struct buf *log;
	struct buf data;
	size_t rest;
	int event;
};

static void *open_reader(struct buf *log)
{
	struct reader *reader = mem_new(1, sizeof *reader);

	reader->log = log;
	chunked_init(&reader->chunked);
	return reader;
}

static void log_data(struct reader *reader)
{
	if (!reader->data.n)
		return;
	buf_add_format(reader->log, "data %zu ", reader->data.n);
	golden_log_bytes(reader->log, buf_span(&reader->data));
	buf_add_text(reader->log, "\n");
	buf_reset(&reader->data);
}

static void feed(void *object, struct span piece)
{
	struct reader *reader = object;
	struct span data = SPAN_EMPTY;
	struct err err = {0};

	if (reader->event != CHUNKED_MORE) {
		reader->rest += piece.n;
		return;
	}
	while ((reader->event = chunked_next(&reader->chunked, &piece, &data, &err)) == CHUNKED_DATA)
		buf_add(&reader->data, data);
	if (reader->event == CHUNKED_MORE)
		return;
	log_data(reader);
	if (reader->event < 0)
		buf_add_format(reader->log, "refused %d %s\n", status_of_err(err.kind), err.text);
	else
		reader->rest = piece.n;
}

static void close_reader(void *object)
{
	struct reader *reader = object;

	log_data(reader);
	if (reader->event == CHUNKED_MORE)
		buf_add_text(reader->log, "cut\n");
	else if (reader->event == CHUNKED_END)
		buf_add_format(reader->log, "end, rest %zu\n", reader->rest);
	chunked_deinit(&reader->chunked);
	buf_deinit(&reader->data);
	mem_free(reader);
}

START_TEST(replay_at_every_piece_size_gives_the_same_events)
{
	static const struct golden_reader reader = {open_reader, feed, close_reader};

	golden_check("chunked", &reader);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("chunked golden");
	TCase *tcase = tcase_create("replay");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, replay_at_every_piece_size_gives_the_same_events);
	suite_add_tcase(suite, tcase);
	return suite;
}
