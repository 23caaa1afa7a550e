#include "rig/tape.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

void tape_init(struct tape *tape)
{
	*tape = (struct tape){.folder = "/tmp/tape-XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(tape->folder));
	(void)snprintf(tape->path, sizeof tape->path, "%s/capture", tape->folder);
	arena_init(&tape->arena);
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *at)
{
	(void)stat;
	(void)type;
	(void)at;
	return remove(path);
}

void tape_deinit(struct tape *tape)
{
	arena_deinit(&tape->arena);
	buf_deinit(&tape->body);
	ck_assert_int_eq(nftw(tape->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void tape_read(struct tape *tape, const char *path)
{
	struct capture_reader *reader;
	struct err err;
	int status;

	ck_assert_msg(capture_reader_open(path, &reader, &err) == 0, "%s", err.text);
	tape->count = 0;
	do {
		ck_assert_uint_lt(tape->count, TAPE_ENTRIES_MAX);
		status = capture_reader_next(reader, &tape->arena, &tape->entries[tape->count], &err);
		ck_assert_msg(status >= 0, "%s", err.text);
		tape->count += (size_t)status;
	} while (status);
	capture_reader_close(reader);
}

struct span tape_body(struct tape *tape, const char *path, const struct har_entry *entry)
{
	struct capture_reader *reader;
	struct capture_body *body;
	struct err err;
	long n;

	buf_reset(&tape->body);
	ck_assert_msg(capture_reader_open(path, &reader, &err) == 0, "%s", err.text);
	ck_assert_msg(capture_body_open(reader, entry, &body, &err) == 0, "%s", err.text);
	do {
		n = capture_body_read(body, buf_reserve(&tape->body, 65536), 65536, &err);
		ck_assert_msg(n >= 0, "%s", err.text);
		tape->body.n += (size_t)n;
	} while (n);
	capture_body_close(body);
	capture_reader_close(reader);
	return buf_span(&tape->body);
}
