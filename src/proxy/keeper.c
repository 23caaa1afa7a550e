/* One change at a time, from the first step to the last:
 *
 *     POST     read ─→ prepare ─→ save ─→ spread ─→ commit ─→ done
 *     DRY      read ─→ prepare ─→ abandon ──────────────────→ done
 *     RELOAD   read ─→ prepare ─────────→ spread ─→ commit ─→ done
 *
 * Reading a text, which takes its time when it is a large one or libcurl is loaded for it, and
 * saving are jobs in a thread of their own; spreading is a round; the rest is done in worker 0's
 * thread, which serves others in between. Prepare, commit and abandon are the doors', for
 * access.adminListen. Each change is counted among the rounds, so that the crew does not end before
 * it is done.
 */
#include "proxy/keeper.h"

#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "domain/config_text.h"
#include "io/files.h"
#include "io/job.h"
#include "proxy/config_log.h"
#include "proxy/config_needs.h"
#include "proxy/doors.h"
#include "proxy/monitor.h"
#include "proxy/round.h"
#include "proxy/worker.h"

static const char is_stopping[] = "mlproxy is stopping";

struct keeper {
	struct shared *shared;
	struct list waiting; /* changes, in the order they came */
	size_t waiting_count;
	struct keeper_change *current; /* NULL: none */
	struct config *next;           /* what it shall put to use; a reference */
	const struct config *before;   /* what is in force until then; NULL: none */
	struct job job;
	int status; /* of the job's work: 200, or why it failed, with the fault filled */
	struct round round;
	struct loop_task begin_task;
	bool has_ended;
};

static struct worker *worker_of(const struct keeper *keeper)
{
	return keeper->shared->workers[0];
}

/* -- what came of it ------------------------------------------------------------------------- */

static void tell(struct loop_mail *mail)
{
	struct keeper_change *change = LIST_OBJECT(mail, struct keeper_change, mail);
	struct shared *shared = change->from->shared;

	change->done(change);
	atomic_fetch_sub(&shared->rounds, 1);
}

static void send_back(struct keeper_change *change, int status)
{
	change->status = status;
	change->mail.deliver = tell;
	loop_post(change->from->loop, &change->mail);
}

static void set_fault(struct keeper_change *change, const char *text)
{
	change->fault.path[0] = '\0';
	(void)snprintf(change->fault.text, sizeof change->fault.text, "%s", text);
}

static void send_away(struct keeper_change *change, const char *why)
{
	set_fault(change, why);
	send_back(change, 503);
}

/* The next one waits for the end of the turn, so that a row of them leaves room for others. */
static struct keeper_change *take_current(struct keeper *keeper)
{
	loop_defer(worker_of(keeper)->loop, &keeper->begin_task);
	return TAKE(keeper->current);
}

static void succeed(struct keeper *keeper)
{
	struct keeper_change *change = take_current(keeper);

	change->config = TAKE(keeper->next);
	send_back(change, 200);
}

/* The fault is filled. Nothing has been changed. What a client got wrong is told to that one; the
 * log is for who looks after the machine. */
static void refuse(struct keeper *keeper, int status)
{
	struct keeper_change *change = take_current(keeper);

	config_unref(TAKE(keeper->next));
	if (status == 500 || change->kind == KEEPER_RELOAD) {
		config_log_refused(keeper->shared, &change->fault);
		metrics_note_reload(&worker_of(keeper)->metrics, false);
	}
	send_back(change, status);
}

static void refuse_because(struct keeper *keeper, int status, const char *why)
{
	set_fault(keeper->current, why);
	refuse(keeper, status);
}

/* -- putting it to use ----------------------------------------------------------------------- */

static void put_to_use(struct round *round, struct worker *worker)
{
	const struct keeper *keeper = LIST_OBJECT(round, struct keeper, round);

	worker_set_config(worker, keeper->next);
	if (worker->index)
		return;
	monitor_set_config(worker->monitor, keeper->next);
	recorder_set(keeper->shared->recorder, &keeper->next->capture);
}

static void on_spread(struct round *round)
{
	struct keeper *keeper = LIST_OBJECT(round, struct keeper, round);

	doors_commit(keeper->shared->doors);
	config_log_used(keeper->shared, keeper->next);
	metrics_note_reload(&worker_of(keeper)->metrics, true);
	succeed(keeper);
}

static void spread(struct keeper *keeper)
{
	config_bind(keeper->next, keeper->shared->backends);
	round_start(&keeper->round, worker_of(keeper), put_to_use, on_spread);
}

static void on_saved(struct job *job)
{
	struct keeper *keeper = LIST_OBJECT(job, struct keeper, job);

	if (keeper->status == 200) {
		spread(keeper);
		return;
	}
	doors_abandon(keeper->shared->doors);
	refuse(keeper, keeper->status);
}

static void write_file(struct job *job)
{
	struct keeper *keeper = LIST_OBJECT(job, struct keeper, job);
	struct err err;

	keeper->status = 200;
	if (files_replace(keeper->shared->config_path, keeper->next->text, &err) == 0)
		return;
	set_fault(keeper->current, err.text);
	keeper->status = 500;
}

