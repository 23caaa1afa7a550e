/* shelf: the answers of a capture, to be found by their questions, in whatever order those are
 * asked then: the bytes lie in a file without a name, some 64 bytes for each in memory. */
#ifndef MLREPLAY_SHELF_H
#define MLREPLAY_SHELF_H

#include "domain/compare.h"
#include "mlreplay/latency.h"
#include "mlreplay/scratch.h"
#include "mlreplay/walk.h"

struct shelf_item;

struct shelf {
	struct scratch *scratch;
	struct shelf_item *items; /* owned */
	size_t count;
	size_t capacity;
	size_t taken; /* of them */
};

int shelf_init(struct shelf *shelf, struct err *err) __attribute__((warn_unused_result));
void shelf_deinit(struct shelf *shelf); /* takes a zeroed one */

/* Puts in what the entry at hand was answered; `why` is not empty when that cannot be compared. -1
 * (ERR_INTERNAL) when there is no room for it. */
int shelf_add(struct shelf *shelf, struct walk *walk, const struct compare_answer *answer,
	struct span why, struct err *err) __attribute__((warn_unused_result));

/* After the last one was put in. */
void shelf_sort(struct shelf *shelf);

struct shelf_answer {
	struct compare_answer answer; /* in `body` */
	struct span why;              /* in `body`: why there is none, in place of it */
	int64_t took_ns;
};

/* Takes the first one that is left of that question: 1, or 0 when none is. -1 (ERR_INTERNAL) when
 * it cannot be read. */
int shelf_take(struct shelf *shelf, struct hashes_hash key, struct buf *body,
	struct shelf_answer *ret_answer, struct err *err) __attribute__((warn_unused_result));

#endif
