/* thread: one that works for an object and ends with it. No signal comes to it: they are for
 * whoever waits for them, and SIGXFSZ is for nobody, since a file that grows too large is an error
 * like others.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

struct thread { /* zeroed: there is none */
	pthread_t id;
	bool is_there;
};

/* Unless it is there. 0, or an errno when none can be had. */
int thread_start(struct thread *thread, void *(*work)(void *ctx), void *ctx)
	__attribute__((warn_unused_result));

/* Waits for its end, if it is there. */
void thread_join(struct thread *thread);

/* Tells it, which sleeps until `wake`, that it is to end, and waits for that. Where there is none
 * this sets *is_ending, no more. */
void thread_end(
	struct thread *thread, pthread_mutex_t *lock, pthread_cond_t *wake, bool *is_ending);

#endif
