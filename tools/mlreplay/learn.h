/* learn: asks two copies of one server what a capture has, and writes down how far apart they are,
 * as a tolerance beyond which only another one is. */
#ifndef MLREPLAY_LEARN_H
#define MLREPLAY_LEARN_H

#include "mlreplay/command.h"

extern const struct command learn_command;

#endif
