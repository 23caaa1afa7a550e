/* tolerances: --tolerance, which names a profile or a file. */
#ifndef MLREPLAY_TOLERANCES_H
#define MLREPLAY_TOLERANCES_H

#include "domain/tolerance.h"

/* What it points to lies in the arena. -1 (ERR_INVALID) with what is wrong: of a file, with its
 * path. */
int tolerances_read(const char *name, struct arena *arena, struct tolerance *ret_tolerance,
	struct err *err) __attribute__((warn_unused_result));

#endif
