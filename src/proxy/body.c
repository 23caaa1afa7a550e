#include "proxy/body.h"

#include <assert.h>

#include "base/mem.h"
#include "io/upstream.h"

/* What a body may hold without being charged: while it waits for its plan or is kept, a read's
 * worth; else its front, its window, and the read that overshoots it, so that one that streams is
 * never refused for what others hold. */
enum {
	FREE_BYTES = CHUNK_BYTES,
	FLOWING_FREE_BYTES = UPSTREAM_KEEP_BYTES + BODY_WINDOW_BYTES + CHUNK_BYTES,
};

/* Of a body that is kept slices that would leave more than a quarter of a chunk unused are copied,
 * so that what it costs is what is charged.
 *
 * When the budget is used up, one that is kept may still hold TIGHT_BYTES, the read that overshoots
 * them, and a window for a view that reads back: 128 + 64 + 128 KiB, its free ones among them. With
 * 64 of them that is 20 MiB, and the process itself has 6: less than 32 MiB beyond the budget.
 * (With 64 uploads of 5 MB, all moved to another backend, at most 8 MiB were measured.) */
enum {
	KEPT_COPY_MAX = CHUNK_BYTES / 4 * 3,
	TIGHT_BYTES = BODY_WINDOW_BYTES / 2,
	SPILL_MIN = CHUNK_BYTES / 4, /* less is not worth a write */
};

void body_init(struct body *body, uint64_t length, struct chunk_pool *pool,
	struct body_budget *budget, const struct body_events *events, void *ctx)
{
	*body = (struct body){.length = length, .budget = budget, .events = events, .ctx = ctx};
	chain_init(&body->chain, pool);
	list_init(&body->views);
}

/* -- the pipe -------------------------------------------------------------------------------- */

/* Bytes that have left it, and so are nowhere. */
static uint64_t piped_out(const struct body *body)
{
	return body->pipe ? body->pipe->out : 0;
}

/* The position behind the last byte that has come. */
static uint64_t end_position(const struct body *body)
{
	return body->chain.end + (body->pipe ? body->pipe->in : 0);
}

/* -- the budget ------------------------------------------------------------------------------ */

static void charge(struct body *body)
{
	uint64_t held = chain_length(&body->chain);
	bool is_flowing = body->was_opened && !body->is_kept;
	uint64_t free_bytes = is_flowing ? FLOWING_FREE_BYTES : FREE_BYTES;
	uint64_t due;

	LIST_EACH(node, &body->views)
		held += LIST_OBJECT(node, struct body_view, node)->readback.held;
	due = held > free_bytes ? held - free_bytes : 0;
	if (due > body->charged)
		atomic_fetch_add(&body->budget->used, due - body->charged);
	else if (due < body->charged)
		atomic_fetch_sub(&body->budget->used, body->charged - due);
	body->charged = due;
}

static bool is_over_budget(const struct body *body)
{
	const struct body_budget *budget = body->budget;
	uint64_t max = atomic_load(&budget->max);

	if (body->is_kept)
		max -= max / 4;
	return body->charged && atomic_load(&budget->used) > max;
}

/* -- what views need ------------------------------------------------------------------------- */

/* The position before which no view needs anything. Between two views that is what there is: what
 * the first one had not sent the next one may need. */
static uint64_t all_done(const struct body *body)
{
	bool may_be_opened = list_is_empty(&body->views) && !body->is_let_go;
	uint64_t done = may_be_opened ? body->chain.begin : body->chain.end;

	LIST_EACH(node, &body->views) {
		const struct body_view *view = LIST_OBJECT(node, struct body_view, node);

		done = view->done < done ? view->done : done;
	}
	return done;
}

/* The position before which no view needs anything of the chain: those that are behind it read the
 * file. */
static uint64_t chain_done(const struct body *body)
{
	uint64_t done = body->chain.end;

	LIST_EACH(node, &body->views) {
		const struct body_view *view = LIST_OBJECT(node, struct body_view, node);

		if (view->done >= body->chain.begin && view->done < done)
			done = view->done;
	}
	return done;
}

/* True when what lies from the position on is in the chain, or in the file and the chain. */
static bool is_held(const struct body *body, uint64_t position)
{
	if (piped_out(body))
		return position >= body->chain.end + piped_out(body);
	return position >= body->chain.begin || body->chain.begin <= body->spilled;
}

