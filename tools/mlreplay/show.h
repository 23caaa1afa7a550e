/* show: says all of one exchange, or gives out a part of it as it was. */
#ifndef MLREPLAY_SHOW_H
#define MLREPLAY_SHOW_H

#include "mlreplay/command.h"

extern const struct command show_command;

#endif
