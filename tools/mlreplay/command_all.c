#include "mlreplay/diff.h"
#include "mlreplay/export.h"
#include "mlreplay/inspect.h"
#include "mlreplay/learn.h"
#include "mlreplay/run_command.h"
#include "mlreplay/show.h"
#include "mlreplay/verify.h"

const struct command *const command_all[] = {
	&run_command,
	&diff_command,
	&learn_command,
	&inspect_command,
	&show_command,
	&export_command,
	&verify_command,
	NULL,
};
