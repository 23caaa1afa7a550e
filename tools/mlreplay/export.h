/* export: a capture as one file, for programs that know nothing of its folder. */
#ifndef MLREPLAY_EXPORT_H
#define MLREPLAY_EXPORT_H

#include "mlreplay/command.h"

extern const struct command export_command;

#endif