bool body_is_whole(const struct body *body)
{
	return is_held(body, 0) && !body->has_gap;
}

bool body_is_full(const struct body *body)
{
	return body->is_full;
}

/* -- the file -------------------------------------------------------------------------------- */

static void settle(struct body *body);

static void stop_keeping(struct body *body)
{
	body->is_kept = false;
	spool_cancel(body->writing);
	body->writing = NULL;
}

static void lose(struct body *body, const struct err *err)
{
	bool is_first = body->why.kind == ERR_NONE;

	body->why = *err;
	stop_keeping(body);
	if (is_first)
		body->events->lost(body->ctx, err);
}

static void on_written(void *ctx, struct chunk *read, const struct err *err)
{
	struct body *body = ctx;

	(void)read;
	body->writing = NULL;
	if (err) {
		lose(body, err);
	} else {
		body->spilled = body->writing_end;
		chain_drop(&body->chain, body->spilled);
	}
	settle(body);
}

/* Writes the oldest that no view needs of the chain; more when that is done. */
static void spill(struct body *body)
{
	uint64_t n = chain_done(body) - body->chain.begin;
	struct slice slices[SPOOL_SLICES_MAX];
	size_t count;

	if (body->writing || n < SPILL_MIN)
		return;
	n = n < SPOOL_WRITE_MAX ? n : SPOOL_WRITE_MAX;
	count = chain_slices(&body->chain, body->chain.begin, n, slices, SPOOL_SLICES_MAX);
	body->writing_end = body->chain.begin;
	for (size_t i = 0; i < count; i++)
		body->writing_end += slices[i].bytes.n;
	body->writing = spool_write(body->file, slices, count, on_written, body);
}

/* Drops what is of no use to a body that is not kept. */
static void forget(struct body *body)
{
	uint64_t done = all_done(body);

	if (done > UPSTREAM_KEEP_BYTES || piped_out(body))
		chain_drop(&body->chain, done > body->chain.begin ? done : body->chain.begin);
	if (body->file && done >= body->chain.begin) { /* nobody reads it */
		spool_close(TAKE(body->file));
		body->spilled = 0;
	}
}

/* -- after every change ---------------------------------------------------------------------- */

static void set_full(struct body *body, bool is_full)
{
	bool was_full = body->is_full;

	body->is_full = is_full;
	if (was_full && !is_full)
		body->events->drained(body->ctx);
}

/* Holds no more than it should. Whether the budget is used up is asked once: the answer may change
 * at any time, and who is full for it waits for the write that is begun for it. */
static void settle(struct body *body)
{
	bool has_view = !list_is_empty(&body->views);
	bool is_tight;
	bool is_ahead;

	charge(body);
	is_tight = body->is_kept && body->was_opened && is_over_budget(body);
	if (is_tight)
		spill(body);
	if (body->was_opened && !body->is_kept)
		forget(body);
	charge(body);
	is_ahead = has_view && (body->chain.end - all_done(body) > BODY_WINDOW_BYTES ||
							   (body->pipe && body->pipe->is_full));
	set_full(body, is_ahead || (is_tight && chain_length(&body->chain) > TIGHT_BYTES));
}

int body_add(struct body *body, struct slice bytes, struct err *err)
{
	if (body->was_opened && !body->is_kept && list_is_empty(&body->views)) {
		body->has_gap = true;
		return 0; /* nobody needs any more of it */
	}
	if (body->is_kept && bytes.chunk && bytes.bytes.n <= KEPT_COPY_MAX)
		chain_append_copy(&body->chain, bytes.bytes);
	else
		chain_append(&body->chain, bytes);
	settle(body);
	if (!body->was_opened && is_over_budget(body))
		return err_set(err, ERR_BUSY,
			"bodies that wait for their entries hold limits.keptBytes (%llu bytes)",
			atomic_load(&body->budget->max));
	return 0;
}

void body_splice(struct body *body, struct pipe *pipe)
{
	assert(!body->is_kept && !body->pipe && body->length != SOURCE_LENGTH_UNKNOWN);
	body->pipe = pipe;
}

void body_piped(struct body *body)
{
	settle(body);
}

void body_keep(struct body *body, struct spool_file *file)
{
	assert(body_is_whole(body) && !body->file);
	body->is_kept = true;
	body->file = file;
	settle(body);
}

void body_let_go(struct body *body)
{
	body->is_let_go = true;
	stop_keeping(body);
	settle(body);
}

