/* run_command: sends a capture to a server and says whether its answers are still the same. */
#ifndef MLREPLAY_RUN_COMMAND_H
#define MLREPLAY_RUN_COMMAND_H

#include "mlreplay/command.h"

extern const struct command run_command;

#endif
