/* diff: compares what two captures have been answered to the same questions, without a network. */
#ifndef MLREPLAY_DIFF_H
#define MLREPLAY_DIFF_H

#include "mlreplay/command.h"

extern const struct command diff_command;

#endif
