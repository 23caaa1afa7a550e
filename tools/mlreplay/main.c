#include "mlreplay/command.h"

int main(int argc, char **argv)
{
	return (int)command_run(command_all, argc ? argv + 1 : argv);
}