static void save(struct keeper *keeper)
{
	job_start(&keeper->job, worker_of(keeper)->loop, write_file, on_saved);
}

/* -- from the text to what can be put to use ------------------------------------------------- */

/* The next configuration is read; can its adminListen be opened? False when it was refused. */
static bool prepare_doors(struct keeper *keeper)
{
	struct config_fault *fault = &keeper->current->fault;
	struct err err;

	if (doors_prepare(keeper->shared->doors, keeper->next, &err) == 0)
		return true;
	(void)snprintf(fault->path, sizeof fault->path, "access.adminListen");
	(void)snprintf(fault->text, sizeof fault->text, "%s", err.text);
	refuse(keeper, 400);
	return false;
}

static void go_on(struct keeper *keeper)
{
	switch (keeper->current->kind) {
	case KEEPER_POST: save(keeper); return;
	case KEEPER_DRY:
		doors_abandon(keeper->shared->doors);
		succeed(keeper);
		return;
	case KEEPER_RELOAD: spread(keeper); return;
	}
}

static void on_read(struct job *job)
{
	struct keeper *keeper = LIST_OBJECT(job, struct keeper, job);

	if (keeper->status != 200)
		refuse(keeper, keeper->status);
	else if (keeper->has_ended)
		refuse_because(keeper, 503, is_stopping);
	else if (prepare_doors(keeper))
		go_on(keeper);
}

static int read_file(struct keeper *keeper)
{
	struct keeper_change *change = keeper->current;
	BUF_AUTO struct buf text = {0};
	struct err err;

	if (files_read_regular(keeper->shared->config_path, CONFIG_BYTES_MAX, &text, &err) < 0) {
		set_fault(change, err.text);
		return 500;
	}
	return config_parse(buf_span(&text), &keeper->next, &change->fault) < 0 ? 400 : 200;
}

static int read_text(struct keeper *keeper)
{
	struct keeper_change *change = keeper->current;
	struct span text = buf_span(&change->text);

	return config_text_update(keeper->before, text, &keeper->next, &change->fault) < 0 ? 400 : 200;
}

static void read_next(struct job *job)
{
	struct keeper *keeper = LIST_OBJECT(job, struct keeper, job);

	keeper->status = keeper->current->kind == KEEPER_RELOAD ? read_file(keeper) : read_text(keeper);
	if (keeper->status == 200 && config_needs_meet(keeper->next, &keeper->current->fault) < 0)
		keeper->status = 400;
}

static void begin_next(void *ctx)
{
	struct keeper *keeper = ctx;
	const struct worker *worker = worker_of(keeper);

	if (keeper->current || list_is_empty(&keeper->waiting))
		return;
	keeper->current = LIST_OBJECT(keeper->waiting.next, struct keeper_change, node);
	list_unlink(&keeper->current->node);
	keeper->waiting_count--;
	keeper->before = worker->config;
	if (atomic_load(&keeper->shared->is_draining))
		refuse_because(keeper, 503, is_stopping);
	else
		job_start(&keeper->job, worker->loop, read_next, on_read);
}

/* -- coming and going ------------------------------------------------------------------------ */

static void arrive(struct loop_mail *mail)
{
	struct keeper_change *change = LIST_OBJECT(mail, struct keeper_change, mail);
	struct keeper *keeper = change->from->shared->keeper;

	if (keeper->has_ended) {
		send_away(change, is_stopping);
		return;
	}
	if (keeper->waiting_count == KEEPER_WAITING_MAX) {
		send_away(change, "too many changes of the configuration are waiting");
		return;
	}
	list_append(&keeper->waiting, &change->node);
	keeper->waiting_count++;
	begin_next(keeper);
}

void keeper_submit(struct keeper *keeper, struct keeper_change *change)
{
	atomic_fetch_add(&keeper->shared->rounds, 1);
	list_init(&change->mail.node);
	list_init(&change->node);
	change->mail.deliver = arrive;
	change->config = NULL;
	loop_post(worker_of(keeper)->loop, &change->mail);
}

struct keeper *keeper_new(struct shared *shared)
{
	struct keeper *keeper = mem_new(1, sizeof *keeper);

	keeper->shared = shared;
	list_init(&keeper->waiting);
	loop_task_init(&keeper->begin_task, begin_next, keeper);
	return keeper;
}

/* The current one goes on; the crew completes it. */
void keeper_end(struct keeper *keeper)
{
	keeper->has_ended = true;
	while (!list_is_empty(&keeper->waiting)) {
		struct list *node = keeper->waiting.next;

		list_unlink(node);
		send_away(LIST_OBJECT(node, struct keeper_change, node), is_stopping);
	}
}

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	assert(!keeper->current && list_is_empty(&keeper->waiting));
	loop_task_cancel(&keeper->begin_task);
	mem_free(keeper);
}
