#include "mlreplay/run_command.h"

const struct command *const command_all[] = {
	&run_command,
	NULL,
};
