/* A job is in the queue, with the thread, or in the mail, in this order; under the lock the thread
 * finds out whether anybody still wants it, so that mail never goes to a loop that is gone:
 *
 *     spool_write ── queue ── thread: pwritev ── lock, not cancelled? post ── deliver: done
 *       └─ cancel: lock, still in the queue? free; else it is freed by who has it then
 *
 * Closing is a task like the jobs, behind all of the file's, since giving back the blocks of a
 * large one takes its time, too. Nobody waits for it.
 */
#include "io/spool.h"

#include <assert.h>
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/thread.h"
#include "io/files.h"

/* What the thread is to do. */
struct task {
	struct list node; /* linked: in the queue */
	void (*run)(struct task *task);
};

struct spool {
	atomic_ullong used;
	atomic_uint files;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct list queue; /* tasks */
	bool is_ending;
	struct thread thread;
};

struct spool_file {
	struct task close;
	struct spool *spool;
	struct loop *loop;
	char *folder;
	uint64_t max;
	uint64_t end; /* what is or shall be written */
	size_t jobs;  /* under way */
	int fd;       /* the thread's; -1: there is none yet */
};

struct spool_job {
	struct task task;
	struct loop_mail mail;
	struct spool_file *file; /* gone when cancelled */
	bool is_cancelled;
	uint64_t position;
	struct slice slices[SPOOL_SLICES_MAX]; /* to be written */
	size_t slice_count;
	struct chunk *chunk; /* to be read into */
	const char *failed;  /* at what; NULL: at nothing */
	int error;           /* errno; 0: the files may hold no more */
	void (*done)(void *ctx, struct chunk *read, const struct err *err);
	void *ctx;
};

/* -- the thread's work ----------------------------------------------------------------------- */

static void fail(struct spool_job *job, const char *at_what, int error)
{
	job->failed = at_what;
	job->error = error;
}

/* Lists what is to be written behind the first `skip` bytes of it; 0 at the end. */
static int list_rest(const struct spool_job *job, uint64_t skip, struct iovec *iov)
{
	int count = 0;

	for (size_t i = 0; i < job->slice_count; i++) {
		struct span bytes = job->slices[i].bytes;
		size_t n = skip < bytes.n ? (size_t)skip : bytes.n;

		skip -= n;
		bytes = span_skip(bytes, n);
		if (bytes.n)
			iov[count++] = (struct iovec){(void *)(uintptr_t)bytes.p, bytes.n};
	}
	return count;
}

static void run_write(struct spool_job *job)
{
	struct spool_file *file = job->file;
	struct iovec iov[SPOOL_SLICES_MAX];
	uint64_t written = 0;
	int count;

	if (file->fd < 0)
		file->fd = files_unnamed(file->folder);
	if (file->fd < 0) {
		fail(job, "cannot create a file", errno);
		return;
	}
	while ((count = list_rest(job, written, iov))) {
		ssize_t n = pwritev(file->fd, iov, count, (off_t)(job->position + written));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fail(job, "cannot write", n ? errno : ENOSPC);
			return;
		}
		written += (uint64_t)n;
	}
}

static void run_read(struct spool_job *job)
{
	struct chunk *chunk = job->chunk;

	while (chunk->used < chunk->capacity) {
		ssize_t n = pread(job->file->fd, chunk->bytes + chunk->used, chunk->capacity - chunk->used,
			(off_t)(job->position + chunk->used));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fail(job, "cannot read back", n ? errno : EIO);
			return;
		}
		chunk->used += (size_t)n;
	}
}

static void file_free(struct spool_file *file)
{
	struct spool *spool = file->spool;

	if (file->fd >= 0)
		(void)close(file->fd);
	atomic_fetch_sub(&spool->used, file->end);
	atomic_fetch_sub(&spool->files, 1);
	mem_free(file->folder);
	mem_free(file);
}

static void run_close(struct task *task)
{
	file_free(LIST_OBJECT(task, struct spool_file, close));
}

/* -- jobs ------------------------------------------------------------------------------------ */

static void job_free(struct spool_job *job)
{
	for (size_t i = 0; i < job->slice_count; i++)
		slice_unref(job->slices[i]);
	chunk_unref(job->chunk);
	mem_free(job);
}

static void set_err(const struct spool_job *job, struct err *err)
{
	const struct spool_file *file = job->file;

	if (job->error)
		(void)err_set(err, ERR_INTERNAL, "limits.spillDir (%.120s): %s: %s", file->folder,
			job->failed, strerrordesc_np(job->error));
	else
		(void)err_set(err, ERR_BUSY, "limits.spillBytes (%llu bytes) is used up",
			(unsigned long long)file->max);
}

static void deliver(struct loop_mail *mail)
{
	struct spool_job *job = LIST_OBJECT(mail, struct spool_job, mail);
	struct err err;

	if (job->is_cancelled) { /* only this thread says so */
		job_free(job);
		return;
	}
	job->file->jobs--;
	if (job->failed)
		set_err(job, &err);
	job->done(job->ctx, job->failed ? NULL : TAKE(job->chunk), job->failed ? &err : NULL);
	job_free(job);
}

static void run_job(struct task *task)
{
	struct spool_job *job = LIST_OBJECT(task, struct spool_job, task);
	struct spool *spool = job->file->spool;
	bool is_cancelled;

	if (job->chunk)
		run_read(job);
	else
		run_write(job);
	pthread_mutex_lock(&spool->lock);
	is_cancelled = job->is_cancelled;
	if (!is_cancelled)
		loop_post(job->file->loop, &job->mail);
	pthread_mutex_unlock(&spool->lock);
	if (is_cancelled)
		job_free(job);
}

