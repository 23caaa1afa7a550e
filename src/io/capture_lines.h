/* capture_lines: the lines of a capture's file, one at a time, and what of them is complete: for
 * who brings a file in order, or says what is wrong with it. */
#ifndef IO_CAPTURE_LINES_H
#define IO_CAPTURE_LINES_H

#include "base/arena.h"
#include "base/buf.h"
#include "wire/har.h"

struct capture_lines {
	uint64_t line;    /* the number of the last one, from 1 */
	uint64_t byte;    /* where it begins */
	uint64_t next;    /* where the next one does */
	bool is_whole;    /* it has its line end */
	bool is_too_long; /* for an entry, so that its bytes are not there */
	/* private */
	int fd;
	uint64_t read; /* bytes */
	struct buf bytes;
	size_t begin; /* of the next line in them */
	bool is_end;
};

/* Of a file from its begin on, whose descriptor stays the caller's. */
void capture_lines_init(struct capture_lines *lines, int fd);
void capture_lines_deinit(struct capture_lines *lines);

/* 1: *ret_line is the next one, without its line end, valid until the next call; 0 at the end; -1
 * with errno. */
int capture_lines_next(struct capture_lines *lines, struct span *ret_line)
	__attribute__((warn_unused_result));

/* The entry of a line, with or without its comma: complete, with a checksum, which fits. What it
 * has lives as long as the line and the arena. -1 (ERR_INVALID) with what is wrong. */
int capture_lines_entry(struct span line, struct arena *arena, struct har_entry *ret_entry,
	struct err *err) __attribute__((warn_unused_result));

#endif
