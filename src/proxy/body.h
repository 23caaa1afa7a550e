/* body: a request's body while it passes through: filled by the client, pulled by one or several
 * backend requests, each at its own pace, each perhaps with other `entries`.
 *
 *     client ─ body_add → chain ← view ← upstream (the bytes as they were)
 *                           ↓   ← view ← upstream (a part of them replaced)
 *                         file  ← view ← upstream (another backend, from the beginning)
 *
 * Its front is held until UPSTREAM_KEEP_BYTES of it are sent, so that a stale connection can be
 * replaced; then what every view has sent is forgotten. A body that is kept stays whole instead, so
 * that another backend can be asked from its first byte: over the budget what every view has sent
 * goes to a file, and is read back by a view that needs it. The slowest view sets the pace, and the
 * disk: body_is_full says that the client is too far ahead.
 *
 * Of a body with one view that is not kept the rest may come by a pipe, past the chain, which is
 * forgotten as soon as a byte has left the pipe:
 *
 *     chain.end      + pipe->out       + pipe->in
 *       | gone           | in the pipe     |
 */
#ifndef PROXY_BODY_H
#define PROXY_BODY_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/chain.h"
#include "base/err.h"
#include "base/list.h"
#include "io/pipe.h"
#include "io/source.h"
#include "proxy/readback.h"

enum { BODY_WINDOW_BYTES = 262144 };

/* What bodies may hold beyond what each has for free, all together; shared by all workers. */
struct body_budget {
	atomic_ullong used;
	atomic_ullong max; /* limits.keptBytes, as it is now */
};

/* From inside calls of the owner's, too, unless they say so. */
struct body_events {
	/* No longer full. */
	void (*drained)(void *ctx);
	/* From the loop: a view that waited for the disk has more now, or is broken. */
	void (*refilled)(void *ctx);
	/* From the loop, once: the disk has failed, and so the body is no longer kept. Views go on that
	 * need nothing of it. */
	void (*lost)(void *ctx, const struct err *err);
};

struct body {
	struct chain chain;
	uint64_t length; /* or SOURCE_LENGTH_UNKNOWN */
	bool is_complete;
	bool is_kept;
	bool is_let_go; /* no view will be opened any more */
	bool is_full;
	bool was_opened; /* there is or was a view */
	bool has_gap;    /* some of it was thrown away or cannot be read back */
	struct list views;
	struct pipe *pipe; /* not owned; NULL: none */
	struct body_budget *budget;
	uint64_t charged;
	struct spool_file *file;   /* owned; NULL: none */
	uint64_t spilled;          /* what lies before is in the file */
	struct spool_job *writing; /* NULL: nothing is on its way there */
	uint64_t writing_end;
	struct err why; /* when the disk has failed */
	const struct body_events *events;
	void *ctx;
};

struct body_view {
	struct source source; /* first: the ops cast back */
	struct list node;
	struct body *body;
	uint64_t cut_begin; /* what lies between these two positions is replaced by insert */
	uint64_t cut_end;
	struct buf insert;
	uint64_t done; /* position in the body before which this view needs nothing */
	struct readback readback;
	bool is_broken; /* what it needs cannot be read back; body->why says why */
};

/* `pool` as in chain_init(). */
void body_init(struct body *body, uint64_t length, struct chunk_pool *pool,
	struct body_budget *budget, const struct body_events *events, void *ctx);
void body_deinit(struct body *body); /* all views are closed */

/* -1 (ERR_BUSY) when no view was opened yet and the budget is used up. */
int body_add(struct body *body, struct slice bytes, struct err *err)
	__attribute__((warn_unused_result));
void body_end(struct body *body);

/* From now on the rest of it, whose length is known, comes by that pipe, which is empty and
 * outlives the body; body_piped() says after each change that there is more in it, or that it is
 * full. The body is not kept. */
void body_splice(struct body *body, struct pipe *pipe);
void body_piped(struct body *body);

bool body_is_full(const struct body *body);

/* From now on all of it is kept, until body_let_go() or until the disk fails. Takes over the file,
 * which is empty. A quarter of the budget is left to bodies that wait for their entries, which fail
 * when there is none. The body is whole. */
void body_keep(struct body *body, struct spool_file *file);

/* It will not be needed from the beginning again: no view will be opened any more. */
void body_let_go(struct body *body);

/* True while everything from position 0 on can be had, so that a view can be opened. */
bool body_is_whole(const struct body *body);

/* The body as it is, with what lies from begin to end replaced by the insert, whose memory the view
 * takes over; begin == end and an empty insert: nothing is replaced. The body is whole. */
void body_view_open(
	struct body_view *view, struct body *body, uint64_t begin, uint64_t end, struct buf insert);

/* It needs nothing more. Harmless when not open. */
void body_view_close(struct body_view *view);

#endif
