/* stub_conn: one connection of a client to the stub, and the request on it.
 *
 * Of a body its front and its end are compared with the script, of every 16th all of it. The rest
 * is thrown away where the kernel has it: the less the stub takes of the machine, the more is left
 * to what is measured.
 */
#ifndef BENCH_STUB_CONN_H
#define BENCH_STUB_CONN_H

#include "base/list.h"
#include "bench/script.h"

/* What epoll's pointers lead to, as the first member of what is watched. */
struct stub_watched {
	void (*turn)(struct stub_watched *watched);
};

/* What all connections have in common. */
struct stub_service {
	int epoll_fd;
	int64_t latency_ns; /* from the end of a request to its answer */
	struct script script;
	struct buf answers[SCRIPT_TASKS]; /* whole ones */
	struct list waiting;              /* connections whose answers are due, the first one first */
	char *scratch;                    /* STUB_SCRATCH bytes, where bodies are read to */
};

enum { STUB_SCRATCH = 262144 };

/* What one port has been asked. */
struct stub_counts {
	uint64_t requests; /* POST /predict */
	uint64_t bad;      /* of those, and whatever else was none */
	uint64_t bytes;    /* of their bodies */
};

/* Watches fd, which it owns from now on. What it allocates is gone when the connection is. */
void stub_conn_open(struct stub_service *service, struct stub_counts *counts, int fd);

/* Sends what is due. Returns for how many milliseconds nothing is; -1: nobody waits. */
int stub_conn_answer_waiting(struct stub_service *service);

#endif
