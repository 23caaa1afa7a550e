/* process: what the system asks of the whole process and grants it: signals, descriptors, memory,
 * a name. */
#ifndef IO_PROCESS_H
#define IO_PROCESS_H

#include "base/err.h"
#include "io/loop.h"

enum { PROCESS_MACHINE_MAX = 256 };

/* What the whole process has of the machine. */
struct process_usage {
	uint64_t cpu_ns;          /* user and system, since it began */
	uint64_t resident_bytes;  /* of memory */
	uint64_t virtual_bytes;   /* of addresses */
	uint64_t descriptors;     /* open ones */
	uint64_t descriptors_max; /* that it may open */
};

struct process_signals {
	int fd; /* -1: not watched */
	struct watch watch;
	void (*told)(void *ctx, int signal);
	void *ctx;
};

/* From now on SIGINT, SIGTERM and SIGHUP are told, in the loop's thread. Before any other thread
 * is started, which inherits the mask. SIGPIPE is ignored. */
int process_watch_signals(struct process_signals *signals, struct loop *loop,
	void (*told)(void *ctx, int signal), void *ctx, struct err *err)
	__attribute__((warn_unused_result));
void process_unwatch_signals(struct process_signals *signals); /* also when not watched */

/* Cheap enough to be asked every second. What the system does not tell (/proc may be hidden) is 0.
 */
void process_read_usage(struct process_usage *ret_usage);

/* As many descriptors as the system allows: a connection to a client needs one, one to a backend
 * another. Returns how many that is. */
uint64_t process_raise_descriptor_limit(void);

/* The machine's name, as it calls itself; "" when it has none. */
void process_name_machine(char ret_name[PROCESS_MACHINE_MAX]);

/* One heap for all threads, instead of one each that keeps for itself what its thread needed at the
 * most: bodies come and go on every worker in turn. Before any other thread is started. */
void process_share_heap(void);

#endif
