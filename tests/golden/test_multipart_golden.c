/* Replays fixtures/multipart, where the boundary is X-BOUND. Data is logged when it is at its end,
 * so that its pieces do not show, and compared with the input's bytes at its position. */
#include "wire/multipart.h"

#include "base/mem.h"
#include "rig/golden.h"
#include "rig/suite.h"

enum { SHOWN_MAX = 200 };

struct reader {
	struct multipart multipart;
	struct buf *log;
	struct buf fed;  /* all of the input so far */
	struct buf data; /* of the part being read */
	uint64_t data_begin;
	bool has_failed;
};

static void *open_reader(struct buf *log)
{
	static const struct multipart_limits limits = {.parts = 5, .part_head_bytes = 200};
	struct reader *reader = mem_new(1, sizeof *reader);
	struct err err;

	reader->log = log;
	ck_assert(multipart_init(&reader->multipart, SPAN_LITERAL("X-BOUND"), &limits, &err) == 0);
	return reader;
}

static void log_field(struct buf *log, const char *name, bool is_there, struct span value)
{
	if (is_there) {
		buf_add_format(log, " %s=", name);
		golden_log_bytes(log, value);
	}
}

static void log_data(struct reader *reader)
{
	struct span data = buf_span(&reader->data);
	struct span fed = span_skip(buf_span(&reader->fed), (size_t)reader->data_begin);

	if (!data.n)
		return;
	ck_assert(span_starts(fed, data));
	buf_add_format(reader->log, "data %zu ", data.n);
	golden_log_bytes(reader->log, span_first(data, SHOWN_MAX));
	buf_add_text(reader->log, data.n > SHOWN_MAX ? "…\n" : "\n");
	buf_reset(&reader->data);
}

static void log_part(struct reader *reader)
{
	const struct multipart_part *part = &reader->multipart.part;

	buf_add_format(
		reader->log, "part @%zu head %zu", (size_t)reader->multipart.position, part->head.n);
	log_field(reader->log, "name", part->has_name, part->name);
	log_field(reader->log, "file", part->has_file_name, part->file_name);
	log_field(reader->log, "type", part->content_type.n > 0, part->content_type);
	buf_add_text(reader->log, "\n");
	reader->data_begin = reader->multipart.position;
}

static void log_event(struct reader *reader, int event, const struct err *err)
{
	struct multipart *multipart = &reader->multipart;

	if (event == MULTIPART_DATA) {
		ck_assert(multipart->position == reader->data_begin + reader->data.n);
		buf_add(&reader->data, multipart->data);
		return;
	}
	log_data(reader);
	if (event == MULTIPART_PART)
		log_part(reader);
	else if (event == MULTIPART_PART_END)
		buf_add_format(reader->log, "part-end @%zu\n", (size_t)multipart->position);
	else if (event == MULTIPART_END)
		buf_add_format(reader->log, "end @%zu\n", (size_t)multipart->position);
	else
		buf_add_format(reader->log, "failed %d %s\n", err->kind, err->text);
}

static void feed(void *object, struct span piece)
{
	struct reader *reader = object;
	struct err err = {0};
	int event = MULTIPART_MORE;

	buf_add(&reader->fed, piece);
	while (!reader->has_failed &&
		   (event = multipart_next(&reader->multipart, &piece, &err)) != MULTIPART_MORE) {
		reader->has_failed = event < 0;
		log_event(reader, event, &err);
	}
	ck_assert(reader->has_failed || !piece.n);
}

static void close_reader(void *object)
{
	struct reader *reader = object;

	log_data(reader);
	if (reader->multipart.has_preamble)
		buf_add_text(reader->log, "preamble\n");
	multipart_deinit(&reader->multipart);
	buf_deinit(&reader->fed);
	buf_deinit(&reader->data);
	mem_free(reader);
}

START_TEST(replay_at_every_piece_size_gives_the_same_events)
{
	static const struct golden_reader reader = {open_reader, feed, close_reader};

	golden_check("multipart", &reader);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("multipart golden");
	TCase *tcase = tcase_create("replay");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, replay_at_every_piece_size_gives_the_same_events);
	suite_add_tcase(suite, tcase);
	return suite;
}
