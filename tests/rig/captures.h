/* captures: folders of captures, made up: entries that ask for a photo, which some of them share.
 */
#ifndef RIG_CAPTURES_H
#define RIG_CAPTURES_H

#include "io/capture_reader.h"
#include "io/capture_writer.h"

enum { CAPTURES_PATH = 64, CAPTURES_PHOTO_BYTES = 1000 };

/* A path in a folder of its own, where nothing is yet. */
void captures_begin(char ret_path[CAPTURES_PATH]);

/* Removes all of it. */
void captures_end(const char *path);

/* The path of something in it; until the next call. */
const char *captures_in(const char *path, const char *name);

/* With no limits when they are NULL. Fails the running test when it cannot. */
struct capture_writer *captures_open(const char *path, const struct capture_limits *limits);

/* Adds an entry which asks for that photo, 1000 bytes that are all `photo` mod 256. -1 as
 * capture_writer_blob(). */
int captures_add(struct capture_writer *writer, unsigned photo, struct err *err)
	__attribute__((warn_unused_result));

/* Adds and flushes; fails the running test when it cannot. */
void captures_record(struct capture_writer *writer, unsigned photo);

/* Records those photos to the folder, in their order. */
void captures_record_all(
	const char *path, unsigned from, unsigned to, const struct capture_limits *limits);

/* Reads all entries and their bodies, each of which must be as it was added, their numbers rising,
 * and adds the numbers of the photos, each followed by a blank. -1 when something is wrong. */
int captures_read(const char *path, struct buf *ret_photos, struct err *err)
	__attribute__((warn_unused_result));

/* The same, which must be these. */
void captures_expect(const char *path, const char *photos);

/* Reading fails after these, with ERR_INVALID and what `why` is a part of. */
void captures_expect_broken(const char *path, const char *photos, const char *why);

/* Bytes of all of its files, or of the one that it is. */
uint64_t captures_size(const char *path);

/* How many blobs there are, and other files in the blobs' folders. */
size_t captures_count_blobs(const char *path, size_t *ret_other);

/* The file's bytes, or puts others in their place. */
void captures_get_file(const char *path, struct buf *bytes);
void captures_put_file(const char *path, struct span bytes);

/* Gives something in the folder another name in it. */
void captures_rename(const char *path, const char *from, const char *to);

#endif
