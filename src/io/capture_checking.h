/* capture_checking: what a check has seen of a capture so far: its part that knows entries and
 * blobs, where io/capture_check knows files. */
#ifndef IO_CAPTURE_CHECKING_H
#define IO_CAPTURE_CHECKING_H

#include "io/capture_blobs.h"
#include "io/capture_check.h"
#include "io/capture_files.h"
#include "io/digest.h"

struct capture_checking {
	struct capture_folder folder;
	struct capture_files beside; /* of the HAR file that is read */
	struct capture_place place;  /* of what is looked at */
	/* private */
	struct capture_check *check;
	struct capture_blobs blobs;
	struct list unnamed;
	struct list named;
	struct digest *digest;
	char *bytes; /* to read into */
	uint64_t last_seq;
};

/* Of a folder that is open; is deinitialized whatever it returns. */
int capture_checking_init(struct capture_checking *checking, struct capture_check *check,
	struct err *err) __attribute__((warn_unused_result));
void capture_checking_deinit(struct capture_checking *checking); /* takes one with a folder alone */

void capture_checking_report(struct capture_checking *checking, const char *what);

/* What was read is that entry, which is written so. */
void capture_checking_entry(
	struct capture_checking *checking, struct span json, const struct har_entry *entry);

/* Counts what nobody has named. */
void capture_checking_end(struct capture_checking *checking);

#endif
