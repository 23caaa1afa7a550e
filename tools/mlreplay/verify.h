/* verify: says whether a capture is as it was written, and brings one in order that is not. */
#ifndef MLREPLAY_VERIFY_H
#define MLREPLAY_VERIFY_H

#include "mlreplay/command.h"

extern const struct command verify_command;

#endif
