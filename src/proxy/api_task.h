/* api_task: a call under /api that is answered in a thread of its own, for it takes longer than a
 * loop has time: piece by piece, each when the client has taken those before.
 *
 *     api_task_start ─→ work ─ piece ─→ sent ─ drained ─→ work ─ last piece ─→ sent
 */
#ifndef PROXY_API_TASK_H
#define PROXY_API_TASK_H

#include "io/job.h"
#include "proxy/api.h"

enum {
	API_TASK_PIECE = 65536, /* bytes that are sent at a time, about */
	/* The weight of all at once, in the process: each holds a piece, and perhaps a record. */
	API_TASKS_MAX = 256,
};

/* Embedded in what it works on. */
struct api_task {
	/* In the thread, which has the task for itself until it returns: adds a piece of the answer's
	 * body. False when that was the last one, or there is no answer: err then says why. */
	bool (*work)(struct api_task *task, struct buf *out);
	/* The last call, from the loop. */
	void (*free)(struct api_task *task);
	struct shared *shared;
	struct api_body body; /* the call's */
	unsigned weight;      /* what it holds, in pieces */
	int status;           /* of the answer; of a refusal, which err and path then are about */
	struct err err;
	const char *path;
	struct buf fields; /* lines of the answer's head, Content-Type among them */
	/* private */
	struct job job;
	struct exchange *exchange; /* NULL: it is over */
	struct buf piece;
	bool is_working;
	bool has_more;
	bool is_waiting; /* for the client, to go on */
};

/* The handler's `begin`: it becomes the exchange's state. Refuses, and frees it, when there are
 * too many. */
void api_task_begin(struct api_task *task, struct exchange *exchange);

/* The handler's others. What is not of interest to a call without a body need not be there. */
void api_task_body(struct exchange *exchange, struct slice bytes);
void api_task_body_end(struct exchange *exchange);
void api_task_drained(struct exchange *exchange);
void api_task_ended(struct exchange *exchange);

#endif
