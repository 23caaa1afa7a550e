#include "io/job.h"

/* The thread has nothing left to do, so that this does not wait. */
static void finish(struct loop_mail *mail)
{
	struct job *job = LIST_OBJECT(mail, struct job, mail);

	thread_join(&job->thread);
	job->done(job);
}

static void *run(void *ctx)
{
	struct job *job = ctx;

	job->work(job);
	loop_post(job->loop, &job->mail);
	return NULL;
}

void job_start(struct job *job, struct loop *loop, void (*work)(struct job *job),
	void (*done)(struct job *job))
{
	*job = (struct job){.work = work, .done = done, .loop = loop};
	list_init(&job->mail.node);
	job->mail.deliver = finish;
	if (thread_start(&job->thread, run, job) == 0)
		return;
	work(job);
	loop_post(loop, &job->mail);
}
