/* Replays fixtures/entries. Those with a number are what the probes of that number sent to the real
 * service; the logs say 422 where it did, and besides where a type is no object or the text no
 * UTF-8. What parses is written out again as it would go to a backend that gets all of it. */
#include "domain/entries.h"

#include "base/mem.h"
#include "rig/golden.h"
#include "rig/suite.h"
#include "wire/status.h"

struct reader {
	struct buf *log;
	struct buf text;
};

static void *open_reader(struct buf *log)
{
	struct reader *reader = mem_new(1, sizeof *reader);

	reader->log = log;
	return reader;
}

static void feed(void *ctx, struct span piece)
{
	struct reader *reader = ctx;

	buf_add(&reader->text, piece);
}

static void log_line(struct buf *log, const char *what, struct span bytes)
{
	buf_add_text(log, what);
	golden_log_bytes(log, bytes);
	buf_add_text(log, "\n");
}

static void log_task(struct buf *log, const struct entries_task *task)
{
	log_line(log, "task ", task->name);
	log_line(log, "\tkey ", task->key);
	log_line(log, "\tvalue ", task->value);
	for (size_t i = 0; i < task->type_count; i++) {
		log_line(log, "\ttype ", task->types[i].name);
		log_line(log, "\t\tmodel ", task->types[i].model);
	}
}

static void log_entries(struct buf *log, const struct entries *entries)
{
	MEM_AUTO bool *wanted = mem_new(entries->task_count + 1, sizeof *wanted);
	BUF_AUTO struct buf written = {0};

	for (size_t i = 0; i < entries->task_count; i++) {
		log_task(log, &entries->tasks[i]);
		wanted[i] = true;
	}
	entries_write(entries, wanted, &written);
	log_line(log, "write ", buf_span(&written));
}

static void close_reader(void *ctx)
{
	struct reader *reader = ctx;
	struct entries entries;
	struct arena arena;
	struct err err;

	arena_init(&arena);
	if (entries_parse(buf_span(&reader->text), &arena, &entries, &err) == 0)
		log_entries(reader->log, &entries);
	else
		buf_add_format(reader->log, "%d %s\n", status_of_err(err.kind), err.text);
	arena_deinit(&arena);
	buf_deinit(&reader->text);
	mem_free(reader);
}

START_TEST(parse_judges_as_the_service_does)
{
	static const struct golden_reader reader = {open_reader, feed, close_reader};

	golden_check("entries", &reader);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("entries golden");
	TCase *golden = tcase_create("golden");

	tcase_add_test(golden, parse_judges_as_the_service_does);
	tcase_set_timeout(golden, 60);
	suite_add_tcase(suite, golden);
	return suite;
}
