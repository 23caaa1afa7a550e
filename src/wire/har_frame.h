/* har_frame: what stands around the lines of a capture's file, so that it is valid JSON after every
 * append: an entry begins with the comma that separates it from the one before, and what closes the
 * file is written over again with each.
 *
 *     {"log":{"version":"1.2","creator":{…,"_crc32c":"1d0f8a2b"},"pages":[],"entries":[
 *     {…}
 *     ,{…}
 *     ]}}
 */
#ifndef WIRE_HAR_FRAME_H
#define WIRE_HAR_FRAME_H

#include "base/buf.h"
#include "base/err.h"

/* The first line, with its line end. */
void har_frame_begin(struct buf *out);

/* A line for an entry as har_write() has made it, numbered, with its line end. */
void har_frame_add(struct buf *out, struct span entry, bool is_first);

/* The last line. */
extern const struct span har_frame_end;

enum har_line {
	HAR_LINE_BEGIN, /* the first one */
	HAR_LINE_ENTRY,
	HAR_LINE_END,
	HAR_LINE_OTHER, /* none of a capture of ours */
};

/* What a line, without its line end, is. Of an entry, which begins with its number, *ret_entry is
 * what stands between the braces, braces included; nothing has looked at it. For anything else
 * *ret_entry stays as it is. */
enum har_line har_frame_read(struct span line, struct span *ret_entry);

#endif
