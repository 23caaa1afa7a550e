/* unzip: an archive of files (PKWARE's APPNOTE), to be read. It may come from anybody: what it says
 * of itself is held against what is found, names lead nowhere, and what is read to know what is in
 * it is bounded, as is what is in memory of a file.
 *
 * On libzip, which only those programs are linked with that read such archives: mlproxy does not.
 */
#ifndef IO_UNZIP_H
#define IO_UNZIP_H

#include "base/err.h"
#include "base/span.h"

enum {
	UNZIP_FILES_MAX = 262144,
	UNZIP_DIRECTORY_MAX = 67108864, /* bytes read to open it */
	UNZIP_NAME_MAX = 255,
};

struct unzip;
struct unzip_file;

/* Reads `length` bytes from a descriptor, which it takes, also when it fails. `path` is for people.
 * -1 (ERR_SYNTAX) with `PATH: why`, or `PATH: NAME: why`: it is broken, has two files of a name, or
 * a name that unzip_is_name() refuses. */
int unzip_open(const char *path, int fd, uint64_t length, struct unzip **ret_unzip, struct err *err)
	__attribute__((warn_unused_result));
void unzip_close(struct unzip *unzip); /* takes NULL */

/* Whether it leads to something within a folder: not absolute, no "..", nothing but what is shown.
 */
bool unzip_is_name(struct span name);

/* The files there are, from 0; folders are among them, whose names end in '/'. */
uint64_t unzip_count(const struct unzip *unzip);
const char *unzip_name(const struct unzip *unzip, uint64_t at);

/* False when there is none of that name. */
bool unzip_find(const struct unzip *unzip, struct span name, uint64_t *ret_at);

/* One is open at a time; how long it is is what the archive says. -1 (ERR_SYNTAX) with `PATH: NAME:
 * why`: it is encrypted, or packed in a way that nobody here knows. */
int unzip_file_open(struct unzip *unzip, uint64_t at, struct unzip_file **ret_file,
	uint64_t *ret_length, struct err *err) __attribute__((warn_unused_result));
void unzip_file_close(struct unzip_file *file); /* takes NULL */

/* The next bytes: their number, 0 at the end. -1 (ERR_SYNTAX) when they are not what the archive
 * says of them, which is certain only at the end. */
long unzip_file_read(struct unzip_file *file, char *bytes, size_t max, struct err *err)
	__attribute__((warn_unused_result));

#endif
