/* export_file: the file of an export, an entry at a time, in one of two layouts: a HAR file with
 * the bodies in it, or a zip with a HAR file and the bodies beside that, as Playwright does it.
 * Whichever it is: nothing stays of what has not ended. */
#ifndef MLREPLAY_EXPORT_FILE_H
#define MLREPLAY_EXPORT_FILE_H

#include "mlreplay/walk.h"

struct export_sums {
	uint64_t entries;
	uint64_t bytes;            /* of the file, once it has ended */
	uint64_t requests_lacking; /* their body */
	uint64_t answers_lacking;
};

/* What a layout does. It is one's first member. */
struct export_file {
	const struct export_file_ops *ops;
};

struct export_file_ops {
	/* Adds what the walk is at. COMMAND_SAME, or how the command ends: COMMAND_CORRUPT when the
	 * capture is broken, COMMAND_INCONCLUSIVE when the file cannot be written. */
	enum command_end (*add)(struct export_file *file, const struct walk *walk,
		struct export_sums *sums, struct err *err);

	/* Puts the file in its place. -1 (ERR_INTERNAL). */
	int (*end)(struct export_file *file, struct export_sums *sums, struct err *err);
	void (*free)(struct export_file *file);
};

/* -1 as new_file_begin(). */
int export_har_begin(const char *path, bool may_replace, struct export_file **ret_file,
	struct err *err) __attribute__((warn_unused_result));
int export_zip_begin(const char *path, bool may_replace, struct export_file **ret_file,
	struct err *err) __attribute__((warn_unused_result));

#endif
