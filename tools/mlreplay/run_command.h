/* run_command: sends a capture to a server and says whether its answers are still the same. */
#ifndef MLREPLAY_RUN_COMMAND_H
#define MLREPLAY_RUN_COMMAND_H

#include "mlreplay/command.h"
#include "mlreplay/report.h"
#include "mlreplay/run_words.h"

/* A run, as whoever asks for it wants it. */
struct run_order {
	const struct run_words *words;
	const char *capture;
	const struct tolerance *tolerance; /* NULL: the words' */
	struct report *report;             /* who is told instead of all others; NULL: none */
};

/* Runs it, and says how it has ended. A report is freed with the run, or left as it was when there
 * was none. */
enum command_end run_command_do(const struct run_order *order, struct err *err);

extern const struct command run_command;

#endif
