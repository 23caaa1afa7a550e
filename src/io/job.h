/* job: work that a loop has no time for, since it waits for a disk or computes at length: in a
 * thread of its own.
 *
 *     loop ─ job_start ─→ thread: work ── mail ─→ loop: done
 *
 * For what is rare; bodies have a thread that stays (io/spool).
 */
#ifndef IO_JOB_H
#define IO_JOB_H

#include "base/thread.h"
#include "io/loop.h"

/* Embedded in what it works on, which stays where it is until `done`. */
struct job {
	void (*work)(struct job *job); /* touches nothing of the loop's */
	void (*done)(struct job *job); /* the job is the callee's again */
	/* private */
	struct loop *loop;
	struct loop_mail mail;
	struct thread thread;
};

/* In the loop's thread, where `done` is called, but never from inside this call. Where no thread
 * can be had, the loop waits after all. */
void job_start(struct job *job, struct loop *loop, void (*work)(struct job *job),
	void (*done)(struct job *job));

#endif
