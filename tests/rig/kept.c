#include "rig/kept.h"

static char byte_at(uint64_t position)
{
	return (char)(position * 31 + (position >> 9));
}

static void on_drained(void *ctx)
{
	struct kept *kept = ctx;

	kept->drained++;
	ck_assert(!body_is_full(&kept->body));
}

static void on_refilled(void *ctx)
{
	struct kept *kept = ctx;

	kept->refilled++;
}

static void on_lost(void *ctx, const struct err *err)
{
	struct kept *kept = ctx;

	kept->lost++;
	kept->err = *err;
}

const struct body_events kept_events = {on_drained, on_refilled, on_lost};

void kept_open_with(struct kept *kept, uint64_t budget, const char *folder, uint64_t spill_bytes)
{
	struct spool_limits limits = {span_of(folder), spill_bytes};

	*kept = (struct kept){.budget = {.max = budget}};
	kept->loop = loop_new(&clock_monotonic);
	kept->spool = spool_new();
	body_init(&kept->body, SOURCE_LENGTH_UNKNOWN, NULL, &kept->budget, &kept_events, kept);
	body_keep(&kept->body, spool_open(kept->spool, kept->loop, &limits));
}

void kept_open(struct kept *kept, uint64_t budget)
{
	kept_open_with(kept, budget, KEPT_FOLDER, KEPT_PLENTY);
}

void kept_close(struct kept *kept)
{
	body_deinit(&kept->body);
	ck_assert_uint_eq(kept->budget.used, 0);
	spool_free(kept->spool);
	loop_free(kept->loop);
}

void kept_add_piece(struct kept *kept, size_t n)
{
	struct chunk *chunk = chunk_new(n < CHUNK_BYTES ? CHUNK_BYTES : n);
	uint64_t position = kept->body.chain.end;
	struct err err;

	for (size_t i = 0; i < n; i++)
		chunk->bytes[i] = byte_at(position + i);
	ck_assert_int_eq(body_add(&kept->body, (struct slice){chunk, {chunk->bytes, n}}, &err), 0);
	chunk_unref(chunk);
}

void kept_add(struct kept *kept, size_t n)
{
	for (; n > KEPT_PIECE; n -= KEPT_PIECE)
		kept_add_piece(kept, KEPT_PIECE);
	kept_add_piece(kept, n);
}

void kept_turn(struct kept *kept)
{
	loop_turn(kept->loop, CLOCK_S(10));
}

void kept_await_disk(struct kept *kept)
{
	while (kept->body.writing)
		kept_turn(kept);
}

/* -- readers --------------------------------------------------------------------------------- */

void reader_open_cut(
	struct reader *reader, struct kept *kept, uint64_t begin, uint64_t end, struct span insert)
{
	struct buf copy = {0};

	*reader = (struct reader){.kept = kept, .is_open = true};
	buf_add(&reader->insert, insert);
	buf_add(&copy, insert);
	body_view_open(&reader->view, &kept->body, begin, end, copy);
}

void reader_open(struct reader *reader, struct kept *kept)
{
	reader_open_cut(reader, kept, 0, 0, SPAN_EMPTY);
}

void reader_close(struct reader *reader)
{
	body_view_close(&reader->view);
	buf_deinit(&reader->insert);
	reader->is_open = false;
}

static char wanted_at(const struct reader *reader, uint64_t position)
{
	const struct body_view *view = &reader->view;
	uint64_t insert_end = view->cut_begin + reader->insert.n;

	if (position < view->cut_begin)
		return byte_at(position);
	if (position < insert_end)
		return reader->insert.bytes[position - view->cut_begin];
	return byte_at(position - insert_end + view->cut_end);
}

size_t reader_take(struct reader *reader, size_t n)
{
	struct iovec iov[4];
	size_t count = source_peek(&reader->view.source, reader->position, iov, 4);
	uint64_t at = reader->position;
	size_t good = 0;

	for (size_t i = 0; i < count; i++) {
		const char *bytes = iov[i].iov_base;

		ck_assert_uint_gt(iov[i].iov_len, 0);
		for (size_t k = 0; k < iov[i].iov_len; k++)
			good += bytes[k] == wanted_at(reader, at + k);
		at += iov[i].iov_len;
	}
	ck_assert_uint_eq(good, at - reader->position);
	n = n < good ? n : good;
	reader->position += n;
	source_done(&reader->view.source, reader->position);
	return n;
}

bool reader_is_at_end(const struct reader *reader)
{
	return source_is_end(&reader->view.source, reader->position);
}

void reader_pull(struct reader *reader, size_t step)
{
	struct kept *kept = reader->kept;

	while (reader->view.done < kept->body.chain.end) {
		int before = kept->refilled;

		if (reader_take(reader, step))
			continue;
		while (kept->refilled == before)
			kept_turn(kept);
		ck_assert(!reader->view.is_broken);
	}
}

void reader_restart(struct reader *reader)
{
	ck_assert(source_is_held(&reader->view.source, 0));
	reader->position = 0;
	source_done(&reader->view.source, 0);
}

void kept_expect_whole(struct kept *kept)
{
	struct reader reader;

	ck_assert(body_is_whole(&kept->body));
	reader_open(&reader, kept);
	reader_pull(&reader, SIZE_MAX);
	reader_close(&reader);
}

void kept_stream(struct kept *kept, struct reader *reader, uint64_t end)
{
	while (kept->body.chain.end < end) {
		kept_add(kept, KEPT_PIECE);
		reader_pull(reader, SIZE_MAX);
		while (body_is_full(&kept->body))
			kept_turn(kept);
	}
}
