#include "io/job.h"

#include <signal.h>

/* The thread has nothing left to do, so that this does not wait. */
static void finish(struct loop_mail *mail)
{
	struct job *job = LIST_OBJECT(mail, struct job, mail);

	if (job->has_thread)
		(void)pthread_join(job->thread, NULL);
	job->done(job);
}

static void *run(void *ctx)
{
	struct job *job = ctx;
	sigset_t all;

	sigfillset(&all); /* SIGXFSZ among them: a file that grows too large is an error like others */
	(void)pthread_sigmask(SIG_BLOCK, &all, NULL);
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
	job->has_thread = pthread_create(&job->thread, NULL, run, job) == 0;
	if (job->has_thread)
		return;
	work(job);
	loop_post(loop, &job->mail);
}
