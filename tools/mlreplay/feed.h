/* feed: the entries of a capture that a run sends, one after the other, in the order in which they
 * were sent when they were recorded.
 *
 * A capture has them in the order in which they ended. So some are held until it is certain enough
 * that no later line began before them: FEED_HELD_MAX, which is more than are ever under way at a
 * time for one server, or fewer when they are large.
 */
#ifndef MLREPLAY_FEED_H
#define MLREPLAY_FEED_H

#include "base/list.h"
#include "io/capture_reader.h"
#include "mlreplay/filter.h"

enum { FEED_HELD_MAX = 64, FEED_HELD_BYTES = 33554432 };

struct feed_setup {
	struct capture_reader *reader;
	enum har_side side;
	const struct filter *filter;
	uint64_t limit;  /* entries of a round; 0: all */
	uint64_t rounds; /* how often the capture is gone through */
};

struct feed_item {
	struct list node; /* of whoever has it */
	struct arena arena;
	struct har_entry entry;
	struct span entries; /* what it asks for */
	uint64_t number;     /* from 0, in the capture's order, rounds counted on */
	uint64_t bytes;      /* of its line, and of its bodies as far as they are in memory */
	struct capture_place place;
};

struct feed;

/* What the setup points to outlives it. */
struct feed *feed_new(const struct feed_setup *setup) __attribute__((warn_unused_result));
void feed_free(struct feed *feed); /* takes NULL */

/* Reads all of the capture and goes back to its beginning; how many items there will be. -1
 * (ERR_INVALID) when it is broken, as capture_reader_next(). */
int feed_count(struct feed *feed, uint64_t *ret_count, struct err *err)
	__attribute__((warn_unused_result));

/* The next one, which is the caller's; 1, 0 at the end, -1 as feed_count(). */
int feed_next(struct feed *feed, struct feed_item **ret_item, struct err *err)
	__attribute__((warn_unused_result));
void feed_give(struct feed_item *item); /* back; takes NULL */

/* Puts the item's place in front of what is wrong with it: `FILE:LINE: byte N: why`. -1. */
int feed_fail(const struct feed_item *item, struct err *err);

/* To the very beginning. */
int feed_rewind(struct feed *feed, struct err *err) __attribute__((warn_unused_result));

#endif
