/* kept: a body that is kept, with a real disk, and readers of it. It is made of bytes that tell
 * their position, so that what a view shows can be known without keeping it. The disk's outcomes
 * come with the loop's turns: a test that does not turn it has a disk that is behind. */
#ifndef RIG_KEPT_H
#define RIG_KEPT_H

#include <check.h>

#include "proxy/body.h"

#define KEPT_MIB    ((uint64_t)1 << 20)
#define KEPT_FOLDER "/tmp"

enum {
	KEPT_PIECE = 50000,
	KEPT_SMALL = 1 << 18,  /* a budget that a body soon exceeds */
	KEPT_PLENTY = 1 << 26, /* one that it does not */
};

struct kept {
	struct loop *loop;
	struct spool *spool;
	struct body_budget budget;
	struct body body;
	int drained; /* events so far */
	int refilled;
	int lost;
	struct err err;
};

extern const struct body_events kept_events;

/* A body of unknown length; on disk there is plenty of room. */
void kept_open(struct kept *kept, uint64_t budget);
void kept_open_with(struct kept *kept, uint64_t budget, const char *folder, uint64_t spill_bytes);

/* Asserts that everything is given back. */
void kept_close(struct kept *kept);

/* Adds n bytes: in one slice, or in several of KEPT_PIECE bytes. */
void kept_add_piece(struct kept *kept, size_t n);
void kept_add(struct kept *kept, size_t n);

/* Waits for something to happen. */
void kept_turn(struct kept *kept);

/* Until the disk has written what there is to be written now. */
void kept_await_disk(struct kept *kept);

struct reader {
	struct kept *kept;
	struct body_view view;
	uint64_t position;
	struct buf insert; /* as the view has it */
	bool is_open;
};

void reader_open(struct reader *reader, struct kept *kept);
void reader_open_cut(
	struct reader *reader, struct kept *kept, uint64_t begin, uint64_t end, struct span insert);
void reader_close(struct reader *reader);

/* Takes at most n bytes that are there, having checked all that was shown. Returns how many. */
size_t reader_take(struct reader *reader, size_t n);
bool reader_is_at_end(const struct reader *reader);

/* Takes all that has come, however long the disk needs for it, `step` bytes at a time. */
void reader_pull(struct reader *reader, size_t step);
void reader_restart(struct reader *reader);

/* All that has come can be had again. */
void kept_expect_whole(struct kept *kept);

/* Adds until there are `end` bytes, as a client and a backend do that heed each other. */
void kept_stream(struct kept *kept, struct reader *reader, uint64_t end);

#endif
