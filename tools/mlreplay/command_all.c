#include "mlreplay/command.h"

const struct command *const command_all[] = {
	NULL,
};
