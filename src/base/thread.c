#include "base/thread.h"

#include <signal.h>

/* A thread begins with the mask of who makes it. */
int thread_start(struct thread *thread, void *(*work)(void *ctx), void *ctx)
{
	sigset_t all;
	sigset_t before;
	int error;

	if (thread->is_there)
		return 0;
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread->id, NULL, work, ctx);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	thread->is_there = !error;
	return error;
}

void thread_join(struct thread *thread)
{
	if (thread->is_there)
		(void)pthread_join(thread->id, NULL);
	thread->is_there = false;
}

void thread_end(struct thread *thread, pthread_mutex_t *lock, pthread_cond_t *wake, bool *is_ending)
{
	pthread_mutex_lock(lock);
	*is_ending = true;
	pthread_cond_signal(wake);
	pthread_mutex_unlock(lock);
	thread_join(thread);
}
