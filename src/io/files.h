/* files: a small file as a whole: read up to a limit, or replaced so that whoever looks sees the
 * old one or the new one, and never half of one, however the process or the machine ends. Beside
 * that, what whoever has files of another kind needs.
 *
 * A disk may block whoever touches it: before there is a loop, or in a job (io/job).
 */
#ifndef IO_FILES_H
#define IO_FILES_H

#include "base/buf.h"
#include "base/err.h"

/* Adds the file's bytes, but not more than bytes_max + 1: so one sees that there are too many. -1
 * (ERR_INVALID) with `PATH: why`. */
int files_read(const char *path, size_t bytes_max, struct buf *bytes, struct err *err)
	__attribute__((warn_unused_result));

/* The same of a regular file alone: no other is certain to end. */
int files_read_regular(const char *path, size_t bytes_max, struct buf *bytes, struct err *err)
	__attribute__((warn_unused_result));

/* Puts a file with these bytes in the place of the one at the path, or makes one (0600). Mode,
 * owner and group stay, as far as the system allows; a symbolic link stays, too, and what it leads
 * to is replaced. -1 (ERR_INTERNAL) with `PATH: why; what can be done about it`; then the old file
 * is as it was. */
int files_replace(const char *path, struct span bytes, struct err *err)
	__attribute__((warn_unused_result));

/* Writes all of the bytes where the descriptor is. -1 with errno; then some may be written. */
int files_write(int fd, struct span bytes) __attribute__((warn_unused_result));

/* The same at that place in the file. */
int files_write_at(int fd, struct span bytes, uint64_t at) __attribute__((warn_unused_result));

/* The descriptor of a new file in the folder that has no name, to be read and written, the caller's
 * to close; or -1 with errno. */
int files_unnamed(const char *folder) __attribute__((warn_unused_result));

#endif
