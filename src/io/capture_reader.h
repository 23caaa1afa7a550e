/* capture_reader: what was recorded, one entry after the other: a capture's folder, with all of its
 * files in the order of their entries, or one HAR file, of ours or of others, as it is or in a zip
 * with the bodies beside it (Playwright). Somebody may record to it meanwhile: it is read as it was
 * when it was opened, but for what has been removed since, which he does with the oldest files, and
 * then with the blobs that no other one names.
 *
 * A line at a time is in memory, so that a capture may be of any size. It blocks: for tools, and
 * for threads that may.
 */
#ifndef IO_CAPTURE_READER_H
#define IO_CAPTURE_READER_H

#include "base/arena.h"
#include "io/capture_folder.h"
#include "wire/har.h"

struct capture_reader;
struct capture_body;

struct capture_place {
	const char *file; /* its path */
	uint64_t line;    /* from 1 */
	uint64_t byte;    /* of the file, from 0: where the entry begins, or what is wrong */
};

/* -1 with `PATH: why`: ERR_INVALID when it is no capture or cannot be read, ERR_SYNTAX when it is a
 * zip that is broken. */
int capture_reader_open(const char *path, struct capture_reader **ret_reader, struct err *err)
	__attribute__((warn_unused_result));
void capture_reader_close(struct capture_reader *reader); /* takes NULL */

/* From now on bodies of others' files are taken that are likely not what was sent: with characters
 * that were replaced, or of another length than is said elsewhere. */
void capture_reader_take_lossy(struct capture_reader *reader);

/* Reads the next entry, all of which then lies in the arena, and is the caller's. What others have
 * written is numbered in its order. 1; 0 at the end; -1 (ERR_INVALID) when the capture is broken:
 * `FILE:LINE: byte N: why`. After that there is no more. */
int capture_reader_next(struct capture_reader *reader, struct arena *arena,
	struct har_entry *ret_entry, struct err *err) __attribute__((warn_unused_result));

/* Of the last entry, or of what was wrong. Valid until the next call. */
const struct capture_place *capture_reader_place(const struct capture_reader *reader);

/* Of the last line of `capture.har`, where that is not whole, as it is after a crash or while
 * somebody writes it: it is left out, once all before it was read. NULL: it was not met. */
const struct capture_place *capture_reader_cut(const struct capture_reader *reader);

/* Whether that entry's file has been removed since the capture was opened: then its blobs may be
 * missing, and nothing is wrong. */
bool capture_reader_has_removed(const struct capture_reader *reader, const struct har_entry *entry);

/* How many entries were in files that have been removed since, as far as that is known: what had
 * not been read of them is left out. */
uint64_t capture_reader_removed(const struct capture_reader *reader);

/* To the beginning again. -1 when its first file cannot be opened any more. */
int capture_reader_rewind(struct capture_reader *reader, struct err *err)
	__attribute__((warn_unused_result));

/* How many bytes of its files were read. */
uint64_t capture_reader_position(const struct capture_reader *reader);

/* Where its blobs are. */
const struct capture_folder *capture_reader_folder(const struct capture_reader *reader);

/* -- a request's body ------------------------------------------------------------------------ */

/* To read the body that the entry's recipe makes; the entry outlives it, the reader need not. Blobs
 * are opened one at a time. -1 (ERR_INVALID) when one is missing or has another length, or the body
 * is not in the capture byte for byte (lacks_body). */
int capture_body_open(const struct capture_reader *reader, const struct har_entry *entry,
	struct capture_body **ret_body, struct err *err) __attribute__((warn_unused_result));
void capture_body_close(struct capture_body *body); /* takes NULL */

/* The next bytes: their number, 0 at the end. -1 (ERR_INVALID) when a blob cannot be read, and, in
 * place of the last bytes, when all was not what the recipe's hash is of. */
long capture_body_read(struct capture_body *body, char *bytes, size_t max, struct err *err)
	__attribute__((warn_unused_result));
void capture_body_rewind(struct capture_body *body);

/* All of an answer's body, wherever it is; a blob must have its hash; what is longer than max is
 * refused. Adds it to out. -1 (ERR_INVALID). */
int capture_read_answer(const struct capture_reader *reader, const struct har_entry *entry,
	size_t max, struct buf *out, struct err *err) __attribute__((warn_unused_result));

#endif
