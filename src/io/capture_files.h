/* capture_files: bodies in files of their own, which entries name: beside the HAR file, or in the
 * zip that has that. A name leads nowhere else, and where it begins with a SHA-1, as Playwright
 * names files, it is that of the bytes. */
#ifndef IO_CAPTURE_FILES_H
#define IO_CAPTURE_FILES_H

#include "io/capture_folder.h"
#include "io/capture_zip.h"

struct capture_files {
	const struct capture_folder *folder; /* of the HAR file */
	struct capture_zip *zip;             /* NULL: it is in none */
};

/* read_file() of struct har_import; ctx is a struct capture_files. */
int capture_files_read(void *ctx, struct span name, uint64_t max, struct buf *out, struct err *err)
	__attribute__((warn_unused_result));

#endif
