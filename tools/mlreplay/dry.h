/* dry: a run that sends nothing, and says what would be sent, and when. */
#ifndef MLREPLAY_DRY_H
#define MLREPLAY_DRY_H

#include <stdio.h>

#include "mlreplay/feed.h"
#include "mlreplay/pace.h"
#include "wire/url.h"

struct dry_setup {
	struct feed *feed;
	const struct url *target;
	const struct pace_rule *pace;
	bool has_baseline; /* which is a place */
};

/* -1 (ERR_INVALID) when the capture is broken. */
int dry_run(const struct dry_setup *setup, FILE *out, struct err *err)
	__attribute__((warn_unused_result));

#endif