void body_deinit(struct body *body)
{
	assert(list_is_empty(&body->views));
	stop_keeping(body);
	spool_close(body->file);
	chain_deinit(&body->chain);
	charge(body);
}

void body_end(struct body *body)
{
	body->is_complete = true;
}

/* -- views ----------------------------------------------------------------------------------- */

static struct body_view *view_of(struct source *source)
{
	return (struct body_view *)(void *)source;
}

static const struct body_view *view_of_const(const struct source *source)
{
	return (const struct body_view *)(const void *)source;
}

/* The body's position for one of the view's, which lies before or behind the insert. */
static uint64_t in_body(const struct body_view *view, uint64_t position)
{
	uint64_t insert_end = view->cut_begin + view->insert.n;

	if (position < view->cut_begin)
		return position;
	return position < insert_end ? view->cut_begin : position - insert_end + view->cut_end;
}

/* What is there of the body from a position on, at most `most` bytes. */
static size_t peek_body(
	struct body_view *view, uint64_t position, uint64_t most, struct iovec *iov, size_t max)
{
	struct body *body = view->body;
	size_t count;

	if (position >= body->chain.begin)
		return chain_peek(&body->chain, position, most, iov, max);
	if (view->is_broken || !max)
		return 0;
	count = readback_peek(&view->readback, body->file, position, body->spilled, iov);
	if (count && iov->iov_len > most)
		iov->iov_len = (size_t)most;
	charge(body);
	return count;
}

static size_t view_peek(struct source *source, uint64_t position, struct iovec *iov, size_t max)
{
	struct body_view *view = view_of(source);
	uint64_t insert_end = view->cut_begin + view->insert.n;
	size_t count = 0;
	uint64_t at;

	if (position < view->cut_begin)
		return peek_body(view, position, view->cut_begin - position, iov, max);
	if (position < insert_end) {
		size_t skip = (size_t)(position - view->cut_begin);

		iov[count++] = (struct iovec){view->insert.bytes + skip, view->insert.n - skip};
		position = insert_end;
	}
	at = in_body(view, position);
	if (at >= view->body->chain.end)
		return count;
	return count + peek_body(view, at, UINT64_MAX, iov + count, max - count);
}

static void view_done(struct source *source, uint64_t position)
{
	struct body_view *view = view_of(source);

	view->done = in_body(view, position);
	readback_done(&view->readback, view->done);
	settle(view->body);
}

static bool view_is_end(const struct source *source, uint64_t position)
{
	const struct body_view *view = view_of_const(source);

	return view->body->is_complete && position >= view->cut_begin + view->insert.n &&
		   in_body(view, position) == end_position(view->body);
}

static bool view_is_held(const struct source *source, uint64_t position)
{
	const struct body_view *view = view_of_const(source);

	return is_held(view->body, in_body(view, position));
}

static struct pipe *view_pipe(const struct source *source, uint64_t position)
{
	const struct body_view *view = view_of_const(source);
	const struct body *body = view->body;

	if (!body->pipe || !pipe_held(body->pipe))
		return NULL;
	return in_body(view, position) == body->chain.end + body->pipe->out ? body->pipe : NULL;
}

static void on_read_back(void *ctx, const struct err *err)
{
	struct body_view *view = ctx;
	struct body *body = view->body;

	if (err) {
		view->is_broken = true;
		body->has_gap = true;
		lose(body, err);
		settle(body);
	}
	body->events->refilled(body->ctx);
}

void body_view_open(
	struct body_view *view, struct body *body, uint64_t begin, uint64_t end, struct buf insert)
{
	static const struct source_ops ops = {
		view_peek, view_done, view_is_end, view_is_held, view_pipe};
	uint64_t length = body->length;

	assert(body_is_whole(body));
	if (length != SOURCE_LENGTH_UNKNOWN)
		length = length - (end - begin) + insert.n;
	*view = (struct body_view){
		.source = {&ops, length},
		.body = body,
		.cut_begin = begin,
		.cut_end = end,
		.insert = insert,
	};
	readback_init(&view->readback, on_read_back, view);
	body->was_opened = true;
	list_append(&body->views, &view->node);
	settle(body);
}

void body_view_close(struct body_view *view)
{
	if (!view->body)
		return;
	list_unlink(&view->node);
	readback_deinit(&view->readback);
	buf_deinit(&view->insert);
	settle(view->body);
	view->body = NULL;
}
