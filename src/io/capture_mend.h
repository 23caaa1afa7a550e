/* capture_mend: brings a file of a capture into order, after a crash or worse: all complete lines
 * stay, in the order of their seq, and begin and end are as they should be.
 *
 * Where only the end is torn, as when the process or the machine stops in the midst of an append,
 * it is cut off and the last line is written again. Where there are complete lines behind what is
 * broken, they are written to a new file, which takes the place of the old one, and what is broken
 * is kept aside in NAME.rest. */
#ifndef IO_CAPTURE_MEND_H
#define IO_CAPTURE_MEND_H

#include "io/capture_folder.h"
#include "wire/har.h"

struct capture_mend {
	/* Is told of every complete entry, in their order; NULL: nobody is. */
	void (*on_entry)(void *ctx, const struct har_entry *entry);
	/* Whether an entry whose line is complete is so, too; NULL: it is. It answers the same each
	 * time. */
	bool (*is_complete)(void *ctx, const struct har_entry *entry);
	void *ctx;       /* of both */
	bool keeps_rest; /* a torn end, too, is kept aside */
	/* out */
	uint64_t entries;
	uint64_t last_seq;
	int64_t first_us; /* when the first entry began; only if there is one */
	uint64_t end;     /* where the last line begins */
	uint64_t lost;    /* bytes that were no complete lines */
	bool was_whole;   /* there was nothing to do */
};

/* -1 (ERR_INVALID): `PATH: why`, when the file is no capture's at all, or the disk is full or
 * broken; then it is as it was. */
int capture_mend(const struct capture_folder *folder, const char *name, struct capture_mend *mend,
	struct err *err) __attribute__((warn_unused_result));

#endif
