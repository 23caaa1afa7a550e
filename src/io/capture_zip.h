/* capture_zip: a HAR file in a zip, as Playwright writes it (`har.har`), with the files beside it
 * that its entries name. */
#ifndef IO_CAPTURE_ZIP_H
#define IO_CAPTURE_ZIP_H

#include "base/buf.h"
#include "base/err.h"

struct capture_zip;

/* Whether the file, which is there to be read, begins as a zip does. */
bool capture_zip_is(const char *path);

/* -1: ERR_INVALID when it cannot be opened, or no HAR file is in it, or several; ERR_SYNTAX when it
 * is broken (io/unzip). */
int capture_zip_open(const char *path, struct capture_zip **ret_zip, struct err *err)
	__attribute__((warn_unused_result));
void capture_zip_close(struct capture_zip *zip); /* takes NULL */

/* The HAR file, as people know it: PATH/NAME. */
const char *capture_zip_path(const struct capture_zip *zip);
uint64_t capture_zip_size(const struct capture_zip *zip);

/* Its bytes, from the beginning on after this. -1 as unzip_file_open(). */
int capture_zip_rewind(struct capture_zip *zip, struct err *err)
	__attribute__((warn_unused_result));

/* How many there were, 0 at the end; -1 as unzip_file_read(). */
long capture_zip_read(struct capture_zip *zip, char *bytes, size_t max, struct err *err)
	__attribute__((warn_unused_result));

/* As read_file() of struct har_import; -1 also ERR_SYNTAX. */
int capture_zip_file(struct capture_zip *zip, struct span name, uint64_t max, struct buf *out,
	struct err *err) __attribute__((warn_unused_result));

#endif
