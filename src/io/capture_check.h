/* capture_check: whether a capture is as it was written, and what is not: every line's form and
 * checksum, the order of the numbers, every blob's hash and every body's, and what is missing. A
 * bit that has flipped anywhere is found.
 *
 * It blocks, and reads all there is: for tools.
 */
#ifndef IO_CAPTURE_CHECK_H
#define IO_CAPTURE_CHECK_H

#include "io/capture_reader.h"

struct capture_check {
	/* Is told what is wrong, as it is found. Where it is no line's fault, place->line is 0, and
	 * place->file is a blob, a file or the folder. Both live as long as the call. */
	void (*on_problem)(void *ctx, const struct capture_place *place, const char *what);
	void *ctx;
	/* out */
	uint64_t problems; /* 0: it is whole */
	uint64_t files;
	uint64_t entries; /* that are whole */
	uint64_t lacking; /* of them, without their requests' bodies, or with likely others: no fault */
	uint64_t bytes;   /* of files and blobs */
	uint64_t blobs;   /* that lines name, and which are there */
	uint64_t orphans; /* blobs that no line names, which does no harm */
	uint64_t orphan_bytes;
};

/* Of a folder or a HAR file, also in a zip. -1 when it cannot be read, or is no capture: `PATH:
 * why`; of a zip that is broken with ERR_SYNTAX, else ERR_INVALID. What is wrong with one that can
 * be is problems, and 0. */
int capture_check(const char *path, struct capture_check *check, struct err *err)
	__attribute__((warn_unused_result));

struct capture_repair {
	/* Is told of each file that was not whole; NULL: nobody is. */
	void (*on_file)(void *ctx, const char *name, uint64_t entries, uint64_t lost);
	void *ctx;
	/* out */
	uint64_t files;   /* that were not whole */
	uint64_t entries; /* that all files have now */
	uint64_t lost;    /* bytes that are no complete lines, which now stand in NAME.rest */
};

/* Brings the files of a folder in order (io/capture_mend), without the entries of which a blob is
 * missing or has another length. -1 (ERR_INVALID): `PATH: why`, also when
 * somebody records to it. */
int capture_repair(const char *path, struct capture_repair *repair, struct err *err)
	__attribute__((warn_unused_result));

#endif
