#include "proxy/body.h"

#include <assert.h>

#include "io/upstream.h"

/* What a body may hold without being charged: while it waits for its plan or is kept, a read's
 * worth; else its front, its window, and the read that overshoots it, so that one that streams is
 * never refused for what others hold. */
enum {
	FREE_BYTES = CHUNK_BYTES,
	FLOWING_FREE_BYTES = UPSTREAM_KEEP_BYTES + BODY_WINDOW_BYTES + CHUNK_BYTES,
};

/* Of a body that is kept slices that would leave more than a quarter of a chunk unused are copied,
 * so that what it costs is what is charged. */
enum { KEPT_COPY_MAX = CHUNK_BYTES / 4 * 3 };

void body_init(struct body *body, uint64_t length, struct body_budget *budget,
	void (*drained)(void *ctx), void *ctx)
{
	*body = (struct body){.length = length, .budget = budget, .drained = drained, .ctx = ctx};
	chain_init(&body->chain);
	list_init(&body->views);
}

static void charge(struct body *body)
{
	uint64_t held = chain_length(&body->chain);
	bool is_flowing = body->was_opened && !body->is_kept;
	uint64_t free_bytes = is_flowing ? FLOWING_FREE_BYTES : FREE_BYTES;
	uint64_t due = held > free_bytes ? held - free_bytes : 0;

	if (due > body->charged)
		atomic_fetch_add(&body->budget->used, due - body->charged);
	else if (due < body->charged)
		atomic_fetch_sub(&body->budget->used, body->charged - due);
	body->charged = due;
}

void body_deinit(struct body *body)
{
	assert(list_is_empty(&body->views));
	chain_deinit(&body->chain);
	charge(body);
}

/* The position before which no view needs anything. */
static uint64_t all_done(const struct body *body)
{
	uint64_t done = body->chain.end;

	LIST_EACH(node, &body->views) {
		const struct body_view *view = LIST_OBJECT(node, struct body_view, node);

		done = view->done < done ? view->done : done;
	}
	return done;
}

bool body_is_full(const struct body *body)
{
	return !list_is_empty(&body->views) && body->chain.end - all_done(body) > BODY_WINDOW_BYTES;
}

bool body_is_whole(const struct body *body)
{
	return body->chain.begin == 0 && !body->has_gap;
}

static bool is_over_budget(const struct body *body)
{
	const struct body_budget *budget = body->budget;
	uint64_t max = body->is_kept ? budget->max - budget->max / 4 : budget->max;

	return body->charged && atomic_load(&budget->used) > max;
}

/* After every change: holds no more than it should. */
static void settle(struct body *body)
{
	uint64_t done = all_done(body);

	charge(body);
	if (is_over_budget(body))
		body->is_kept = false;
	if (body->was_opened && !body->is_kept && done > UPSTREAM_KEEP_BYTES)
		chain_drop(&body->chain, done);
	charge(body);
	if (body->was_full && !body_is_full(body)) {
		body->was_full = false;
		body->drained(body->ctx);
	}
}

static void hold(struct body *body, struct slice bytes)
{
	if (body->is_kept && bytes.chunk && bytes.bytes.n <= KEPT_COPY_MAX)
		chain_append_copy(&body->chain, bytes.bytes);
	else
		chain_append(&body->chain, bytes);
	body->was_full |= body_is_full(body);
	settle(body);
}

int body_add(struct body *body, struct slice bytes, struct err *err)
{
	if (body->was_opened && !body->is_kept && list_is_empty(&body->views)) {
		body->has_gap = true;
		return 0; /* nobody needs any more of it */
	}
	hold(body, bytes);
	if (!body->was_opened && is_over_budget(body))
		return err_set(err, ERR_BUSY,
			"bodies that wait for their entries hold limits.keptBytes (%llu bytes)",
			(unsigned long long)body->budget->max);
	return 0;
}

void body_keep(struct body *body)
{
	assert(body_is_whole(body));
	body->is_kept = true;
	settle(body);
}

void body_let_go(struct body *body)
{
	body->is_kept = false;
	settle(body);
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

static size_t view_peek(struct source *source, uint64_t position, struct iovec *iov, size_t max)
{
	const struct body_view *view = view_of_const(source);
	const struct chain *chain = &view->body->chain;
	uint64_t insert_end = view->cut_begin + view->insert.n;
	size_t count = 0;
	uint64_t at;

	if (position < view->cut_begin)
		return chain_peek(chain, position, view->cut_begin - position, iov, max);
	if (position < insert_end) {
		size_t skip = (size_t)(position - view->cut_begin);

		iov[count++] = (struct iovec){view->insert.bytes + skip, view->insert.n - skip};
		position = insert_end;
	}
	at = in_body(view, position);
	if (at >= chain->end)
		return count;
	return count + chain_peek(chain, at, UINT64_MAX, iov + count, max - count);
}

static void view_done(struct source *source, uint64_t position)
{
	struct body_view *view = view_of(source);

	view->done = in_body(view, position);
	settle(view->body);
}

static bool view_is_end(const struct source *source, uint64_t position)
{
	const struct body_view *view = view_of_const(source);

	return view->body->is_complete && position >= view->cut_begin + view->insert.n &&
		   in_body(view, position) == view->body->chain.end;
}

static bool view_is_held(const struct source *source, uint64_t position)
{
	const struct body_view *view = view_of_const(source);

	return in_body(view, position) >= view->body->chain.begin;
}

void body_view_open(
	struct body_view *view, struct body *body, uint64_t begin, uint64_t end, struct buf insert)
{
	static const struct source_ops ops = {view_peek, view_done, view_is_end, view_is_held};
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
	body->was_opened = true;
	list_append(&body->views, &view->node);
	body->was_full |= body_is_full(body);
	settle(body);
}

void body_view_close(struct body_view *view)
{
	if (!view->body)
		return;
	list_unlink(&view->node);
	buf_deinit(&view->insert);
	settle(view->body);
	view->body = NULL;
}
