/* inspect: says what a capture has, in numbers. */
#ifndef MLREPLAY_INSPECT_H
#define MLREPLAY_INSPECT_H

#include "mlreplay/command.h"

extern const struct command inspect_command;

#endif
