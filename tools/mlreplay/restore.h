/* restore: has what an earlier run has settled judged and told once more, as its state has it, so
 * that what it all comes to is as if the run had never been ended. */
#ifndef MLREPLAY_RESTORE_H
#define MLREPLAY_RESTORE_H

#include "mlreplay/command.h"
#include "mlreplay/ledger.h"

/* Goes through the feed, whose reader that is, once before the run. COMMAND_SAME; COMMAND_CORRUPT
 * when the capture is broken, COMMAND_USAGE when the state is of another one. */
enum command_end restore(struct feed *feed, const struct capture_reader *reader,
	struct ledger *ledger, struct err *err) __attribute__((warn_unused_result));

#endif