static void *work(void *ctx)
{
	struct spool *spool = ctx;

	pthread_mutex_lock(&spool->lock);
	while (!list_is_empty(&spool->queue) || !spool->is_ending) {
		struct task *task = LIST_OBJECT(spool->queue.next, struct task, node);

		if (list_is_empty(&spool->queue)) {
			pthread_cond_wait(&spool->more, &spool->lock);
			continue;
		}
		list_unlink(&task->node);
		pthread_mutex_unlock(&spool->lock);
		task->run(task);
		pthread_mutex_lock(&spool->lock);
	}
	pthread_mutex_unlock(&spool->lock);
	return NULL;
}

/* 0, or the error when there is no thread to do it. */
static int enqueue(struct spool *spool, struct task *task)
{
	int error;

	pthread_mutex_lock(&spool->lock);
	error = thread_start(&spool->thread, work, spool);
	if (!error) {
		list_append(&spool->queue, &task->node);
		pthread_cond_signal(&spool->more);
	}
	pthread_mutex_unlock(&spool->lock);
	return error;
}

static struct spool_job *job_new(struct spool_file *file,
	void (*done)(void *ctx, struct chunk *read, const struct err *err), void *ctx)
{
	struct spool_job *job = mem_new(1, sizeof *job);

	list_init(&job->task.node);
	list_init(&job->mail.node);
	job->task.run = run_job;
	job->mail.deliver = deliver;
	job->file = file;
	job->done = done;
	job->ctx = ctx;
	file->jobs++;
	return job;
}

/* Gives it to the thread, whose it is from then on. What failed before is told like the rest. */
static struct spool_job *begin(struct spool_job *job)
{
	struct spool_file *file = job->file;
	bool is_begun = false;
	int error;

	if (!job->failed) {
		error = enqueue(file->spool, &job->task);
		is_begun = !error;
		if (error)
			fail(job, "cannot start a thread", error);
	}
	if (!is_begun)
		loop_post(file->loop, &job->mail);
	return job;
}

/* Takes n more bytes of what all files may hold. */
static bool reserve(struct spool_file *file, uint64_t n)
{
	struct spool *spool = file->spool;

	if (atomic_fetch_add(&spool->used, n) + n > file->max) {
		atomic_fetch_sub(&spool->used, n);
		return false;
	}
	file->end += n;
	return true;
}

struct spool_job *spool_write(struct spool_file *file, const struct slice *slices, size_t count,
	void (*done)(void *ctx, struct chunk *read, const struct err *err), void *ctx)
{
	struct spool_job *job = job_new(file, done, ctx);
	uint64_t n = 0;

	assert(count && count <= SPOOL_SLICES_MAX);
	for (size_t i = 0; i < count; i++) {
		job->slices[i] = slice_ref(slices[i]);
		n += slices[i].bytes.n;
	}
	job->slice_count = count;
	job->position = file->end;
	if (!reserve(file, n))
		fail(job, "cannot grow", 0);
	return begin(job);
}

struct spool_job *spool_read(struct spool_file *file, uint64_t position, size_t n,
	void (*done)(void *ctx, struct chunk *read, const struct err *err), void *ctx)
{
	struct spool_job *job = job_new(file, done, ctx);

	assert(n && position <= file->end && n <= file->end - position);
	job->position = position;
	job->chunk = chunk_new(n);
	return begin(job);
}

void spool_cancel(struct spool_job *job)
{
	struct spool *spool;
	bool is_mine;

	if (!job)
		return;
	job->file->jobs--;
	spool = job->file->spool;
	pthread_mutex_lock(&spool->lock);
	is_mine = !list_is_empty(&job->task.node);
	list_unlink(&job->task.node);
	job->is_cancelled = true;
	pthread_mutex_unlock(&spool->lock);
	if (is_mine)
		job_free(job);
}

/* -- files ----------------------------------------------------------------------------------- */

struct spool_file *spool_open(
	struct spool *spool, struct loop *loop, const struct spool_limits *limits)
{
	struct spool_file *file = mem_new(1, sizeof *file);

	list_init(&file->close.node);
	file->close.run = run_close;
	file->spool = spool;
	file->loop = loop;
	file->folder = span_dup(limits->folder);
	file->max = limits->bytes;
	file->fd = -1;
	atomic_fetch_add(&spool->files, 1);
	return file;
}

void spool_close(struct spool_file *file)
{
	if (!file)
		return;
	assert(!file->jobs);
	if (!file->end || enqueue(file->spool, &file->close))
		file_free(file);
}

/* -- the spool ------------------------------------------------------------------------------- */

struct spool *spool_new(void)
{
	struct spool *spool = mem_new(1, sizeof *spool);

	pthread_mutex_init(&spool->lock, NULL);
	pthread_cond_init(&spool->more, NULL);
	list_init(&spool->queue);
	return spool;
}

void spool_free(struct spool *spool)
{
	if (!spool)
		return;
	thread_end(&spool->thread, &spool->lock, &spool->more, &spool->is_ending);
	assert(!atomic_load(&spool->files) && !atomic_load(&spool->used));
	pthread_cond_destroy(&spool->more);
	pthread_mutex_destroy(&spool->lock);
	mem_free(spool);
}

uint64_t spool_used(const struct spool *spool)
{
	return atomic_load(&spool->used);
}
