/* export_har: the file of an export: a HAR file with the bodies in it, an entry at a time. */
#ifndef MLREPLAY_EXPORT_HAR_H
#define MLREPLAY_EXPORT_HAR_H

#include "mlreplay/walk.h"

enum { EXPORT_EMBEDDED_MAX = 16777216 }; /* bytes of a request's body */

struct export_sums {
	uint64_t entries;
	uint64_t bytes;            /* of the file */
	uint64_t requests_lacking; /* their body */
	uint64_t answers_lacking;
};

struct export_har;

/* -1 as new_file_begin(). */
int export_har_begin(const char *path, bool may_replace, struct export_har **ret_har,
	struct err *err) __attribute__((warn_unused_result));

/* Adds what the walk is at. COMMAND_SAME, or how the command ends: COMMAND_CORRUPT when the capture
 * is broken, COMMAND_INCONCLUSIVE when the file cannot be written. */
enum command_end export_har_add(
	struct export_har *har, const struct walk *walk, struct export_sums *sums, struct err *err);

/* Puts the file in its place. -1 (ERR_INTERNAL). */
int export_har_end(struct export_har *har, struct export_sums *sums, struct err *err)
	__attribute__((warn_unused_result));

void export_har_free(struct export_har *har); /* takes NULL; nothing stays of what has not ended */

#endif
