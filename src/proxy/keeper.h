/* keeper: the one configuration of the process, changed while it runs: whole and for all workers,
 * or not at all.
 *
 *     any worker: keeper_submit ── mail ─→ worker 0, one change at a time:
 *         read the text ─→ can it be put to use? ─→ save the file ─→ a round through all workers
 *     that worker: done ←── mail ── in force everywhere, or refused: nothing has changed ──┘
 *
 * Up to the moment the file is replaced everything can fail, and changes neither memory nor disk;
 * from then on nothing can.
 */
#ifndef PROXY_KEEPER_H
#define PROXY_KEEPER_H

#include "base/buf.h"
#include "domain/config.h"
#include "io/loop.h"

struct keeper; /* one a process */
struct shared;
struct worker;

enum { KEEPER_WAITING_MAX = 256 }; /* changes at a time; more are refused */

enum keeper_kind {
	KEEPER_POST,   /* the text, over the configuration in force, as config_text_update() does */
	KEEPER_DRY,    /* the same, but it only says what would come of it */
	KEEPER_RELOAD, /* the file as it is now; without a text */
};

/* Made by who submits it, and from then on the keeper's until `done`. */
struct keeper_change {
	enum keeper_kind kind;
	struct buf text;     /* the submitter's; left as it is, and read by another thread */
	struct worker *from; /* in whose thread it is submitted and done */
	/* In from's thread, never from inside keeper_submit(); the change is the callee's again. */
	void (*done)(struct keeper_change *change);

	/* What came of it: 200; 400: the text or the file is at fault; 500: it could not be read or
	 * saved; 503: not now, since the process is ending or too much is waiting. */
	int status;
	struct config_fault fault; /* unless it is 200; its path may be empty */
	/* When it is 200, a reference for the callee: what is in force, or would be; with warnings. */
	struct config *config;

	/* private */
	struct loop_mail mail;
	struct list node;
};

struct keeper *keeper_new(struct shared *shared) __attribute__((warn_unused_result));

/* Nothing is under way: after the crew, which sees to that. Takes NULL. */
void keeper_free(struct keeper *keeper);

/* In from's thread. At the end of the process, too, `done` comes before the worker is freed. */
void keeper_submit(struct keeper *keeper, struct keeper_change *change);

/* When no loop is running any more, before crew_deinit(), which finishes the change that has begun:
 * the others are refused. */
void keeper_end(struct keeper *keeper);

#endif
