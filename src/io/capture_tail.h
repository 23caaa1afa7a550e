/* capture_tail: the end of a capture's file, which somebody may be writing at the moment. Appending
 * is one write over the file's last line, but who reads may see a part of it, as after a crash. */
#ifndef IO_CAPTURE_TAIL_H
#define IO_CAPTURE_TAIL_H

#include <stdbool.h>
#include <stdint.h>

/* How long the file is. Where it does not end as it should, and was written to just now, it is
 * looked at again after CAPTURE_TAIL_WAIT_MS, once. */
enum { CAPTURE_TAIL_WAIT_MS = 50 };

uint64_t capture_tail_size(int fd);

/* Whether it is one of ours, and of the `size` bytes of it that are read nothing but its last line
 * lies behind the entry that ends at `end`; 0: behind its first line. */
bool capture_tail_is_last_line(int fd, uint64_t end, uint64_t size);

#endif
