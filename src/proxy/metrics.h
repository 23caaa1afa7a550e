/* metrics: what a worker has counted since it began, for GET /metrics. Written by the worker's own
 * thread alone, without locks, and read by a round, which adds up those of all workers.
 *
 * Labels are bounded: tasks that are not Immich's are `other`, backends have the numbers of their
 * names (domain/names.h), and a worker counts requests in at most METRICS_SERIES_MAX ways.
 */
#ifndef PROXY_METRICS_H
#define PROXY_METRICS_H

#include <stdbool.h>

#include "base/histogram.h"
#include "domain/names.h"
#include "domain/route.h"
#include "domain/tally.h"

enum { METRICS_SERIES_MAX = 4096 };

enum metrics_task {
	METRICS_TASK_NONE, /* no entries, or none that could be read */
	METRICS_TASK_CLIP,
	METRICS_TASK_FACES,
	METRICS_TASK_OCR,
	METRICS_TASK_OTHER,
	METRICS_TASKS,
};

/* What requests are counted by. */
struct metrics_way {
	enum metrics_task task;
	unsigned backend; /* a number */
	int status;       /* 0: no answer was begun */
	int reason;       /* an enum route_reason; -1: none */
};

/* What is counted of the requests to one backend. */
struct metrics_backend {
	struct histogram durations;
	uint64_t sent; /* bytes */
	uint64_t received;
	uint64_t retries; /* connections that turned out to be closed, and were replaced */
};

struct metrics {
	struct tally requests;
	struct histogram durations[METRICS_TASKS];
	struct histogram added;
	struct metrics_backend *backends[NAMES_MAX]; /* by number; NULL: nothing to tell */
	uint64_t received;                           /* bytes, from clients */
	uint64_t spliced;                            /* of those, what went on within the kernel */
	uint64_t sent;
	uint64_t refused;    /* connections */
	uint64_t reloads[2]; /* of the configuration; the first ones have failed */
	bool is_stale;       /* the last one has */
	int64_t loaded_s;    /* when the last configuration was taken, in Unix seconds; 0: never */
	int64_t began_s;     /* when this was made */
};

void metrics_init(struct metrics *metrics);
void metrics_deinit(struct metrics *metrics);

/* Adds all that the other has counted. */
void metrics_add(struct metrics *metrics, const struct metrics *other);

/* "clip", …, "other", "none". */
const char *metrics_task_text(enum metrics_task task);
enum metrics_task metrics_task_of(struct span name);

/* Counts a request of that kind. */
void metrics_count(struct metrics *metrics, const struct metrics_way *way);

/* Reads a key of `requests`. False for that of what had no room. */
bool metrics_read_key(uint64_t key, struct metrics_way *ret_way);

/* What there is to tell of that backend, made when there was nothing yet. */
struct metrics_backend *metrics_backend(struct metrics *metrics, unsigned number);

/* A configuration was taken, at the start or later. */
void metrics_note_loaded(struct metrics *metrics);

/* Another configuration was to be taken while this one is in force. */
void metrics_note_reload(struct metrics *metrics, bool was_taken);

#endif
